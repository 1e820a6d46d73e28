"""Asking a source from the command line, and writing down what it says."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.conftest import Verifier, document
from tests.cli.lived import pools, sellers
from tests.wire.far_end import served as served_by
from verifier.clock import SystemClock
from verifier.simulator.demo import write_demo
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS
from verifier.sources import SOURCES
from verifier.sources.recording import read_case, understood


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Path, web.Application]]:
    """The configuration of simulated pools that answer now, and the switches of their faults."""
    async with pools(SystemClock()) as (address, application):
        yield write_demo(sellers(), address, tmp_path), application


async def run(verifier: Verifier, *arguments: str | Path) -> Any:
    return await asyncio.to_thread(verifier, *arguments)


async def test_what_was_understood_is_printed(verifier: Verifier, served: tuple[Path, web.Application]) -> None:
    result = await run(verifier, "ask", "honest_ckpool", "--config.file", served[0])
    assert result.exit_code == 0, result.output
    assert "now: answered by 127.0.0.1" in result.stdout
    assert "rig01" in result.stdout
    assert "H/s" in result.stdout


async def test_a_long_history_is_cut_for_people_and_whole_for_scripts(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    result = await run(verifier, "ask", "honest_f2pool", "history", "--config.file", served[0])
    assert "more rows; --json shows all" in result.stdout
    found = document(await run(verifier, "ask", "honest_f2pool", "history", "--json", "--config.file", served[0]))
    (history,) = found["questions"]
    assert len(history["observations"]) > 100
    assert history["observations"][0]["type"] == "work_seen"
    assert history["silence"] is None
    assert {exchange["status"] for exchange in history["exchanges"]} == {200}


async def test_no_secret_is_printed_and_nothing_is_remembered(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    config, _ = served
    for form in ((), ("--json",)):
        result = await run(verifier, "ask", "honest_f2pool", *form, "--config.file", config)
        assert sellers().sellers[0].token not in result.output
    assert not config.with_name("verifier.sqlite").exists()


async def test_a_source_that_does_not_answer_is_said_with_its_exit_code(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    config, application = served
    application[FAULTS].set("ckpool", Fault.LOGIN_PAGE)
    result = await run(verifier, "ask", "honest_ckpool", "now", "--config.file", config)
    assert result.exit_code == 4
    assert "now: the pool's answer cannot be read" in result.stdout
    found = document(await run(verifier, "ask", "honest_ckpool", "now", "--json", "--config.file", config))
    assert found["questions"][0]["silence"] == "misread"


async def test_names_of_strangers_do_not_steer_the_terminal(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    config, application = served
    application[FAULTS].set("ckpool", Fault.INJECTION)
    result = await run(verifier, "ask", "honest_ckpool", "now", "--config.file", config)
    assert {char for char in result.output if not char.isprintable()} == {"\n"}


@pytest.mark.parametrize(
    ("arguments", "said"), [(["nobody"], "there is no `nobody`"), (["honest_ckpool", "gossip"], "there is no `gossip`")]
)
async def test_a_name_that_is_not_there_is_a_usage_error(
    verifier: Verifier, served: tuple[Path, web.Application], arguments: list[str], said: str
) -> None:
    result = await run(verifier, "ask", *arguments, "--config.file", served[0])
    assert result.exit_code == 2
    assert said in result.stderr


async def test_recorded_cases_tell_the_same_and_name_nobody(
    verifier: Verifier, served: tuple[Path, web.Application], tmp_path: Path
) -> None:
    config, _ = served
    seller = sellers().sellers[0]
    for account, questions in (("honest_f2pool", 6), ("honest_ckpool", 2)):
        result = await run(verifier, "record", account, tmp_path / "cases", "--config.file", config)
        assert result.exit_code == 0, result.output
        folders = [Path(line) for line in result.stdout.splitlines()]
        assert len(folders) == questions
        for folder in folders:
            kind, question = folder.parts[-3:-1]
            files = {file.name: file.read_bytes() for file in folder.iterdir()}
            assert understood(SOURCES[kind], question, read_case(files)) == files["expected.json"]
            assert "error" not in json.loads(files["expected.json"])
            for secret in (seller.token, seller.address):
                assert secret.encode() not in b"".join(files.values())
            # Written for a user who may show it to others: only he decides.
            assert folder.is_relative_to(tmp_path / "cases")


async def test_what_was_recorded_is_not_overwritten(
    verifier: Verifier, served: tuple[Path, web.Application], tmp_path: Path
) -> None:
    (tmp_path / "cases").write_text("a file of somebody")
    result = await run(verifier, "record", "honest_ckpool", tmp_path / "cases", "now", "--config.file", served[0])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert (tmp_path / "cases").read_text() == "a file of somebody"


async def test_what_each_path_of_a_dashboard_found_is_shown_step_by_step(verifier: Verifier, tmp_path: Path) -> None:
    async def dashboard(request: web.Request) -> web.StreamResponse:
        assert request.headers["Key"] == "a-key-of-mine"
        return web.json_response({"rows": [{"name": "rig01", "hash": 95}]})

    (tmp_path / "key").write_text("a-key-of-mine")
    (tmp_path / "key").chmod(0o600)
    async with served_by(dashboard) as url:
        (tmp_path / "verifier.yaml").write_text(
            f"""
accounts:
  north:
    kind: json
    url: {url}
    allow_private: true
    run_by: seller
    token_file: key
    headers: {{Key: "{{token}}"}}
    asks: [{{sees: rate, get: /stats, each: rows, worker: name, value: hashrate, unit: TH/s, window: 1h}}]
contracts:
  north: {{seller: North, promised: 1 PH/s, starts: 2026-02-01, watch: [{{account: north}}]}}
"""
        )
        result = await run(verifier, "ask", "north", "--config.file", tmp_path / "verifier.yaml")
        by_word = await run(verifier, "ask", "north", "rate", "--config.file", tmp_path / "verifier.yaml")
        kept = await run(verifier, "record", "north", tmp_path / "cases", "--config.file", tmp_path / "verifier.yaml")
    assert kept.exit_code == 4, kept.output
    (folder,) = (Path(said) for said in kept.stdout.splitlines())
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert understood(SOURCES["json"], "now", read_case(files)) == files["expected.json"]
    assert b"a-key-of-mine" not in b"".join(files.values())
    assert result.exit_code == 4
    assert (by_word.exit_code, by_word.stdout) == (4, result.stdout), "the word of the file names the question too"
    assert "none of 1 rows shows anything at hashrate" in result.stdout
    assert "rate of /stats: HTTP 200, rows has 1 row" in result.stdout
    assert "row 1: worker name = rig01" in result.stdout
    assert "row 1: value hashrate = nothing" in result.stdout
    assert "a-key-of-mine" not in result.output
