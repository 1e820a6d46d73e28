"""The alarm of one contract in plain numbers: opens on evidence of a shortfall, closes on evidence of the return.

Opening: the mixture e-detector of statistics.py against the boundary, after A seconds to a false alarm. Closing: a
detector of its own against a boundary half-way between the level that was found and the promise, at most at the
opening boundary, with one wrong closing a month. After an opening or a closing the detector starts anew.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import log
from typing import Final

import numpy as np

from verifier.verdicts import statistics
from verifier.verdicts.spans import Span, joined
from verifier.verdicts.statistics import Detector

#: ln of the seconds to a wrong closing: one month.
_CLOSING: Final = log(30 * 86_400.0)
_SHORT_BETS: Final = statistics.bets(statistics.SHORTFALLS)
_RETURN_BETS: Final = statistics.bets(statistics.RETURNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """The row of a Detector that belongs to one contract."""

    log_evidence: tuple[float, ...]
    cusum: tuple[float, ...]
    start: tuple[float, ...]
    shares: tuple[float, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An open shortfall: when it was found, what was delivered since it began, and where it closes.

    ``closing`` is a fraction of the boundary.
    """

    opened_at: datetime
    delivered: Span
    closing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A shortfall from its start to the return (epoch seconds), and the hashes missing in the time seen of it."""

    since: float
    until: float
    missing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """``problem`` is the open one; ``back`` is what was delivered since the return that closed the one before.

    ``over`` is that one, in the turn that closed it.

    ``evidence`` is ln of that for a change (for the return, while a problem is open), in ln seconds.
    """

    watching: Watching | None = None
    problem: Problem | None = None
    back: Span | None = None
    over: Shortage | None = None
    evidence: float = statistics.NOTHING


def _detector(watching: Watching) -> Detector:
    fields = (watching.log_evidence, watching.cusum, watching.start, watching.shares, watching.expected)
    rows = np.array(fields)[:, None, :]
    return Detector(log_evidence=rows[0], cusum=rows[1], start=rows[2], shares=rows[3], expected=rows[4])


def _row(values: statistics.Array) -> tuple[float, ...]:
    return tuple(values[0].tolist())


def _since_change(detector: Detector, last: Span, closing: float) -> Span:
    """What was delivered since the most likely start of the change, in the measure of the last interval."""
    start, shares, expected = (float(one[0]) for one in statistics.change_point(detector))
    boundary = expected * last.share / closing
    return Span(
        start=start,
        end=last.end,
        seen=boundary * last.seen / last.boundary,
        hashes=shares * last.share,
        promised=boundary * last.promised / last.boundary,
        boundary=boundary,
        noise=boundary * last.share,
    )


def look(alarm: Alarm, span: Span, false_alarm_seconds: float) -> Alarm:
    """The alarm after one interval, opened when the evidence reaches ``false_alarm_seconds``."""
    problem = alarm.problem
    bets, closing = (_SHORT_BETS, 1.0) if problem is None else (_RETURN_BETS, problem.closing)
    before = _detector(alarm.watching) if alarm.watching else Detector.fresh(1, span.start)
    columns = (span.hashes / span.share, closing * span.boundary / span.share, span.start, span.seen)
    shares, expected, start, seconds = np.array(columns).reshape(4, 1, 1)
    detector = statistics.advance(before, shares, expected, start, seconds, bets)
    evidence = float(statistics.log_mean_evidence(detector)[0])
    if problem is None and evidence >= log(false_alarm_seconds):
        return Alarm(problem=_found(_since_change(detector, span, closing), span))
    if problem is not None and evidence >= _CLOSING:
        back = _since_change(detector, span, closing)
        return Alarm(back=back, over=_closed(joined(problem.delivered, span), back))
    return Alarm(
        watching=Watching(
            log_evidence=_row(detector.log_evidence),
            cusum=_row(detector.cusum),
            start=_row(detector.start),
            shares=_row(detector.shares),
            expected=_row(detector.expected),
        ),
        problem=None if problem is None else replace(problem, delivered=joined(problem.delivered, span)),
        evidence=evidence,
    )


def _found(delivered: Span, last: Span) -> Problem:
    level, promise = delivered.hashes / delivered.boundary, last.promised / last.boundary
    return Problem(
        opened_at=datetime.fromtimestamp(last.end, UTC),
        delivered=delivered,
        closing=min(1.0, (level + promise) / 2.0),
    )


def _closed(whole: Span, back: Span) -> Shortage:
    """What was missing in all of a problem's time, less the time since the return."""
    return Shortage(
        since=whole.start,
        until=max(whole.start, back.start),
        missing=max(0.0, whole.missing - back.missing),
    )
