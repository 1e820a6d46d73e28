"""The long-running commands: the daemon, the simulator, and the demo that joins both."""

import asyncio
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli.flags import ConfigFile, ListenAddress, LogFormat, LogLevel, WebConfigFile, flags, settings
from verifier.cli.output import complain, say

if TYPE_CHECKING:
    from verifier.settings import Flags, Settings


def run(
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Watch, judge and tell until stopped; SIGHUP reads the file again, closing the terminal stops."""
    at_terminal = os.isatty(0)
    chosen = flags(config_file, listen_address, log_level, log_format, web_config_file)
    # Until all is loaded there is no garbage, only a fourth more time spent looking for it; the daemon turns it on.
    gc.disable()
    try:
        # The terminal that hangs up is no terminal any more when the signal comes.
        _run(chosen, hung_up=lambda: at_terminal and not os.isatty(0))
    finally:
        gc.enable()


def simulate(
    directory: Annotated[Path, typer.Argument(help="Where verifier.yaml and the tokens of the demo are written.")],
    listen_address: Annotated[str, typer.Option("--web.listen-address", help="host:port; port 0 takes a free one.")] = (
        "127.0.0.1:9590"
    ),
    temporary: Annotated[
        bool, typer.Option("--temporary", hidden=True, help="End with standard input, and remove the directory.")
    ] = False,
) -> None:
    """Serve simulated pools with four sellers, and write the file that watches them."""
    from verifier.clock import SystemClock
    from verifier.simulator.demo import demo_world, write_demo
    from verifier.simulator.server import serving

    clock = SystemClock()
    host, _, port = listen_address.rpartition(":")

    async def serve() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        if temporary:
            asyncio.get_running_loop().add_reader(sys.stdin, stop.set)
        world = demo_world(clock.now())
        async with serving(host or "127.0.0.1", int(port), world, clock.now) as base_url:
            path = write_demo(world, base_url, directory)
            say(f"simulated pools at {base_url}, watched by {path}")
            await stop.wait()
        if temporary:  # a demo that was killed cannot clear up
            shutil.rmtree(directory, ignore_errors=True)

    asyncio.run(serve())


def demo(
    listen_address: ListenAddress = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Start the simulator and the daemon on its four sellers; Ctrl-C or closing the terminal stops both."""
    with tempfile.TemporaryDirectory(prefix="verifier-demo-") as directory:
        simulate = ["simulate", directory, "--web.listen-address", "127.0.0.1:0", "--temporary"]
        # A group of its own: Ctrl-C reaches the daemon first, which then stops the simulator.
        simulator = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "verifier", *simulate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            assert simulator.stdout is not None  # noqa: S101 - a pipe was asked for
            say(simulator.stdout.readline().strip())
            chosen = flags(Path(directory) / "verifier.yaml", listen_address, log_level, log_format, web_config_file)
            _run(chosen, hung_up=lambda: True)
        finally:
            simulator.terminate()
            with suppress(subprocess.TimeoutExpired):
                simulator.wait(5)


def _run(chosen: "Flags", hung_up: Callable[[], bool]) -> None:
    from verifier.cli.logs import log_as
    from verifier.clock import SystemClock
    from verifier.daemon.installation import run as run_installation
    from verifier.settings import check_reach

    log_as(chosen.log_level, chosen.log_format)

    def read(now: datetime) -> "Settings":
        found = settings(chosen, now)
        check_reach(found.web)
        return found

    first = read(SystemClock().now())
    for warning in first.warnings:
        complain(f"warning: {warning}")

    def hang_up() -> bool:
        if gone := hung_up():
            # Writing to a terminal that is gone would end us before we have stopped in order.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(nowhere, stream)
        return gone

    asyncio.run(run_installation(first, read, _banner, hang_up))


def _banner(address: str) -> None:
    say(f"page     {address}")
    say(f"metrics  {address}metrics")
    over_ssh = os.environ.get("SSH_CONNECTION", "").split()
    if over_ssh:
        port = address.rsplit(":", 1)[-1].strip("/")
        user = os.environ.get("USER", "user")
        say(f"from your own machine: ssh -L {port}:127.0.0.1:{port} {user}@{over_ssh[2]}  then open {address}")
    say("Ctrl-C stops.")
