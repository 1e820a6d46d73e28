"""Who may read the pages of an installation: nobody from elsewhere without a password; changes are followed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import bcrypt
import pytest
from aiohttp import ClientSession, encode_basic_auth

from tests.daemon.installed import NORTH, Pools
from verifier.clock import SystemClock
from verifier.daemon.installation import Control, installed
from verifier.settings import Flags, load

LATER = NORTH.replace("2026-11-20T08:00:00Z", "2026-01-01")


def hold(path: Path, password: str) -> Path:
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    path.write_text(f"basic_auth_users: {{me: '{hashed}'}}\n", encoding="utf-8")
    return path


async def status(address: str, password: str) -> int:
    headers = {"Authorization": encode_basic_auth("me", password)}
    async with ClientSession() as session, session.get(f"{address}metrics", headers=headers) as answer:
        return answer.status


@asynccontextmanager
async def guarded(simulated: Pools, web_config: Path) -> AsyncIterator[tuple[Control, str]]:
    flags = Flags.given(web_config_file=web_config, web_listen_address="127.0.0.1:0")
    settings = flags.over(load(simulated.write(LATER), {}, None, datetime.now(UTC)))
    async with installed(settings, SystemClock(), lambda _: settings) as (_, control, address):
        yield control, address


async def test_a_changed_password_is_in_force_without_a_reload(simulated: Pools) -> None:
    path = hold(simulated.directory / "web.yml", "old")
    async with guarded(simulated, path) as (control, address):
        assert (await status(address, "old"), await status(address, "new")) == (200, 401)
        hold(path, "new")
        await control.renew()
        assert (await status(address, "old"), await status(address, "new")) == (401, 200)


async def test_a_faulty_file_changes_nothing_and_is_told_once(
    simulated: Pools, capsys: pytest.CaptureFixture[str]
) -> None:
    path = hold(simulated.directory / "web.yml", "old")
    async with guarded(simulated, path) as (control, address):
        path.write_text("basic_auth_users: {me: in the clear}\n", encoding="utf-8")
        await control.renew()
        await control.renew()
        assert await status(address, "old") == 200
    assert capsys.readouterr().out.count("the new web configuration is not applied") == 1


async def test_a_password_cannot_be_taken_away_where_others_reach_the_pages(simulated: Pools) -> None:
    path = hold(simulated.directory / "web.yml", "old")
    async with guarded(simulated, path) as (control, address):
        # As if it listened there: nothing of a test is opened to the network.
        elsewhere = replace(control.daemon.settings.web, host="192.0.2.1")
        control.daemon._configuring.settings = replace(control.daemon.settings, web=elsewhere)
        path.write_text("basic_auth_users: {}\n", encoding="utf-8")
        await control.renew()
        assert await status(address, "nobody's") == 401


async def test_to_listen_for_others_without_a_password_is_refused_with_what_to_write(simulated: Pools) -> None:
    config = simulated.write(LATER)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "verifier", "run", "--config.file", str(config)),
        *("--web.listen-address", "0.0.0.0:0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await process.communicate()
    assert process.returncode == 2
    assert "0.0.0.0:0 can be reached from other machines and nobody is asked for a password" in error.decode()
    assert "give it with --web.config.file, or listen at 127.0.0.1" in error.decode()
