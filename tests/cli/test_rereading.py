"""``verifier reread``: from here, or by the daemon that runs."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Verifier, document
from verifier.clock import SystemClock
from verifier.daemon.installation import installed
from verifier.fact import Fact, FactKind
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Answer, Batch
from verifier.observation import Silence, SilenceReason
from verifier.settings import load
from verifier.units import Window

NOW = SystemClock().now().replace(microsecond=0)
BODY = '{"workers": [{"name": "rig", "rate": 100}]}'
CONFIG = """\
accounts:
  pool: {{kind: json, url: "http://pool.invalid", allow_private: true, run_by: pool, pace: 0, asks: [
    {{sees: rate, get: /now, each: workers, worker: name, value: {value}, unit: TH/s, window: 1h}}]}}
contracts:
  north: {{seller: Northhash, promised: 100 TH/s, starts: 2026-01-01, watch: [{{account: pool}}]}}
web: {{listen: "127.0.0.1:0"}}
ledger: {place}
"""


@pytest.fixture
async def config(tmp_path: Path, place: Place) -> Path:
    """A file whose paths are right by now, over an answer that they could not read."""
    file = tmp_path / "verifier.yaml"
    file.write_text(CONFIG.format(place=place, value="rate"))
    silence = Silence(at=NOW, reason=SilenceReason.MISREAD, detail="no `hashrate`")
    fact = Fact(
        id=1, kind=FactKind.OBSERVATION, subject="pool", question="now", true=Window(start=NOW, end=NOW),
        learned_at=NOW, digest="d", adapter="json/1+00000000", observations=(silence,),
    )  # fmt: skip
    answer = Answer(
        account="pool", question="now", asked_at=NOW, learned_at=NOW, url="http://pool.invalid/now", status=200,
        headers={}, body=BODY.encode(), fate="misread", adapter=fact.adapter, fact=1,
    )  # fmt: skip
    async with await Ledger.open(place) as ledger:
        await ledger.write(Batch(facts=(fact,), answers=(answer,)))
    return file


def test_from_here_where_no_daemon_runs(verifier: Verifier, config: Path) -> None:
    said = verifier("reread", "--config.file", config)
    assert said.exit_code == 0, said.output
    assert said.stdout.split()[:4] == ["account", "tried", "read", "now"]
    assert said.stdout.split()[-3:] == ["pool", "1", "1"]
    again = document(verifier("reread", "pool", "--json", "--config.file", config))
    assert again == {"accounts": {"pool": {"kept": 0, "read": 0}}}
    wrong = verifier("reread", "pond", "--config.file", config)
    assert wrong.exit_code == 2
    assert "write one of: pool" in wrong.stderr


async def test_by_the_daemon_that_runs(verifier: Verifier, config: Path) -> None:
    def read(now: datetime) -> Any:
        return load(config, {}, None, now)

    async with installed(read(NOW), SystemClock(), read) as (daemon, _, page):
        address = page.removeprefix("http://").strip("/")
        beside = ("--web.listen-address", address, "--config.file", config)
        said = await asyncio.to_thread(verifier, "reread", "pool", *beside)
        assert said.exit_code == 0, said.output
        assert said.stdout.split()[-3:] == ["pool", "1", "1"]
        assert [one.read_later for one in await daemon.ledger.facts(["pool"])] == [False, True]
        assert daemon.picture is not None
        assert [one.answers for one in daemon.picture.accounts["pool"].read_later] == [1]


def test_where_all_could_be_read(verifier: Verifier, tmp_path: Path, place: Place) -> None:
    file = tmp_path / "verifier.yaml"
    file.write_text(CONFIG.format(place=place, value="rate"))
    assert verifier("reread", "--config.file", file).stdout == "no answer is kept that could not be read or believed\n"
