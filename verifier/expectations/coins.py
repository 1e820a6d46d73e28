"""Bitcoin that work is expected to earn: hashes / (difficulty · 2^32) · subsidy, before fees of any kind.

Bitcoin's difficulty-1 target for the unit of difficulty; the subsidy starts at 50 coins and halves every 210,000
blocks (Bitcoin Core, GetBlockSubsidy). Heights between those that were seen follow at 600 s a block.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final, TypeVar

from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window

Value = TypeVar("Value")

HALVING_BLOCKS: Final = 210_000
_FIRST_SUBSIDY: Final = 5_000_000_000
_BLOCK_SECONDS: Final = 600
#: The fourth halving, for when no height was seen.
_ANCHOR: Final = (datetime(2024, 4, 20, 0, 9, 27, tzinfo=UTC), 840_000)
#: When a step begins; a function of Python's own is called for thousands of steps in one breath.
_moment: Final[Callable[[tuple[datetime, Any]], datetime]] = itemgetter(0)


def subsidy(height: int) -> int:
    """Base units that a block of this height creates. Raises ValueError below the first block."""
    if height < 0:
        raise ValueError(f"no block has height {height}")
    return _FIRST_SUBSIDY >> (height // HALVING_BLOCKS)


def height_at(heights: Sequence[tuple[datetime, int]], moment: datetime) -> int:
    """Height of the tip at a moment, counted on from the nearest height seen before it (or the first one known)."""
    position = bisect_right(heights, moment, key=_moment)
    since, height = heights[max(0, position - 1)] if heights else _ANCHOR
    return max(0, height + int((moment - since).total_seconds() // _BLOCK_SECONDS))


def step_at(steps: Sequence[tuple[datetime, Value]], moment: datetime) -> tuple[datetime, Value] | None:
    """The step of a step function (moments ascending) that is in force at a moment, None before the first."""
    position = bisect_right(steps, moment, key=_moment)
    return steps[position - 1] if position else None


def in_force_at(steps: Sequence[tuple[datetime, Value]], moment: datetime) -> Value | None:
    """The value of a step function (moments ascending) at a moment, None before the first step."""
    step = step_at(steps, moment)
    return None if step is None else step[1]


def inside(steps: Sequence[tuple[datetime, Any]], window: Window) -> list[datetime]:
    """The moments of a step function that lie inside a window."""
    first, last = bisect_right(steps, window.start, key=_moment), bisect_left(steps, window.end, key=_moment)
    return [moment for moment, _ in steps[first:last]]


def expected_atoms(
    hashes: float,
    window: Window,
    difficulty: Sequence[tuple[datetime, float]],
    heights: Sequence[tuple[datetime, int]] = (),
) -> Decimal | None:
    """Base units, not rounded, that work done evenly over a window earns; None when a difficulty in it is unknown.

    Split at every step of difficulty and at every height seen, so that a retarget or a halving inside counts.
    """
    seconds = window.span.total_seconds()
    if seconds <= 0 or not difficulty or difficulty[0][0] > window.start:
        return None
    cuts = sorted({window.start, window.end, *inside(difficulty, window), *inside(heights, window)})
    total = Decimal(0)
    for start, end in pairwise(cuts):
        in_force = in_force_at(difficulty, start) or 0.0
        part = Decimal(hashes) * Decimal((end - start).total_seconds()) / Decimal(seconds)
        total += part / (Decimal(in_force) * HASHES_PER_DIFFICULTY) * subsidy(height_at(heights, start))
    return total


def expected_coins(
    hashes: float,
    window: Window,
    difficulty: Sequence[tuple[datetime, float]],
    heights: Sequence[tuple[datetime, int]] = (),
) -> Amount | None:
    """Expected coins as base units, rounded half to even once; None when a difficulty in the window is unknown."""
    atoms = expected_atoms(hashes, window, difficulty, heights)
    return None if atoms is None else Amount(atoms=int(atoms.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))
