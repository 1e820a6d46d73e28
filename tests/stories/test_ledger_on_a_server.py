"""The captured hour with a kill in it, remembered on a database server as in a file."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.ledger.server import Server
from tests.stories.captured_pools import ADDRESS, captured_pools
from tests.stories.test_captured_hour import CONFIG, STEP, at, told
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.fact import Fact, FactKind
from verifier.ledger.place import Place


async def remembered(file: Path, place: Place) -> tuple[list[tuple[str, str, str, datetime]], list[Fact]]:
    """What was told and what was learned from the pools, as that place has it at the end of the hour.

    Which of two answers of one moment came first is chance: they are put in one order and lose their numbers.
    """
    clock = SteppedClock(at("05:30:30"))
    async with captured_pools(clock.now) as base:
        file.write_text(f"{CONFIG.format(base=base, address=ADDRESS)}ledger: {place}\n")  # noqa: ASYNC240
        async with watching(file, clock) as daemon:
            await pass_time(daemon, clock, at("05:45:40"), STEP)
        async with watching(file, clock) as daemon:
            await pass_time(daemon, clock, at("06:05:30"), STEP)
            facts = await daemon.ledger.facts(None, limit=5000)
            answers = [replace(fact, id=0) for fact in facts if fact.kind is FactKind.OBSERVATION]
            return await told(daemon), sorted(answers, key=lambda one: (one.learned_at, one.subject, one.question))


@pytest.mark.needs("/usr/lib/postgresql/15/bin/postgres")
async def test_a_server_remembers_the_same_hour_as_a_file(tmp_path: Path, postgresql: Server) -> None:
    changes, facts = await remembered(tmp_path / "verifier.yaml", postgresql.database())
    assert [row[:2] for row in changes] == [("lhr_a", "hashrate"), ("pp_a", "worker_gone")]
    assert (changes, facts) == await remembered(tmp_path / "verifier.yaml", tmp_path / "ledger.db")
