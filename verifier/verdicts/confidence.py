"""Intervals for a Poisson mean: valid at every look (running spans), or exact for one look (spans that are over).

Symbols: N shares counted so far, Λ their realised mean (∫λ dt of whatever rate, wandering too), n the count that is
expected when the span is over, α error rate of the whole interval, both sides, over the whole time.

Robbins (1970), "Statistical methods related to the law of the iterated logarithm", and Howard, Ramdas, McAuliffe,
Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences", proposition 9 and section 3.5 (the
gamma–Poisson mixture and its tuning); Garwood (1936) for one look; Abramowitz, Stegun 6.1.41, 6.5.29 and 6.5.31 for the
gamma functions.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from math import exp, lgamma, log, pi
from statistics import NormalDist
from types import ModuleType
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from verifier.verdicts.statistics import Array, gamma_quantile

#: A number, or a column of them.
Figure = TypeVar("Figure", float, Array)

#: From this shape on the approximation of Wilson and Hilferty is off by less than 1e-5 of a standard deviation.
_LARGE: Final = 1e5
#: Newton's steps on a convex function from a start that bounds the root: digits double at each.
_STEPS: Final = 10
_HALVINGS: Final = 60
#: Below this shape halving is safe and cheap; above it few steps lead from the approximation to all digits.
_FEW: Final = 20.0
_CLOSE: Final = 4
_DIGITS: Final = 1e-13
_SHIFT: Final = 8
_TINY: Final = 1e-300


@lru_cache(maxsize=256)
def tuning(alpha: float, expected: float) -> float:
    """Shape b of the Gamma(b, b) prior on the ratio whose interval is narrowest at ``expected`` shares.

    Minimises (n + b)(ln 1/α + ½ ln((n + b)/b)): r = (n + b)/b solves r − ln r = 1 + 2 ln 1/α.
    """
    aim = 1.0 - 2.0 * log(alpha)
    ratio = aim + log(aim)
    for _ in range(2 * _STEPS):
        ratio = aim + log(ratio)
    return max(expected, 1.0) / (ratio - 1.0)


def _stirling(x: Figure, of: ModuleType) -> Figure:
    """ln Γ(x) + x − x ln x for x > 0, to 1e-13: the series of 6.1.41 from x + 8 on, brought back by ln x(x+1)…(x+7)."""
    far = x + _SHIFT
    series = 0.5 * of.log(2.0 * pi / far) + (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * far**2)) / far**2) / far
    steps = sum(of.log(x + step) for step in range(_SHIFT))
    result: Figure = series - far + far * of.log(far) - steps + x - x * of.log(x)
    return result


def sequence(shares: ArrayLike, alpha: float, tuned_to: ArrayLike) -> tuple[Array, Array]:
    """Low and high end of Λ, valid at all looks together: the chance that it ever misses the mean is at most α.

    ``tuned_to`` is the count at which the interval is narrowest (that of the whole period); it must not depend on the
    shares. Arrays of any one shape. For any rate, exp(Λ − N ln …) mixed over Gamma(b, b) is a martingale:

        ln M = Λ − (N + b) ln(Λ + b) + b ln b + ln Γ(N + b) − ln Γ(b),   the interval is {Λ: M < 1/α}

    With Λ + b = (N + b)eᵘ it says eᵘ − 1 − u < c, so that the count itself always lies inside.
    """
    count, prior = np.asarray(shares, dtype=float), np.asarray(tuned_to, dtype=float)
    return _ends(count, alpha, np.maximum(prior, 1.0) * tuning(alpha, 1.0), np, np.maximum, np.minimum)


def running(shares: float, alpha: float, tuned_to: float) -> tuple[float, float]:
    """``sequence`` of one count, in plain numbers, which are quicker than columns of one."""
    return _ends(shares, alpha, max(tuned_to, 1.0) * tuning(alpha, 1.0), math, max, min)


def _ends(
    count: Figure,
    alpha: float,
    prior: Figure,
    of: ModuleType,
    most: Callable[[Any, Any], Figure],
    least: Callable[[Any, Any], Figure],
) -> tuple[Figure, Figure]:
    """Both ends, with the functions ``of`` numbers or of columns."""
    both = count + prior
    room = most((-log(alpha) + _stirling(prior, of) - _stirling(both, of)) / both, 0.0)
    # √2c bounds the upper root from above and the lower one from below; u = ln(1 + c + u) bounds it closer for large c.
    down = of.sqrt(2.0 * room)
    up = least(down, of.log1p(room + down))
    for _ in range(_STEPS):
        above, below = of.expm1(up), of.expm1(-down)
        up = up - (above - up - room) / most(above, _TINY)
        down = down - (below + down - room) / most(-below, _TINY)
    return least(most(both * of.exp(-down) - prior, 0.0), count), most(both * of.exp(up) - prior, count)


def gamma_below(shape: float, x: float) -> float:
    """P(k, x): the chance that a Gamma(k, 1) is below x. Series below k + 1 (6.5.29), continued fraction above."""
    if x <= 0.0:
        return 0.0
    front = exp(shape * log(x) - x - lgamma(shape))
    return front * _series(shape, x) if x < shape + 1.0 else 1.0 - front * _fraction(shape, x)


def gamma_above(shape: float, x: float) -> float:
    """Q(k, x) = 1 − P(k, x), exact also where it is small: the chance of at most k − 1 shares at a mean of x."""
    if x <= 0.0:
        return 1.0
    front = exp(shape * log(x) - x - lgamma(shape))
    return 1.0 - front * _series(shape, x) if x < shape + 1.0 else front * _fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    k = shape
    while term > total * _DIGITS:
        k += 1.0
        term *= x / k
        total += term
    return total


def _fraction(shape: float, x: float) -> float:
    """The continued fraction of Q without its factor, by Lentz's method."""
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    h, i, step = d, 0.0, 0.0
    while abs(step - 1.0) > _DIGITS:
        i += 1.0
        a = -i * (i - shape)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        step = d * c
        h *= step
    return h


def _quantile(shape: float, tail: float, *, upper: bool) -> float:
    """The x of a Gamma(k, 1) with ``tail`` above it (or below it)."""
    z = -NormalDist().inv_cdf(tail)
    x = gamma_quantile(shape, z if upper else -z)
    if shape >= _LARGE:
        return x
    chance, sign = (gamma_above, -1.0) if upper else (gamma_below, 1.0)
    if shape < _FEW:
        return _root(lambda one: sign * (chance(shape, one) - tail), x)
    for _ in range(_CLOSE):
        # The logarithm of either tail is concave, so that Newton's steps do not leave it.
        found = chance(shape, x)
        density = exp((shape - 1.0) * log(x) - x - lgamma(shape))
        x -= sign * found / density * log(found / tail)
    return x


def _root(rises: Callable[[float], float], near: float) -> float:
    """Where a rising function of x > 0 is zero, by halving."""
    low, high = 0.9 * near, 1.1 * near + 1e-9
    while rises(low) > 0.0 and low > _TINY:
        low /= 4.0
    while rises(high) < 0.0:
        high *= 2.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if rises(middle) > 0.0 else (middle, high)
    return 0.5 * (low + high)


def exact(shares: float, alpha: float) -> tuple[float, float]:
    """Low and high end of a Poisson mean from one look at x shares, α/2 on either side (Garwood 1936).

    The chance of more than x shares at the low end, and of fewer at the high end, is α/2; effective counts need not be
    whole. Exact to 1e-9 below 100,000 shares, beyond to 1e-5 standard deviations.
    """
    low = _quantile(shares, alpha / 2.0, upper=False) if shares > 0.0 else 0.0
    return min(low, shares), max(_quantile(shares + 1.0, alpha / 2.0, upper=True), shares)


def smallest_visible(expected: float, alpha: float, tuned_to: float | None = None) -> float:
    """Smallest shortfall (0–1) that a count of μ expected shares could have shown: the interval ends below μ; 1: none.

    ``tuned_to`` given: of a running span, with ``sequence``; else of one look, with ``exact``.
    """
    prior = None if tuned_to is None else max(tuned_to, 1.0) * tuning(alpha, 1.0)

    def hidden(shares: float) -> bool:
        if prior is not None:
            return _log_mixture(shares, expected, prior) < -log(alpha)
        if shares >= _LARGE:
            return exact(shares, alpha)[1] > expected
        return gamma_above(shares + 1.0, expected) > alpha / 2.0

    if expected <= 0.0 or hidden(0.0):
        return 1.0
    low, high = 0.0, expected
    while high - low > 1e-6 * expected:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if hidden(middle) else (middle, high)
    return 1.0 - low / expected


def _log_mixture(shares: float, mean: float, prior: float) -> float:
    """ln M of ``sequence`` for one count."""
    both = shares + prior
    return mean - both * log(mean + prior) + prior * log(prior) + lgamma(both) - lgamma(prior)
