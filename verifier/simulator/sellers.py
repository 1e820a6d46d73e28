"""Honest and dishonest sellers in numbers only: what a poll of five minutes counts, and the rate behind it.

A *level* is the true rate as a fraction of what was promised (or of the boundary, as the caller scales it), one row
per contract and one column per poll: shape (contracts, steps). `counted` turns it into shares. What polling and pools
do to a count (gaps, restarts, averages, disorder) stands below the sellers. All chance comes from the generator that
is handed in (`truth.draw` makes one from a key), so the same key is the same seller for ever.

The patterns are those that contracts and hosting logs show: shares are a Poisson process (Rosenfeld 2011, "Analysis
of Bitcoin Pooled Mining Reward Systems", section 1.2); machines restart, throttle and warm up (wander, days); sellers
oversell at night, at weekends, in short bursts or after the time for a claim is over.
"""

from math import exp, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from verifier.simulator.truth import Counts

Level = NDArray[np.float64]
Seen = NDArray[np.bool_]

#: Seconds between two polls, and polls in an hour and a day.
POLL: Final = 300.0
HOUR: Final = 12
DAY: Final = 24 * HOUR


def counted(chance: np.random.Generator, level: Level, per_poll: float | Level) -> Counts:
    """Shares counted by each poll: Poisson with mean level × ``per_poll`` (shares promised a poll)."""
    return chance.poisson(level * per_poll)


# ---- honest --------------------------------------------------------------------------------------------------------


def steady(contracts: int, steps: int, level: float = 1.0) -> Level:
    """The same level for ever: honest at the boundary or above it, short below."""
    return np.full((contracts, steps), level)


def wander(chance: np.random.Generator, contracts: int, steps: int, *, spread: float, hours: float) -> Level:
    """Rate noise of mean 1 and relative spread ``spread`` that forgets itself by 1/e in ``hours``.

    Restarts, throttling and ambient temperature of a farm: a stationary AR(1) process (Uhlenbeck, Ornstein 1930,
    sampled at each poll), normal, cut at zero.
    """
    keep = exp(-1.0 / (hours * HOUR))
    noise = chance.standard_normal((steps, contracts))
    noise[1:] *= sqrt(1.0 - keep * keep)
    for step in range(1, steps):
        noise[step] += keep * noise[step - 1]
    return np.maximum(1.0 + spread * noise.T, 0.0)


def daily(chance: np.random.Generator, contracts: int, steps: int, *, depth: float) -> Level:
    """Warm days and cool nights: a sine of 24 h around 1, ``depth`` high, its noon anywhere in the day."""
    hour = np.arange(steps) / HOUR
    noon = chance.uniform(0.0, 24.0, (contracts, 1))
    level: Level = 1.0 + depth * np.cos(2.0 * np.pi * (hour - noon) / 24.0)
    return level


def even_days(chance: np.random.Generator, contracts: int, steps: int, *, spread: float) -> Level:
    """Every day's mean is exactly 1, in 48 half hours from 1 − ``spread`` to 1 + ``spread`` shuffled anew each day.

    A seller whose contract is about days and who is free within them: nothing to find.
    """
    days = -(-steps // DAY)
    halves = np.tile(np.linspace(1.0 - spread, 1.0 + spread, 48), (contracts, days, 1))
    return np.repeat(chance.permuted(halves, axis=2).reshape(contracts, -1), DAY // 48, axis=1)[:, :steps]


# ---- short ---------------------------------------------------------------------------------------------------------


def part_time(contracts: int, steps: int, *, every: float, short: float, level: float, begins: float = 0.0) -> Level:
    """Full delivery but for ``short`` hours of each ``every`` hours at ``level``, ``begins`` hours after their start.

    20 h on and 4 h off (24, 4, 0, begins 20); nights (24, 8); one hour in eight (8, 1); one day in eight (192, 24);
    weekends (168, 48): hardware that is sold twice, or that runs only while electricity is cheap.
    """
    hour = (np.arange(steps) / HOUR - begins) % every
    return np.tile(np.where(hour < short - 1e-9, level, 1.0), (contracts, 1))


def slide(contracts: int, steps: int, *, per_day: float) -> Level:
    """Full delivery that falls by ``per_day`` of the promise each day: machines that break and are not repaired."""
    return np.tile(np.maximum(1.0 - per_day * np.arange(steps) / DAY, 0.0), (contracts, 1))


def from_then_on(contracts: int, steps: int, *, begins: int, level: float) -> Level:
    """Full delivery up to the poll ``begins``, then ``level``: good until the deadline for claims is over."""
    return np.tile(np.where(np.arange(steps) < begins, 1.0, level), (contracts, 1))


# ---- what polling does to it ----------------------------------------------------------------------------------------


def gaps(chance: np.random.Generator, contracts: int, steps: int, *, part: float, hours: float = 2.0) -> Seen:
    """Which polls were answered when ``part`` of the time is not: silences of a mean of ``hours``, memoryless.

    Gilbert 1960, "Capacity of a burst-noise channel": two states, each left with a chance of its own.
    """
    back = 1.0 / (hours * HOUR)
    lost = back * part / (1.0 - part)
    luck = chance.random((steps, contracts))
    seen = np.empty((steps, contracts), dtype=np.bool_)
    now = chance.random(contracts) >= part
    for step in range(steps):
        now = np.where(now, luck[step] >= lost, luck[step] < back)
        seen[step] = now
    return seen.T


def across_gaps(amounts: Level | Counts, seen: Seen) -> Level:
    """What a counter's difference shows: each answered poll holds all since the answered one before, others nothing.

    For shares, expected shares and seconds alike; what follows the last answer stays uncounted.
    """
    total = np.where(seen, np.cumsum(amounts, axis=1, dtype=np.float64), 0.0)
    before = np.zeros_like(total)
    before[:, 1:] = np.maximum.accumulate(total, axis=1)[:, :-1]
    return np.where(seen, total - before, 0.0)


def counters(chance: np.random.Generator, shares: Counts, *, every: float = 0.0) -> Counts:
    """What a counter shows before the first poll and after each, shape (contracts, steps + 1), from 0.

    Every ``every`` hours on average (0: never) it starts anew within a poll. A reader of counters (Prometheus' rate(),
    "counter resets") takes the new value for the work since then: what lies between the last reading and the restart
    is in no reading.
    """
    total = np.pad(np.cumsum(shares, axis=1), ((0, 0), (1, 0)))
    if every <= 0.0:
        return total
    anew = np.pad(chance.random(shares.shape) < 1.0 / (every * HOUR), ((0, 0), (1, 0)))
    kept = np.pad(chance.binomial(shares, chance.random(shares.shape)), ((0, 0), (1, 0)))
    last = np.maximum.accumulate(np.where(anew, np.arange(total.shape[1]), 0), axis=1)
    started = np.take_along_axis(total - kept, last, axis=1)
    return np.where(last > 0, total - started, total)


def disorder(
    chance: np.random.Generator, steps: int, *, late: float = 0.0, hours: float = 1.0, twice: float = 0.0
) -> Counts:
    """The order in which answers are learned: a part comes up to ``hours`` late, a part is repeated later.

    Queues deliver at least once and in no order; a pool's cache shows an old page again.
    """
    step = np.arange(steps)
    delay = np.where(chance.random(steps) < late, chance.uniform(0.0, hours * HOUR, steps), 0.0)
    again = step[chance.random(steps) < twice]
    learned = np.concatenate([step + delay, again + chance.uniform(0.0, hours * HOUR, len(again))])
    return np.concatenate([step, again])[np.argsort(learned, kind="stable")]


def clock_steps(chance: np.random.Generator, steps: int, *, every: float, seconds: float) -> Level:
    """How far the clock of a pool is off at each poll: every ``every`` hours on average it is set anew.

    Uniform within ± ``seconds`` (a host without NTP discipline that is corrected by steps; RFC 5905, section 11.3).
    """
    anew = np.maximum.accumulate(np.where(chance.random(steps) < 1.0 / (every * HOUR), np.arange(steps), 0))
    return chance.uniform(-seconds, seconds, steps)[anew]


# ---- averages only ---------------------------------------------------------------------------------------------------


def rolling(amounts: Level | Counts, *, hours: float) -> Level:
    """Mean per poll over the last ``hours``, or since the start as long as that is shorter."""
    length = max(1, round(hours * HOUR))
    total = np.cumsum(amounts, axis=1, dtype=np.float64)
    summed = total.copy()
    summed[:, length:] -= total[:, :-length]
    return summed / np.minimum(np.arange(1, amounts.shape[1] + 1), length)


def decaying(amounts: Level | Counts, *, hours: float) -> Level:
    """Mean per poll that forgets by 1/e in ``hours``, from zero at the start (CKPool's ``decay_time``)."""
    keep = exp(-1.0 / (hours * HOUR))
    result = np.empty((amounts.shape[1], amounts.shape[0]))
    now = np.zeros(amounts.shape[0])
    for step, amount in enumerate(amounts.T):
        now = keep * now + (1.0 - keep) * amount
        result[step] = now
    return result.T


def shown(values: Level, *, digits: int = 3) -> Level:
    """What a page prints: ``digits`` significant digits (CKPool's suffix_string shows three, "9.41P")."""
    with np.errstate(divide="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) - digits + 1)
    return np.where(values == 0.0, 0.0, np.round(values / np.where(unit > 0.0, unit, 1.0)) * unit)
