"""What a start costs: the CPU of the process, from its first instruction until it says that it is ready."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Final
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.bench.far_end import far_end
from tests.bench.poll import config
from tests.bench.step import remember
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock, SystemClock

YEAR: Final = timedelta(days=365)
TIMES: Final = 3
_MINUTE: Final = timedelta(minutes=1)
#: Polls of every account before the program is started again.
_POLLS: Final = 3
_ANYWHERE: Final = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """CPU seconds until ready, of every start."""

    contracts: int
    facts: int
    seconds: tuple[float, ...]


async def restart_cost(directory: Path, *, contracts: int) -> Restart:
    """Starts of a program that watches so many contracts, the first of them for a year, and was stopped just now."""
    path = directory / "verifier.yaml"
    clock = SteppedClock(SystemClock().now() - (_POLLS + 1) * _MINUTE)
    with far_end(clock.now()) as base:
        late = config(base, contracts)
        path.write_text(late.replace("  c0:", "  d0:", 1))
        async with watching(path, clock) as daemon:
            await daemon.step(clock.now())
        facts = await remember(directory / "ledger.db", "a0", YEAR, clock.now())
        # A contract that is new on an account with a past is judged from all that is remembered.
        path.write_text(late.replace("starts: 2026-01-01", f"starts: {clock.now() - YEAR:%Y-%m-%dT%H:%M:%SZ}", 1))
        async with watching(path, clock) as daemon:
            await pass_time(daemon, clock, clock.now() + _POLLS * _MINUTE, _MINUTE)
        # An installed program was compiled long ago: the first start compiles, beside the checkout, and is not counted.
        compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(directory / "compiled")}
        seconds = tuple(_start(path, compiled) for _ in range(1 + TIMES))[1:]
    return Restart(contracts=contracts, facts=facts, seconds=seconds)


def _start(path: Path, environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-m", "verifier", "run", "--config.file", str(path), "--web.listen-address", _ANYWHERE]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout is not None
        page = program.stdout.readline().split()[-1]
        while not _ready(page):
            sleep(0.01)
        spent = _cpu(program.pid)
        program.terminate()
    return spent


def _ready(page: str) -> bool:
    try:
        with urlopen(f"{page}-/ready"):  # noqa: S310 - our own page
            return True
    except HTTPError:
        return False


def _cpu(process: int) -> float:
    """User and system seconds of all threads of a process (proc_pid_stat(5))."""
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
