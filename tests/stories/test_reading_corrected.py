"""A dashboard is read with a wrong factor from its first answer on; who corrects the file is told what was wrong."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.daemon.replay import replay
from verifier.incidents.memory import load_standing
from verifier.incidents.standing import Change
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.settings import load
from verifier.verdicts.settling import Period
from verifier.verdicts.verdict import Outcome

NOW: Final = datetime(2026, 11, 20, 8, 10, tzinfo=UTC)
BEGAN: Final = datetime(2026, 11, 13, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
#: Promised and delivered: 300 TH/s, of which the file reads 3 %.
WORK: Final = 300e9 * HOUR.total_seconds()


@dataclass(slots=True)
class Story:
    """``part``: of what was delivered, what the dashboard shows of all hours by now."""

    config: Path
    clock: SteppedClock
    part: float = 1.0

    async def pass_time(self, daemon: Daemon) -> None:
        await pass_time(daemon, self.clock, self.clock.now() + HOUR, timedelta(minutes=5))

    async def correct(self, daemon: Daemon, was: str, now: str) -> None:
        self.config.write_text(self.config.read_text().replace(was, now))
        await daemon.reload(load(self.config, {}, None, self.clock.now()), self.clock.now())
        await self.pass_time(daemon)


@pytest.fixture
async def story(tmp_path: Path, place: Place) -> AsyncIterator[Story]:
    told = Story(tmp_path / "verifier.yaml", SteppedClock(NOW))

    async def page(_: web.BaseRequest) -> web.StreamResponse:
        newest = int(told.clock.now().timestamp()) // 3600 * 3600
        return web.json_response([{"start": newest - 3600 * n, "work": told.part * WORK} for n in range(200, 0, -1)])

    server = web.ServerRunner(web.Server(page))
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    told.config.write_text(
        f"ledger: {place}\n"
        f'accounts:\n  pool: {{kind: json, url: "http://127.0.0.1:{server.addresses[0][1]}", allow_private: true, '
        "run_by: pool, time: unix, asks: [{sees: slots, get: /slots, each: '@', start: start, value: work, unit: kH, "
        "slot: 1h, factor: 0.03}]}\n"
        "contracts:\n  north: {seller: Northhash, promised: 300 TH/s, tolerance: 5 % a day, "
        f"starts: {BEGAN:%Y-%m-%dT%H:%M:%SZ}, watch: [{{account: pool}}]}}\n"
    )
    yield told
    await server.cleanup()


async def changes(daemon: Daemon) -> set[tuple[str, str]]:
    return {(one.check, one.change) for one in await daemon.ledger.transitions("north")}


async def days(daemon: Daemon) -> tuple[Period, ...]:
    """The days that are over."""
    stored = (await daemon.ledger.standings())["north"]
    closed: tuple[Period, ...] = load_standing("north", stored.state)[0].checks["settlement"].closed
    return closed


async def test_what_a_wrong_file_said_of_days_that_are_over_is_told_in_error(story: Story, place: Place) -> None:
    opened = {("hashrate", Change.OPENED), ("settlement", Change.OPENED)}
    async with watching(story.config, story.clock) as daemon:
        await story.pass_time(daemon)
        assert await changes(daemon) == opened
        assert {one.outcome for one in await days(daemon)} == {Outcome.SHORT}
        await story.correct(daemon, ", factor: 0.03", "")
        assert await changes(daemon) == opened | {("hashrate", Change.CORRECTED), ("settlement", Change.CORRECTED)}
        assert [(one.outcome, one.revised) for one in await days(daemon)] == [(Outcome.MET, None)] * 7
        story.part = 0.5
        await story.pass_time(daemon)
        kept = {(one.outcome, one.revised) for one in await days(daemon)}
        assert kept == {(Outcome.MET, Outcome.SHORT)}, "what the pool changes later is no mistake of ours"
    settings = load(story.config, {}, None, story.clock.now())
    async with await Ledger.open(place, read_only=True) as ledger:
        assert (await replay(ledger, settings)).differences == ()
