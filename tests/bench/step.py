"""What one step with one new fact costs, with little and much behind it: SQL statements and CPU."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Final

from tests.bench.far_end import BEGAN, SHARES, WORKERS, far_end
from tests.bench.poll import config
from tests.stories.test_flat_cost import statements
from tests.stories.watching import watching
from verifier.clock import SteppedClock
from verifier.daemon.installation import look_for_garbage
from verifier.fact import Fact, FactKind
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch
from verifier.observation import WorkSeen
from verifier.units import HASHES_PER_DIFFICULTY, Window

STEPS: Final = 120
_MINUTE: Final = timedelta(minutes=1)
_SLOT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Statements and CPU seconds (of the quietest) of one step, after ``facts`` of history and beside other contracts.

    ``fold`` is how many CPU seconds it took to judge one fact of the history.
    """

    what: str
    contracts: int
    facts: int
    statements: float
    seconds: float
    fold: float | None = None


def _fact(number: int, account: str, end: datetime) -> Fact:
    work = WorkSeen(
        start=end - _SLOT, end=end, hashes=WORKERS * SHARES * 10.0 * HASHES_PER_DIFFICULTY * (1 + number % 7 / 1000)
    )
    span = Window(start=end - _SLOT, end=end)
    return Fact(
        id=number,
        kind=FactKind.OBSERVATION,
        subject=account,
        question="now",
        true=span,
        learned_at=end,
        digest="",
        observations=(work,),
    )


async def remember(path: Path, account: str, history: timedelta, until: datetime = BEGAN) -> int:
    """Slots of ten minutes as an account would have told them; how many there are."""
    count = history // _SLOT
    async with await Ledger.open(path) as ledger:
        for first in range(0, count, 2_000):
            ends = [until - _SLOT * (count - 1 - number) for number in range(first, min(count, first + 2_000))]
            facts = [_fact(ledger.next_fact_id(), account, end) for end in ends]
            await ledger.write(Batch(facts=tuple(facts)))
    return count


async def step_cost(what: str, directory: Path, *, contracts: int, history: timedelta) -> Step:
    """Steps that each bring one new fact of the first account; the others are asked in between and not measured."""
    path = directory / "verifier.yaml"
    ledger = directory / "ledger.db"
    starts = BEGAN - history
    clock = SteppedClock(BEGAN)
    with far_end() as base:
        # The first contract is new on an account with a past: it is judged from all that is remembered.
        text = config(base, contracts).replace("starts: 2026-01-01", f"starts: {starts:%Y-%m-%dT%H:%M:%SZ}", 1)
        early = config(base, 2).split("  c0:")[0] + "  c1:" + config(base, 2).split("  c1:")[1]
        path.write_text(early)
        async with watching(path, clock) as daemon:
            await daemon.step(clock.now())
        facts = await remember(ledger, "a0", history)
        path.write_text(text)
        spent: list[float] = []
        async with watching(path, clock) as daemon:
            clock.set(clock.now() + _MINUTE / 2)
            before = process_time()
            await daemon.step(clock.now())
            folded = process_time() - before
            rhythm = daemon._flights._rhythm
            rhythm.drop([key for key in rhythm.pairs() if key != ("a0", "now")])
            look_for_garbage()
            count = 0
            for _ in range(STEPS):
                clock.set(clock.now() + _MINUTE)
                with statements() as seen:
                    before = process_time()
                    await daemon.step(clock.now())
                    spent.append(process_time() - before)
                count += len(seen)
    return Step(
        what=what,
        contracts=contracts,
        facts=facts,
        statements=count / STEPS,
        seconds=min(spent),
        fold=folded / facts if facts > 1000 else None,
    )
