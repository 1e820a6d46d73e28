"""A job is one scenario cut into batches that any process can do, and the rows that all of them together give."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench.verdict.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``work(batch)`` must pickle: a module's function or a partial of one; ``rows`` gets what the batches returned."""

    work: Callable[[int], Any]
    batches: int
    rows: Callable[[list[Any]], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is simulated: contract-years without a shortfall, changes per delay, and so on."""

    name: str
    poisson_years: int
    years: int
    changes: int
    comings: int
    rule_contracts: int
    month_contracts: int
    watched: int
    watched_days: int
    opening_years: int
    fleet: int
    pooled: int


FULL = Size(
    name="full",
    poisson_years=300,
    years=50,
    changes=240,
    comings=50,
    rule_contracts=300,
    month_contracts=24,
    watched=2000,
    watched_days=90,
    opening_years=10,
    fleet=3000,
    pooled=50,
)
SMALL = Size(
    name="small",
    poisson_years=15,
    years=5,
    changes=60,
    comings=10,
    rule_contracts=20,
    month_contracts=2,
    watched=400,
    watched_days=30,
    opening_years=1,
    fleet=180,
    pooled=10,
)
