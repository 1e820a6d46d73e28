"""How hard a share is: the scale that turns work into shares, learnt from the intervals before the one it judges.

A pool's variable difficulty aims at one share per ``share_interval``; a floor (1 on vanilla CKPool) may hold it
higher. Where a pool counts shares, the largest difficulty (work / shares) of the last hour is used. Where it hides
them and works with harder shares than assumed, neighbouring intervals differ by more than chance allows: for counts
Var(W₂ − k·W₁) = D·(E W₂ + k²·E W₁), k the quotient of their lengths, so that the pooled quotient of squared
differences and sums estimates D (after von Neumann 1941: differences, so that slow changes are no noise).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from verifier.contract import Watch
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.verdict import Interval

#: Weight of the assumed difficulty against what was learnt, in neighbouring pairs.
_PRIOR: Final = 4.0
#: Pairs that the estimate remembers.
_MEMORY: Final = 500.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
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
    known = scale.pairs + 1.0
    stranger = 0.0 if floor >= assumed else _STRANGER / known**2
    careful = scale.quotient * (1.0 + _CAUTION / sqrt(known) + stranger)
    return assumed * min(max(careful, 1.0), _CEILING)


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
    expected = boundary * (1.0 + quotient)
    share = assumed * HASHES_PER_DIFFICULTY
    square = (interval.hashes - quotient * scale.last[1]) ** 2 / share
    keep = 1.0 - 1.0 / _MEMORY
    return ShareScale(
        squares=scale.squares * keep + min(square, _CLIP * scale.quotient * hashes) / expected / _CLIPPED_MEAN,
        sums=scale.sums * keep + hashes / expected,
        pairs=scale.pairs * keep + 1.0,
        last=last,
        counted=counted,
    )
