"""Whatever a source answers: nothing crashes, nothing is called short because of it, and all is well afterwards."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection

from tests.simulator.worlds import ADDRESS, NOW, TOKEN, seller, world
from tests.stories.nasty_pages import NASTY, TERMS, one_page, page
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.ledger.place import Place
from verifier.observation import Silence, SilenceReason, WorkSeen
from verifier.outlets.web import make_app
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS
from verifier.simulator.server import make_app as make_pools
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.verdict import Outcome

MINUTE = timedelta(minutes=1)
FACES = ("ckpool", "public-pool", "f2pool")

UNREACHABLE, MISREAD, IMPLAUSIBLE, STALE = (
    SilenceReason.UNREACHABLE,
    SilenceReason.MISREAD,
    SilenceReason.IMPLAUSIBLE,
    SilenceReason.STALE,
)
#: What is said of CKPool's page meanwhile; None: it is understood all the same.
REASONS: dict[Fault, SilenceReason | None] = {
    Fault.ERROR_500: UNREACHABLE,
    Fault.ERROR_503: UNREACHABLE,
    Fault.TOO_MANY_REQUESTS: UNREACHABLE,
    Fault.TOO_MANY_REQUESTS_UNTIL: UNREACHABLE,
    Fault.SLOW: UNREACHABLE,
    Fault.HANG: UNREACHABLE,
    Fault.RESET: UNREACHABLE,
    Fault.TRUNCATED: UNREACHABLE,
    Fault.HALF_DOCUMENT: MISREAD,
    Fault.EMPTY: MISREAD,
    Fault.LOGIN_PAGE: MISREAD,
    Fault.HUGE: MISREAD,
    Fault.GZIP_BOMB: MISREAD,
    Fault.INVALID_UTF8: MISREAD,
    Fault.DUPLICATED_KEYS: MISREAD,
    Fault.DEEP_NESTING: MISREAD,
    Fault.WRONG_TYPES: MISREAD,
    Fault.NOT_A_NUMBER: MISREAD,
    Fault.INFINITE: MISREAD,
    Fault.NEGATIVE: MISREAD,
    Fault.INJECTION: None,
    Fault.MANY_WORKERS: None,
    Fault.FROZEN: STALE,
    Fault.COUNTER_RESET: None,
    Fault.FUTURE: IMPLAUSIBLE,
}


def test_every_fault_is_tried() -> None:
    assert set(REASONS) == set(Fault)


CONFIG = """
ledger: {ledger}
accounts:
  ckpool: {{kind: ckpool, url: "{base}/ckpool", address: {address}, allow_private: true, pace: 0}}
  public_pool: {{kind: public_pool, url: "{base}/public-pool/api", address: {address}, allow_private: true, pace: 0}}
  f2pool: {{kind: f2pool, url: "{base}/f2pool/v2", user: acme, token_file: token, allow_private: true, pace: 0}}
contracts:
  at_ckpool: {{{terms}, watch: [{{account: ckpool}}]}}
  at_public_pool: {{{terms}, watch: [{{account: public_pool}}]}}
  at_f2pool: {{{terms}, watch: [{{account: f2pool}}]}}
"""


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOW)


@asynccontextmanager
async def pools(clock: SteppedClock, directory: Path, ledger: Place) -> AsyncIterator[tuple[web.Application, Path]]:
    """Three pools of one honest seller, and the file of a renter who watches him at each."""
    app = make_pools(world(replace(seller(), starts=NOW - timedelta(hours=3))), clock.now, slow=5.0)
    async with TestServer(app) as server:
        token = directory / "token"
        token.touch(mode=0o600)
        token.write_text(TOKEN)
        config = directory / "verifier.yaml"
        base = str(server.make_url("")).rstrip("/")
        config.write_text(CONFIG.format(ledger=ledger, base=base, address=ADDRESS, terms=TERMS))
        yield app, config


class _Strict(HTMLParser):
    """Collects what a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "script":
            self.scripts.append(dict(attrs))


class _Deaf:
    """Nothing is reloaded or sent here."""

    async def reload(self) -> str | None:
        return None

    async def retry(self, message: str) -> str | None:
        return message

    async def bring(
        self, contract: str, file: str, content: bytes, options: Mapping[str, str]
    ) -> tuple[bool, dict[str, Any]]:
        return False, {"error": f"{contract} takes no {file} of {len(content)} bytes with {options}"}

    async def read_again(self, account: str | None) -> tuple[bool, dict[str, Any]]:
        return True, {"accounts": {account or "pool": {"kept": 2, "read": 1}}}

    async def take_back(self, digest: str) -> tuple[bool, dict[str, Any]]:
        return False, {"error": digest}


@asynccontextmanager
async def pages(daemon: Daemon) -> AsyncIterator[TestClient[Any, Any]]:
    """The daemon's own pages."""

    async def transitions(_contract: str) -> list[Any]:
        return []

    app = make_app(lambda: daemon.picture, daemon.ledger.hours, transitions, _Deaf(), daemon._metrics)
    async with TestClient(TestServer(app)) as client:
        yield client


async def ensure_served(daemon: Daemon) -> None:
    """All pages are whole, run nothing that a source said, and the metrics can be parsed."""
    assert daemon.picture is not None
    paths = ["/", *(f"/c/{name}" for name in daemon.picture.contracts)]
    paths += [f"/a/{name}" for name in daemon.picture.accounts]
    async with pages(daemon) as client:
        for path in paths:
            response = await client.get(path)
            assert response.status == 200, path
            page = _Strict()
            page.feed(await response.text())
            assert all(str(script.get("src")).startswith("/static/") for script in page.scripts)
        assert (await client.get("/api/v1/contracts")).status == 200
        metrics = await (await client.get("/metrics")).text()
    families = {family.name: family for family in text_string_to_metric_families(metrics)}
    assert all(sample.value == sample.value for family in families.values() for sample in family.samples)  # no NaN


async def silences(daemon: Daemon, account: str, question: str) -> set[SilenceReason]:
    facts = await daemon.ledger.facts([account], limit=10_000)
    asked = [fact for fact in facts if fact.question == question]
    return {one.reason for fact in asked for one in fact.observations if isinstance(one, Silence)}


async def ensure_never_short(daemon: Daemon) -> None:
    assert daemon.picture is not None
    for view in daemon.picture.contracts.values():
        assert view.verdicts["hashrate"].outcome is not Outcome.SHORT
    rows = await daemon.ledger.transitions()
    # A worker that bears another name for a while is gone from the list, and that is all that is said.
    assert {row.check for row in rows} <= {"source_silent", "worker_gone"}


async def ensure_answering(daemon: Daemon) -> None:
    assert daemon.picture is not None
    quiet = {
        (account.name, question.name): question.silence
        for account in daemon.picture.accounts.values()
        for question in account.questions
        if question.silence is not None and question.every_seconds <= 600
    }
    assert quiet == {}


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_bad_answer_is_a_silence_and_never_a_shortfall(
    fault: Fault, clock: SteppedClock, tmp_path: Path, place: Place
) -> None:
    patience = 1.0 if fault in {Fault.SLOW, Fault.HANG} else 30.0
    # Thirty thousand workers a minute take their time, and so does waiting for nothing.
    minutes = 2 if fault in {Fault.MANY_WORKERS, Fault.SLOW, Fault.HANG} else 5
    async with pools(clock, tmp_path, place) as (app, config), watching(config, clock, patience=patience) as daemon:
        await pass_time(daemon, clock, NOW + 5 * MINUTE, MINUTE)
        for face in FACES:
            app[FAULTS].set(face, fault)
        await pass_time(daemon, clock, clock.now() + minutes * MINUTE, MINUTE)
        await ensure_served(daemon)
        await ensure_never_short(daemon)
        reason = REASONS[fault]
        assert await silences(daemon, "ckpool", "now") == ({reason} if reason else set())
        for face in FACES:
            app[FAULTS].set(face, "off")
        await pass_time(daemon, clock, NOW + 30 * MINUTE, MINUTE)
        await ensure_served(daemon)
        await ensure_never_short(daemon)
        await ensure_answering(daemon)


@pytest.mark.parametrize("case", list(NASTY))
async def test_a_nasty_page_is_a_silence(case: str, clock: SteppedClock, tmp_path: Path, place: Place) -> None:
    body, reason = NASTY[case]
    async with one_page(clock.now, tmp_path, place, lambda: body) as config, watching(config, clock) as daemon:
        await pass_time(daemon, clock, NOW + 4 * MINUTE, MINUTE)
        assert await silences(daemon, "pool", "now") == ({reason} if reason else set())
        await ensure_served(daemon)
        await ensure_never_short(daemon)


async def test_ten_thousand_workers_take_a_few_seconds_at_most(
    clock: SteppedClock, tmp_path: Path, place: Place
) -> None:
    count = page()["worker"][0]
    body = json.dumps(page(worker=[{**count, "workername": f"{ADDRESS}.rig{number}"} for number in range(10_000)]))
    async with one_page(clock.now, tmp_path, place, body.encode) as config, watching(config, clock) as daemon:
        for _ in range(3):
            before = process_time()
            clock.set(clock.now() + MINUTE)
            await daemon.step(clock.now())
            assert process_time() - before < 10
        await ensure_served(daemon)


async def test_a_time_that_is_told_twice_counts_nothing_twice(
    clock: SteppedClock, tmp_path: Path, place: Place
) -> None:
    def minute() -> int:
        return int((clock.now() - NOW) / MINUTE)

    def body() -> bytes:
        hashes = 500e12 * 60 * minute()
        return json.dumps(page(shares=10**9 + round(hashes / HASHES_PER_DIFFICULTY))).encode()

    def written() -> datetime:  # the pool writes each page again under the time of the one before
        return NOW + minute() // 2 * 2 * MINUTE

    async with one_page(written, tmp_path, place, body) as config, watching(config, clock) as daemon:
        await pass_time(daemon, clock, NOW + 60 * MINUTE, MINUTE)
        assert daemon.picture is not None
        verdict = daemon.picture.contracts["north"].verdicts["hashrate"]
        await ensure_never_short(daemon)
        await ensure_served(daemon)
    assert verdict.delivered is not None
    assert verdict.owed is not None
    assert verdict.delivered / verdict.owed == pytest.approx(1, abs=0.03)


async def test_a_clock_set_back_by_a_day_stops_nothing(clock: SteppedClock, tmp_path: Path, place: Place) -> None:
    async with pools(clock, tmp_path, place) as (_, config), watching(config, clock) as daemon:
        await pass_time(daemon, clock, NOW + 5 * MINUTE, MINUTE)
        clock.set(NOW - timedelta(days=1))
        await pass_time(daemon, clock, NOW - timedelta(days=1) + 5 * MINUTE, MINUTE)
        await ensure_served(daemon)
        await ensure_never_short(daemon)
        clock.set(NOW + 6 * MINUTE)
        await pass_time(daemon, clock, NOW + 40 * MINUTE, MINUTE)
        await ensure_answering(daemon)
        await ensure_never_short(daemon)
        await ensure_served(daemon)


@pytest.mark.of_a_file
async def test_on_a_full_disk_nothing_is_judged_all_is_served_and_nothing_is_lost(
    clock: SteppedClock, tmp_path: Path, place: Place
) -> None:
    async with pools(clock, tmp_path, place) as (_, config), watching(config, clock, max_pages=110) as daemon:
        while daemon.ledger_error is None:
            await pass_time(daemon, clock, clock.now() + MINUTE, MINUTE)
        full_at, facts = clock.now(), await daemon.ledger.facts(None, limit=10_000)
        assert clock.now() < NOW + timedelta(hours=3)
        await pass_time(daemon, clock, clock.now() + 20 * MINUTE, MINUTE)
        assert await daemon.ledger.facts(None, limit=10_000) == facts
        assert daemon.picture is not None
        assert daemon.picture.daemon.last_step_at is not None
        assert daemon.picture.daemon.last_step_at < full_at
        await ensure_served(daemon)
        await ensure_never_short(daemon)
        async with pages(daemon) as client:
            assert (await client.get("/-/healthy")).status == 200
            answer = await client.get("/-/ready")
            assert answer.status == 503
            assert "no room left" in await answer.text()
            assert "no room left" in await (await client.get("/")).text()
            assert "verifier_ledger_up 0.0" in await (await client.get("/metrics")).text()
        await make_room(daemon)
        await pass_time(daemon, clock, clock.now() + 2 * MINUTE, MINUTE)
        assert await ready(daemon) == 200
        learned = [fact for fact in await daemon.ledger.facts(["ckpool"], limit=10_000) if fact.question == "now"]
        await ensure_never_short(daemon)
    moments = [one.end for fact in learned for one in fact.observations if isinstance(one, WorkSeen) and not one.worker]
    assert {later - sooner for sooner, later in pairwise(moments)} == {MINUTE}


async def ready(daemon: Daemon) -> int:
    async with pages(daemon) as client:
        return (await client.get("/-/ready")).status


async def make_room(daemon: Daemon) -> None:
    """The disk has room again."""

    def more(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")

    await daemon.ledger._writing()._transact(more)
