"""Many contracts: found together what none shows alone, and budgets that are kept by the fleet and by every check."""

from functools import partial
from typing import Final

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.kinds import KINDS
from tests.bench.verdict.limits import FALSE_ALARM, YEAR, limit
from tests.bench.verdict.rows import Row, rate
from tests.bench.verdict.runs import delay_row, first_found, plain, watched
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY
from verifier.simulator.truth import draw
from verifier.verdicts import CHECKS

_ONE: Final = KINDS["12 shares/min"]
_MEMBERS: Final = 100
_TIMES: Final = 1.25
_CONTRACTS: Final = 5
_HISTORY: Final = 30 * DAY
_HORIZON: Final = 10 * DAY
_FLEET: Final = 3000
_MONTH: Final = 30 * DAY
_A_YEAR: Final = 12.0


def _together(seed: int, batch: int) -> list[float | None]:
    """The sum over 100 contracts, each 2 % under the line, after 30 days at the line or in full."""
    chance = draw(seed, "together", batch)
    honest = sellers.counted(chance, sellers.steady(_CONTRACTS, _HISTORY), _MEMBERS * _ONE.shares)
    _, state = watched(plain(honest, _MEMBERS * _ONE.boundary, _ONE.promise))
    short = sellers.counted(chance, sellers.steady(_CONTRACTS, _HORIZON, 0.98), _MEMBERS * _ONE.boundary)
    return first_found(plain(short, _MEMBERS * _ONE.boundary, _ONE.promise, _HISTORY), state)


def _together_rows(parts: list[list[float | None]]) -> list[Row]:
    bound = limit(_MEMBERS * _ONE.boundary, 0.98 * _MEMBERS * _ONE.boundary)
    found = [one for part in parts for one in part]
    alone = limit(_ONE.boundary, 0.98 * _ONE.boundary).seconds / 3600.0
    note = f"≤ {_TIMES} × the pooled bound + a poll; one alone: {alone:.0f} h"
    return [
        delay_row("pool", "delay: 100 contracts 2 % under the line, together", found, _HORIZON, bound, _TIMES, note)
    ]


def _fleet(seed: int, batch: int) -> int:
    """Openings of part of a fleet at the boundary for a month, its budget split over all 3,000."""
    chance = draw(seed, "fleet", batch)
    shares = sellers.counted(chance, sellers.steady(60, _MONTH), _ONE.boundary)
    seen = plain(shares, _ONE.boundary, _ONE.promise)
    return len(watched(seen, false_alarm=YEAR * _FLEET / (_A_YEAR * _hashrate_part()))[0])


def _hashrate_part() -> float:
    return next(check.budget for check in CHECKS if check.name == "hashrate")


def _fleet_rows(parts: list[int]) -> list[Row]:
    contracts = 60 * len(parts)
    months = contracts / _FLEET
    row = rate(
        "fleet", f"false alarms a fleet-year: {_FLEET:,} contracts at the boundary", sum(parts), months / 12.0, _A_YEAR
    )
    return [
        Row(
            number=row.number,
            scenario=row.scenario,
            measured=row.measured,
            surely=row.surely,
            unit="a year",
            size=f"{sum(parts)} in {contracts:,} months",
            bar=row.bar,
            note=f"the hashrate check's {_hashrate_part():.0%} of one a month, A·n",
        )
    ]


def _fleet_falls(seed: int, batch: int) -> list[float | None]:
    """A fall by a quarter under the fleet's budget."""
    chance = draw(seed, "fleet falls", batch)
    honest = sellers.counted(chance, sellers.steady(_CONTRACTS, _HISTORY), _ONE.shares)
    _, state = watched(plain(honest, _ONE.boundary, _ONE.promise), false_alarm=FALSE_ALARM * _FLEET)
    short = sellers.counted(chance, sellers.steady(_CONTRACTS, _HORIZON, 0.9), _ONE.shares)
    return first_found(plain(short, _ONE.boundary, _ONE.promise, _HISTORY), state, FALSE_ALARM * _FLEET)


def _fleet_fall_rows(parts: list[list[float | None]]) -> list[Row]:
    bound = limit(_ONE.boundary, 0.9 * _ONE.shares, false_alarm=FALSE_ALARM * _FLEET)
    found = [one for part in parts for one in part]
    note = f"ln(A·n)/ln(A) = {bound.seconds / limit(_ONE.boundary, 0.9 * _ONE.shares).seconds:.2f}"
    return [delay_row("fleet", "delay: one of 3,000 falls by 10 %, budget split", found, _HORIZON, bound, _TIMES, note)]


def _budget(_batch: int) -> float:
    return sum(check.budget for check in CHECKS if check.of == "contract")


def _budget_rows(parts: list[float]) -> list[Row]:
    scenario = "budget of all checks of a contract, parts added up"
    return [
        Row(
            number="budget",
            scenario=scenario,
            measured=parts[0],
            surely=parts[0],
            unit="of all",
            size="",
            bar=1.0 + 1e-9,
        )
    ]


def jobs(seed: int, size: Size) -> list[Job]:
    """Pooled detection, the fleet's false alarms and what its budget costs, and the sum over checks."""
    batches = max(1, size.pooled // _CONTRACTS)
    return [
        Job(work=partial(_together, seed), batches=batches, rows=_together_rows),
        Job(work=partial(_fleet, seed), batches=size.fleet // 60, rows=_fleet_rows),
        Job(work=partial(_fleet_falls, seed), batches=batches, rows=_fleet_fall_rows),
        Job(work=_budget, batches=1, rows=_budget_rows),
    ]
