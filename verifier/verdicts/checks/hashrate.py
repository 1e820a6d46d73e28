"""Is the promised hashrate delivered: the alarm of alarm.py while it is not, the recent day while it is."""

from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from math import log
from typing import Final

from verifier.contract import Basis, Contract
from verifier.expectations.rate import not_left_out, owed
from verifier.observation import Exactness
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts import allowance, shortages
from verifier.verdicts.alarm import Alarm, Shortage, look
from verifier.verdicts.dispersion import bounds, learnt
from verifier.verdicts.findings import Recent, cannot_tell, delivered_lately, not_applicable, too_little
from verifier.verdicts.readings import deciding
from verifier.verdicts.share_scale import ShareScale, known_difficulty, learn, predicted_difficulty
from verifier.verdicts.spans import Span, as_known_last, extended, total, work_in
from verifier.verdicts.trail import Mark, marked
from verifier.verdicts.verdict import Certainty, Check, Interval, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import moment

NAME: Final = "hashrate"
#: Part of the contract's budget of false alarms.
BUDGET: Final = 0.1
RECENT: Final = timedelta(hours=24)
_YEAR_SECONDS: Final = 365.25 * 86_400.0


@record
class State:
    """Carried from turn to turn; ``recent`` and ``unseen`` cover the last 24 h, or since a problem was over.

    ``allowed`` is what was seen of the tolerance's running span and of the one before, ``past`` are the shortfalls of
    the last 30 days, ``trail`` is the evidence of the last 48 hours. ``averages``: nothing counted the last interval.
    """

    began: datetime | None = None
    alarm: Alarm = field(default_factory=Alarm)
    recent: tuple[Span, ...] = ()
    unseen: tuple[tuple[float, float, str], ...] = ()
    scale: ShareScale = field(default_factory=ShareScale)
    allowed: tuple[Span, ...] = ()
    past: tuple[Shortage, ...] = ()
    trail: tuple[Mark, ...] = ()
    averages: bool = False
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn: intervals and unseen spans in time order, a verdict at each change of outcome and one for now."""
    state = state or State()
    verdicts: list[Verdict] = []
    missed = sorted(news.unseen, key=lambda one: (one[0].start, one[0].end))
    recent: Recent | None = None
    measured: list[Span] = []
    # Of a sum, what was measured of its contracts comes in the place of a source's intervals.
    for one in news.measured if contract.sum_of else news.intervals:
        window = one if isinstance(one, Interval) else one.window
        while missed and missed[0][0].end <= window.start:
            state = _miss(contract, state, *missed.pop(0))
        if isinstance(one, Interval):
            state, span = _see(contract, state, one)
            measured += () if span is None else (span,)
        else:
            state = _watch(contract, state, one, state.scale, averages=state.averages)
        recent = _recent(state, window.end)
        outcome = _outcome(contract, state, recent, window.end)
        if outcome is not state.outcome:
            verdicts.append(_verdict(contract, state, recent, outcome, window.end))
            state = replace(state, outcome=outcome)
    for window, reason in missed:
        state = _miss(contract, state, window, reason)
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
    whole = due.seconds >= end - start
    hashes = interval.hashes if whole else float(work_in(interval.hashes, due.seconds / (end - start), due.promised))
    span = Span(
        start=start,
        end=end,
        seen=due.seconds,
        hashes=hashes,
        promised=due.promised,
        boundary=due.boundary,
        noise=due.boundary * share,
        rounding=interval.rounding * hashes / interval.hashes if interval.hashes > 0.0 else 0.0,
    )
    return _watch(contract, state, span, scale, averages=interval.exactness is Exactness.AVERAGE), span


def _watch(contract: Contract, state: State, span: Span, scale: ShareScale, *, averages: bool) -> State:
    """The state after one measured interval."""
    start, end = span.start, span.end
    alarm = look(state.alarm, span.for_an_alarm(), _years(contract) * _YEAR_SECONDS, contract.wander)
    return State(
        began=state.began or datetime.fromtimestamp(start, UTC),
        alarm=alarm,
        recent=(alarm.back,) if alarm.back else extended(state.recent, span, end - RECENT.total_seconds()),
        unseen=() if state.began is None else _before(state.unseen, start),
        scale=scale,
        averages=averages,
        allowed=allowance.carried(contract, state.allowed, span),
        past=shortages.remembered(state.past, alarm.over, end),
        trail=marked(state.trail, end, _evidence(contract, state.alarm, alarm)),
        outcome=state.outcome,
    )


def line(contract: Contract) -> float:
    """ln of the evidence (ln seconds) at which a problem opens: the seconds to one false alarm."""
    return log(_years(contract) * _YEAR_SECONDS)


def _evidence(contract: Contract, before: Alarm, after: Alarm) -> float | None:
    """ln of that for a shortfall; None while a problem is open, because then the return is looked for."""
    if before.problem is not None:
        return None
    return after.evidence if after.problem is None else line(contract)


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


def _miss(contract: Contract, state: State, window: Window, reason: str) -> State:
    """A span that nobody counted; told again longer, it takes the place of what was told before.

    Time that the contract leaves out is not missed.
    """
    for part in not_left_out(contract, window):
        state = _miss_part(state, part, reason)
    return state


def _miss_part(state: State, window: Window, reason: str) -> State:
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
    unseen = tuple((max(s, oldest), e, why) for s, e, why in state.unseen if e > oldest)
    starts = [span.start for span in spans[:1]] + [start for start, _, _ in unseen[:1]]
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
    verdict = _from_averages(state, _summed(contract, _of_now(contract, state, recent, outcome, at)))
    restless = _dispersions(contract, state.alarm, recent.delivered)
    values = {**verdict.values, **restless, **shortages.figures(state.past, state.alarm.problem, at)}
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


def _dispersions(contract: Contract, alarm: Alarm, recent: Span | None) -> dict[str, float]:
    """Variance over mean of what is counted over a long time, as learnt of the wander, and the most that it may be."""
    if recent is None:
        return {}
    shares_per_second = recent.boundary / recent.share / recent.seen
    (_, learnt_seconds), (_, most) = learnt(alarm.wander, contract.wander), bounds(contract.wander)
    return {
        "dispersion": 1.0 + shares_per_second * learnt_seconds,
        "dispersion_bound": 1.0 + shares_per_second * most,
    }


def _of_now(contract: Contract, state: State, recent: Recent, outcome: Outcome, at: datetime) -> Verdict:
    """The rate now, by itself."""
    problem = state.alarm.problem
    if outcome is Outcome.NOT_APPLICABLE:
        return not_applicable(contract, NAME, at)
    if outcome is Outcome.UNKNOWN or recent.delivered is None:
        return cannot_tell(contract, NAME, at, recent)
    if outcome is Outcome.SHORT and problem is not None:
        return too_little(contract, NAME, at, recent, problem, _years(contract), state.began)
    return delivered_lately(contract, NAME, at, recent, outcome, state.alarm.evidence)


def _from_averages(state: State, verdict: Verdict) -> Verdict:
    """What averages say is said to be that, and less certain than a count."""
    if not state.averages or verdict.outcome in {Outcome.NOT_APPLICABLE, Outcome.UNKNOWN}:
        return verdict
    because = f"{verdict.because} From averages that the source shows: it tells no count."
    return replace(
        verdict,
        because=because,
        certainty=Certainty.POSSIBLE,
        values={**verdict.values, "exactness": Exactness.AVERAGE.value},
    )


def _summed(contract: Contract, verdict: Verdict) -> Verdict:
    """Of a sum it is said whose, and that it is a statement of its own."""
    if not contract.sum_of or verdict.outcome is Outcome.NOT_APPLICABLE:
        return verdict
    because = f"{len(contract.sum_of)} contracts together: {verdict.because}"
    if verdict.outcome is Outcome.SHORT:
        because += " One of them alone may show nothing yet."
    return replace(verdict, because=because)


def _paid_only(contract: Contract, news: News, verdict: Verdict) -> Verdict:
    """Where only wallets are watched, the reason why nobody can tell is that, and no gap in what was seen."""
    accounts = {watch.account for watch in contract.watch}
    if contract.sum_of or verdict.outcome is not Outcome.UNKNOWN or not accounts <= news.books.items.wallets.keys():
        return verdict
    because = "Only payouts are watched: they do not show that anything was mined, so nobody can tell the hashrate."
    return replace(verdict, because=because, unseen_because=None)


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    version=3,
    budget=BUDGET,
    severity="critical",
    sums=True,
)
