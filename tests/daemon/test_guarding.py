"""An answer that cannot be right is kept whole, judged by nobody, told as the source's fault, also after a restart."""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from pydantic import BaseModel

from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.daemon.asking import Landed, Line
from verifier.daemon.daemon import Daemon
from verifier.daemon.guarding import Guarding, set_aside
from verifier.daemon.replay import replay
from verifier.errors import LedgerError
from verifier.fact import Fact
from verifier.fields import Number
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.observation import PayoutClaimed, RateSeen, Silence, SilenceReason, WorkSeen
from verifier.outlets.pages import account as account_page
from verifier.reading import read
from verifier.settings import load
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Amount, Window
from verifier.verdicts.verdict import Outcome

START: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
SLOT: Final = timedelta(minutes=5)
RATE: Final = 300e12


class Page(BaseModel):
    rate: Number


def slot(_account: Account, _window: Window) -> Talk:
    reply = yield Http(path="/now")
    rate = read(Page, reply).rate
    end = reply.received_at
    return [
        WorkSeen(start=end - SLOT, end=end, hashes=rate * SLOT.total_seconds()),
        PayoutClaimed(id=f"{end}", at=end, amount=Amount(atoms=1)),
        RateSeen(at=end, per_second=rate, window=timedelta(hours=1)),
    ]


SOURCE: Final = Source(
    kind="pool", title="Pool", Account=Account, support="documented",
    questions=(Question(name="now", sees=frozenset({WorkSeen, RateSeen, PayoutClaimed}), every=SLOT, talk=slot),),
)  # fmt: skip


@dataclass(slots=True)
class Story:
    """``times``: by how much the page shows too much; ``lost``: it cannot be reached."""

    config: Path
    clock: SteppedClock
    times: float = 1.0
    lost: bool = False

    def watched(self) -> AbstractAsyncContextManager[Daemon]:
        return watching(self.config, self.clock, sources={"pool": SOURCE})

    async def pass_slots(self, daemon: Daemon, number: int) -> None:
        await pass_time(daemon, self.clock, self.clock.now() + number * SLOT, SLOT)

    def amend(self, promised: str) -> None:
        since = f"{self.clock.now() + SLOT:%Y-%m-%dT%H:%M:%SZ}"
        text = self.config.read_text().replace(
            "watch: [", f"amendments: [{{from: {since}, promised: {promised}}}], watch: ["
        )
        self.config.write_text(text)


@pytest.fixture
async def story(tmp_path: Path, place: Place) -> AsyncIterator[Story]:
    clock = SteppedClock(START)
    told = Story(tmp_path / "verifier.yaml", clock)

    async def page(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=503) if told.lost else web.json_response({"rate": told.times * RATE})

    server = web.ServerRunner(web.Server(page))
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{server.addresses[0][1]}"
    told.config.write_text(
        f"ledger: {place}\n"
        f'accounts:\n  pool: {{kind: pool, url: "{url}", allow_private: true, pace: 0}}\n'
        "contracts:\n  north: {seller: Northhash, promised: 300 TH/s, tolerance: 5 %, "
        f"starts: {START:%Y-%m-%dT%H:%M:%SZ}, watch: [{{account: pool}}]}}\n"
    )
    yield told
    await server.cleanup()


async def fates(daemon: Daemon, number: int) -> list[str]:
    """What became of the last answers, the oldest first."""
    return [one.fate for one in await daemon.ledger.answers("pool", number)][::-1]


def outcome(daemon: Daemon, check: str = "hashrate") -> Outcome:
    assert daemon.picture is not None
    views = daemon.picture.accounts["pool"].verdicts if check == "source_silent" else None
    return (views or daemon.picture.contracts["north"].verdicts)[check].outcome


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("times", [1000.0, 0.001])
async def test_a_flip_is_the_source_s_own_fault_and_no_shortfall(
    story: Story, place: Place, times: float, *, restarted: bool
) -> None:
    async with story.watched() as daemon:
        await story.pass_slots(daemon, 24)
        assert await fates(daemon, 23) == ["answered"] * 23
        if not restarted:
            await flipped(story, daemon, times)
    if restarted:
        async with story.watched() as daemon:
            await flipped(story, daemon, times)
    settings = load(story.config, {}, None, story.clock.now(), {"pool": SOURCE})
    async with await Ledger.open(place, read_only=True) as ledger:
        assert (await replay(ledger, settings)).differences == ()


async def flipped(story: Story, daemon: Daemon, times: float) -> None:
    story.times = times
    await story.pass_slots(daemon, 12)
    told = set(await fates(daemon, 2))
    assert told == {"implausible"}
    assert outcome(daemon, "source_silent") is Outcome.SHORT
    assert outcome(daemon) is not Outcome.SHORT
    assert daemon.picture is not None
    view = daemon.picture.accounts["pool"]
    assert view.verdicts["source_silent"].unseen_because is SilenceReason.IMPLAUSIBLE
    assert "another unit" in account_page(daemon.picture, view)
    latest = await daemon.ledger.latest_told("pool", "now", ["implausible"])
    assert latest is not None
    kept = set_aside(latest)
    assert [one.per_second for one in kept if isinstance(one, RateSeen)] == [pytest.approx(times * RATE)]
    assert [type(one) for one in latest.observations] == [Silence, PayoutClaimed], "coins are in another unit"
    story.times = 1.0
    await story.pass_slots(daemon, 24)
    assert (await fates(daemon, 1)) == ["answered"]
    assert outcome(daemon, "source_silent") is Outcome.MET
    assert outcome(daemon) is not Outcome.SHORT
    changes = [one.check for one in await daemon.ledger.transitions(limit=100)]
    assert set(changes) == {"source_silent"}, "nobody is told that the seller is short"


async def test_a_doubt_lasts_over_a_restart_and_an_outage(story: Story) -> None:
    async with story.watched() as daemon:
        await story.pass_slots(daemon, 12)
        story.times = 0.001
        await story.pass_slots(daemon, 3)
        story.lost = True
        await story.pass_slots(daemon, 3)
    async with story.watched() as daemon:
        story.lost = False
        await story.pass_slots(daemon, 12)
        assert (await fates(daemon, 2)) == ["implausible"] * 2


async def test_a_doubt_has_the_same_begin_and_measure_after_a_restart_and_an_outage(story: Story) -> None:
    async with story.watched() as daemon:
        await story.pass_slots(daemon, 12)
        story.times = 0.001
        await story.pass_slots(daemon, 3)
        story.lost = True
        await story.pass_slots(daemon, 3)
        before = await daemon.ledger.latest_told("pool", "now", ["implausible"])
    story.clock.set(story.clock.now() + timedelta(days=30))
    async with story.watched() as daemon:
        story.lost, story.times = False, 0.0002
        await story.pass_slots(daemon, 3)
        assert (await fates(daemon, 2)) == ["implausible"] * 2
        after = await daemon.ledger.latest_told("pool", "now", ["implausible"])
    assert before is not None
    assert after is not None
    assert after.content["doubt"] == before.content["doubt"]


class Forgetful:
    """A memory that cannot be read at first, and then tells of some answers."""

    def __init__(self, *answers: Fact) -> None:
        self.answers, self.readable = list(answers), False

    async def believed(
        self, _account: str, _question: str, _adapter: str | None, _since: datetime, _until: datetime, _limit: int
    ) -> list[Fact]:
        return self.answers

    async def latest_told(self, _account: str, _question: str, _fates: Collection[str]) -> Fact | None:
        if not self.readable:
            raise LedgerError("the ledger is busy")
        return self.answers[-1]


async def test_a_past_that_cannot_be_read_back_is_read_with_the_next_answer(story: Story) -> None:
    settings = load(story.config, {}, None, START, {"pool": SOURCE})
    line, (question,) = Line.to(settings.accounts["pool"]), SOURCE.questions

    def landed(rate: float, slots: int) -> Landed:
        now = START + slots * SLOT
        seen = RateSeen(at=now, per_second=rate, window=SLOT)
        return Landed(
            line=line, question=question, asked_at=now, observations=(seen,), exchanges=(), failure=None, seconds=0.0
        )  # fmt: skip

    memory = Forgetful(*(landed(RATE, number).remembered(number, START)[0] for number in range(4)))
    guarding = Guarding(memory)
    guarding.configure(settings, settings.contracts.values())
    assert (await guarding.believed(landed(RATE, 5), START + 5 * SLOT)).failure is None
    memory.readable = True
    assert (await guarding.believed(landed(RATE / 1000, 6), START + 6 * SLOT)).failure is SilenceReason.IMPLAUSIBLE


async def test_an_order_of_a_thousand_times_as_much_is_plausible_when_the_contract_says_so(story: Story) -> None:
    async with story.watched() as daemon:
        await story.pass_slots(daemon, 12)
    story.amend("300 PH/s")
    story.times = 1000.0
    async with story.watched() as daemon:
        await story.pass_slots(daemon, 6)
        assert (await fates(daemon, 3)) == ["answered"] * 3


async def test_the_past_is_read_back_once_and_not_for_every_answer(story: Story) -> None:
    async with story.watched() as daemon:
        await story.pass_slots(daemon, 6)
        ledger, now = daemon.ledger, story.clock.now()
        known = await ledger.believed("pool", "now", "pool/1", START, now, 5)
        assert [one.id for one in known] == sorted(one.id for one in known)
        assert len(known) == 5
        assert len(await ledger.believed("pool", "now", "pool/1", START, START + 3 * SLOT, 5)) == 3
        assert await ledger.believed("pool", "now", "pool/2", START, now, 5) == []
        assert await ledger.believed("pool", "now", None, START, now, 5) == known
        assert await ledger.believed("pool", "other", "pool/1", START, now, 5) == []
        assert await ledger.latest_told("pool", "other", ["answered"]) is None
        assert await ledger.latest_told("pool", "now", ["unreachable"]) is None
