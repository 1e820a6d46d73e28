"""A pool changes its page for two hours; the next version of the program reads what was kept, and tells nobody."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from pydantic import BaseModel

from tests.stories.watching import pass_time, watching
from verifier.cli.explained import tell
from verifier.cli.explanation import explanation
from verifier.clock import SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.daemon.recall import recall
from verifier.daemon.replay import replay
from verifier.errors import Misread
from verifier.incidents.standing import Change
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.observation import WorkSeen
from verifier.outlets.pages import account as account_page
from verifier.reading import Number, UnixTime, read
from verifier.settings import load
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window

START: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
SLOT: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
CHANGED: Final = Window(start=START + HOUR, end=START + 3 * HOUR)
#: Promised and delivered: 300 TH/s.
WORK: Final = 300e12 * SLOT.total_seconds()


class Slot(BaseModel):
    end: UnixTime
    work: Number


class Page(BaseModel):
    slots: list[Slot]


class Wrapped(BaseModel):
    data: Page


def seen(page: Page, window: Window) -> list[WorkSeen]:
    return [
        WorkSeen(start=one.end - SLOT, end=one.end, hashes=one.work) for one in page.slots if one.end > window.start
    ]


def first(_account: Account, window: Window) -> Talk:
    """The slots of the last hour, in the shape that they had first."""
    return seen(read(Page, (yield Http(path="/slots", query=asked(window)))), window)


def second(_account: Account, window: Window) -> Talk:
    """The same, in either shape."""
    reply = yield Http(path="/slots", query=asked(window))
    try:
        return seen(read(Page, reply), window)
    except Misread:
        return seen(read(Wrapped, reply).data, window)


def asked(window: Window) -> Mapping[str, str]:
    return {"from": str(int(window.start.timestamp())), "until": str(int(window.end.timestamp()))}


OLD: Final = Source(
    kind="slots",
    title="Slots",
    Account=Account,
    support="documented",
    questions=(Question(name="now", sees=frozenset({WorkSeen}), every=SLOT, reach=HOUR, talk=first),),
)
NEW: Final = replace(OLD, adapter="2", questions=(replace(OLD.questions[0], talk=second),))


@dataclass(frozen=True, slots=True)
class Story:
    config: Path
    clock: SteppedClock

    def watched_by(self, source: Source) -> AbstractAsyncContextManager[Daemon]:
        return watching(self.config, self.clock, sources={"slots": source})


@pytest.fixture
async def story(tmp_path: Path, place: Place) -> AsyncIterator[Story]:
    clock = SteppedClock(START)

    async def page(_: web.BaseRequest) -> web.StreamResponse:
        newest = datetime.fromtimestamp(clock.now().timestamp() // 300 * 300, UTC)
        slots = [{"end": int((newest - number * SLOT).timestamp()), "work": WORK} for number in range(12)]
        body: object = {"slots": slots}
        return web.json_response({"data": body} if CHANGED.start <= clock.now() < CHANGED.end else body)

    server = web.ServerRunner(web.Server(page))
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{server.addresses[0][1]}"
    (tmp_path / "key").write_text("whsec_" + 32 * "A")
    (tmp_path / "key").chmod(0o600)
    config = tmp_path / "verifier.yaml"
    config.write_text(
        f"ledger: {place}\n"
        f'accounts:\n  pool: {{kind: slots, url: "{url}", allow_private: true, pace: 0}}\n'
        "contracts:\n  north: {seller: Northhash, promised: 300 TH/s, tolerance: 5 %, "
        f"starts: {START:%Y-%m-%dT%H:%M:%SZ}, watch: [{{account: pool}}]}}\n"
        f'tell:\n  desk: {{webhook: "{url}/hook", secret_file: key, allow_private: true}}\n'
    )
    yield Story(config, clock)
    await server.cleanup()


async def seen_while_changed(daemon: Daemon) -> float:
    return sum(hour.seen_seconds for hour in await daemon.ledger.hours("north", CHANGED.start, CHANGED.end))


async def test_the_next_adapter_closes_the_gap_once_and_tells_nobody(
    story: Story, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    async with story.watched_by(OLD) as daemon:
        await pass_time(daemon, story.clock, CHANGED.end + HOUR, SLOT)
        unread = [one for one in await daemon.ledger.answers("pool", 1000) if one.fate == "misread"]
        assert len(unread) > 2
        assert await seen_while_changed(daemon) < HOUR.total_seconds() * 1.5
        told = await daemon.ledger.messages()
        before = {one.id: one.change for one in await daemon.ledger.transitions(limit=1000)}
        assert sorted(before.values()) == [Change.OPENED, Change.RESOLVED], "the source was silent, and is not"
        assert len(told) == 2
    restarted = story.clock.now()
    async with story.watched_by(NEW) as daemon:
        await pass_time(daemon, story.clock, restarted + 2 * SLOT, SLOT)
        assert await seen_while_changed(daemon) == (CHANGED.end - CHANGED.start).total_seconds()
        assert await daemon.ledger.messages() == told
        assert {one.id: one.change for one in await daemon.ledger.transitions(limit=1000)} == before
        again = [one for one in await daemon.ledger.facts(["pool"], limit=10_000) if one.read_later]
        assert [one.adapter for one in again] == ["slots/2"] * len(again)
        assert {one.learned_at for one in again} == {restarted + SLOT}
        assert all(one.true.end <= CHANGED.end for one in again)
        assert daemon.picture is not None
        view = daemon.picture.accounts["pool"]
        assert "Read later: " in account_page(daemon.picture, view)
        assert f"{len(again)} answers of 20 Nov 2026, by adapter slots/2." in account_page(daemon.picture, view)
    async with story.watched_by(NEW) as daemon:
        await pass_time(daemon, story.clock, story.clock.now() + SLOT, SLOT)
        known = await daemon.ledger.facts(["pool"], limit=10_000)
        assert [one.id for one in known if one.read_later] == [one.id for one in again]
        assert await daemon.ledger.messages() == told
    settings = load(story.config, {}, None, story.clock.now(), {"slots": NEW})
    async with await Ledger.open(place, read_only=True) as ledger:
        assert (await replay(ledger, settings)).differences == ()
        recalled = await recall(ledger, settings, story.clock.now())
        assert recalled.picture.accounts["pool"].read_later == view.read_later
        tell(await explanation(ledger, settings, "north", recalled), settings)
        assert f"pool: Read later: {len(again)} answers of 20 Nov 2026, by adapter slots/2." in capsys.readouterr().out


async def test_what_no_adapter_can_read_is_tried_once_and_stays_a_silence(story: Story) -> None:
    async with story.watched_by(OLD) as daemon:
        await pass_time(daemon, story.clock, CHANGED.end + HOUR / 2, SLOT)
        seen_before = await seen_while_changed(daemon)
    for _ in range(2):
        async with story.watched_by(replace(OLD, adapter="2")) as daemon:
            await pass_time(daemon, story.clock, story.clock.now() + SLOT, SLOT)
            assert await seen_while_changed(daemon) == seen_before
            assert [one.content["read"] for one in await daemon.ledger.decisions("readings")] == [0]
            assert daemon.picture is not None
            assert daemon.picture.accounts["pool"].read_later == ()
