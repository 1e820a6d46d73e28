"""Numbers only: the change alarm, its change point and recovery, and intervals for counts.

Symbols: x shares counted (effective), μ shares expected under the boundary, ρ alternative as a fraction of the
boundary, φ ≥ 1 variance over mean (1: Poisson), b bet, Δt seconds, A seconds to a false alarm. Arrays have the shape
(contracts, grid); every row is independent of the others. Intervals are of one count at a time, in plain numbers.

Shin, Ramdas, Rinaldo (2022), "E-detectors: a nonparametric framework for sequential change detection", section 3
(Shiryaev–Roberts e-detector, mixture over alternatives); Lorden (1971) for the CUSUM start; Wilson, Hilferty (1931)
for quantiles of the gamma distribution; Garwood (1936) for the interval of a Poisson mean.
"""

from dataclasses import dataclass
from math import cbrt, sqrt
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]

#: Shortfalls looked for: 24 alternatives, geometric in 1 − ρ from 1 % to 97 % below the boundary.
SHORTFALLS: Final[Array] = 1.0 - np.geomspace(0.01, 0.97, 24)
#: Returns looked for: 24 alternatives from 1 % to 200 % above the closing boundary.
RETURNS: Final[Array] = 1.0 + np.geomspace(0.01, 2.0, 24)
#: Two-sided 99 %: the standard normal quantile at 0.995.
Z_99: Final = 2.5758293035489004
#: Logarithm of an evidence of nothing; finite so that a state is plain JSON.
NOTHING: Final = -745.0
#: Each step doubles the digits; from v² = ∛μ fewer are needed at any μ.
_NEWTON_STEPS: Final = 8
#: A count or mean below this is none; its reciprocal is still finite.
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """State of the alarm, each field of shape (contracts, grid).

    ``log_evidence`` is ln M in ln seconds (Shiryaev–Roberts), ``cusum`` the log-likelihood ratio since ``start``
    (epoch seconds), ``shares`` and ``expected`` are x and μ summed since ``start``.
    """

    log_evidence: Array
    cusum: Array
    start: Array
    shares: Array
    expected: Array

    @classmethod
    def fresh(cls, contracts: int, at: ArrayLike, grid: int = len(SHORTFALLS)) -> Self:
        """Nothing known, watching from ``at`` (epoch seconds, one or per contract)."""
        shape = (contracts, grid)
        zero = np.zeros(shape)
        start = np.zeros(shape) + np.reshape(np.asarray(at, dtype=float), (-1, 1))
        return cls(log_evidence=np.full(shape, NOTHING), cusum=zero, start=start, shares=zero, expected=zero)


def bets(alternatives: Array, dispersion: ArrayLike = 1.0) -> Array:
    """Growth-optimal bet b per alternative ρ; b = 1 − ρ for φ = 1.

    b = 2(1 − ρ) / (φ + √(φ² − 4(φ − 1)(1 − ρ))), the stationary point of the growth rate ρ ln(1 − b) + b − b²(φ − 1)/2
    corrected for the wander of the mean (Waudby-Smith, Ramdas 2024, "Estimating means of bounded random variables by
    betting", section on growth-rate optimality, with a normally mixed Poisson count in place of a bounded variable).
    """
    phi = np.asarray(dispersion, dtype=float)
    short = 1.0 - alternatives
    result: Array = 2.0 * short / (phi + np.sqrt(phi * phi - 4.0 * (phi - 1.0) * short))
    return result


def log_likelihood_ratio(shares: ArrayLike, expected: ArrayLike, bet: Array, dispersion: ArrayLike = 1.0) -> Array:
    """ln L = x ln(1 − b) + μ (b − b²(φ − 1)/2): its exponential has mean ≤ 1 for counts of mean μ (or above, b > 0).

    Exactly a martingale factor for Poisson counts whose mean is normal with variance μ(φ − 1) around μ.
    """
    phi = np.asarray(dispersion, dtype=float)
    drift = bet - bet * bet * (phi - 1.0) / 2.0
    result: Array = np.asarray(shares, dtype=float) * np.log1p(-bet) + np.asarray(expected, dtype=float) * drift
    return result


def advance(
    detector: Detector,
    shares: Array,
    expected: Array,
    start: Array,
    seconds: Array,
    bet: Array,
    dispersion: ArrayLike = 1.0,
) -> Detector:
    """One interval per contract: M ← L·(M + Δt), and a CUSUM start per alternative. Columns of shape (contracts, 1).

    A row with ``seconds`` 0 stays as it was, whatever else its columns hold: unseen time adds nothing.
    """
    if not (seconds > 0.0).all():
        seen = seconds > 0.0
        moved = advance(detector, shares, expected, start, np.where(seen, seconds, 1.0), bet, dispersion)
        return Detector(
            log_evidence=np.where(seen, moved.log_evidence, detector.log_evidence),
            cusum=np.where(seen, moved.cusum, detector.cusum),
            start=np.where(seen, moved.start, detector.start),
            shares=np.where(seen, moved.shares, detector.shares),
            expected=np.where(seen, moved.expected, detector.expected),
        )
    gain = log_likelihood_ratio(shares, expected, bet, dispersion)
    afresh = detector.cusum <= 0.0
    return Detector(
        log_evidence=np.maximum(np.logaddexp(detector.log_evidence, np.log(seconds)) + gain, NOTHING),
        cusum=np.where(afresh, 0.0, detector.cusum) + gain,
        start=np.where(afresh, start, detector.start),
        shares=np.where(afresh, 0.0, detector.shares) + shares,
        expected=np.where(afresh, 0.0, detector.expected) + expected,
    )


def log_mean_evidence(detector: Detector) -> Array:
    """ln of the mean over the alternatives of M, in ln seconds, per contract; alarm when it reaches ln A."""
    top = detector.log_evidence.max(axis=1, keepdims=True)
    total = np.exp(detector.log_evidence - top).sum(axis=1)
    result: Array = np.log(total / detector.log_evidence.shape[1]) + top[:, 0]
    return result


def change_point(detector: Detector) -> tuple[Array, Array, Array]:
    """Per contract: start (epoch seconds) that maximises the evidence, and x and μ summed since then."""
    best = detector.cusum.argmax(axis=1)[:, None]
    start, shares, expected = (
        np.take_along_axis(field, best, axis=1)[:, 0] for field in (detector.start, detector.shares, detector.expected)
    )
    return start, shares, expected


def gamma_quantile(shape: float, z: float) -> float:
    """Quantile of Gamma(shape, 1) at the normal quantile ``z``: k(1 − 1/(9k) + z/(3√k))³ (Wilson, Hilferty 1931)."""
    k = max(shape, _LEAST)
    base = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * sqrt(k))
    return k * max(base, 0.0) ** 3


def poisson_interval(shares: float, z: float = Z_99) -> tuple[float, float]:
    """Interval of a Poisson mean after x shares (Garwood 1936): gamma quantiles of shape x and x + 1; 99 % by default.

    The approximation is off by less than 1 % of the end from 0 shares up, to the safe side at the lower end.
    """
    low = gamma_quantile(shares, -z) if shares > _LEAST else 0.0
    return min(low, shares), gamma_quantile(shares + 1.0, z)


def smallest_visible(expected: float, z: float = Z_99) -> float:
    """Smallest shortfall (0–1) of a span of μ expected shares whose interval would exclude the boundary; 1: none.

    Solves upper(μ(1 − s)) = μ for s, ``upper`` from poisson_interval: with k = μ(1 − s) + 1 = v⁶ it says
    v² + z/(3v) − 1/(9v⁴) = ∛μ, convex and rising for k ≥ 1, so that Newton's steps fall to the root from v² = ∛μ.
    """
    target = cbrt(expected)
    v = max(sqrt(target), 1.0)
    for _ in range(_NEWTON_STEPS):
        excess = v**2 + z / (3.0 * v) - 1.0 / (9.0 * v**4) - target
        v = max(v - excess / (2.0 * v - z / (3.0 * v**2) + 4.0 / (9.0 * v**5)), 1.0)
    low = v**6 - 1.0
    return 1.0 - low / expected if low > 0.0 else 1.0
