"""What work earns before chance: an integral over the steps of difficulty, subsidy and fees, split where one changes.

    coins = Σ hashes_i / (D_i · 2^32) · (subsidy_i + fees_i)

over the parts i of a span in which all three stand still (Rosenfeld 2011, section 1.1; Braiins' FPPS settles a day with
a retarget or a halving in two or three parts likewise). Base units as Decimal, not rounded. The difficulty decides,
never a "network hashrate".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from verifier.expectations.coins import HALVING_BLOCKS, height_at, in_force_at, inside, step_at, subsidy
from verifier.expectations.schemes import Income
from verifier.units import HASHES_PER_DIFFICULTY, Window

_BLOCK: Final = timedelta(seconds=600)
#: Fees of the nearest known day stand in for an unknown one up to this far.
_FEES_REACH: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Step functions of time, each as moments (ascending) with the value in force from then on.

    ``subsidy`` and ``fees`` are base units per block; ``fees`` are means over the averaging span of the pool.
    """

    difficulty: Sequence[tuple[datetime, float]]
    subsidy: Sequence[tuple[datetime, int]]
    fees: Sequence[tuple[datetime, Decimal]] = ()


def bitcoin(
    window: Window,
    difficulty: Sequence[tuple[datetime, float]],
    heights: Sequence[tuple[datetime, int]],
    fees: Sequence[tuple[datetime, Decimal]] = (),
) -> Network:
    """Bitcoin over a window: the subsidy follows from the heights seen, a halving between them at 600 s a block."""
    steps: dict[datetime, int] = {}
    for since, until in pairwise([window.start, *inside(heights, window), window.end]):
        height = height_at(heights, since)
        steps[since] = subsidy(height)
        halving = since + (HALVING_BLOCKS - height % HALVING_BLOCKS) * _BLOCK
        if halving < until:
            steps[halving] = steps[since] // 2
    return Network(difficulty=difficulty, subsidy=sorted(steps.items()), fees=fees)


def income(hashes: float, window: Window, network: Network, spread: Decimal = Decimal(0)) -> Income | None:
    """What work done evenly over a window earns; None when a difficulty or subsidy in it is unknown.

    ``spread`` is the standard error of ``hashes``, as a fraction. Fees are None where they are not known for all of it.
    """
    seconds = Decimal(window.span.total_seconds())
    known = (in_force_at(network.difficulty, window.start), in_force_at(network.subsidy, window.start))
    if not seconds or None in known:
        return None
    moments = (
        moment for steps in (network.difficulty, network.subsidy, network.fees) for moment in inside(steps, window)
    )
    cuts = sorted({window.start, window.end, *moments})
    work, earned, fees, reward = Decimal(hashes), Decimal(0), Decimal(0), Decimal(0)
    fees_known = True
    for start, end in pairwise(cuts):
        difficulty, minted = in_force_at(network.difficulty, start), in_force_at(network.subsidy, start)
        paid = _fees(network, start)
        part = Decimal((end - start).total_seconds()) / seconds
        blocks = work * part / (Decimal(difficulty or 0) * HASHES_PER_DIFFICULTY)
        fees_known = fees_known and paid is not None
        earned += blocks * (minted or 0)
        fees += blocks * (paid or 0)
        reward += part * ((minted or 0) + (paid or 0))
    return Income(subsidy=earned, fees=fees if fees_known else None, reward=reward, spread=spread)


def _fees(network: Network, moment: datetime) -> Decimal | None:
    """The fees in force: those of the last day that is known, unless it lies too far back."""
    last = step_at(network.fees, moment)
    return None if last is None or moment - last[0] >= _FEES_REACH else last[1]
