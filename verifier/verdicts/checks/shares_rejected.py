"""Work that a pool rejected or called stale: more than the contract lets be rejected, or twice what is usual here.

Judged by UTC day, because a pool's hiccup rejects much in a few minutes. Per day let x be the rejected shares and μ
what the limit lets be rejected of all shares sent; the alarm is that of statistics.py mirrored upwards, with the
spread of this account's own days as dispersion.
"""

from collections.abc import Iterable
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from verifier.contract import Contract
from verifier.fact import Fact
from verifier.observation import SharesSeen
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts import statistics
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.readings import deciding, witnesses
from verifier.verdicts.sequential import Sequential, look, years_of
from verifier.verdicts.share_scale import known_difficulty
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import measured, moment, once_in, percent

NAME: Final = "shares_rejected"
#: Part of the contract's budget of false alarms, half of it for each of the two limits.
BUDGET: Final = 0.1
_DAY: Final = timedelta(days=1).total_seconds()
#: Excesses looked for, from a tenth above the limit to fifty times as much, and returns below a closing limit.
_EXCESSES: Final[statistics.Array] = 1.0 + np.geomspace(0.1, 50.0, 24)
_RETURNS: Final[statistics.Array] = 1.0 - np.geomspace(0.05, 0.97, 12)
#: What is usual: learnt from this many days before it is judged by, remembered for sixty, clipped at three times.
_DAYS_KNOWN: Final = 7.0
_MEMORY: Final = 60.0
_CLIP: Final = 3.0
_TWICE: Final = 2.0
#: Twice next to nothing is next to nothing: less than this part of what was sent is never unusual.
_NOTHING_UNUSUAL: Final = 0.005
#: The smallest part that a page shows.
_SHOWN: Final = 0.001
#: Spread of a stranger's days, as variance over mean of a count, and the squared deviation that counts at most.
_STRANGER: Final = 2.0
_CLIPPED: Final = 6.0
#: A span longer than twice the shortest one says the same again, more coarsely.
_COARSE: Final = 2.0


@record
class Day:
    """Rejected and all shares sent in the part of a UTC day that was told (epoch seconds)."""

    start: float
    end: float
    seconds: float = 0.0
    rejected: float = 0.0
    sent: float = 0.0


@record
class Usual:
    """What earlier days said: sums, and the squared deviations of days in units of their mean."""

    rejected: float = 0.0
    sent: float = 0.0
    squares: float = 0.0
    days: float = 0.0

    @property
    def level(self) -> float:
        return (self.rejected + 0.5) / (self.sent + 1.0)

    @property
    def dispersion(self) -> float:
        """Variance over mean of a day's count, never below that of chance."""
        return max(1.0, (_STRANGER * _DAYS_KNOWN + self.squares) / (_DAYS_KNOWN + self.days))


@record
class State:
    """``source`` tells of rejected work in spans of ``finest`` seconds, up to ``day``'s end; ``share`` in hashes."""

    source: str = ""
    finest: float = 0.0
    share: float = 0.0
    day: Day | None = None
    usual: Usual = field(default_factory=Usual)
    agreed: Sequential = field(default_factory=Sequential)
    unusual: Sequential = field(default_factory=Sequential)
    last: Day | None = None
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn; a day is judged when the source tells of the next one."""
    before, verdicts = state, list[Verdict]()
    state = state or State()
    if state.source and news.measured and news.measured[-1].share != state.share:
        state = replace(state, share=news.measured[-1].share)
    for account, span, rejected, accepted in _spans(contract, news.facts):
        state = _tell(contract, state, account, span, rejected, accepted)
        outcome = _outcome(contract, state)
        if outcome is not state.outcome:
            state = replace(state, outcome=outcome)
            verdicts.append(_verdict(contract, state, span.end))
    outcome = _outcome(contract, state) if contract.runs_at(now) else Outcome.NOT_APPLICABLE
    told = (outcome, state.last, state.day)
    if before is not None and not verdicts and told == (before.outcome, before.last, before.day):
        return Judged(state=before if state.share == before.share else state, verdicts=())
    state = replace(state, outcome=outcome)
    last = _verdict(contract, state, now) if contract.runs_at(now) else not_applicable(contract, NAME, now)
    return Judged(state=state, verdicts=(*verdicts, last))


def _spans(contract: Contract, facts: Iterable[Fact]) -> list[tuple[str, Window, float, float]]:
    """By account and span inside the term: rejected and accepted hashes of the contract's workers."""
    found: dict[tuple[str, datetime, datetime], dict[str | None, SharesSeen]] = {}
    for fact in facts:
        for one in fact.observations:
            if isinstance(one, SharesSeen) and not (one.rejected is None and one.stale is None):
                found.setdefault((fact.subject, one.start, one.end), {})[one.worker] = one
    spans = []
    for (account, start, end), told in sorted(found.items(), key=lambda item: (item[0][2], item[0][1], item[0][0])):
        watches = [watch for watch in contract.watch if watch.account == account]
        whole = None in told and any(watch.workers is None for watch in watches)
        ours = [
            one
            for worker, one in told.items()
            if (worker is None) is whole and (whole or any(w.speaks_for(worker or "") for w in watches))
        ]
        if ours and start < end and contract.starts <= start and (contract.ends is None or end <= contract.ends):
            rejected = sum((one.rejected or 0.0) + (one.stale or 0.0) for one in ours)
            spans.append((account, Window(start=start, end=end), rejected, sum(one.accepted for one in ours)))
    return spans


def _tell(contract: Contract, state: State, account: str, span: Window, rejected: float, accepted: float) -> State:
    """One span more, unless it overlaps what was told, says it more coarsely, or comes from a lesser source."""
    order = [watch.account for watch in witnesses(contract)]
    if account not in order:
        return state
    if account != state.source:
        if state.source in order and order.index(state.source) <= order.index(account):
            return state
        state = State(source=account, share=state.share, outcome=state.outcome)
    start, end, seconds = span.start.timestamp(), span.end.timestamp(), span.span.total_seconds()
    finest = min(state.finest, seconds) if state.finest else seconds
    if seconds > _COARSE * finest or (state.day is not None and start < state.day.end):
        return replace(state, finest=finest)
    share = state.share or _assumed(contract, account, span.start)
    if state.day is not None and start // _DAY != state.day.start // _DAY:
        state = _close(contract, state, state.day)
    day = state.day or Day(start=start, end=end)
    day = replace(
        day,
        end=end,
        seconds=day.seconds + seconds,
        rejected=day.rejected + rejected / share,
        sent=day.sent + (rejected + accepted) / share,
    )
    return replace(state, finest=finest, day=day)


def _assumed(contract: Contract, account: str, at: datetime) -> float:
    rate = contract.promise_at(at).rate.per_second
    return known_difficulty(deciding(contract, account), rate) * HASHES_PER_DIFFICULTY


def _close(contract: Contract, state: State, day: Day) -> State:
    """A day is over: judged by what was known before it, then learnt from."""
    usual = state.usual
    if day.sent <= 0:
        return replace(state, day=None)
    agreed, unusual = state.agreed, state.unusual
    if contract.rejects is not None:
        agreed = _judged(contract, agreed, day, contract.rejects, usual.dispersion)
    if usual.days >= _DAYS_KNOWN or unusual.since is not None:
        unusual = _judged(contract, unusual, day, max(_TWICE * usual.level, _NOTHING_UNUSUAL), usual.dispersion)
    if unusual.since is None:
        usual = _learn(usual, day)
    return replace(state, day=None, last=day, usual=usual, agreed=agreed, unusual=unusual)


def _judged(contract: Contract, trail: Sequential, day: Day, limit: float, dispersion: float) -> Sequential:
    ratios = _EXCESSES
    if trail.since is not None:
        ratios, limit = _RETURNS, (trail.sums[0] / trail.sums[1] + limit) / 2.0
    bets = statistics.bets(ratios, dispersion)
    counts = statistics.Counts(
        shares=np.array([day.rejected]),
        expected=np.array([limit * day.sent]),
        start=np.array([day.start]),
        seconds=np.array([day.end - day.start]),
    )
    gains = statistics.log_likelihood_ratio(counts, bets, dispersion)[0]
    years = years_of(contract, BUDGET / 2.0)
    return look(trail, tuple(gains.tolist()), (day.start, day.end), (day.rejected, day.sent), years)


def _learn(usual: Usual, day: Day) -> Usual:
    keep = 1.0 - 1.0 / _MEMORY
    known = usual.days >= _DAYS_KNOWN
    mean = max(usual.level * day.sent, 1.0)
    square = min((day.rejected - mean) ** 2 / mean, _CLIPPED * usual.dispersion) if known else 0.0
    rejected = min(day.rejected, _CLIP * mean) if known else day.rejected
    return Usual(
        rejected=usual.rejected * keep + rejected,
        sent=usual.sent * keep + day.sent,
        squares=usual.squares * keep + square,
        days=usual.days * keep + 1.0,
    )


def _outcome(contract: Contract, state: State) -> Outcome:
    if state.agreed.since is not None or state.unusual.since is not None:
        return Outcome.SHORT
    if not state.source:
        return Outcome.NOT_APPLICABLE if contract.rejects is None else Outcome.UNKNOWN
    if contract.rejects is None and state.usual.days < _DAYS_KNOWN:
        return Outcome.UNDECIDED
    return Outcome.UNDECIDED if state.last is None else Outcome.MET


def _verdict(contract: Contract, state: State, at: datetime) -> Verdict:
    """Figures of the time since a problem began, else of the last whole day."""
    trail = state.agreed if state.agreed.since is not None else state.unusual
    outcome = state.outcome or Outcome.NOT_APPLICABLE
    usual = percent(state.usual.level) if state.usual.level >= _SHOWN else f"less than {percent(_SHOWN)}"
    since = None if trail.since is None else datetime.fromtimestamp(trail.since, UTC)
    years = years_of(contract, BUDGET / 2.0)
    rejected, sent = trail.sums if since is not None else (0.0, 0.0)
    if since is None and state.last is not None:
        rejected, sent = state.last.rejected, state.last.sent
    values: dict[str, float | str | None] = {"rejected_shares": rejected, "shares_sent": sent, "source": state.source}
    values |= {"usual_part": state.usual.level if state.usual.days else None, "agreed_part": contract.rejects}
    low, high = (0.0, 0.0)
    if sent > 0:
        low, high = (end / sent for end in statistics.poisson_interval(rejected))
        values["rejected_part"] = rejected / sent
    if since is not None:
        limit = f"the contract lets {percent(contract.rejects or 0.0)} be rejected"
        limit = limit if trail is state.agreed else f"usual here were {usual}"
        because = (
            f"Rejected or stale at {state.source}: {measured(rejected / sent, low, high)} of what was sent since "
            f"{moment(since)}; {limit}. By chance an alarm like this comes less than {once_in(years)}."
        )
    elif not state.source:
        because = "No source tells how much was rejected or came too late."
    elif state.last is None:
        because = f"Too early: no whole day was told by {state.source} yet."
    else:
        because = (
            f"Rejected or stale at {state.source}: {percent(rejected / sent)} of the last whole day; usual {usual}."
        )
    start = since or (at if state.last is None else datetime.fromtimestamp(state.last.start, UTC))
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(start, at), end=at),
        outcome=outcome,
        because=because,
        certainty=Certainty.LIKELY,
        interval=None if sent <= 0 else (low, high),
        since=since,
        false_alarm_years=None if since is None else years,
        values=values,
    )


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    budget=BUDGET,
    severity="warning",
)
