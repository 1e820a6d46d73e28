"""What was acknowledged is there afterwards, and what was not is not half there."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ledger.conftest import findings
from tests.ledger.examples import answer, fact, news, poll
from verifier.errors import LedgerError
from verifier.ledger.care import check
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch

CHECKOUT = Path(__file__).parents[2]


def _noise(number: int, size: int) -> bytes:
    return bytes((index * index * 2_654_435_761 + number * 97 >> 7) % 256 for index in range(size))


def _big(number: int) -> Batch:
    return Batch(facts=(fact(number),), answers=tuple(answer(_noise(n, 30_000)) for n in range(20)))


@contextmanager
def _files_no_longer_than(size: int) -> Iterator[None]:
    """The kernel refuses this process to write further into any file, as a broken disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
def test_every_acknowledged_fact_survives_a_kill(place: Place) -> None:
    acknowledged = 0
    for lines in (1, 20, 3, 45, 10):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.endless_writer", str(place)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(lines):
                acknowledged = int(writer.stdout.readline())
            writer.kill()
            acknowledged = max([acknowledged, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        stored = asyncio.run(_stored(place))
        assert stored[:acknowledged] == list(range(1, acknowledged + 1))
        assert asyncio.run(findings(place)) == []


async def _stored(place: Place) -> list[int]:
    async with await Ledger.open(place) as ledger:
        return [one.id for one in await ledger.facts(["acme"], limit=100_000)]


async def test_a_full_disk_loses_nothing(path: Path) -> None:
    async with await Ledger.open(path, max_pages=100) as ledger:
        await ledger.write(poll(1))
        with pytest.raises(LedgerError, match=r"ledger\.db has no room left; nothing of this was written"):
            await ledger.write(_big(2))
        assert [one.id for one in await ledger.facts(["acme"])] == [1]
        assert (await ledger.counts())["body"] == 1
        await ledger.write(poll(3))
    async with await Ledger.open(path) as ledger:
        await ledger.write(_big(4))
        assert [one.id for one in await ledger.facts(["acme"])] == [1, 3, 4]
    assert check(path) == []


async def test_a_failing_disk_loses_nothing_and_the_ledger_goes_on_when_it_works_again(path: Path) -> None:
    async with await Ledger.open(path) as ledger:
        await ledger.write(poll(1))
        with _files_no_longer_than(300_000):
            waiting = [ledger.write(one) for one in (poll(2), _big(3), news())]
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {LedgerError}
        assert await ledger.transitions() == []
        await asyncio.gather(*(ledger.write(one) for one in (poll(2), _big(3), news())))
        assert [one.id for one in await ledger.facts(["acme"])] == [1, 2, 3]
    assert check(path) == []


async def test_batches_submitted_together_share_one_fate(ledger: Ledger) -> None:
    await ledger.write(poll(1))
    outcomes = await asyncio.gather(ledger.write(news()), ledger.write(poll(1)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LedgerError, LedgerError]
    assert await ledger.owed_unwritten() == []


async def test_a_writer_who_gives_up_does_not_stop_the_others(ledger: Ledger) -> None:
    given_up = asyncio.create_task(ledger.write(poll(1)))
    await asyncio.sleep(0)
    given_up.cancel()
    await ledger.write(poll(2))
    assert 2 in [one.id for one in await ledger.facts(["acme"])]


async def test_a_reader_who_gives_up_does_not_stop_the_others(ledger: Ledger) -> None:
    await asyncio.gather(*(ledger.write(poll(number)) for number in range(1, 300)))
    for pause in range(12):
        given_up = asyncio.create_task(ledger.facts(["acme"]))
        for _ in range(pause):
            await asyncio.sleep(0)
        given_up.cancel()
    assert len(await ledger.facts(["acme"])) == 299


async def test_closing_writes_what_is_waiting(place: Place) -> None:
    ledger = await Ledger.open(place)
    waiting = [asyncio.create_task(ledger.write(poll(number))) for number in range(1, 4)]
    await asyncio.sleep(0)
    await ledger.close()
    await asyncio.gather(*waiting)
    assert await _stored(place) == [1, 2, 3]
