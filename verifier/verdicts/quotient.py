"""Evidence that two counts of the same work differ by more than honest sources may.

Given n = x + y shares, x is binomial with part p(r) = r·k / (r·k + 1), whatever the true rate was: r is the quotient
of the work, k that of the shares' sizes. For r beyond a limit r₀ the quotient of the likelihoods at r and at r₀ is an
e-value for every r up to r₀ (monotone likelihood ratio). A power c ≤ 1 of it still is one (Jensen): what is no error of
counting, edges that do not match and rounding, is allowed for by c = 1 / (1 + n·blur).
"""

from math import log, sqrt
from typing import Final

from verifier.verdicts.meter import Said

#: Sources may honestly differ by this part: rejected and stale work is counted by some and not by others.
MAY_DIFFER: Final = 0.02
_BEYOND: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 5.0, 100.0)
_LEAST: Final = 1e-6


def gains(one: Said, two: Said, found: float | None) -> tuple[float, ...]:
    """ln e-values per alternative; ``found`` is the open quotient, for the evidence that they agree again."""
    if found is None:
        pairs = [((1.0 + MAY_DIFFER) * (1.0 + beyond), 1.0 + MAY_DIFFER) for beyond in _BEYOND]
        alternatives = [*pairs, *((1.0 / r, 1.0 / limit) for r, limit in pairs)]
    else:
        half = sqrt(min(max(found, _LEAST), 1.0 / _LEAST))
        alternatives = [(1.0, half), (sqrt(half), half)]
    x, y, sizes = one.hashes / one.share, two.hashes / two.share, two.share / one.share
    power = 1.0 / (1.0 + (x + y) * (one.blur + two.blur))
    return tuple(power * _gain(x, y, sizes, r, limit) for r, limit in alternatives)


def _gain(x: float, y: float, sizes: float, r: float, limit: float) -> float:
    part, least = r * sizes / (r * sizes + 1.0), limit * sizes / (limit * sizes + 1.0)
    return x * log(part / least) + y * log((1.0 - part) / (1.0 - least))
