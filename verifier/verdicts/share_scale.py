"""How hard a share is: the scale that turns work into shares, learnt from the intervals before the one it judges.

A pool's variable difficulty aims at one share per ``share_interval``; a floor (1 on vanilla CKPool) may hold it
higher. Where a pool counts shares, the largest difficulty (work / shares) of the last hour is used. Where it hides
them and works with harder shares than assumed, neighbouring intervals differ by more than chance allows: for counts
Var(W₂ − k·W₁) = D·(E W₂ + k²·E W₁), k the quotient of their lengths, so that the pooled quotient of squared
differences and sums estimates D (after von Neumann 1941: differences, so that slow changes are no noise).
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from verifier.contract import Watch
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.statistics import Array
from verifier.verdicts.verdict import Interval

#: A number, or a column of them.
Figure = TypeVar("Figure", float, Array)

#: Weight of the assumed difficulty against what was learnt, in neighbouring pairs.
_PRIOR: Final = 4.0
#: Pairs that the estimate remembers.
_MEMORY: Final = 500.0
_KEEP: Final = 1.0 - 1.0 / _MEMORY
#: A squared difference counts at most 6 times its present scale, so that a switch is no noise; a clipped chi-square
#: (one degree of freedom) keeps 0.974 of its mean.
_CLIP: Final = 6.0
_CLIPPED_MEAN: Final = 0.974
#: Learnt at most 64 times the assumed difficulty: learning without bounds lets bursts of theft blind the alarm.
_CEILING: Final = 64.0
#: Safe side: standard errors of the estimate that are added to it.
_CAUTION: Final = 2.0
#: A pool never seen may have shares that hard; after a handful of pairs this is gone.
_STRANGER: Final = 40.0
_HOUR: Final = timedelta(hours=1)
_SHARE_INTERVAL: Final = timedelta(seconds=6)


@record
class ShareScale:
    """What the intervals so far say about the difficulty of a share.

    ``squares`` and ``sums`` are pooled over ``pairs`` of neighbours, in shares of the assumed difficulty relative to
    what the boundary expects. ``last`` is (seconds, hashes) of the neighbour before. ``counted`` are (end, difficulty)
    of the last hour where the pool counts shares.
    """

    squares: float = 0.0
    sums: float = 0.0
    pairs: float = 0.0
    last: tuple[float, float] | None = None
    counted: tuple[tuple[datetime, float], ...] = ()

    @property
    def quotient(self) -> float:
        """Learnt difficulty as a multiple of the assumed one, before any bound."""
        return (_PRIOR + self.squares) / (_PRIOR + self.sums)


def assumed_difficulty(boundary_rate: float, share_interval: timedelta, floor: float = 0.0) -> float:
    """Difficulty of a share before anything was learnt: max(floor, boundary rate (H/s) · share interval / 2^32)."""
    return max(floor, boundary_rate * share_interval.total_seconds() / HASHES_PER_DIFFICULTY)


def known_difficulty(watch: Watch | None, boundary_rate: float, floor: float = 0.0) -> float:
    """Difficulty of a share of the source that decides before anything was learnt: as stated, else as assumed."""
    if watch is not None and watch.share_difficulty is not None:
        return watch.share_difficulty
    return assumed_difficulty(boundary_rate, _SHARE_INTERVAL if watch is None else watch.share_interval, floor)


def predicted_difficulty(scale: ShareScale, assumed: float, floor: float = 0.0) -> float:
    """The difficulty that judges the next interval: never below the assumed one unless the pool counts shares.

    A pool whose ``floor`` is what was assumed is no stranger: a worker that small is held at the floor.
    """
    if scale.counted:
        return max(difficulty for _, difficulty in scale.counted)
    stranger = 0.0 if floor >= assumed else _STRANGER
    return assumed * min(max(_careful(scale.squares, scale.sums, scale.pairs, stranger), 1.0), _CEILING)


def _careful(squares: Figure, sums: Figure, pairs: Figure, stranger: float) -> Figure:
    """The learnt multiple of the assumed difficulty on the safe side, before its bounds; numbers or columns."""
    known = pairs + 1.0
    careful: Figure = (_PRIOR + squares) / (_PRIOR + sums) * (1.0 + _CAUTION / known**0.5 + stranger / known**2)
    return careful


def learn(scale: ShareScale, interval: Interval, boundary: float, assumed: float) -> ShareScale:
    """The scale after an interval; ``boundary`` are the hashes that the boundary expects of it."""
    seconds = (interval.end - interval.start).total_seconds()
    counted = scale.counted
    if interval.shares and interval.hashes > 0:
        kept = tuple(seen for seen in counted if seen[0] > interval.end - _HOUR)
        counted = (*kept, (interval.end, interval.hashes / interval.shares / HASHES_PER_DIFFICULTY))
    last = (seconds, interval.hashes)
    if scale.last is None or boundary <= 0:
        return ShareScale(squares=scale.squares, sums=scale.sums, pairs=scale.pairs, last=last, counted=counted)
    quotient = seconds / scale.last[0]
    hashes = interval.hashes + quotient**2 * scale.last[1]
    if hashes <= 0:
        return ShareScale(squares=scale.squares, sums=scale.sums, pairs=scale.pairs, last=last, counted=counted)
    square = (interval.hashes - quotient * scale.last[1]) ** 2 / (assumed * HASHES_PER_DIFFICULTY)
    squares, sums, pairs = _pooled(scale.squares, scale.sums, scale.pairs, square, hashes, boundary * (1.0 + quotient))
    return ShareScale(squares=squares, sums=sums, pairs=pairs, last=last, counted=counted)


def _pooled(
    squares: float, sums: float, pairs: float, square: float, hashes: float, expected: float
) -> tuple[float, float, float]:
    """The pooled sums after one more pair of neighbours."""
    most = _CLIP * hashes * (_PRIOR + squares) / (_PRIOR + sums)
    return (
        squares * _KEEP + min(most, square) / expected / _CLIPPED_MEAN,
        sums * _KEEP + hashes / expected,
        pairs * _KEEP + 1.0,
    )


def predicted_each(
    scale: ShareScale, ends: Array, seconds: Array, hashes: Array, shares: Array, boundary: Array, assumed: Array
) -> tuple[Array, ShareScale]:
    """``predicted_difficulty`` and ``learn`` over many intervals in time order, without a floor: the same numbers.

    Columns of one shape: ends in epoch seconds, shares NaN where they are hidden. Once a pool has counted shares only
    what it counts is carried on, because nothing else is looked at again.
    """
    counts = np.flatnonzero((shares > 0.0) & (hashes > 0.0))
    hidden = len(ends) if counts.size == 0 else int(counts[0]) + 1
    if scale.counted:
        hidden = 0
    known = np.array([[end.timestamp(), difficulty] for end, difficulty in scale.counted]).reshape(-1, 2)
    difficulties, scale = _hidden(scale, *(column[:hidden] for column in (seconds, hashes, boundary, assumed)))
    if not counts.size and not len(known):
        return difficulties, scale
    moments = np.concatenate((known[:, 0], ends[counts]))
    counted = np.concatenate((known[:, 1], hashes[counts] / shares[counts] / HASHES_PER_DIFFICULTY))
    oldest = np.searchsorted(moments, moments - _HOUR.total_seconds(), side="right")
    largest = _largest(counted, oldest)
    last = len(known) - 1 + np.searchsorted(counts, np.arange(hidden, len(ends)), side="left")
    kept = tuple(
        (datetime.fromtimestamp(moment, UTC), difficulty)
        for moment, difficulty in zip(moments[oldest[-1] :].tolist(), counted[oldest[-1] :].tolist(), strict=True)
    )
    neighbour = (float(seconds[-1]), float(hashes[-1])) if len(ends) else scale.last
    return np.concatenate((difficulties, largest[last])), replace(scale, counted=kept, last=neighbour)


def _hidden(
    scale: ShareScale, seconds: Array, hashes: Array, boundary: Array, assumed: Array
) -> tuple[Array, ShareScale]:
    """The same where no shares are counted, one pair of neighbours after the other."""
    if not len(seconds):
        return assumed, scale
    first = scale.last or (1.0, nan)  # no neighbour: a pair of nothing
    before = np.concatenate(([first], np.column_stack((seconds, hashes))[:-1]))
    quotient = seconds / before[:, 0]
    both = hashes + quotient**2 * before[:, 1]
    square = (hashes - quotient * before[:, 1]) ** 2 / (assumed * HASHES_PER_DIFFICULTY)
    expected = boundary * (1.0 + quotient)
    pooled = [(scale.squares, scale.sums, scale.pairs)]
    for pair in zip(square.tolist(), both.tolist(), expected.tolist(), strict=True):
        pooled.append(_pooled(*pooled[-1], *pair) if pair[1] > 0.0 else pooled[-1])
    known = np.array(pooled[:-1])
    multiples = _careful(known[:, 0], known[:, 1], known[:, 2], _STRANGER)
    squares, sums, pairs = pooled[-1]
    last = (float(seconds[-1]), float(hashes[-1]))
    found = assumed * np.clip(multiples, 1.0, _CEILING)
    return found, replace(scale, squares=squares, sums=sums, pairs=pairs, last=last)


def _largest(values: Array, first: NDArray[np.intp]) -> Array:
    """Per position the largest of ``values[first : position + 1]``: two overlapping spans of a power of two."""
    position = np.arange(len(values))
    power = np.log2(position - first + 1).astype(np.intp)
    spans = [values]
    for step in range(int(power.max(initial=0))):
        wider = spans[-1].copy()
        wider[2**step :] = np.maximum(wider[2**step :], spans[-1][: -(2**step)])
        spans.append(wider)
    table = np.stack(spans)
    result: Array = np.maximum(table[power, position], table[power, first + 2**power - 1])
    return result
