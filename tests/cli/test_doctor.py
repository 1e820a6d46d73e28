"""Whether all that the configuration names works, and who learns what of the user."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.conftest import Verifier, document
from tests.cli.lived import pools, sellers
from tests.cli.receivers import SECRET
from tests.cli.test_importing import CONFIG, NOW
from verifier.cli.examination import database, reached
from verifier.clock import SystemClock
from verifier.settings import load
from verifier.simulator.demo import write_demo
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Path, web.Application]]:
    async with pools(SystemClock()) as (address, application):
        yield write_demo(sellers(), address, tmp_path), application


async def run(verifier: Verifier, *arguments: str | Path) -> Any:
    return await asyncio.to_thread(verifier, *arguments)


async def test_where_all_works_every_account_answers_and_the_clock_is_right(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    config, _ = served
    result = await run(verifier, "doctor", "--json", "--config.file", config)
    assert result.exit_code == 0, result.output
    found = document(result)["findings"]
    states = {(one["topic"], one["subject"]): one["state"] for one in found}
    assert states["clock", "this machine"] == "ok"
    assert states["account", "honest_f2pool, history"] == "ok"
    assert states["database", str(config.with_name("verifier.sqlite"))] == "ok"
    assert not config.with_name("verifier.sqlite").exists()


async def test_an_account_that_does_not_answer_as_it_should_is_wrong(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    config, application = served
    application[FAULTS].set("f2pool", Fault.LOGIN_PAGE)
    result = await run(verifier, "doctor", "--config.file", config)
    assert result.exit_code == 1
    assert "something is wrong" in result.stdout
    assert "honest_f2pool" in next(line for line in result.stdout.splitlines() if "WRONG" in line)


async def test_who_learns_what_is_told_without_asking_anybody_and_without_a_secret(
    verifier: Verifier, served: tuple[Path, web.Application]
) -> None:
    config, application = served
    application[FAULTS].set("f2pool", Fault.ERROR_500)
    result = await run(verifier, "doctor", "--privacy", "--json", "--config.file", config)
    assert result.exit_code == 0
    learned = {one["of"]: one for one in document(result)["privacy"]}
    told = " ".join(learned["honest_f2pool"]["learns"])
    assert "your IP address" in told
    assert "key `token`" in told
    assert "history every" in learned["honest_f2pool"]["when"]
    assert sellers().sellers[0].token not in result.output


async def test_of_a_dashboard_only_what_goes_out_is_told(verifier: Verifier, tmp_path: Path) -> None:
    config = tmp_path / "verifier.yaml"
    asks = "[{sees: rate, get: /rates, value: rate, unit: TH/s, window: 1h}]"
    account = f"{{kind: json, url: 'https://d.example', run_by: seller, headers: {{X-Page: a}}, asks: {asks}}}"
    config.write_text(CONFIG.format(starts=NOW).replace("  pool:\n", f"  dashboard: {account}\n  pool:\n"))
    result = await run(verifier, "doctor", "--privacy", "--json", "--config.file", config)
    learned = {one["of"]: one for one in document(result)["privacy"]}
    assert learned["dashboard"]["learns"] == ["your IP address", "headers X-Page", "paths /rates"]


async def test_ways_of_telling_are_tried_without_sending(tmp_path: Path) -> None:
    (tmp_path / "hook.secret").write_text(SECRET)
    (tmp_path / "hook.secret").chmod(0o600)
    config = tmp_path / "verifier.yaml"
    mail = '{email: me@example.org, smtp: "127.0.0.1:1", from: me@example.org, tls: none}'
    hook = '{webhook: "http://127.0.0.1:1/hook", secret_file: hook.secret, allow_private: true}'
    config.write_text(CONFIG.format(starts=NOW) + f"tell: {{me: {mail}, ops: {hook}}}\n")
    me, ops = load(config, {}, None, NOW).channels.values()
    assert (await reached(me)).state == "wrong"
    found = await reached(ops)
    assert found.state == "note"
    assert "verifier tell test ops" in found.text


async def test_a_database_that_is_no_database_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "verifier.yaml"
    config.write_text(CONFIG.format(starts=NOW))
    settings = load(config, {}, None, NOW)
    assert (await database(settings)).state == "ok"
    config.with_name("verifier.sqlite").write_bytes(b"not a database" * 100)
    found = await database(settings)
    assert found.state == "wrong"
    assert "cannot be read" in found.text
