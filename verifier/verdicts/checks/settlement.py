"""Was a settlement period delivered: the last one that is over, the one that runs, and the whole term.

A period is that of the tolerance's span (UTC hour or day, ISO week, calendar month; a month where it names none), as
far as it lies in the term. It is closed once: when all of it was counted, or a day after its end, and not before the
UTC day in which it ended is over. The alarm tells *now*; this tells that a period *is lost*, on the day after at the
earliest, so that one outage does not send two mails on one day.

A period that is over does not get better. So the problem is that the last period was short: periods that follow each
other make one problem, the next one that was delivered ends it; one too close to call does not.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Basis, Contract
from verifier.expectations.rate import owed
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.periods import DAY, TICK, midnight, parts, period_at
from verifier.verdicts.settling import YEAR, Period, kept, period, said, sentence
from verifier.verdicts.stretches import Gap, Stretch, Sums, added, in_order, moment_of, with_due
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Reason, Verdict, reason_named

NAME: Final = "settlement"
VERSION: Final = 1
#: Part of the contract's budget of false alarms, half of it for the periods and half for the term.
BUDGET: Final = 0.1
#: What is read later than this after the end of a period counts for the term only.
PATIENCE: Final = timedelta(days=1)
#: For so long after the end of the contract its last result is said.
AFTERWARDS: Final = timedelta(days=30)
#: What runs is looked at so often, and whenever something is closed.
LOOK: Final = timedelta(minutes=10)
#: Closed periods that are kept one by one; older ones are sums.
KEPT: Final = 31


@record
class State:
    """``open`` are the periods not closed yet, in time order; ``all`` the sums of the term, ``waiting`` the last gap.

    ``until`` (epoch seconds) is how far time is told for good, ``began`` when something was first seen. ``closed`` are
    the last periods that are over, the newest last, ``running`` and ``term`` as they were ``looked`` at. ``outcomes``
    counts all closed periods; ``below`` is what was missing (hashes) in those that were met, ``lost`` in those too
    short.
    """

    began: float | None = None
    until: float = 0.0
    waiting: Gap | None = None
    open: tuple[Sums, ...] = ()
    all: Sums | None = None
    closed: tuple[Period, ...] = ()
    running: Period | None = None
    term: Period | None = None
    looked: datetime | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    below: float = 0.0
    lost: float = 0.0


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn: what is new is added, what can be closed is, and now and then what runs is looked at."""
    state = state or State()
    if contract.basis is not Basis.RATE or now < contract.starts:
        return Judged(
            state=state, verdicts=(not_applicable(contract, NAME, now),), next_due=_later(contract.starts, now)
        )
    stretches, waiting = in_order(state.waiting, news.measured, news.unseen)
    for stretch in stretches:
        state = _told(contract, state, stretch)
    waiting = _untold(waiting, state.until)
    if waiting is not None or state.waiting is not None:
        state = _patient(contract, replace(state, waiting=waiting), now)
    verdicts: list[Verdict] = []
    while (sums := _ready(state, now)) is not None:
        state = _closed(contract, state, sums, _told_before(news))
        verdicts.append(_verdict(contract, state, max(_settles(sums.window), contract.starts)))
    if verdicts or not news.facts or _stale(contract, state, now):
        state = replace(state, running=_running(contract, state, now), term=_term(contract, state, now), looked=now)
        verdicts.append(_verdict(contract, state, now))
    return Judged(state=state, verdicts=tuple(verdicts), next_due=_due(contract, state, now))


def _stale(contract: Contract, state: State, now: datetime) -> bool:
    """Whether what runs is looked at anew: nothing is told of it while it runs, so it need not be at each fact."""
    if state.looked is None or state.running is None or (contract.ends is not None and now >= contract.ends):
        return True
    return not timedelta(0) <= now - state.looked < LOOK


def _later(at: datetime, now: datetime) -> datetime | None:
    return at if at > now else None


def _untold(waiting: Gap | None, until: float) -> Gap | None:
    if waiting is None or waiting.end <= until:
        return None
    return replace(waiting, start=max(waiting.start, until))


def _told(contract: Contract, state: State, stretch: Stretch) -> State:
    """A stretch of time that is told for good; before the first delivery only the period of that one is begun."""
    first, began = moment_of(stretch.start), state.began
    if isinstance(stretch, Gap):
        first = moment_of(max(stretch.start, state.until))
        last = period_at(contract, moment_of(stretch.end) - TICK)
        if began is None and last is not None:
            first = max(first, last.start)
    else:
        began = began or stretch.start
    shut = state.closed[-1].window.end if state.closed else contract.starts
    whole = Window(start=contract.starts, end=contract.ends or contract.starts + YEAR)
    opened, all_of_it = list(state.open), state.all or Sums(window=whole)
    for window, part in parts(contract, first, moment_of(stretch.end)):
        due = owed(contract, part)
        all_of_it = with_due(all_of_it, stretch, due)
        if window.end <= shut:
            continue
        if not opened or opened[-1].window.start < window.start:
            opened.append(Sums(window=window))
        here = next(number for number, sums in enumerate(opened) if sums.window.end >= part.end)
        opened[here] = with_due(opened[here], stretch, due)
    until = max(state.until, stretch.end)
    return replace(state, began=began, until=until, open=tuple(opened), all=all_of_it)


def _patient(contract: Contract, state: State, now: datetime) -> State:
    """The part of the last gap that lies in periods over for longer than one waits is told for good."""
    if state.waiting is None or state.began is None or state.waiting.start >= (now - PATIENCE).timestamp():
        return state
    gap = state.waiting
    over = [
        window.end
        for window, _ in parts(contract, moment_of(gap.start), moment_of(gap.end))
        if window.end <= now - PATIENCE
    ]
    if not over:
        return state
    until = min(over[-1].timestamp(), gap.end)
    state = _told(contract, state, replace(gap, end=until))
    return replace(state, waiting=_untold(gap, until))


def _settles(window: Window) -> datetime:
    """The end of the UTC day in which a period ends."""
    return midnight(window.end - TICK) + DAY


def _ready(state: State, now: datetime) -> Sums | None:
    """The oldest open period, if it can be closed."""
    if not state.open or now < _settles(state.open[0].window):
        return None
    end = state.open[0].window.end
    return state.open[0] if state.until >= end.timestamp() or now >= end + PATIENCE else None


def _budget(contract: Contract) -> float:
    return contract.false_alarms_per_year * BUDGET / 2.0


def _told_before(news: News) -> tuple[Period, ...]:
    """The results that were told of periods and stay: not those of time that was read by a wrong file."""
    told = news.before.closed if isinstance(news.before, State) else ()
    wrong = news.retold
    return tuple(one for one in told if not any(one.window.start < w.end and w.start < one.window.end for w in wrong))


def _closed(contract: Contract, state: State, sums: Sums, told: tuple[Period, ...]) -> State:
    """A period is over: its result is made once, and stays what it was where it was ``told`` before."""
    found = period(contract, sums, sums.window.end, budget_per_year=_budget(contract), made_by=VERSION, over=True)
    row = kept(next((one for one in told if one.window == found.window), None), found)
    name = row.outcome.value
    return replace(
        state,
        open=state.open[1:],
        closed=(*state.closed, row)[-KEPT:],
        outcomes={**state.outcomes, name: state.outcomes.get(name, 0) + 1},
        below=state.below + (row.missing if row.below_promise else 0.0),
        lost=state.lost + (row.missing if row.outcome is Outcome.SHORT else 0.0),
    )


def _looked(contract: Contract, state: State, sums: Sums, now: datetime, *, over: bool) -> Period:
    """A period with the gap that still waits, up to the last moment of which anything is known."""
    gap = state.waiting
    until = min(now, moment_of(max(state.until, gap.end if gap else 0.0)))
    if gap is not None:
        for window, part in parts(contract, moment_of(gap.start), moment_of(gap.end)):
            if sums.window.start <= window.start and window.end <= sums.window.end:
                sums = added(contract, sums, gap, part)
    return period(contract, sums, until, budget_per_year=_budget(contract), made_by=VERSION, over=over)


def _running(contract: Contract, state: State, now: datetime) -> Period | None:
    """The period that was seen last and is not closed yet."""
    return _looked(contract, state, state.open[-1], now, over=False) if state.open and state.began else None


def _term(contract: Contract, state: State, now: datetime) -> Period | None:
    """The whole term so far; once it is over and its last period closed, by one look that stays."""
    if state.began is None or state.all is None:
        return None
    over = contract.ends is not None and now >= contract.ends and not state.open
    if over and state.term is not None and state.term.over:
        return state.term
    whole = state.all.window
    endless = Window(start=whole.start, end=max(whole.end, now)) if contract.ends is None else whole
    return _looked(contract, state, replace(state.all, window=endless), now, over=over)


def _due(contract: Contract, state: State, now: datetime) -> datetime | None:
    ends = () if contract.ends is None else (contract.ends,)
    waits = [at for sums in state.open[:1] for at in (_settles(sums.window), sums.window.end + PATIENCE)]
    gone = [contract.ends + AFTERWARDS] if contract.ends is not None and state.began is not None else []
    return min((at for at in (*ends, *waits, *gone) if at > now), default=None)


def _verdict(contract: Contract, state: State, at: datetime) -> Verdict:
    """About the last period that is over; before there is one, the running one, which is never too little yet."""
    if contract.ends is not None and at >= contract.ends + AFTERWARDS:
        return not_applicable(contract, NAME, at)
    last, running, term = state.closed[-1] if state.closed else None, state.running, state.term
    row = term if last is not None and term is not None and term.over and _worse(term, last) else last or running
    if row is None:
        return Verdict(
            subject=contract.name, check=NAME, at=at, window=contract.term(at), outcome=Outcome.UNKNOWN,
            because="Cannot tell: nothing was seen of any period yet. This is no sign of a shortfall.",
            unseen_because="not_asked_yet",
        )  # fmt: skip
    outcome = Outcome.UNDECIDED if row.outcome is Outcome.SHORT and not row.over else row.outcome
    short = outcome is Outcome.SHORT
    ratio, ends = row.ratio, row.interval
    so_far = "" if row.over else "No period is over yet. So far, "
    first = sentence(row)
    sentences = [f"{so_far}{first}" if so_far else f"{first[:1].upper()}{first[1:]}"]
    if row.over and running is not None and running.window.start >= row.window.end and running.ratio is not None:
        sentences.append(f"So far, {said(running)}.")
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=row.window.start, end=row.window.end if row.over else max(row.window.start, at)),
        outcome=outcome,
        because=" ".join(sentences),
        certainty=Certainty.LIKELY,
        delivered=row.delivered,
        owed=row.owed,
        interval=ends,
        coverage=row.coverage,
        unseen_because=_reason(row),
        since=row.window.start if short else None,
        size=1.0 - ratio if short and ratio is not None else None,
        size_error=(ends[1] - ends[0]) / 2.0 if short and ends is not None else None,
        smallest_visible=row.smallest_visible,
        below_promise=row.below_promise,
        false_alarm_years=1.0 / (contract.false_alarms_per_year * BUDGET),
        values=_values(state, row),
    )


def _worse(one: Period, other: Period) -> bool:
    return one.outcome is Outcome.SHORT and other.outcome is not Outcome.SHORT


def _reason(row: Period) -> Reason | None:
    """Why most of the time that was not seen was not; None where all of it was."""
    return None if row.unseen_because is None else reason_named(row.unseen_because)


def _values(state: State, row: Period) -> Mapping[str, float | str | None]:
    """Figures for ``explain`` and for rules: the period judged, the running one, the term, and sums of all closed."""
    values: dict[str, float | str | None] = {
        "period_from": row.window.start.isoformat(),
        "period_to": row.window.end.isoformat(),
        "period_alpha": row.alpha,
        "must_arrive": row.least,
        "low_if_nothing_unseen": row.bounds[0] if row.bounds else None,
        "high_if_all_unseen": row.bounds[1] if row.bounds else None,
        "revised": None if row.revised is None else row.revised.value,
    }
    for name, one in (("running", state.running), ("term", state.term)):
        if one is not None:
            values[name] = one.outcome.value
            values[f"{name}_ratio"] = one.ratio
            values[f"{name}_low"] = one.interval[0] if one.interval else None
            values[f"{name}_high"] = one.interval[1] if one.interval else None
            values[f"{name}_coverage"] = one.coverage
    for outcome, count in sorted(state.outcomes.items()):
        values[f"periods_{outcome}"] = float(count)
    return {**values, "below_promise_hashes": state.below, "short_hashes": state.lost}


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    version=VERSION,
    budget=BUDGET,
    severity="warning",
    keeps=True,
    over_on=frozenset({Outcome.MET, Outcome.NOT_APPLICABLE}),
)
