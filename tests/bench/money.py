"""What a year of coins costs: twenty contracts under FPPS, each looked at once a day, with all that goes wrong."""

from dataclasses import dataclass
from time import process_time

from tests.stories.money_year import DAYS, year
from tests.stories.test_money_year import CONTRACTS, SEED, live


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """CPU seconds that all looks of a year took together."""

    contracts: int
    days: int
    faults: int
    facts: int
    seconds: float


def money_cost() -> Money:
    """The year of the story, judged as the story does; making it up is not counted."""
    what = year(CONTRACTS, seed=SEED)
    before = process_time()
    live(what)
    seconds = process_time() - before
    facts = sum(map(len, what.facts.values()))
    return Money(contracts=CONTRACTS, days=DAYS, faults=len(what.faults), facts=facts, seconds=seconds)
