"""How much honest miners wander: learnt from differences of neighbouring blocks, and what it does to evidence.

A rate that wanders has a relative variance σ² within the hour and ω seconds of it in the long run (a mean over T
seconds has the variance ω/T). Half the squared difference of neighbouring blocks, less what counting alone makes,
estimates both whatever the level is (von Neumann 1941: differences, so that slow changes are no noise). Blocks are
hours, quarters and halves of the UTC day, whatever the rhythm of polling; what is learnt takes effect when a quarter
is over, so that what judges an interval is known before it.

Learning is bounded by the wander that is allowed: a seller who delivers in bursts teaches what bursts are like.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from functools import lru_cache
from itertools import pairwise
from math import exp, log, sqrt
from typing import Final, TypeAlias

import numpy as np

from verifier.contract import HONEST_WANDER
from verifier.record import record
from verifier.verdicts.statistics import RETURNS, SHORTFALLS, Array, Counts

#: Sums (x, μ, seconds seen) of a block; (x, μ) of one that was seen.
Sums: TypeAlias = tuple[float, float, float]
Block: TypeAlias = tuple[float, float] | None

HOUR: Final = 3600.0
SLOT: Final = 6 * HOUR
_HOURS: Final = 6
#: Honest wander that is allowed unless somebody says otherwise.
ALLOWED: Final = HONEST_WANDER
#: The shortest watch that an alarm takes, for the time T_ρ that an alternative needs.
_SHORTEST: Final = 300.0
#: What is learnt is forgotten with a time constant of 60 days.
_KEEP: Final = exp(-6.0 / 1440.0)
#: A squared difference counts at most 6 times its present scale, so that a switch is no wander; a clipped chi-square
#: (one degree of freedom) keeps 0.974 of its mean.
_CLIP: Final = 6.0
_CLIPPED_MEAN: Final = 0.974
#: Variance of the mean of n squared differences of neighbours, each shared with the next, times n (von Neumann 1941).
_SHARED: Final = 1.5
#: What is added for a stranger goes like 1/n in the blocks learnt from.
_FADING: Final = 4.0
#: A few quiet blocks may be chance: what is added for that is nothing before the first, and most at this many.
_FEW: Final = 16.0
#: Neighbouring blocks of a wander that outlasts a part of them are alike: their differences show too little of it.
#: Halves of the day are long enough to need none of it.
_OUTLASTING: Final = 1.15
#: A block counts when at least half of it was seen, and no interval much longer than itself lies in it.
_LEAST_SEEN: Final = 0.5
_MOST_SEEN: Final = 1.25


@record
class Arm:
    """Estimates v of a variance pooled by their precision: Σ w, Σ w·v, and how many (all fading)."""

    weight: float = 0.0
    total: float = 0.0
    count: float = 0.0


@record
class Wander:
    """What is learnt of a contract's wander, and the blocks being filled.

    ``slot`` is the number of the quarter of a UTC day being filled (since 1970), ``hours`` its six hours. ``hour``,
    ``quarter``, ``half`` are the last whole blocks before it. ``short`` learns σ², ``long`` (from quarters) and
    ``longer`` (from halves) learn ω.
    """

    slot: int = -1
    hours: tuple[Sums, ...] = ()
    hour: Block = None
    quarter: Block = None
    half: Block = None
    short: Arm = field(default_factory=Arm)
    long: Arm = field(default_factory=Arm)
    longer: Arm = field(default_factory=Arm)


@record
class _Kind:
    """A kind of block: v = (d² − counting) · seconds / 2; what is believed of v beforehand, and its error.

    ``caution`` are the standard errors added, ``stranger`` those that are added besides while nothing is known, ``few``
    those while little is: an estimate that is low by chance also thinks itself sure. Simulated with a rate of 1,200
    shares a minute that wanders by 10 % with a memory of 10 minutes: 0.29 false alarms a year without, 0.09 with it.
    """

    seconds: float
    prior: float
    error: float
    caution: float
    stranger: float
    few: float = 0.0


_SHORT: Final = _Kind(seconds=1.0, prior=0.0009, error=0.0018, caution=0.5, stranger=0.0, few=2.0)
_LONG: Final = _Kind(seconds=SLOT, prior=5.0, error=6.0, caution=0.5, stranger=0.8)
_LONGER: Final = _Kind(seconds=2 * SLOT, prior=5.0, error=6.0, caution=0.0, stranger=0.8)
_NONE: Final[Sums] = (0.0, 0.0, 0.0)


def _believed(arm: Arm, kind: _Kind) -> tuple[float, float]:
    """Estimate shrunk to the prior by precision, and its standard error."""
    sure = 1.0 / kind.error**2
    weight = sure + arm.weight / _SHARED
    return max((sure * kind.prior + arm.total / _SHARED) / weight, 0.0), 1.0 / sqrt(weight)


def _careful(arm: Arm, kind: _Kind) -> float:
    """Estimate on the safe side of its own error."""
    value, error = _believed(arm, kind)
    stranger = kind.stranger * _FADING / (_FADING + arm.count)
    few = kind.few * 4.0 * arm.count * _FEW / (arm.count + _FEW) ** 2
    return value + error * (kind.caution + stranger + few)


def bounds(allowed: float) -> tuple[float, float]:
    """The largest (σ², ω in seconds) that an ``allowed`` wander (relative, of a mean over 6 h) leaves to be learnt.

    ω = allowed² · 6 h; σ² = (4 · allowed)²: within minutes a rate wanders more than its mean over 6 h.
    """
    return 16.0 * allowed**2, allowed**2 * SLOT


def learnt(wander: Wander, allowed: float) -> tuple[float, float]:
    """(σ², ω in seconds) on the safe side and within the bounds."""
    sigma2, omega = bounds(allowed)
    longest = max(_OUTLASTING * _careful(wander.long, _LONG), _careful(wander.longer, _LONGER))
    slow = min(longest, omega)
    # A slow swing hardly differs from hour to hour, and yet a span within it is off by as much as a mean over 6 h.
    return min(max(_OUTLASTING * _careful(wander.short, _SHORT), slow / (4.0 * SLOT)), sigma2), slow


def slot_of(start: float) -> int:
    """Number of the quarter of a UTC day, since 1970."""
    return int(start // SLOT)


def turned(wander: Wander, slot: int, allowed: float) -> Wander:
    """The wander when ``slot`` begins: what the one before it showed is learnt."""
    passed = slot - wander.slot
    fading = _KEEP ** max(passed, 0)
    hours = [_block((one,), HOUR) for one in wander.hours]
    quarter = _block(wander.hours, SLOT)
    odd = wander.slot % 2 == 1
    half = (quarter[0] + wander.quarter[0], quarter[1] + wander.quarter[1]) if quarter and wander.quarter else None
    sigma2, omega = bounds(allowed)
    neighbours = passed == 1
    return Wander(
        slot=slot,
        hour=hours[-1] if hours and neighbours else None,
        quarter=quarter if neighbours else None,
        half=(half if odd else wander.half) if neighbours else None,
        short=_pooled(wander.short, _SHORT, pairwise((wander.hour, *hours)), sigma2, fading),
        long=_pooled(wander.long, _LONG, ((wander.quarter, quarter),), omega, fading),
        longer=_pooled(wander.longer, _LONGER, ((wander.half, half),) if odd else (), omega, fading),
    )


def _block(hours: Sequence[Sums], seconds: float) -> Block:
    """Sums of a block, None unless about all of it was seen."""
    shares, expected, seen = (sum(column) for column in zip(*hours, strict=True)) if hours else _NONE
    enough = _LEAST_SEEN * seconds <= seen <= _MOST_SEEN * seconds
    return (shares, expected) if enough and expected > 0.0 else None


def _pooled(arm: Arm, kind: _Kind, pairs: Iterable[tuple[Block, Block]], most: float, fading: float) -> Arm:
    """The arm with the squared differences of neighbouring blocks, weighed by precision at the present scale.

    The present scale is what is believed now, at most ``most``, so that bursts do not teach to expect bursts.
    """
    present = min(_believed(arm, kind)[0], most)
    weight, total, count = arm.weight * fading, arm.total * fading, arm.count * fading
    for one, other in pairs:
        if one is None or other is None:
            continue
        level = (one[0] + other[0]) / (one[1] + other[1])
        one_share = 1.0 / one[1] + 1.0 / other[1]
        scale = max(level, 1.0) * one_share + 2.0 * present / kind.seconds
        square = min((one[0] / one[1] - other[0] / other[1]) ** 2, _CLIP * scale) / _CLIPPED_MEAN
        sure = 2.0 / (kind.seconds * scale) ** 2
        weight += sure
        total += sure * (square - level * one_share) * kind.seconds / 2.0
        count += 1.0
    return Arm(weight=weight, total=total, count=count)


def watched(wander: Wander, counts: Counts) -> Wander:
    """The wander with intervals of its slot added to their hours."""
    hour = ((counts.start - wander.slot * SLOT) // HOUR).tolist()
    hours = list(wander.hours or (_NONE,) * _HOURS)
    columns = (counts.shares.tolist(), counts.expected.tolist(), counts.seconds.tolist())
    for number, *added in zip(hour, *columns, strict=True):
        x, mu, seen = hours[int(number)]
        hours[int(number)] = (x + added[0], mu + added[1], seen + added[2])
    return replace(wander, hours=tuple(hours))


def broken_off(wander: Wander) -> Wander:
    """The wander when a problem opens: blocks that the shortfall may have touched teach nothing."""
    return replace(wander, hours=(), hour=None, quarter=None, half=None)


def dispersions(alternatives: Array, enough: float, known: tuple[float, float], counts: Counts) -> Array:
    """φ_ρ ≥ 1 per step and alternative: variance over mean of the counts, by the wander that fits into their time.

    φ_ρ = 1 + λ·min(ω, 4σ²·max(T_ρ, Δt)) with λ = μ/Δt shares per second, and T_ρ = n / (λ·(KL_ρ − 4nσ²)) the time
    that the alternative needs if all that time wanders alike; n is ln(A / 300 s) + 1, ``enough`` ln A. A big drop
    is found in minutes even where slow wander is large. One row where all steps are alike.
    """
    sigma2, omega = known
    expected, seconds = counts.expected, counts.seconds
    if len(expected) > 1 and np.ptp(expected) == 0.0 and np.ptp(seconds) == 0.0:
        expected, seconds = expected[:1], seconds[:1]
    long = (omega / seconds * expected)[:, None]
    short = np.maximum((4.0 * sigma2 * expected)[:, None], _reach(alternatives is RETURNS, sigma2, enough))
    result: Array = 1.0 + np.minimum(long, short)
    return result


@lru_cache(maxsize=4096)
def _reach(returns: bool, sigma2: float, enough: float) -> Array:
    """λ·4σ²·T_ρ, which depends on neither λ nor time: 4σ²n / (KL_ρ − 4nσ²); infinite where that is not positive."""
    grid, need = RETURNS if returns else SHORTFALLS, enough - log(_SHORTEST) + 1.0
    information = grid * np.log(grid) - grid + 1.0
    room = information - 4.0 * need * sigma2
    result: Array = np.where(room > 0.0, 4.0 * sigma2 * need / np.where(room > 0.0, room, 1.0), np.inf)
    return result
