"""Bars 1, 2, 3 and 6: sellers who deliver exactly the boundary, or all, and what polling does to what is seen."""

from functools import partial
from typing import Final

import numpy as np

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.kinds import KINDS
from tests.bench.verdict.rows import Row, rate
from tests.bench.verdict.runs import Seen, plain, watched
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY, POLL
from verifier.simulator.truth import Counts, draw

#: False alarms a contract-year that the hashrate check may raise.
BUDGET: Final = 0.1
#: Each contract runs for a quarter from a cold start; a batch is two and a half contract-years.
_STEPS: Final = round(365.25 / 4 * DAY)
_CONTRACTS: Final = 10
_YEARS: Final = 2.5
_EVEN: Final = "12 shares/min, every day exactly the boundary"
#: What is done to the count of a 12-shares seller at the boundary: gaps (part, counter or slots).
_HARMS: Final = {
    "gaps of 5 %, counter": (0.05, True),
    "gaps of 30 %, counter": (0.30, True),
    "gaps of 60 %, counter": (0.60, True),
    "gaps of 30 %, slots": (0.30, False),
    "gaps of 60 %, slots": (0.60, False),
}


def seen_through(harm: str, shares: Counts, expected: float, promise: float, chance: np.random.Generator) -> Seen:
    """What is left of a count after gaps."""
    whole = plain(shares, expected, promise)
    part, counter = _HARMS[harm]
    mask = sellers.gaps(chance, *shares.shape, part=part)
    if not counter:
        return Seen(
            shares=np.where(mask, whole.shares, 0.0),
            expected=np.where(mask, whole.expected, 0.0),
            seconds=np.where(mask, POLL, 0.0),
            promise=promise,
        )
    return Seen(
        shares=sellers.across_gaps(whole.shares, mask),
        expected=sellers.across_gaps(whole.expected, mask),
        seconds=sellers.across_gaps(whole.seconds, mask),
        promise=promise,
    )


def _honest(seed: int, name: str, above: float, harm: str, batch: int) -> int:
    """Openings in a batch; ``above`` is the level over the boundary."""
    chance = draw(seed, "false alarms", name, above, harm, batch)
    even = name == _EVEN
    kind = KINDS["12 shares/min" if even else name]
    if even:
        level = sellers.even_days(chance, _CONTRACTS, _STEPS, spread=0.10)
    else:
        level = kind.level(chance, _CONTRACTS, _STEPS)
    shares = sellers.counted(chance, above * level, kind.boundary)
    if harm:
        seen = seen_through(harm, shares, kind.boundary, kind.promise, chance)
    else:
        seen = plain(shares, kind.boundary, kind.promise)
    return len(watched(seen)[0])


def _row(number: str, scenario: str, bar: float | None, note: str, counts: list[int]) -> list[Row]:
    return [rate(number, f"false alarms: {scenario}", sum(counts), _YEARS * len(counts), bar, note)]


def jobs(seed: int, size: Size) -> list[Job]:
    """Every honest seller at the boundary; the plain one at full delivery too."""
    found = []
    for name, kind in KINDS.items():
        years = size.poisson_years if name == "12 shares/min" else size.years
        limit = "3 h" in name
        for above, words in ((1.0, "at the boundary"), (kind.promise, "at full delivery"))[
            : 1 if limit or kind.number == "2" else 2
        ]:
            bar = None if limit else 0.0 if kind.number == "1" and above > 1.0 else BUDGET
            note = "stated limit of the method" if limit else ""
            found.append(
                Job(
                    work=partial(_honest, seed, name, above, ""),
                    batches=max(1, round(years / _YEARS)),
                    rows=partial(_row, kind.number, f"{name}, {words}", bar, note),
                )
            )
    found += [
        Job(
            work=partial(_honest, seed, "12 shares/min", 1.0, harm),
            batches=max(1, int(size.years / _YEARS / 2)),
            rows=partial(_row, "6", f"12 shares/min at the boundary, {harm}", BUDGET, ""),
        )
        for harm in _HARMS
    ]
    found.append(
        Job(
            work=partial(_honest, seed, _EVEN, 1.0, ""),
            batches=max(1, int(size.years / _YEARS / 2)),
            rows=partial(_row, "4", f"{_EVEN} in half-hour steps of ± 10 %", BUDGET, ""),
        )
    )
    return found
