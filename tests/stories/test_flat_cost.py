"""One step with one new fact costs the same, however long the history and however many the contracts."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from tests.simulator.worlds import NOW, seller, world
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.ledger.place import Place
from verifier.settings import load
from verifier.simulator.server import serving

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOW)


@pytest.fixture
async def pool(clock: SteppedClock) -> AsyncIterator[str]:
    young = replace(seller(), starts=NOW - timedelta(hours=1))
    async with serving("127.0.0.1", 0, world(young), clock.now) as base:
        yield base


def write(path: Path, ledger: Place, pool: str, contracts: int) -> None:
    """So many contracts, each on an account of its own."""
    at = f'url: "{pool}/ckpool", address: {seller().address}, allow_private: true, pace: 0'
    terms = f"promised: 100 TH/s, starts: {NOW:%Y-%m-%dT%H:%M:%SZ}, tolerance: 5 %"
    lines = [f"ledger: {ledger}", "accounts:"]
    lines += [f"  a{number}: {{kind: ckpool, {at}}}" for number in range(contracts)]
    lines.append("contracts:")
    lines += [
        f"  c{number}: {{seller: North, {terms}, watch: [{{account: a{number}}}]}}" for number in range(contracts)
    ]
    path.write_text("\n".join(lines) + "\n")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement that any connection executes meanwhile."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def one_step(
    path: Path, ledger: Place, clock: SteppedClock, contracts: int, history: timedelta, pool: str
) -> list[str]:
    """What a step with one new fact asks of the ledger, after some history beside so many contracts."""
    write(path, ledger, pool, 1)
    async with watching(path, clock) as daemon:
        await pass_time(daemon, clock, clock.now() + history, MINUTE)
        write(path, ledger, pool, contracts)
        clock.set(clock.now() + MINUTE / 2)  # the others are asked half a minute after the first
        await daemon.reload(load(path, {}, None, clock.now()), clock.now())
        await daemon.step(clock.now())
        await pass_time(daemon, clock, clock.now() + 3 * MINUTE, MINUTE / 2)
        before = len(await daemon.ledger.facts(None, limit=100_000))
        with statements() as seen:
            clock.set(clock.now() + MINUTE / 2)
            await daemon.step(clock.now())
        after = await daemon.ledger.facts(None, limit=100_000)
    assert [fact.subject for fact in after[before:]] == ["a0", "daemon"]
    return seen


async def test_a_step_asks_the_ledger_the_same_whatever_lies_behind(
    pool: str, clock: SteppedClock, tmp_path: Path, places: Callable[[], Place]
) -> None:
    short, long = tmp_path / "short.yaml", tmp_path / "long.yaml"
    first = await one_step(short, places(), clock, 1, 6 * MINUTE, pool)
    assert await one_step(long, places(), clock, 1, 126 * MINUTE, pool) == first


async def test_a_step_asks_the_ledger_the_same_for_few_and_many_contracts(
    pool: str, clock: SteppedClock, tmp_path: Path, places: Callable[[], Place]
) -> None:
    few, many = tmp_path / "few.yaml", tmp_path / "many.yaml"
    first = await one_step(few, places(), clock, 10, 6 * MINUTE, pool)
    assert await one_step(many, places(), clock, 300, 6 * MINUTE, pool) == first
