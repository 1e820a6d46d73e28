"""The alarm of one contract in plain numbers: opens on evidence of a shortfall, closes on evidence of the return.

One interval at a time of what course.py follows, in the words and the plain numbers of a state that is kept.
"""

from dataclasses import field, replace
from datetime import UTC, datetime
from math import log

import numpy as np

from verifier.record import record
from verifier.verdicts import statistics
from verifier.verdicts.course import Change, Track, follow
from verifier.verdicts.dispersion import ALLOWED, Wander
from verifier.verdicts.spans import Span, joined
from verifier.verdicts.statistics import Counts, Detector


@record
class Watching:
    """The row of a Detector that belongs to one contract."""

    log_evidence: tuple[float, ...]
    cusum: tuple[float, ...]
    start: tuple[float, ...]
    shares: tuple[float, ...]
    expected: tuple[float, ...]


@record
class Problem:
    """An open shortfall: when it was found, what was delivered since it began, and where it closes.

    ``closing`` is a fraction of the boundary, ``dispersion`` the variance over the mean that it was found with.
    """

    opened_at: datetime
    delivered: Span
    closing: float
    dispersion: float


@record
class Shortage:
    """A shortfall from its start to the return (epoch seconds), and the hashes missing in the time seen of it."""

    since: float
    until: float
    missing: float


@record
class Alarm:
    """``problem`` is the open one; ``back`` is what was delivered since the return that closed the one before.

    ``over`` is that one, in the turn that closed it.

    ``evidence`` is ln of that for a change (for the return, while a problem is open), in ln seconds. ``wander`` is
    what was learnt of the honest ups and downs.
    """

    watching: Watching | None = None
    wander: Wander = field(default_factory=Wander)
    problem: Problem | None = None
    back: Span | None = None
    over: Shortage | None = None
    evidence: float = statistics.NOTHING


def _detector(watching: Watching | None) -> Detector | None:
    if watching is None:
        return None
    rows = np.array((watching.log_evidence, watching.cusum, watching.start, watching.shares, watching.expected))
    return Detector(log_evidence=rows[0], cusum=rows[1], start=rows[2], shares=rows[3], expected=rows[4])


def _watching(detector: Detector | None) -> Watching | None:
    if detector is None:
        return None
    return Watching(
        log_evidence=tuple(detector.log_evidence.tolist()),
        cusum=tuple(detector.cusum.tolist()),
        start=tuple(detector.start.tolist()),
        shares=tuple(detector.shares.tolist()),
        expected=tuple(detector.expected.tolist()),
    )


def _since_change(change: Change, last: Span, closing: float) -> Span:
    """What was delivered since the most likely start of the change, in the measure of the last interval."""
    boundary = change.expected * last.share / closing
    return Span(
        start=change.since,
        end=last.end,
        seen=boundary * last.seen / last.boundary,
        hashes=change.shares * last.share,
        promised=boundary * last.promised / last.boundary,
        boundary=boundary,
        noise=boundary * last.share,
    )


def look(alarm: Alarm, span: Span, false_alarm_seconds: float, allowed: float = ALLOWED) -> Alarm:
    """The alarm after one interval, opened when the evidence reaches ``false_alarm_seconds``.

    ``allowed`` is the honest wander of a mean over 6 h, relative: the bound of what is learnt.
    """
    problem, closing = alarm.problem, 1.0 if alarm.problem is None else alarm.problem.closing
    track = Track(
        detector=_detector(alarm.watching),
        wander=alarm.wander,
        closing=None if problem is None else closing,
        evidence=alarm.evidence,
    )
    numbers = (span.hashes / span.share, span.boundary / span.share, span.start, span.seen)
    shares, expected, start, seconds = np.array(numbers).reshape(4, 1)
    counts = Counts(shares=shares, expected=expected, start=start, seconds=seconds)
    after, change = next(follow(track, counts, span.promised / span.boundary, log(false_alarm_seconds), allowed))
    if change is None:
        delivered = None if problem is None else joined(problem.delivered, span)
        return Alarm(
            watching=_watching(after.detector),
            wander=after.wander,
            problem=None if problem is None or delivered is None else replace(problem, delivered=delivered),
            evidence=after.evidence,
        )
    since = _since_change(change, span, closing)
    if problem is None:
        found = Problem(
            opened_at=datetime.fromtimestamp(span.end, UTC),
            delivered=since,
            closing=change.closing,
            dispersion=change.dispersion,
        )
        return Alarm(wander=after.wander, problem=found)
    return Alarm(wander=after.wander, back=since, over=_closed(joined(problem.delivered, span), since))


def _closed(whole: Span, back: Span) -> Shortage:
    """What was missing in all of a problem's time, less the time since the return."""
    return Shortage(
        since=whole.start,
        until=max(whole.start, back.start),
        missing=max(0.0, whole.missing - back.missing),
    )
