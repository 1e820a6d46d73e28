"""Dashboards read by configuration: the examples of the pages performed, and what must never be made of an answer."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import encode_basic_auth, web

from tests.wire.far_end import CountingClock, served
from verifier.contract import Independence
from verifier.daemon.asking import Landed, Line, ask
from verifier.errors import ConfigError
from verifier.observation import (
    BalanceSeen,
    Observation,
    PayoutClaimed,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkSeen,
)
from verifier.settings import Settings, load
from verifier.units import Amount, Window
from verifier.wire import Wire

DOCS = Path(__file__).parents[2] / "docs" / "sources"
PAYLOADS = Path(__file__).parent / "recorded"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = Window(start=NOON - timedelta(hours=1), end=NOON)
KEY = "correct-horse-battery-staple"
CONTRACT = """
contracts:
  north:
    seller: North
    promised: 1 PH/s
    starts: 2026-02-01
    watch: [{account: NAME}]
"""

Pages = dict[str, str | web.Response]


def example(kind: str, account: str) -> str:
    blocks = re.findall(r"```yaml\n(accounts:\n.*?)```", (DOCS / f"{kind}.md").read_text(encoding="utf-8"), re.DOTALL)
    return next(str(block) for block in blocks if f"\n  {account}:\n" in block)


def configured(text: str, url: str, folder: Path) -> Settings:
    """The example of a page as a whole configuration whose dashboard is ``url``, with a key in each file it names."""
    for file in re.findall(r"_file: (\S+)", text):
        (folder / file).write_text(KEY, encoding="utf-8")
        (folder / file).chmod(0o600)
    name = re.findall(r"^  (\w+):$", text, re.MULTILINE)[0]
    text = re.sub(r"url: \S+", f"url: {url}\n    allow_private: true", text)
    path = folder / "verifier.yaml"
    mined = re.findall(r"^    algorithm: \w+\n", text, re.MULTILINE)
    contract = CONTRACT.replace("NAME", name).replace("    starts", "".join([*mined, "    starts"]))
    path.write_text(text + contract, encoding="utf-8")
    return load(path, {}, None, NOON)


class Dashboards:
    """Answers by path from a table, and remembers who asked for what."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.asked: list[web.Request] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        found = self.pages.get(str(request.rel_url), self.pages.get(request.path, web.Response(status=404)))
        return web.Response(text=found) if isinstance(found, str) else found


async def performed(
    kind: str, account: str, pages: Pages, folder: Path, now: datetime = NOON
) -> tuple[list[Landed], Dashboards, Settings]:
    """An example of a page, asked through the door of a server with these pages."""
    text = example(kind, account)
    assert len(text.splitlines()) <= 26, "a worked example is short"
    far = Dashboards(pages)
    clock = CountingClock(now)
    async with served(far) as url, Wire(clock) as wire:
        settings = configured(text, url, folder)
        line = Line.to(settings.accounts[account])
        landed = [await ask(wire, line, one, None, now) for one in settings.accounts[account].questions]
    for one in landed:
        fact, answers = one.remembered(1, NOON)
        assert KEY not in repr((fact, answers, one)), "a key stays at the door"
    return landed, far, settings


def seen(landed: list[Landed]) -> list[Observation]:
    return [observation for one in landed for observation in one.observations]


async def test_a_sellers_dashboard_behind_a_key(tmp_path: Path) -> None:
    points = '{"code": 0, "data": {"points": [{"t": 1772362800000, "mean": 1.25}, {"t": 1772366340000, "mean": 1.5}]}}'
    landed, far, settings = await performed(
        "json",
        "northern",
        {
            "/api/v2/hashrate": points,
            "/api/v2/machines?page=1": '{"data": {"pages": 2, "machines": [{"name": "a", "state": "ONLINE"}]}}',
            "/api/v2/machines?page=2": '{"data": {"pages": 2, "machines": [{"name": "b", "state": "offline"}]}}',
        },
        tmp_path,
    )
    workers, work = seen(landed)
    assert isinstance(work, WorkSeen)
    assert work.start == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert work.hashes == 1.25e15 * 600, "the slot that still runs is left out"
    assert isinstance(workers, WorkersSeen)
    assert {one.name: one.presence.value for one in workers.workers} == {"a": "online", "b": "offline"}
    assert {request.headers["Authorization"] for request in far.asked} == {f"Bearer {KEY}"}
    history = next(request for request in far.asked if request.path == "/api/v2/hashrate")
    assert history.query["to"] == str(int(NOON.timestamp() * 1000))
    (watch,) = settings.contracts["north"].watch
    assert watch.independence is Independence.SELLER_PAGE
    assert not watch.tells_earnings


async def test_a_pool_that_answers_as_ethermine_did(tmp_path: Path) -> None:
    landed, _, settings = await performed(
        "json",
        "etc_pool",
        {
            "/miner/0x1234/workers": (PAYLOADS / "json" / "now" / "good" / "1.body").read_text(),
            "/miner/0x1234/currentStats": (PAYLOADS / "json" / "balance" / "good" / "1.body").read_text(),
        },
        tmp_path,
        datetime(2026, 8, 29, 10, 36, tzinfo=UTC),
    )
    assert seen(landed) == [
        RateSeen(
            worker="rentA",
            at=datetime(2026, 8, 29, 10, 35, tzinfo=UTC),
            per_second=93059044.7,
            window=timedelta(hours=1),
            algorithm="etchash",
        ),
        BalanceSeen(
            at=datetime(2026, 8, 29, 10, 35, tzinfo=UTC), amount=Amount(atoms=1_753_035_557_510_643, coin="ETC")
        ),
    ]
    assert settings.contracts["north"].watch[0].independence is Independence.CHOSEN_POOL


async def test_counts_that_are_not_work_are_left_alone(tmp_path: Path) -> None:
    stats = (PAYLOADS / "json" / "workers" / "good" / "1.body").read_text()
    landed, _, _ = await performed("json", "proxy", {"/api/workers/stats": stats}, tmp_path)
    rate, workers = seen(landed)
    assert isinstance(rate, RateSeen)
    assert (rate.worker, rate.per_second) == ("renter1.rig01", 5_080_000e9)
    assert isinstance(workers, WorkersSeen)
    assert workers.workers[0].presence is WorkerPresence.ONLINE


async def test_a_table_of_a_web_page(tmp_path: Path) -> None:
    page = (PAYLOADS / "html" / "now" / "good" / "1.body").read_text()
    landed, far, _ = await performed("html", "sunrise", {"/stats": page}, tmp_path)
    rate, _, workers = seen(landed)
    assert isinstance(rate, RateSeen)
    assert rate.per_second == 1234.5e12
    assert rate.quantisation == pytest.approx(0.05 / 1234.5)
    assert isinstance(workers, WorkersSeen)
    assert workers.workers[0].last_share == datetime(2026, 3, 1, 10, 58, tzinfo=UTC)
    assert {request.headers["Authorization"] for request in far.asked} == {encode_basic_auth("renter1", KEY)}
    assert {str(request.rel_url) for request in far.asked} == {"/stats?user=renter1"}


async def test_a_file_of_lines_with_columns(tmp_path: Path) -> None:
    landed, far, _ = await performed(
        "csv",
        "export",
        {
            "/export/hashrate.csv": "time,worker,hashrate\n2026-03-01 10:00,rig01,95.5\n",
            "/export/payouts.csv": "time,amount,txid\n2026-02-28,0.00012345,ab12\n",
        },
        tmp_path,
    )
    work, payout = seen(landed)
    assert isinstance(work, WorkSeen)
    assert work.hashes == 95.5e12 * 3600
    assert isinstance(payout, PayoutClaimed)
    assert payout.amount == Amount(atoms=12_345)
    assert {request.query["key"] for request in far.asked} == {KEY}


async def test_a_login_page_is_no_empty_table(tmp_path: Path) -> None:
    login = "<html><form><input name=user></form></html>"
    landed, _, _ = await performed("html", "sunrise", {"/stats": login}, tmp_path)
    assert {one.failure for one in landed} == {SilenceReason.MISREAD}
    nobody = '<html><p class="no-workers">No workers yet</p></html>'
    landed, _, _ = await performed("html", "sunrise", {"/stats": nobody}, tmp_path)
    (nobody_listed,) = seen(landed)
    assert isinstance(nobody_listed, WorkersSeen)
    assert nobody_listed.workers == ()


def test_each_fault_is_told_at_its_own_line_with_the_words_of_its_entry(tmp_path: Path) -> None:
    file = tmp_path / "verifier.yaml"
    file.write_text(
        """accounts:
  north:
    kind: json
    url: https://x.example
    run_by: seller
    asks:
      - sees: workers
        get: /a
        worker: name
        onlin: state
      - {sees: rate, get: /b, value: h, unit: TB, window: 1h}
      - {sees: slots, get: /c, value: h, unit: TH, slot: 1h}
"""
        + CONTRACT.replace("NAME", "north"),
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as refused:
        load(file, {}, None, NOON)
    assert [(fault.line, fault.path) for fault in refused.value.faults] == [
        (10, "accounts.north.asks[0].onlin"),
        (11, "accounts.north.asks[1].unit"),
        (12, "accounts.north.asks[2]"),
    ]
    assert "write `online`" in refused.value.faults[0].problem
