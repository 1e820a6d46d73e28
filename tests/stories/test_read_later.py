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
from verifier.fact import Fact
from verifier.fields import Number, UnixTime
from verifier.incidents.standing import Change
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.observation import Silence, SilenceReason, WorkSeen
from verifier.outlets.pages import account as account_page
from verifier.reading import read
from verifier.settings import load
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window
from verifier.verdicts.verdict import Outcome

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


@dataclass(slots=True)
class Story:
    """``rows``: where a dashboard has its rows; ``times``: by how much its figures are larger than they were."""

    config: Path
    clock: SteppedClock
    rows: str = "slots"
    times: float = 1.0

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


DASHBOARD: Final = (
    "run_by: pool, time: unix, asks: [{{sees: slots, get: /slots, each: '{rows}', start: start, value: work, "
    "unit: kH, slot: 5m}}]"
)


@pytest.fixture
async def dashboard(tmp_path: Path, place: Place) -> AsyncIterator[Story]:
    """A dashboard whose rows are asked for under a name that they do not have."""
    clock = SteppedClock(START)
    story = Story(tmp_path / "verifier.yaml", clock)

    async def page(_: web.BaseRequest) -> web.StreamResponse:
        newest = int(clock.now().timestamp()) // 300 * 300
        work = story.times * WORK / 1000
        return web.json_response({story.rows: [{"start": newest - 300 * n, "work": work} for n in range(12, 0, -1)]})

    server = web.ServerRunner(web.Server(page))
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    story.config.write_text(
        f"ledger: {place}\n"
        f'accounts:\n  pool: {{kind: json, url: "http://127.0.0.1:{server.addresses[0][1]}", allow_private: true, '
        f"{DASHBOARD.format(rows='rows[*].none')}}}\n"
        "contracts:\n  north: {seller: Northhash, promised: 300 TH/s, tolerance: 5 %, "
        f"starts: {START:%Y-%m-%dT%H:%M:%SZ}, watch: [{{account: pool}}]}}\n"
    )
    yield story
    await server.cleanup()


def corrected(story: Story, was: str = "rows[*].none", now: str = "slots") -> None:
    story.config.write_text(story.config.read_text().replace(was, now))


async def corrected_while_running(story: Story, daemon: Daemon, was: str, now: str) -> None:
    """The file is read again; nobody is asked meanwhile."""
    corrected(story, was, now)
    await daemon.reload(load(story.config, {}, None, story.clock.now()), story.clock.now())
    await daemon._turn(story.clock.now())


async def read_later(daemon: Daemon) -> list[Fact]:
    return [one for one in await daemon.ledger.facts(["pool"], limit=10_000) if one.read_later]


@pytest.mark.parametrize("restarted", [False, True], ids=["file read again", "restarted"])
async def test_paths_that_are_corrected_in_the_file_read_what_was_kept(dashboard: Story, *, restarted: bool) -> None:
    async with watching(dashboard.config, dashboard.clock) as daemon:
        await pass_time(daemon, dashboard.clock, START + HOUR, SLOT)
        unread = {one.fact for one in await daemon.ledger.answers("pool", 1000) if one.fate == "misread"}
        assert len(unread) > 1
        corrected(dashboard)
        if not restarted:
            await daemon.reload(load(dashboard.config, {}, None, dashboard.clock.now()), dashboard.clock.now())
            await daemon.step(dashboard.clock.now())
            await all_read(daemon, unread)
    if restarted:
        async with watching(dashboard.config, dashboard.clock) as daemon:
            await daemon.step(dashboard.clock.now())
            await all_read(daemon, unread)


async def all_read(daemon: Daemon, unread: set[int | None]) -> None:
    later = await read_later(daemon)
    assert {one.content["heard_as"] for one in later} == unread
    assert len({one.adapter for one in later}) == 1
    assert later[0].adapter.startswith("json/1+")
    assert len(later) == len(unread), "each of them once"
    assert await daemon.entering.read_again("pool", daemon.picture.at if daemon.picture else START) == {
        "pool": {"kept": 0, "read": 0}
    }
    assert await read_later(daemon) == later


async def test_a_person_has_tried_again_what_was_tried_in_vain(story: Story) -> None:
    async with story.watched_by(OLD) as daemon:
        await pass_time(daemon, story.clock, CHANGED.end, SLOT)
        unread = {one.fact for one in await daemon.ledger.answers("pool", 1000) if one.fate == "misread"}
        assert await daemon.entering.read_again(None, story.clock.now()) == {"pool": {"kept": len(unread), "read": 0}}
        with pytest.raises(KeyError, match="no account"):
            await daemon.entering.read_again("pond", story.clock.now())
    mended = replace(OLD, questions=NEW.questions)
    async with story.watched_by(mended) as daemon:
        await pass_time(daemon, story.clock, story.clock.now() + SLOT, SLOT)
        assert await read_later(daemon) == [], "an adapter of the same version is not tried by itself"
        assert await daemon.entering.read_again("pool", story.clock.now()) == {
            "pool": {"kept": len(unread), "read": len(unread)}
        }
        assert await seen_while_changed(daemon) == (CHANGED.end - CHANGED.start).total_seconds()
        assert daemon.picture is not None
        assert "Read later: " in account_page(daemon.picture, daemon.picture.accounts["pool"])
        assert await daemon.ledger.transitions("north") == []


@pytest.mark.parametrize("wrong", ["H", "MH"])
async def test_a_correction_in_another_unit_puts_no_wrong_figures_into_the_past(
    dashboard: Story, place: Place, wrong: str
) -> None:
    corrected(dashboard)
    async with watching(dashboard.config, dashboard.clock) as daemon:
        await pass_time(daemon, dashboard.clock, CHANGED.start, SLOT)
        dashboard.rows = "data"
        await pass_time(daemon, dashboard.clock, CHANGED.end, SLOT)
        unread = await fates(daemon, "misread")
        before = await seen_while_changed(daemon)
        corrected(dashboard, "each: 'slots'", "each: 'data'")
        await corrected_while_running(dashboard, daemon, "unit: kH", f"unit: {wrong}")
        doubted = await read_later(daemon)
        assert {one.content["heard_as"] for one in doubted} == unread
        assert all(one.doubted for one in doubted)
        assert {one.reason for fact in doubted for one in fact.observations if isinstance(one, Silence)} == {
            SilenceReason.IMPLAUSIBLE
        }
        assert daemon.picture is not None
        assert daemon.picture.accounts["pool"].read_later == ()
        assert await daemon.entering.read_again("pool", dashboard.clock.now()) == {
            "pool": {"kept": len(unread), "read": 0}
        }
        assert await read_later(daemon) == doubted, "what is doubted again is set aside once"
        assert await seen_while_changed(daemon) == before
        await corrected_while_running(dashboard, daemon, f"unit: {wrong}", "unit: kH")
        await closed(dashboard, daemon, unread)
        assert await seen_while_changed(daemon) > before, "it is asked more slowly what cannot be read"
    await same_again(dashboard, place)


async def test_figures_that_were_set_aside_are_judged_when_the_unit_is_corrected(
    dashboard: Story, place: Place
) -> None:
    corrected(dashboard)
    async with watching(dashboard.config, dashboard.clock) as daemon:
        await pass_time(daemon, dashboard.clock, CHANGED.start, SLOT)
        dashboard.times = 1000.0
        await pass_time(daemon, dashboard.clock, CHANGED.end, SLOT)
        doubted = await fates(daemon, "implausible")
        assert len(doubted) > 2
        told = await daemon.ledger.messages()
        await corrected_while_running(dashboard, daemon, "unit: kH", "unit: H")
        await closed(dashboard, daemon, doubted)
        newest = SLOT  # it is settled when the next has begun
        assert await seen_while_changed(daemon) == (CHANGED.end - CHANGED.start - newest).total_seconds()
        assert await daemon.ledger.messages() == told
    await same_again(dashboard, place)


async def test_a_unit_that_was_too_small_from_the_first_answer_on_is_corrected_and_nobody_was_told(
    dashboard: Story, place: Place
) -> None:
    corrected(dashboard)
    corrected(dashboard, "unit: kH", "unit: H")
    async with watching(dashboard.config, dashboard.clock) as daemon:
        await pass_time(daemon, dashboard.clock, CHANGED.end, SLOT)
        doubted = await fates(daemon, "implausible")
        assert len(doubted) > 2
        await corrected_while_running(dashboard, daemon, "unit: H", "unit: kH")
        await closed(dashboard, daemon, doubted)
    await same_again(dashboard, place)


@pytest.mark.parametrize("times", [0.001, 0.0002])
async def test_what_fell_by_a_prefix_stays_doubted_however_often_it_is_read_again(
    dashboard: Story, times: float
) -> None:
    corrected(dashboard)
    async with watching(dashboard.config, dashboard.clock) as daemon:
        await pass_time(daemon, dashboard.clock, CHANGED.start, SLOT)
        dashboard.times = 0.001
        await pass_time(daemon, dashboard.clock, CHANGED.start + HOUR, SLOT)
        dashboard.times = times
        await pass_time(daemon, dashboard.clock, CHANGED.end, SLOT)
        doubted = await fates(daemon, "implausible")
        assert len(doubted) > 2
        assert await daemon.entering.read_again("pool", dashboard.clock.now()) == {
            "pool": {"kept": len(doubted), "read": 0}
        }
        assert await read_later(daemon) == []
        corrected(dashboard, "time: unix,", "time: unix, zone: Europe/Berlin,")
        await corrected_while_running(dashboard, daemon, "", "")
        assert [one for one in await read_later(daemon) if not one.doubted] == [], "another file, the same figures"


async def fates(daemon: Daemon, fate: str) -> set[int | None]:
    return {one.fact for one in await daemon.ledger.answers("pool", 1000) if one.fate == fate}


async def closed(story: Story, daemon: Daemon, heard: set[int | None]) -> None:
    """All that was heard so is judged by now, and nobody was told of it."""
    believed = [one for one in await read_later(daemon) if not one.doubted]
    assert {one.content["heard_as"] for one in believed} == heard
    assert len(believed) == len(heard), "each of them once"
    assert await daemon.ledger.transitions("north") == []
    assert daemon.picture is not None
    assert "Read later: " in account_page(daemon.picture, daemon.picture.accounts["pool"])
    assert daemon.picture.contracts["north"].verdicts["hashrate"].outcome is not Outcome.SHORT


async def same_again(story: Story, place: Place) -> None:
    settings = load(story.config, {}, None, story.clock.now())
    async with await Ledger.open(place, read_only=True) as ledger:
        assert (await replay(ledger, settings)).differences == ()
