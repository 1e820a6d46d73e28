"""What the pages say about contracts and accounts, worked out from a picture: pure, and in the words for people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import isfinite
from typing import Final

from markupsafe import Markup

from verifier.contract import Tolerance
from verifier.incidents.standing import Phase
from verifier.outlets import chart, readable, shortfalls, slots, words
from verifier.outlets.payout_words import Cell, cell, verdicts
from verifier.outlets.picture import AccountView, ContractView, Picture, ReadLater, SourceLine
from verifier.outlets.price import at_price_paid, missing_work
from verifier.verdicts.verdict import Outcome, Verdict
from verifier.verdicts.wording import a_span

#: A contract before its first result.
WAITING: Final = "waiting"
FIRST_TIME: Final = "asking for the first time"
IMPORTED: Final = "imported"
#: A source of blocks that the others have left behind.
BEHIND: Final = "behind the other sources of blocks, so not believed"
#: What accounts are asked for, in the order of the page.
_WORK: Final = "Work and payouts"
_RECEIPTS: Final = "Receipts of wallets"
_BLOCKS: Final = "Blocks of the chain, for coins of all contracts"
_PRICES: Final = "Prices"
#: Questions whose answers tell of a chain and of wallets, never of work.
_OF_A_CHAIN: Final = frozenset({"receipts", "reorgs", "blocks", "fees"})
#: Kinds that the file configures: their titles say how they are read, not who is asked.
_BY_CONFIGURATION: Final = frozenset({"json", "html", "csv"})
#: Contracts named in one sentence.
_NAMED: Final = 20
#: Worst first; also the order of the counts above the table.
ORDER: Final = ("short", "unknown", "undecided", WAITING, "met", "not_applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contract on the overview."""

    view: ContractView
    outcome: str
    result: str
    since: datetime | None = None
    since_or_earlier: bool = False
    because: str | None = None
    also: tuple[str, ...] = ()
    ratio: float | None = None
    share: str | None = None
    window: timedelta | None = None
    seen: float | None = None
    bar: Markup
    spark: Markup
    missing: str | None = None
    money: str | None = None
    allowance: str | None = None
    stands: str | None = None
    last_month: str | None = None
    payouts: Cell | None = None
    source: SourceLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account under "Can we see?"."""

    view: AccountView
    outcome: str
    state: str
    since: datetime | None
    answered_at: datetime | None
    detail: str = ""
    since_or_earlier: bool = False


def read_later(one: ReadLater) -> str:
    """``Read later: 24 answers of 1 May 2026, by adapter ckpool/2.``, of answers that nobody could read before."""
    first, last = (f"{readable.day(at)} {at.year}" for at in (one.first, one.last))
    days = first if first == last else f"{first} to {last}"
    return f"Read later: {one.answers} answer{'' if one.answers == 1 else 's'} of {days}, by adapter {one.adapter}."


def allowed(tolerance: Tolerance | None) -> str:
    """The part of the promise that the contract lets pass, in words."""
    if tolerance is None:
        return "not stated"
    if tolerance.span is None:
        return readable.percent(tolerance.fraction)
    return f"{readable.percent(tolerance.fraction)} {a_span(tolerance.span)}"


def outcome_of(view: ContractView) -> str:
    """The result that a contract is listed under: that of its hashrate, or that there is none yet."""
    verdict = view.verdicts.get(words.HASHRATE)
    return WAITING if verdict is None else verdict.outcome.value


def worst_first(view: ContractView) -> tuple[int, float, str]:
    """Sorts contracts: the worst result, then the most missing; a problem elsewhere lifts one above those with none."""
    verdict = view.verdicts.get(words.HASHRATE)
    troubled = bool(_also(view)) or any(paid.outcome is Outcome.SHORT for paid in verdicts(view))
    rank = ORDER.index(outcome_of(view))
    missing = None if verdict is None else missing_work(verdict)
    return min(rank, ORDER.index(WAITING)) if troubled else rank, -(missing or 0.0), view.contract.name


def decisive(view: ContractView) -> SourceLine | None:
    """The source that decides about hashrate; the first one where none does."""
    return next((source for source in view.sources if source.decisive), view.sources[0] if view.sources else None)


def called(source: SourceLine, picture: Picture) -> str:
    """Who is read, and by which account: ``F2Pool (renter1)``; of a dashboard by configuration its host."""
    account = picture.accounts.get(source.account)
    by_host = account is not None and read_by_the_file(account) and account.host
    return f"{by_host or source.title} ({source.account})"


def read_by_the_file(view: AccountView) -> bool:
    """Whether the user's own file says how this account is read."""
    return view.kind in _BY_CONFIGURATION


def title(view: AccountView) -> str:
    """Who is asked, in a sentence: ``F2Pool``; of what the file describes ``dashboard at HOST``."""
    return f"dashboard at {view.host}" if read_by_the_file(view) and view.host else view.title


def purpose(source: SourceLine, picture: Picture) -> str:
    """What a source shows that has no rate to show: a wallet its receipts, a file what was imported; else nothing."""
    account = picture.accounts.get(source.account)
    if account is None:
        return ""
    asked = {question.name for question in account.questions}
    wallet = "receipts" in asked and asked <= _OF_A_CHAIN
    return "receipts" if wallet else IMPORTED if account.imported_at is not None else ""


def meaning(view: AccountView, picture: Picture) -> str:
    """What it means for its contracts that a source brings nothing, by their results as they are."""
    views = [found for name in view.contracts if (found := picture.named(name)) is not None]
    if not views:
        return "This says nothing about any seller."
    lost = [one.contract.name for one in views if outcome_of(one) == Outcome.UNKNOWN.value]
    judged = [one.contract.name for one in views if one.contract.name not in lost]
    parts = []
    if lost:
        parts.append(f"“cannot tell” now: {_some(lost)}")
    if judged:
        parts.append(f"with a result all the same, from another source or as little time is lacking: {_some(judged)}")
    return f"This says nothing about the seller. Of its contracts, {'; '.join(parts)}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _also(view: ContractView) -> tuple[str, ...]:
    return tuple(
        words.result(check, Outcome.SHORT.value)
        for check, incident in view.incidents.items()
        if incident.phase is Phase.OPEN and check not in {words.HASHRATE, *words.PAYOUT_CHECKS}
    )


def row(view: ContractView, picture: Picture) -> Row:
    """One contract in the words of the overview."""
    contract, verdict = view.contract, view.verdicts.get(words.HASHRATE)
    tolerance = contract.promise_at(picture.at).tolerance
    passes = tolerance.fraction if tolerance else None
    spark = chart.delivery(
        slots.days(view, picture.at).slots,
        name=f"s-{contract.name}",
        label=f"delivery of {contract.name} over the last {slots.DAYS_SHOWN} days",
        width=150,
        height=36,
    )
    if verdict is None:
        empty = chart.bar(None, name=f"b-{contract.name}", label="nothing measured yet", allowed=passes)
        return Row(
            view=view, outcome=WAITING, result=FIRST_TIME, bar=empty, spark=spark, also=_also(view),
            source=decisive(view), payouts=cell(view),
        )  # fmt: skip
    ratio, _ = delivered(verdict)
    missing = missing_work(verdict)
    price = None if missing is None else at_price_paid(contract, missing)
    incident = view.incidents.get(words.HASHRATE)
    return Row(
        view=view,
        outcome=verdict.outcome.value,
        result=words.result(words.HASHRATE, verdict.outcome.value),
        since=verdict.since or (incident.since if incident and incident.phase is Phase.OPEN else None),
        since_or_earlier=verdict.since_or_earlier,
        because=_why(verdict),
        also=_also(view),
        ratio=ratio,
        share=share(verdict),
        seen=verdict.coverage,
        window=verdict.window.span,
        bar=chart.bar(
            ratio,
            name=f"b-{contract.name}",
            label="nothing measured" if ratio is None else f"{readable.percent(ratio)} of the promised hashrate",
            interval=verdict.interval,
            seen=verdict.coverage,
            allowed=passes,
        ),
        spark=spark,
        missing=None if missing is None else readable.work(missing, contract.promised.algorithm),
        money=None if price is None else readable.money(price.value, price.currency),
        allowance=shortfalls.stands_briefly(verdict),
        stands=shortfalls.stands(verdict, partial(readable.brief_moment, zone=picture.time_zone, now=picture.at)),
        last_month=shortfalls.last_month(contract, verdict),
        payouts=cell(view),
        source=decisive(view),
    )


def delivered(verdict: Verdict) -> tuple[float | None, float | None]:
    """Delivered over promised in the judged window, with half the width of its interval as error."""
    if verdict.delivered is None or not verdict.owed:
        return None, None
    error = None if verdict.interval is None else (verdict.interval[1] - verdict.interval[0]) / 2
    return verdict.delivered / verdict.owed, error


def share(verdict: Verdict) -> str | None:
    """Delivered over promised with its error; by the ends of its interval where that reaches below zero or is wide."""
    ratio, error = delivered(verdict)
    if ratio is None or error is None or verdict.interval is None or not isfinite(error):
        return None if ratio is None else readable.percent(ratio)
    if error > min(ratio, 0.5):
        low, high = verdict.interval
        return f"between {low * 100:.{1 if high < 1 else 0}f} and {high * 100:.{1 if high < 1 else 0}f} %"
    return readable.percent(ratio, error)


def _why(verdict: Verdict) -> str | None:
    """Why there is no result: whose fault the gap is, or why none is asked for."""
    if verdict.outcome is Outcome.UNKNOWN:
        return words.REASONS[verdict.unseen_because].text if verdict.unseen_because else verdict.because
    return verdict.because if verdict.outcome is Outcome.NOT_APPLICABLE else None


def account_row(view: AccountView) -> AccountRow:
    """How one account answers: its first unanswered question speaks for it."""
    answered = [question.last_answered_at for question in view.questions if question.last_answered_at]
    silent = next((question for question in view.questions if question.silence), None)
    last = max(answered, default=None)
    if silent is not None and silent.silence is not None:
        state = words.FATES[silent.silence].text
        return AccountRow(
            view=view, outcome="unknown", state=state, since=silent.silent_since, answered_at=last,
            detail=silent.detail, since_or_earlier=silent.last_answered_at is None,
        )  # fmt: skip
    if view.lagging is not None:
        return AccountRow(view=view, outcome="unknown", state=BEHIND, since=None, answered_at=last, detail=view.lagging)
    if not view.questions and view.imported_at is not None:
        return AccountRow(view=view, outcome="met", state=IMPORTED, since=None, answered_at=view.imported_at)
    if last is None:
        return AccountRow(view=view, outcome=WAITING, state=FIRST_TIME, since=None, answered_at=None)
    return AccountRow(view=view, outcome="met", state="answering", since=None, answered_at=last)


def account_rows(picture: Picture) -> list[AccountRow]:
    """Every account, those that cannot be read first."""
    found = [account_row(view) for view in picture.accounts.values()]
    return sorted(found, key=lambda one: (ORDER.index(one.outcome), one.view.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGroup:
    """Accounts that are asked for the same sort of thing, as many as are shown, and how many more there are."""

    title: str
    rows: Sequence[AccountRow]
    more: int


def account_groups(picture: Picture, most: int) -> list[AccountGroup]:
    """Every account under what it is asked for; groups without any are left out."""
    kept: dict[str, list[AccountRow]] = {title: [] for title in (_WORK, _RECEIPTS, _BLOCKS, _PRICES)}
    for one in account_rows(picture):
        kept[_asked_for(one.view, picture)].append(one)
    return [
        AccountGroup(title=title, rows=found[:most], more=max(0, len(found) - most))
        for title, found in kept.items()
        if found
    ]


def _asked_for(view: AccountView, picture: Picture) -> str:
    asked = {question.name for question in view.questions}
    if view.name in picture.chain:
        return _BLOCKS
    if "prices" in asked:
        return _PRICES
    return _RECEIPTS if asked and asked <= {"receipts", "reorgs"} else _WORK


def counts(views: Iterable[ContractView]) -> list[tuple[str, str, int]]:
    """How many contracts there are per result, as (identifier, words, number); results without any are left out."""
    tally = Counter(map(outcome_of, views))
    names = {WAITING: FIRST_TIME, **{key: word.text for key, word in words.OUTCOMES.items()}}
    return [(outcome, names[outcome], tally[outcome]) for outcome in ORDER if tally[outcome]]


def false_alarms(picture: Picture) -> str:
    """How many alarms chance alone may bring, of one contract and of all; a group is judged in its members' place."""
    judged = [view.contract for view in (*picture.contracts.values(), *picture.sums.values())]
    budgets = [contract.false_alarms_per_year for contract in judged if contract.group is None]
    if not budgets:
        return ""
    return (
        f"Alarms by chance: at most {max(budgets):.2g} a year of one contract, {sum(budgets) / 12:.2g} a month of all "
        f"{len(budgets)} that are judged."
    )
