"""A real process: signals, reloads, exit codes, what systemd and the dead man's switch hear."""

import asyncio
import gc
import signal
import socket
import sys
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from aiohttp import web

from tests.daemon.installed import HEAD, NORTH, SOUTH, Pools
from tests.daemon.running import SOON, ended, running
from tests.ledger.beside import rows
from verifier.daemon.installation import run
from verifier.settings import Web, load
from verifier.simulator.faults import Fault

pytestmark = pytest.mark.slow

LATER = NORTH.replace("2026-11-20T08:00:00Z", "2026-01-01")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_in_good_order(simulated: Pools, sign: signal.Signals) -> None:
    async with running(simulated.write(LATER)) as daemon:
        await daemon.until("-/ready", "ready\n")
        assert await daemon.end(sign) == 0
    watched = await rows(simulated.ledger, "SELECT question FROM fact WHERE subject = 'daemon' ORDER BY id")
    assert (watched[0], watched[-1]) == (("started",), ("stopped",))


async def test_signals_that_come_before_it_is_ready_are_heeded_in_good_order(simulated: Pools) -> None:
    settings = replace(load(simulated.write(LATER), {}, None, simulated.clock.now()), web=Web(port=0))
    ready = list[str]()
    try:
        starting = asyncio.create_task(run(settings, lambda _: settings, ready.append))
        await asyncio.sleep(0)
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(SOON):
            await starting
    finally:
        gc.unfreeze()
    assert len(ready) == 1
    assert (await rows(simulated.ledger, "SELECT question FROM fact ORDER BY id"))[-1] == ("stopped",)


async def test_a_hanging_pool_does_not_hold_the_end(simulated: Pools) -> None:
    simulated.give(Fault.HANG)
    async with running(simulated.write(LATER)) as daemon:
        await daemon.until("-/ready", "ready\n")
        async with asyncio.timeout(SOON):
            assert await daemon.end(signal.SIGTERM) == 0


async def test_reloads_apply_a_new_file_or_keep_the_old_one_and_say_so(simulated: Pools) -> None:
    path = simulated.write(LATER)
    async with running(path) as daemon:
        await daemon.until("metrics", "verifier_config_last_reload_successful 1.0")
        simulated.write(LATER, LATER.replace("north:", "south:").replace("rig01", "rig02"))
        assert await daemon.reload() == (200, "reloaded\n")
        assert '"south"' in (await daemon.get("api/v1/contracts"))[1]
        simulated.write(LATER, SOUTH.replace("200 TH/s", "many"))
        status, text = await daemon.reload()
        assert status == 500
        assert f"{path}:13: contracts.south.promised" in text
        await daemon.until("metrics", "verifier_config_last_reload_successful 0.0")
        assert "The new configuration was not applied" in (await daemon.get(""))[1]
        assert '"south"' in (await daemon.get("api/v1/contracts"))[1]
        simulated.write(LATER)
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.until("metrics", "verifier_config_last_reload_successful 1.0")
        assert '"south"' not in (await daemon.get("api/v1/contracts"))[1]
        assert 'contract="south"' not in (await daemon.get("metrics"))[1]


async def test_systemd_hears_of_every_state(simulated: Pools) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(str(simulated.directory / "notify"))
        heard.setblocking(False)

        async def told() -> str:
            async with asyncio.timeout(SOON):
                return (await asyncio.get_running_loop().sock_recv(heard, 200)).decode()

        async with running(simulated.write(LATER), NOTIFY_SOCKET=str(simulated.directory / "notify")) as daemon:
            assert {await told(), await told()} == {"READY=1", "WATCHDOG=1"}
            daemon.process.send_signal(signal.SIGHUP)
            assert (await told()).startswith("RELOADING=1\nMONOTONIC_USEC=")
            assert await told() == "READY=1"
            daemon.process.send_signal(signal.SIGTERM)
            assert await told() == "STOPPING=1"


async def test_the_heartbeat_is_called_while_all_is_well(simulated: Pools) -> None:
    calls, called = list[str](), asyncio.Event()

    async def hear(request: web.Request) -> web.Response:
        calls.append(request.path)
        called.set()
        return web.Response()

    app = web.Application()
    app.router.add_get("/ping/{check}", hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/ping/abc"
        beat = f'heartbeat: {{{{url: "{url}", every: 60s, allow_private: true}}}}\n'
        async with running(simulated.write(LATER, head=beat + HEAD)):
            async with asyncio.timeout(SOON):
                await called.wait()
    finally:
        await runner.cleanup()
    assert set(calls) == {"/ping/abc"}


async def test_a_taken_port_is_one_plain_line(simulated: Pools) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config = simulated.write(LATER, head=f"web: {{{{listen: 127.0.0.1:{port}}}}}\n" + HEAD)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "verifier", "run", "--config.file", str(config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, error = await process.communicate()
    assert process.returncode == 1
    said = [line for line in error.decode().splitlines() if not line.startswith("warning:")]
    assert len(said) == 1
    assert "address already in use" in said[0]
    assert "`--web.listen-address`" in said[0]
    assert "`web.listen`" in said[0]


async def test_a_fault_in_the_file_ends_it_with_2_and_the_line(simulated: Pools) -> None:
    path = simulated.write(NORTH.replace("300 TH/s", "many"))
    code, _, error = await ended(path)
    assert code == 2
    assert error.startswith(f"{path}:7: contracts.north.promised")
    assert "Traceback" not in error


@pytest.mark.of_a_file
async def test_a_damaged_ledger_ends_it_with_3_and_is_left_as_it_is(simulated: Pools) -> None:
    path = simulated.write(LATER)
    (simulated.directory / "ledger.db").write_bytes(b"SQLite format 3\0" + b"\1" * 8000)
    code, _, error = await ended(path)
    assert code == 3
    assert "ledger.db" in error
    assert "Traceback" not in error
    assert (simulated.directory / "ledger.db").stat().st_size == 8016


async def test_a_second_daemon_on_the_same_ledger_ends_with_3(simulated: Pools) -> None:
    path = simulated.write(LATER)
    async with running(path) as daemon:
        code, _, error = await ended(path)
        assert code == 3
        assert "Traceback" not in error
        with suppress(TimeoutError):
            await daemon.until("-/ready", "ready\n")
