"""How fast any detector with the same false-alarm rate can be on average: ln(A)/I (Lorden 1971, theorem 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import Final, TypeAlias

from verifier.simulator.sellers import POLL

#: Seconds to a false alarm: the hashrate check's tenth of one false alarm a year.
YEAR: Final = 365.25 * 86_400.0
FALSE_ALARM: Final = 10.0 * YEAR

#: How much wander fits into T seconds: the variance of the relative mean rate over T, times T (in seconds).
Wander: TypeAlias = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Limit:
    """``seconds`` = ln(A/300 s)·φ/I, with the φ of that very span."""

    seconds: float
    dispersion: float


def none(_seconds: float) -> float:
    return 0.0


def noise(spread: float, hours: float) -> Wander:
    """AR(1) of variance σ² and memory τ: σ²T, at most its long-run variance 2σ²τ."""
    return lambda t: spread**2 * min(t, 2.0 * hours * 3600.0)


def day(depth: float) -> Wander:
    """A sine of 24 h and height a with random noon: a²T/2, at most what the worst span shows of it.

    The mean over T has the variance a²(1 − cos ωT)/(ωT)²; times T it is at most 0.725 a²/ω (at ωT = 2.33).
    """
    return lambda t: depth**2 * min(t / 2.0, 0.7246 * 86_400.0 / (2.0 * pi))


def both(one: Wander, other: Wander) -> Wander:
    return lambda t: one(t) + other(t)


def limit(before: float, after: float, wander: Wander = none, false_alarm: float = FALSE_ALARM) -> Limit:
    """For a mean of ``after`` shares a poll where the boundary's is ``before``; the smallest T = ln(A)·φ(T)/I.

    I = (λ₁ ln(λ₁/λ₀) − (λ₁ − λ₀))/φ, φ(T) = 1 + λ₀ · min(ω, σ²T), T at least one poll, which
    nobody can split. A counts polls of five minutes.
    """
    information = ((after * log(after / before) if after > 0.0 else 0.0) - (after - before)) / POLL
    alone = log(false_alarm / POLL) / information
    seconds = alone
    for _ in range(1000):
        seconds = alone * (1.0 + before / POLL * wander(max(seconds, POLL)))
    return Limit(seconds, seconds / alone)
