"""Rates of honest miners who wander, for the tests of this room."""

from collections.abc import Iterable
from functools import partial
from itertools import accumulate
from math import exp, sqrt

import numpy as np

from verifier.verdicts.statistics import Array


def _next(keep: float, before: float, push: float) -> float:
    return keep * before + push


def wandering(chance: np.random.Generator, steps: int, seconds: float, noise: Iterable[tuple[float, float]]) -> Array:
    """Relative rate per step: 1 plus first-order autoregressions of (standard deviation, correlation in seconds)."""
    rate = np.ones(steps)
    for deviation, correlation in noise:
        keep = exp(-seconds / correlation)
        pushes = chance.normal(scale=deviation * sqrt(1.0 - keep * keep), size=steps)
        pushes[0] = chance.normal(scale=deviation)
        rate += [*accumulate(pushes.tolist(), partial(_next, keep))]
    return np.maximum(rate, 0.0)
