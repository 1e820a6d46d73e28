"""Honest sellers by name: how many shares a poll counts, what the contract tolerates, and how the rate wanders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from tests.bench.verdict import limits
from tests.bench.verdict.limits import Wander
from verifier.simulator import sellers
from verifier.simulator.sellers import Level

Maker: TypeAlias = Callable[[np.random.Generator, int, int], Level]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``shares`` promised a poll; ``level`` is the wander of mean 1, ``wander`` what of it fits into a span."""

    name: str
    number: str
    shares: float
    tolerance: float
    level: Maker
    wander: Wander = limits.none

    @property
    def boundary(self) -> float:
        """Shares a poll at the boundary."""
        return self.shares * (1.0 - self.tolerance)

    @property
    def promise(self) -> float:
        return 1.0 / (1.0 - self.tolerance)


def _steady(_chance: np.random.Generator, contracts: int, steps: int) -> Level:
    return sellers.steady(contracts, steps)


def _noise(spread: float, hours: float) -> Maker:
    return lambda chance, contracts, steps: sellers.wander(chance, contracts, steps, spread=spread, hours=hours)


def _day(chance: np.random.Generator, contracts: int, steps: int) -> Level:
    return sellers.daily(chance, contracts, steps, depth=0.02)


def _both(chance: np.random.Generator, contracts: int, steps: int) -> Level:
    return _day(chance, contracts, steps) * _noise(0.03, 1.0)(chance, contracts, steps)


_SLOW: Final = limits.noise(0.03, 1.0)
_FAST: Final = limits.noise(0.10, 1.0 / 6.0)
_WANDERS: Final[Mapping[str, tuple[Maker, Wander]]] = {
    "wander 3 % / 1 h": (_noise(0.03, 1.0), _SLOW),
    "wander 10 % / 10 min": (_noise(0.10, 1.0 / 6.0), _FAST),
    "days of ± 2 %": (_day, limits.day(0.02)),
    "days and wander 3 % / 1 h": (_both, limits.both(limits.day(0.02), _SLOW)),
    "wander 3 % / 3 h": (_noise(0.03, 3.0), limits.noise(0.03, 3.0)),
}
_POISSON: Final = Kind(name="12 shares/min", number="1", shares=60.0, tolerance=0.02, level=_steady)
_SMALL: Final = Kind(name="1 share per 4 min", number="3", shares=1.25, tolerance=0.02, level=_steady)
_LARGE: Final = Kind(name="1,200 shares/min", number="2", shares=6000.0, tolerance=0.05, level=_steady)

#: By name.
KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        _POISSON,
        *(
            Kind(
                name=f"{size:,} shares/min, {name}",
                number="2",
                shares=5.0 * size,
                tolerance=0.05,
                level=level,
                wander=wander,
            )
            for size in (12, 1200)
            for name, (level, wander) in _WANDERS.items()
        ),
        _LARGE,
        _SMALL,
    )
}
