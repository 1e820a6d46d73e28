"""Is the promised hashrate delivered: the alarm of alarm.py while it is not, the recent day while it is."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from verifier.contract import Basis, Contract
from verifier.expectations.rate import owed
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts import allowance, shortages
from verifier.verdicts.alarm import Alarm, Shortage, look
from verifier.verdicts.findings import Recent, cannot_tell, delivered_lately, not_applicable, too_little
from verifier.verdicts.readings import deciding
from verifier.verdicts.share_scale import ShareScale, known_difficulty, learn, predicted_difficulty
from verifier.verdicts.spans import Span, as_known_last, extended, total
from verifier.verdicts.verdict import Check, Interval, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import moment

NAME: Final = "hashrate"
#: Part of the contract's budget of false alarms.
BUDGET: Final = 0.1
RECENT: Final = timedelta(hours=24)
_YEAR_SECONDS: Final = 365.25 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Carried from turn to turn; ``recent`` and ``unseen`` cover the last 24 h, or since a problem was over.

    ``allowed`` is what was seen of the tolerance's running span and of the one before, ``past`` are the shortfalls of
    the last 30 days.
    """

    began: datetime | None = None
    alarm: Alarm = field(default_factory=Alarm)
    recent: tuple[Span, ...] = ()
    unseen: tuple[tuple[float, float, str], ...] = ()
    scale: ShareScale = field(default_factory=ShareScale)
    allowed: tuple[Span, ...] = ()
    past: tuple[Shortage, ...] = ()
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn: intervals and unseen spans in time order, a verdict at each change of outcome and one for now."""
    state = state or State()
    verdicts: list[Verdict] = []
    missed = sorted(news.unseen, key=lambda one: (one[0].start, one[0].end))
    recent: Recent | None = None
    measured: list[Span] = []
    for interval in news.intervals:
        while missed and missed[0][0].end <= interval.start:
            state = _miss(state, *missed.pop(0))
        state, span = _see(contract, state, interval)
        measured += () if span is None else (span,)
        recent = _recent(state, interval.end)
        outcome = _outcome(contract, state, recent, interval.end)
        if outcome is not state.outcome:
            verdicts.append(_verdict(contract, state, recent, outcome, interval.end))
            state = replace(state, outcome=outcome)
    for window, reason in missed:
        state = _miss(state, window, reason)
    if missed or recent is None or recent.delivered is None:
        recent = _recent(state, now)
    outcome = _outcome(contract, state, recent, now)
    verdicts.append(_paid_only(contract, news, _verdict(contract, state, recent, outcome, now)))
    due = [at for at in (contract.starts, contract.ends) if at is not None and at > now]
    if outcome is not state.outcome:
        state = replace(state, outcome=outcome)
    return Judged(state=state, verdicts=tuple(verdicts), next_due=min(due, default=None), measured=tuple(measured))


def _years(contract: Contract) -> float:
    return 1.0 / (contract.false_alarms_per_year * BUDGET)


def _see(contract: Contract, state: State, interval: Interval) -> tuple[State, Span | None]:
    """One interval of the decisive source, and how it was measured; None where nothing was promised."""
    due = owed(contract, Window(start=interval.start, end=interval.end))
    if due.boundary <= 0:
        return state, None
    share, scale = _share(contract, state, interval, due.boundary)
    start, end = interval.start.timestamp(), interval.end.timestamp()
    span = Span(
        start=start,
        end=end,
        seen=due.seconds,
        hashes=interval.hashes,
        promised=due.promised,
        boundary=due.boundary,
        noise=due.boundary * share,
    )
    alarm = look(state.alarm, span, _years(contract) * _YEAR_SECONDS)
    state = State(
        began=state.began or interval.start,
        alarm=alarm,
        recent=(alarm.back,) if alarm.back else extended(state.recent, span, end - RECENT.total_seconds()),
        unseen=() if state.began is None else _before(state.unseen, start),
        scale=scale,
        allowed=allowance.carried(contract, state.allowed, span),
        past=shortages.remembered(state.past, alarm.over, end),
        outcome=state.outcome,
    )
    return state, span


def _share(contract: Contract, state: State, interval: Interval, boundary: float) -> tuple[float, ShareScale]:
    """Hashes behind a share of this interval, from what was known before it; and what it teaches, unless short."""
    watch = deciding(contract, interval.source)
    rate = boundary / (interval.end - interval.start).total_seconds()
    assumed = known_difficulty(watch, rate, interval.share_difficulty_floor)
    if watch is not None and watch.share_difficulty is not None:
        return assumed * HASHES_PER_DIFFICULTY, state.scale
    if state.alarm.problem is None:
        scale = learn(state.scale, interval, boundary, assumed)
    else:
        scale = replace(state.scale, last=None)
    difficulty = predicted_difficulty(state.scale, assumed, interval.share_difficulty_floor)
    return difficulty * HASHES_PER_DIFFICULTY, scale


def _before(spans: tuple[tuple[float, float, str], ...], moment: float) -> tuple[tuple[float, float, str], ...]:
    """Spans up to a moment: what was told of later time is told again if it is still so."""
    return tuple((start, min(end, moment), reason) for start, end, reason in spans if start < moment)


def _miss(state: State, window: Window, reason: str) -> State:
    """A span that nobody counted; told again longer, it takes the place of what was told before."""
    start, end = window.start.timestamp(), window.end.timestamp()
    if state.began is not None:
        start = max(start, state.began.timestamp())
    if start >= end:
        return state
    oldest = end - RECENT.total_seconds()
    kept = (one for one in _before(state.unseen, start) if one[1] > oldest)
    return replace(state, unseen=(*kept, (start, end, reason)))


def _recent(state: State, at: datetime) -> Recent:
    """The last 24 h before the last moment about which anything is known."""
    ends = [span.end for span in state.recent[-1:]] + [end for _, end, _ in state.unseen]
    end = max(ends, default=at.timestamp())
    oldest = end - RECENT.total_seconds()
    spans = tuple(span for span in state.recent if span.end > oldest)
    starts = [span.start for span in spans[:1]] + [start for start, _, _ in state.unseen[:1]]
    unseen = tuple((max(s, oldest), e, why) for s, e, why in state.unseen if e > oldest)
    return Recent(
        window=Window(
            start=datetime.fromtimestamp(min([end, *starts]), UTC),
            end=datetime.fromtimestamp(end, UTC),
        ),
        delivered=as_known_last(total(spans), spans[-1].share) if spans else None,
        unseen=unseen,
    )


def _outcome(contract: Contract, state: State, recent: Recent, at: datetime) -> Outcome:
    if contract.basis is not Basis.RATE or at < contract.starts or (contract.ends is not None and at > contract.ends):
        return Outcome.NOT_APPLICABLE
    if recent.delivered is None:
        return Outcome.UNKNOWN
    if state.alarm.problem is not None:
        return Outcome.SHORT
    if recent.coverage < contract.coverage_needed:
        return Outcome.UNKNOWN
    low = recent.delivered.interval()[0]
    return Outcome.MET if low * recent.delivered.promised >= recent.delivered.boundary else Outcome.UNDECIDED


def _verdict(contract: Contract, state: State, recent: Recent, outcome: Outcome, at: datetime) -> Verdict:
    verdict = _of_now(contract, state, recent, outcome, at)
    values = {**verdict.values, **shortages.figures(state.past, state.alarm.problem, at)}
    if outcome not in {Outcome.SHORT, Outcome.MET, Outcome.UNDECIDED}:
        return replace(verdict, values=values)
    problem = state.alarm.problem
    found = allowance.stands(contract, state.allowed, at, None if problem is None else problem.delivered.ratio)
    if found is None:
        return replace(verdict, values=values)
    last = None if problem is None else allowance.ended(contract, state.allowed, problem.delivered.start)
    because = verdict.because
    if outcome is Outcome.SHORT or verdict.below_promise or found.missing > found.fraction * found.promised:
        because = f"{because} {allowance.sentence(contract, found, last, moment)}"
    before = {} if last is None else allowance.figures(last, allowance.ENDED)
    return replace(verdict, because=because, values={**values, **allowance.figures(found), **before})


def _of_now(contract: Contract, state: State, recent: Recent, outcome: Outcome, at: datetime) -> Verdict:
    """The rate now, by itself."""
    problem = state.alarm.problem
    if outcome is Outcome.NOT_APPLICABLE:
        return not_applicable(contract, NAME, at)
    if outcome is Outcome.UNKNOWN or recent.delivered is None:
        return cannot_tell(contract, NAME, at, recent)
    if outcome is Outcome.SHORT and problem is not None:
        return too_little(contract, NAME, at, recent, problem, _years(contract))
    return delivered_lately(contract, NAME, at, recent, outcome, state.alarm.evidence)


def _paid_only(contract: Contract, news: News, verdict: Verdict) -> Verdict:
    """Where only wallets are watched, the reason why nobody can tell is that, and no gap in what was seen."""
    accounts = {watch.account for watch in contract.watch}
    if verdict.outcome is not Outcome.UNKNOWN or not accounts <= news.books.items.wallets.keys():
        return verdict
    because = "Only payouts are watched: they do not show that anything was mined, so nobody can tell the hashrate."
    return replace(verdict, because=because, unseen_because=None)


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    version=2,
    budget=BUDGET,
    severity="critical",
)
