"""What each source of a contract counted by itself, for checks that compare sources instead of letting one decide."""

from collections.abc import Mapping
from dataclasses import replace

from verifier.contract import Contract, Independence, Watch
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.evidence import Evidence, fold
from verifier.verdicts.tally import Tally
from verifier.verdicts.verdict import Interval, News


def watches_on(contract: Contract, account: str) -> tuple[Watch, ...]:
    """The entries of ``watch`` on one account."""
    return tuple(watch for watch in contract.watch if watch.account == account)


def hear(contract: Contract, account: str, before: Evidence, news: News) -> tuple[Evidence, tuple[Interval, ...]]:
    """The work that one source counted in this turn, folded as if it alone were watched; what is late is left out.

    A seller's page counts here too: it never decides, but it can be compared.
    """
    facts = tuple(fact for fact in news.facts if fact.subject == account)
    if not facts:
        return before, ()
    watch = tuple(
        replace(one, independence=Independence.OWN_NOTE) if one.independence is Independence.SELLER_PAGE else one
        for one in watches_on(contract, account)
    )
    alone = replace(contract, watch=watch)
    folded = fold(alone, {}, before, facts, facts[-1].learned_at, news.excluded, final=True, averages=False)
    if folded.state.position == before.position:
        return before, folded.intervals
    # What only days, pages and late answers need is not carried twice.
    return replace(folded.state, tally=Tally(), slots={}, gaps=(), notes=()), folded.intervals


def share_told(watch: Watch | None, interval: Interval) -> float | None:
    """Hashes behind a share of an interval at least, None where nothing says it: counted, stated, or the floor."""
    if interval.shares:
        return interval.hashes / interval.shares if interval.hashes > 0 else None
    stated = None if watch is None else watch.share_difficulty
    difficulty = stated or interval.share_difficulty_floor
    return difficulty * HASHES_PER_DIFFICULTY if difficulty > 0 else None


def kept(evidence: Mapping[str, Evidence], accounts: tuple[str, ...]) -> dict[str, Evidence]:
    """The folds of the accounts that are still watched."""
    return {account: evidence.get(account, Evidence()) for account in accounts}
