"""Was it up as the contract says: reachable, hashing, sharing or delivered, over a calendar or a rolling span.

All four meanings are worked out, the one that the contract names judges. Time that nobody saw is not known, and never
down. Days are looked at when they are over: ``short`` says that the uptime of the span cannot be kept any more,
whatever the rest of it brings; the next span begins anew. The alarm tells of an outage while it lasts.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from verifier.contract import Basis, Contract, Uptime, UptimeMethod
from verifier.expectations.rate import owed
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.availability import Part, Uptimes, listed, over, told
from verifier.verdicts.confidence import exact, running
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.periods import DAY, MONTH, TICK, calendar, midnight
from verifier.verdicts.settling import YEAR, alpha_of, part_seen
from verifier.verdicts.stretches import Gap, Sums, in_order
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import moment, percent, span_named

NAME: Final = "uptime"
#: Part of the contract's budget of false alarms: only delivered work is uncertain by chance.
BUDGET: Final = 0.02
#: For so long after the end of the contract its last result is said.
AFTERWARDS: Final = timedelta(days=30)

_UP: Final = MappingProxyType(
    {
        UptimeMethod.REACHABLE: "a worker was connected",
        UptimeMethod.HASHING: "work arrived",
        UptimeMethod.SHARING: "a share had come lately",
        UptimeMethod.DELIVERED: "of the promised work had arrived",
    }
)


@record
class Looked:
    """What the last verdict rests on: every day before a midnight, all of it told, and the clauses that judged it."""

    until: datetime
    clause: Uptime | None
    coverage_needed: float


@record
class State:
    """``until`` (epoch seconds) is how far time is told for good, ``waiting`` the gap that may yet be counted.

    ``looked``: what was said last still stands while it is the same.
    """

    until: float = 0.0
    waiting: Gap | None = None
    uptimes: Uptimes = field(default_factory=Uptimes)
    looked: Looked | None = None


@record
class Standing:
    """How one meaning stands: what is up of the known time, surely and at best, and how much of the time is known."""

    up: float | None
    sure: float | None
    best: float
    worst: float
    known: float


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn over the new stretches of time and the new lists of workers."""
    state = state or State()
    if contract.basis is not Basis.RATE or now < contract.starts:
        due = contract.starts if contract.starts > now else None
        return Judged(state=state, verdicts=(not_applicable(contract, NAME, now),), next_due=due)
    stretches, waiting = in_order(state.waiting, news.measured, news.unseen)
    uptimes = state.uptimes
    for fact in news.facts:
        uptimes = listed(contract, uptimes, fact)
    for stretch in stretches:
        uptimes = told(contract, uptimes, stretch)
    until = max([state.until, *(stretch.end for stretch in stretches)])
    if uptimes is not state.uptimes or (until, waiting) != (state.until, state.waiting):
        state = State(until=until, waiting=waiting, uptimes=uptimes, looked=state.looked)
    running = contract.ends is None or now < contract.ends + AFTERWARDS
    looked = _looked(contract, state, now) if running else None
    same = looked is not None and looked == state.looked
    return Judged(
        state=state if same else replace(state, looked=looked),
        verdicts=() if same else (_verdict(contract, state, now),),
        next_due=midnight(now) + DAY if running and until > 0.0 and contract.uptime is not None else None,
    )


def _looked(contract: Contract, state: State, now: datetime) -> Looked | None:
    """What a verdict of now rests on, at first no day at all; None while some of it may yet be told, or goes on."""
    judged = _judged(contract, state, now)
    until = contract.starts if judged is None else judged[1]
    if judged is not None and (state.uptimes.quiet is not None or state.until < _end(contract, until).timestamp()):
        return None
    return Looked(until=until, clause=contract.uptime, coverage_needed=contract.coverage_needed)


def _end(contract: Contract, last: datetime) -> datetime:
    return last if contract.ends is None else min(last, contract.ends)


def _judged(contract: Contract, state: State, now: datetime) -> tuple[Window, datetime] | None:
    """The span that is judged, and the midnight up to which; None before the first day is over.

    A day is over when all of it is told, or a day later.
    """
    last = midnight(now)
    if contract.ends is not None:
        last = min(last, midnight(contract.ends - TICK) + DAY)
    if state.until < _end(contract, last).timestamp() and now < last + DAY:
        last -= DAY
    if last <= contract.starts:
        return None
    clause = contract.uptime
    span = MONTH if clause is None else clause.span
    if clause is not None and clause.rolling:
        return Window(start=max(contract.starts, last - span), end=last), last
    window = calendar(span, last - TICK, contract.starts)
    end = window.end if contract.ends is None else min(window.end, contract.ends)
    return Window(start=max(contract.starts, window.start), end=end), last


def _delivered(contract: Contract, sums: Sums, window: Window, until: datetime, *, rolling: bool) -> Standing:
    """Delivered ÷ promised: valid at every look of a span of the calendar, and over all days for a rolling one."""
    promised, passed = owed(contract, window).promised, owed(contract, Window(start=window.start, end=until)).promised
    if sums.promised <= 0.0 or passed <= 0.0:
        return Standing(up=None, sure=None, best=1.0, worst=0.0, known=0.0)
    budget, share = contract.false_alarms_per_year * BUDGET, sums.hashes_per_share
    if rolling:
        low, high = exact(sums.shares, budget * (DAY / YEAR))
    else:
        low, high = running(sums.shares, alpha_of(window, budget), promised / share)
    return Standing(
        up=sums.hashes / sums.promised,
        sure=low * share / sums.promised,
        best=(high * share + promised - sums.promised) / promised,
        worst=low * share / promised,
        known=min(1.0, sums.promised / passed),
    )


def _of_time(contract: Contract, part: Part, window: Window, until: datetime) -> Standing:
    total = owed(contract, window).seconds
    passed = owed(contract, Window(start=window.start, end=until)).seconds
    if total <= 0.0 or passed <= 0.0:
        return Standing(up=None, sure=None, best=1.0, worst=0.0, known=0.0)
    return Standing(
        up=part.up,
        sure=part.up,
        best=1.0 - part.down / total,
        worst=(part.known - part.down) / total,
        known=min(1.0, part.known / passed),
    )


def _all(contract: Contract, state: State, window: Window, until: datetime) -> Mapping[UptimeMethod, Standing]:
    passed = Window(start=window.start, end=max(window.start, min(until, window.end)))
    sums, meanings = over(contract, state.uptimes, Window(start=window.start, end=until))
    rolling = contract.uptime is not None and contract.uptime.rolling
    found = {method: _of_time(contract, part, window, passed.end) for method, part in meanings.items()}
    return {**found, UptimeMethod.DELIVERED: _delivered(contract, sums, window, passed.end, rolling=rolling)}


def _outcome(contract: Contract, clause: Uptime, found: Standing) -> Outcome:
    if found.best < clause.fraction:
        return Outcome.SHORT
    enough = found.known >= contract.coverage_needed
    if found.worst >= clause.fraction or (enough and found.sure is not None and found.sure >= clause.fraction):
        return Outcome.MET
    return Outcome.UNDECIDED if enough else Outcome.UNKNOWN


def _because(clause: Uptime, found: Standing, window: Window, until: datetime, outcome: Outcome) -> str:
    said = span_named(window)
    text = f"{said[:1].upper()}{said[1:]}" + (f", up to {moment(until)}" if until < window.end else "")
    if found.up is None:
        return f"Cannot tell: {text}, nothing is known of it. This is no sign of an outage."
    what = _UP[clause.method]
    size = percent(found.up)
    if clause.method is UptimeMethod.DELIVERED:
        text = f"{text}: {size} {what} in the time seen"
    else:
        text = f"{text}: {what} in {size} of the time that is known"
    text = f"{text}, {part_seen(found.known)} of it; promised {percent(clause.fraction)}"
    if outcome is Outcome.SHORT:
        return f"{text}. It cannot be kept any more: with everything else up it would be {percent(found.best)}."
    if outcome is Outcome.UNKNOWN:
        return f"{text}. Cannot tell: too little of the time is known. This is no sign of an outage."
    if outcome is Outcome.UNDECIDED:
        return f"{text}. Too close to call: at best it would be {percent(found.best)}."
    return f"{text}."


def _verdict(contract: Contract, state: State, now: datetime) -> Verdict:
    if contract.ends is not None and now >= contract.ends + AFTERWARDS:
        return not_applicable(contract, NAME, now)
    judged, clause = _judged(contract, state, now), contract.uptime
    if judged is None:
        window, until, every = Window(start=contract.starts, end=now), now, None
    else:
        (window, until), every = judged, _all(contract, state, *judged)
    plain = Verdict(
        subject=contract.name,
        check=NAME,
        at=now,
        window=Window(start=window.start, end=max(window.start, min(until, window.end))),
        outcome=Outcome.NOT_APPLICABLE,
        because="The contract states no uptime.",
        certainty=Certainty.PROVEN if clause is None else Certainty.SUPPORTED,
        values={} if every is None else _values(clause, window, every),
    )
    if clause is None:
        return plain
    if every is None:
        because = "No day of the contract is over yet."
        return replace(plain, outcome=Outcome.UNKNOWN, because=because, unseen_because="not_asked_yet")
    found = every[clause.method]
    outcome = _outcome(contract, clause, found)
    return replace(
        plain,
        outcome=outcome,
        because=_because(clause, found, window, until, outcome),
        coverage=found.known,
        since=window.start if outcome is Outcome.SHORT else None,
        false_alarm_years=_years(contract) if clause.method is UptimeMethod.DELIVERED else None,
    )


def _years(contract: Contract) -> float:
    return 1.0 / (contract.false_alarms_per_year * BUDGET)


def _values(
    clause: Uptime | None, window: Window, every: Mapping[UptimeMethod, Standing]
) -> Mapping[str, float | str | None]:
    """Every meaning, and which of them the contract names."""
    values: dict[str, float | str | None] = {
        "method": None if clause is None else clause.method.value,
        "promised": None if clause is None else clause.fraction,
        "span_from": window.start.isoformat(),
        "span_to": window.end.isoformat(),
    }
    for method, found in every.items():
        values[f"{method.value}_up"] = found.up
        values[f"{method.value}_at_best"] = found.best
        values[f"{method.value}_known"] = found.known
    return values


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    budget=BUDGET,
    severity="info",
)
