"""The course of a contract in plain numbers: a shortfall is found, it is over, and what honest wander is learnt.

One kernel, ``follow``, for the daemon (one contract, one interval), the audit and the simulations (``watch``: many
contracts, years of intervals at once).

Opening: the mixture e-detector of statistics.py against the boundary, after A seconds to a false alarm. Closing: a
detector of its own against a boundary half-way between the level that was found and the promise, at most at the
opening boundary, with one wrong closing a month. After an opening or a closing the detector starts anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from math import exp, log
from typing import Final

import numpy as np

from verifier.record import record
from verifier.verdicts import statistics
from verifier.verdicts.dispersion import (
    ALLOWED,
    SLOT,
    Wander,
    broken_off,
    dispersions,
    learnt,
    slot_of,
    turned,
    watched,
)
from verifier.verdicts.statistics import Array, Counts, Detector

#: ln of the seconds to a wrong closing: one month.
_CLOSING: Final = log(30 * 86_400.0)


@record
class Track:
    """What is carried from interval to interval of one contract.

    ``detector`` None: starts anew with the next interval. ``closing``, a fraction of the boundary, is where the open
    problem closes; None: no problem is open. ``evidence`` is ln of that for a change (for the return, while a problem
    is open), in ln seconds.
    """

    detector: Detector | None = None
    wander: Wander = field(default_factory=Wander)
    closing: float | None = None
    evidence: float = statistics.NOTHING


@record
class Change:
    """An opening or closing: after which interval, since when (epoch seconds), x and μ since then.

    ``closing``, a fraction of the boundary, is where the problem closes or has closed; for a closing μ is under that.
    """

    index: int
    since: float
    shares: float
    expected: float
    evidence: float
    dispersion: float
    closing: float


@record
class Opening:
    """A shortfall that was found ``at`` and was over by ``resolved_at`` (epoch seconds; None: open still).

    ``size`` is 1 − delivered ÷ promised from ``since`` to ``at``, ``size_error`` half its 99 % interval, ``evidence``
    the e-value (seconds) and ``dispersion`` the variance over the mean that it was weighed with.
    """

    contract: int
    at: float
    resolved_at: float | None
    since: float
    size: float
    size_error: float
    evidence: float
    dispersion: float


@record
class Course:
    """What happened, by contract and time, and the state to carry on with.

    A problem still open is part of ``openings`` and of ``state``: the next call tells it again, then with its end.
    """

    state: tuple[tuple[Track, Opening | None], ...]
    openings: tuple[Opening, ...]


def follow(
    track: Track, counts: Counts, promise: float, enough: float, allowed: float = ALLOWED
) -> Iterator[tuple[Track, Change | None]]:
    """The track after each change, and after the last interval.

    ``promise`` is promised ÷ boundary, ``enough`` is ln A, ``allowed`` the honest wander of a mean over 6 h.
    """
    done = 0
    for end in _slot_ends(counts.start):
        slot = slot_of(float(counts.start[done]))
        if track.wander.slot != slot:
            track = replace(track, wander=turned(track.wander, slot, allowed))
        while done < end:
            track, change, used = _stretch(track, counts.part(done, end), promise, enough, allowed)
            done += used
            if change is not None:
                yield track, replace(change, index=done - 1)
    yield track, None


def _slot_ends(start: Array) -> Sequence[int]:
    """Where each run of intervals that begin in one slot ends."""
    if len(start) <= 1:
        return range(1, len(start) + 1)
    slots = start // SLOT
    return (*(np.flatnonzero(slots[1:] != slots[:-1]) + 1).tolist(), len(start))


def _stretch(
    track: Track, counts: Counts, promise: float, enough: float, allowed: float
) -> tuple[Track, Change | None, int]:
    """Intervals of one slot up to the next change."""
    closing = track.closing
    grid, need = (statistics.SHORTFALLS, enough) if closing is None else (statistics.RETURNS, _CLOSING)
    under = counts if closing is None else replace(counts, expected=closing * counts.expected)
    phi = dispersions(grid, need, learnt(track.wander, allowed), under)
    gain = statistics.log_likelihood_ratio(under, statistics.bets(grid, phi), phi)
    before = track.detector or Detector.fresh(float(counts.start[0]))
    detector, used, evidence = statistics.advance(before, under, gain, need)
    if evidence < need:
        wander = watched(track.wander, counts) if closing is None else track.wander
        return Track(detector=detector, wander=wander, closing=closing, evidence=evidence), None, used
    best, since, x, mu = statistics.change_point(detector)
    closes = min(1.0, (x / mu + promise) / 2.0) if closing is None else closing
    change = Change(
        index=used - 1,
        since=since,
        shares=x,
        expected=mu,
        evidence=evidence,
        dispersion=float(phi[min(used, len(phi)) - 1, best]),
        closing=closes,
    )
    if closing is None:
        return Track(wander=broken_off(track.wander), closing=closes), change, used
    return Track(wander=track.wander), change, used


def watch(
    shares: Array,
    expected: Array,
    start: Array,
    seconds: Array,
    *,
    promise: Array,
    false_alarm_seconds: float,
    state: Sequence[tuple[Track, Opening | None]] | None = None,
    allowed: float = ALLOWED,
) -> Course:
    """Many contracts at once; arrays of shape (contracts, steps), each row in time order.

    ``shares`` are effective counts x, ``expected`` their mean μ under the boundary for the time seen, ``start`` epoch
    seconds, ``seconds`` the time seen (0: not seen, adds nothing). ``promise`` is promised ÷ boundary per contract.
    ``state`` is that of an earlier call: two calls equal one. ``allowed`` is the honest wander of a mean over 6 h.
    """
    carried = state if state is not None else ((Track(), None),) * len(shares)
    openings: list[Opening] = []
    after: list[tuple[Track, Opening | None]] = []
    for row, (before, opening) in enumerate(carried):
        seen = np.flatnonzero(seconds[row] > 0.0)
        x, mu, begin, span = (np.asarray(one[row], dtype=float)[seen] for one in (shares, expected, start, seconds))
        counts, ratio = Counts(shares=x, expected=mu, start=begin, seconds=span), float(promise[row])
        track, current = before, opening
        for track, change in follow(before, counts, ratio, log(false_alarm_seconds), allowed):  # noqa: B007
            if change is None:
                continue
            at = float(begin[change.index] + span[change.index])
            if current is None:
                current = _opening(row, at, change, ratio)
            else:
                openings.append(replace(current, resolved_at=at))
                current = None
        openings += () if current is None else (current,)
        after.append((track, current))
    return Course(state=tuple(after), openings=tuple(openings))


def _opening(row: int, at: float, change: Change, promise: float) -> Opening:
    promised = change.expected * promise
    low, high = statistics.poisson_interval(change.shares / change.dispersion)
    return Opening(
        contract=row,
        at=at,
        resolved_at=None,
        since=change.since,
        size=1.0 - change.shares / promised,
        size_error=change.dispersion * (high - low) / 2.0 / promised,
        evidence=exp(min(change.evidence, 700.0)),
        dispersion=change.dispersion,
    )
