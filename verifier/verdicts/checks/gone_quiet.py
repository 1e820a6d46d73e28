"""Several unrelated signs together that the other side has stopped: mining, payouts, its own sources.

One sign is never enough: each has honest causes of its own. A source that does not answer is a sign only if the seller
runs or arranged it and another one answered since: else it may be our own connection. While this program is off
nothing is learnt, so nothing becomes a sign.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Basis, Contract, Independence
from verifier.fact import Fact
from verifier.observation import Silence, SilenceReason
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import moment

NAME: Final = "gone_quiet"
#: Signs that began within this time of each other belong together.
_TOGETHER: Final = timedelta(days=7)
_ENOUGH: Final = 2
#: Nothing is mined: at most this part of the promise.
_NOTHING: Final = 0.05
#: A source is no sign before it has been silent for so long.
_SILENT: Final = timedelta(hours=6)
_GONE: Final = frozenset({SilenceReason.UNREACHABLE, SilenceReason.REFUSED, SilenceReason.NEVER_SEEN})
_THEIRS: Final = frozenset({Independence.SELLER_PAGE, Independence.ARRANGED_BY_SELLER})


@record
class State:
    """By account since when it is silent and when it answered last; ``since`` two signs are there together."""

    silent: Mapping[str, datetime] = field(default_factory=dict)
    answered: Mapping[str, datetime] = field(default_factory=dict)
    since: datetime | None = None
    signs: tuple[tuple[str, datetime], ...] = ()
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn: what the other checks say now, and who answers."""
    before = state
    state = state or State()
    watched = {watch.account for watch in contract.watch}
    for fact in news.facts:
        if fact.subject in watched:
            state = _hear(state, fact)
    signs = _signs(contract, state, news, now)
    outcome = _outcome(contract, signs, now)
    since = (state.since or now) if outcome is Outcome.SHORT else None
    silent = {account: at for account, at in state.silent.items() if account in watched}
    state = replace(state, silent=silent, since=since, signs=signs, outcome=outcome)
    due = [at + _SILENT for at in silent.values() if at + _SILENT > now]
    if before is not None and (before.signs, before.outcome) == (signs, outcome):
        kept = before if (before.silent, before.answered) == (state.silent, state.answered) else state
        return Judged(state=kept, verdicts=(), next_due=min(due, default=None))
    return Judged(state=state, verdicts=(_verdict(contract, state, now),), next_due=min(due, default=None))


def _hear(state: State, fact: Fact) -> State:
    """An account answers as soon as one of its questions is answered; hours are fine enough for that."""
    silences = [one for one in fact.observations if isinstance(one, Silence)]
    if len(silences) == len(fact.observations) and silences:
        if silences[-1].reason not in _GONE or fact.subject in state.silent:
            return state
        return replace(state, silent={**state.silent, fact.subject: silences[-1].at})
    hour = fact.learned_at.replace(minute=0, second=0, microsecond=0)
    if fact.subject not in state.silent and state.answered.get(fact.subject) == hour:
        return state
    silent = {account: at for account, at in state.silent.items() if account != fact.subject}
    return replace(state, silent=silent, answered={**state.answered, fact.subject: hour})


def _signs(contract: Contract, state: State, news: News, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """At most one sign each of mining, payouts and sources: two of the same kind have one cause."""
    found: list[tuple[str, datetime]] = []
    workers, hashrate = _short(news, "worker_gone"), _short(news, "hashrate")
    if hashrate is not None and hashrate.size is not None and hashrate.size >= 1.0 - _NOTHING:
        found.append(("nothing is delivered", hashrate.since or hashrate.at))
    elif workers is not None and not _arrives(news.said.get("hashrate")):
        found.append(("workers are gone", workers.since or workers.at))
    if (late := _short(news, "payout_late")) is not None:
        found.append(("a payout is overdue", late.since or late.at))
    theirs = {watch.account for watch in contract.watch if watch.independence in _THEIRS}
    for account, since in sorted(state.silent.items(), key=lambda one: (one[1], one[0])):
        others = (at for other, at in state.answered.items() if other != account and other not in state.silent)
        if account in theirs and since + _SILENT <= now and any(at > since for at in others):
            found.append((f"{account} does not answer", since))
            break
    newest = max((at for _, at in found), default=now)
    return tuple((text, at) for text, at in found if newest - at <= _TOGETHER)


def _arrives(hashrate: Verdict | None) -> bool:
    """Whether work is known to arrive: then a worker that is gone was renamed, or is one of many."""
    if hashrate is None:
        return False
    if hashrate.outcome is Outcome.SHORT:
        return hashrate.size is not None and hashrate.size < 1.0 - _NOTHING
    return hashrate.outcome is Outcome.MET


def _short(news: News, check: str) -> Verdict | None:
    said = news.said.get(check)
    return said if said is not None and said.outcome is Outcome.SHORT else None


def _outcome(contract: Contract, signs: tuple[tuple[str, datetime], ...], now: datetime) -> Outcome:
    if not contract.runs_at(now):
        return Outcome.NOT_APPLICABLE
    return Outcome.SHORT if len(signs) >= _ENOUGH else Outcome.MET


def _verdict(contract: Contract, state: State, at: datetime) -> Verdict:
    told = "; ".join(f"{text} since {moment(since)}" for text, since in state.signs)
    because = "No two unrelated signs that the other side has stopped."
    if state.outcome is Outcome.NOT_APPLICABLE:
        because = "Outside the time of the contract."
    elif state.outcome is Outcome.SHORT:
        because = (
            f"Unrelated signs together: {told}. Each has honest causes of its own; together they are worth asking "
            f"about today. Save what only the seller's pages show."
        )
    elif state.signs:
        because = f"One sign alone: {told}. That is no sign that the other side has stopped."
    oldest = min((since for _, since in state.signs), default=at)
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(oldest, at), end=at),
        outcome=state.outcome or Outcome.MET,
        because=because,
        certainty=Certainty.POSSIBLE,
        since=state.since,
        values={"signs": float(len(state.signs)), "told": told or None},
    )


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="answers",
    State=State,
    judge=judge,
    pending=timedelta(hours=12),
    severity="critical",
    bases=frozenset({Basis.RATE}),
)
