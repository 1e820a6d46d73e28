"""Bar 7: intervals that hold at every look: how many contracts' intervals ever miss the realised average."""

from functools import partial
from typing import Final

import numpy as np

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.kinds import KINDS
from tests.bench.verdict.rows import Row, share
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY
from verifier.simulator.truth import draw
from verifier.verdicts.confidence import sequence

ALPHA: Final = 0.01
_CONTRACTS: Final = 100
_KINDS: Final = {
    "12 shares/min, full": "12 shares/min",
    "12 shares/min, wander 3 % / 1 h": "12 shares/min, wander 3 % / 1 h",
    "1 share per 4 min": "1 share per 4 min",
}
#: Days after which the half width is told; what a prototype reached at 12 shares a minute.
_LOOKS: Final = {1: 0.027, 7: 0.011, 30: 0.005}


def _misses(seed: int, days: int, name: str, batch: int) -> int:
    """Contracts whose interval, looked at after every poll, misses the realised mean at least once."""
    chance = draw(seed, "sequence", name, batch)
    kind = KINDS[_KINDS[name]]
    level = kind.level(chance, _CONTRACTS, days * DAY)
    total = sellers.counted(chance, level, kind.shares).cumsum(axis=1)
    truth = (level * kind.shares).cumsum(axis=1)
    # The interval depends on the count alone: one table serves all contracts and looks.
    low, high = sequence(np.arange(float(total.max()) + 1.0), ALPHA, kind.shares * days * DAY)
    return int(((truth < low[total]) | (truth > high[total])).any(axis=1).sum())


def _rows(name: str, days: int, parts: list[int]) -> list[Row]:
    scenario = f"interval ever wrong: {name}, every poll for {days} d"
    return [share("7", scenario, sum(parts), _CONTRACTS * len(parts), ALPHA, "α = 1 %")]


def _widths(_batch: int) -> dict[int, float]:
    """Half the interval over the count, tuned to the span that is looked at."""
    widths = {}
    for days in _LOOKS:
        count = 60.0 * DAY * days
        low, high = sequence(np.array([count]), ALPHA, count)
        widths[days] = float(high[0] - low[0]) / 2.0 / count
    return widths


def _width_rows(parts: list[dict[int, float]]) -> list[Row]:
    return [
        Row(
            number="7",
            scenario=f"half width at 12 shares/min after {days} d",
            measured=width,
            surely=width,
            unit="of all",
            size="",
            bar=_LOOKS[days] * 1.1,
            note=f"a prototype: {_LOOKS[days]:.1%}; within a tenth of it",
        )
        for days, width in parts[0].items()
    ]


def jobs(seed: int, size: Size) -> list[Job]:
    """Coverage of a plain, a wandering and a small contract, and how wide the intervals are."""
    found = [
        Job(
            work=partial(_misses, seed, size.watched_days, name),
            batches=max(1, size.watched // _CONTRACTS),
            rows=partial(_rows, name, size.watched_days),
        )
        for name in _KINDS
    ]
    return [*found, Job(work=_widths, batches=1, rows=_width_rows)]
