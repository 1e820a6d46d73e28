"""Numbers only: the change alarm, its change point and recovery, and intervals for counts.

Symbols: x shares counted (effective), μ shares expected under the boundary, ρ alternative as a fraction of the
boundary, φ ≥ 1 variance over mean (1: Poisson), b bet, Δt seconds, A seconds to a false alarm. Arrays have the shape
(grid,) for the state of one contract and (steps, grid) for its intervals; one interval is a year of one step.
Confidence intervals are of one count at a time, in plain numbers.

Shin, Ramdas, Rinaldo (2022), "E-detectors: a nonparametric framework for sequential change detection", section 3
(Shiryaev–Roberts e-detector, mixture over alternatives); Lorden (1971) for the CUSUM start; Lindley (1952), "The theory
of queues with a single server", for the CUSUM as a running minimum; Wilson, Hilferty (1931)
for quantiles of the gamma distribution; Garwood (1936) for the interval of a Poisson mean.
"""

from math import cbrt, log, sqrt
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verifier.record import record

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


@record
class Counts:
    """Intervals of one contract in time order, columns of shape (steps,), at least one step.

    ``shares`` x, ``expected`` μ under the boundary, ``start`` (epoch seconds), ``seconds`` seen, all above zero: unseen
    time adds nothing because it is left out.
    """

    shares: Array
    expected: Array
    start: Array
    seconds: Array

    def part(self, begin: int, end: int) -> "Counts":
        """The intervals from ``begin`` up to ``end``."""
        if begin == 0 and end == len(self.shares):
            return self
        some = slice(begin, end)
        return Counts(
            shares=self.shares[some], expected=self.expected[some], start=self.start[some], seconds=self.seconds[some]
        )


@record
class Detector:
    """State of the alarm of one contract, each field an array over the grid of alternatives.

    ``log_evidence`` is ln M in ln seconds (Shiryaev–Roberts), ``cusum`` the log-likelihood ratio since ``start``
    (epoch seconds), ``shares`` and ``expected`` are x and μ summed since ``start``.
    """

    log_evidence: Array
    cusum: Array
    start: Array
    shares: Array
    expected: Array

    @classmethod
    def fresh(cls, at: float, grid: int = len(SHORTFALLS)) -> Self:
        """Nothing known, watching from ``at`` (epoch seconds)."""
        zero = np.zeros(grid)
        return cls(log_evidence=np.full(grid, NOTHING), cusum=zero, start=np.full(grid, at), shares=zero, expected=zero)


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


def log_likelihood_ratio(counts: Counts, bet: Array, dispersion: ArrayLike = 1.0) -> Array:
    """ln L = x ln(1 − b) + μ (b − b²(φ − 1)/2): its exponential has mean ≤ 1 for counts of mean μ (or above, b > 0).

    Shape (steps, grid). Exactly a martingale factor for Poisson counts whose mean is normal with variance
    μ(φ − 1) around μ.
    """
    phi = np.asarray(dispersion, dtype=float)
    drift = bet - bet * bet * (phi - 1.0) / 2.0
    result: Array = counts.shares[:, None] * np.log1p(-bet) + counts.expected[:, None] * drift
    return result


def advance(detector: Detector, counts: Counts, gain: Array, enough: float) -> tuple[Detector, int, float]:
    """Interval after interval, M ← L·(M + Δt) and a CUSUM start per alternative, until ln mean M reaches ``enough``.

    ``gain`` is ln L of shape (steps, grid). Returns the detector after the last interval used, how many were used, and
    ln mean M over the alternatives then.
    """
    if len(gain) == 1:
        moved, used = _step(detector, counts, gain), 1
    else:
        moved, used = _steps(detector, counts, gain, enough)
    return moved, used, float(log_mean(moved.log_evidence))


def _step(detector: Detector, counts: Counts, gain: Array) -> Detector:
    """One interval."""
    afresh = detector.cusum <= 0.0
    gained = np.logaddexp(detector.log_evidence, np.log(counts.seconds)) + gain[0]
    return Detector(
        log_evidence=np.maximum(gained, NOTHING),
        cusum=np.where(afresh, 0.0, detector.cusum) + gain[0],
        start=np.where(afresh, counts.start, detector.start),
        shares=np.where(afresh, 0.0, detector.shares) + counts.shares,
        expected=np.where(afresh, 0.0, detector.expected) + counts.expected,
    )


def _steps(detector: Detector, counts: Counts, gain: Array, enough: float) -> tuple[Detector, int]:
    """The same of many intervals at once, up to the first at which the evidence is enough.

    With G the running sum of the gains, ln M_t = G_t + ln(M_0 + Σ_{s ≤ t} Δ_s exp(−G_{s−1})), and the CUSUM is G less
    its lowest value before (Lindley 1952).
    """
    total = gain.cumsum(axis=0)
    sources = np.log(counts.seconds)[:, None] - (total - gain)
    sources[0] = np.logaddexp(sources[0], detector.log_evidence)
    log_evidence = np.logaddexp.accumulate(sources, axis=0) + total
    used = len(gain)
    near = np.flatnonzero(log_evidence.max(axis=1) >= enough)
    if near.size:
        hits = near[log_mean(log_evidence[near]) >= enough]
        used = int(hits[0]) + 1 if hits.size else used
    cusum = np.vstack((detector.cusum, total[:used] + detector.cusum))
    lowest = cusum[:-1].min(axis=0)
    afresh = lowest <= 0.0
    begin = used - 1 - cusum[-2::-1].argmin(axis=0)
    moved = Detector(
        log_evidence=np.maximum(log_evidence[used - 1], NOTHING),
        cusum=cusum[-1] - np.minimum(lowest, 0.0),
        start=np.where(afresh, counts.start[begin], detector.start),
        shares=np.where(afresh, 0.0, detector.shares) + _since(counts.shares[:used], begin, afresh),
        expected=np.where(afresh, 0.0, detector.expected) + _since(counts.expected[:used], begin, afresh),
    )
    return moved, used


def _since(column: Array, begin: NDArray[np.intp], afresh: NDArray[np.bool_]) -> Array:
    """Sum of a column from ``begin`` on, all of it where nothing began afresh."""
    sums = np.concatenate(([0.0], column.cumsum()))
    result: Array = sums[-1] - np.where(afresh, sums[begin], 0.0)
    return result


def log_mean(log_evidence: Array) -> Array:
    """ln of the mean over the alternatives (last axis) of M, in ln seconds; alarm when it reaches ln A."""
    result: Array = np.logaddexp.reduce(log_evidence, axis=-1) - log(log_evidence.shape[-1])
    return result


def change_point(detector: Detector) -> tuple[int, float, float, float]:
    """The alternative and start (epoch seconds) that maximise the evidence, and x and μ summed since then."""
    best = int(detector.cusum.argmax())
    return best, float(detector.start[best]), float(detector.shares[best]), float(detector.expected[best])


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
