"""The long-running commands as processes: what ends with what, and what is left behind."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SOON = 45.0
CONFIG = """\
accounts:
  pool: {kind: ckpool, url: "http://127.0.0.1:9", address: YourAddress, allow_private: true}
contracts:
  north: {seller: Northhash, promised: 100 TH/s, starts: 2026-01-01, watch: [{account: pool}]}
""".replace("YourAddress", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")


@contextmanager
def started(command: str, folder: Path, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[str]]:
    """A command whose page answers; its temporary files are in the folder."""
    arguments = [sys.executable, "-m", "verifier", *command.split(), "--web.listen-address", "127.0.0.1:0"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        arguments, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert any(line.startswith("page ") for line in process.stdout)
            yield process
        finally:
            process.kill()


def vanishes(folder: Path) -> bool:
    """Whether the folder becomes empty soon."""
    ends = time.monotonic() + SOON
    while (left := list(folder.iterdir())) and time.monotonic() < ends:
        time.sleep(0.05)
    return not left


def simulators(folder: Path) -> list[int]:
    """The processes that were started on a directory inside the folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if os.fsencode(folder) in one.read_bytes():
                found.append(int(one.parent.name))
    return found


def test_closing_the_terminal_ends_the_demo_and_its_simulator_and_leaves_nothing(tmp_path: Path) -> None:
    with started("demo", tmp_path) as demo:
        assert len(simulators(tmp_path)) == 1
        demo.send_signal(signal.SIGHUP)
        assert demo.wait(SOON) == 0
    assert list(tmp_path.iterdir()) == []
    assert simulators(tmp_path) == []


def test_a_killed_demo_takes_its_simulator_and_its_files_along(tmp_path: Path) -> None:
    with started("demo", tmp_path) as demo:
        demo.kill()
        assert vanishes(tmp_path)


def test_closing_the_terminal_ends_a_run_that_was_started_in_it(tmp_path: Path) -> None:
    config = tmp_path / "verifier.yaml"
    config.write_text(CONFIG)
    outer, inner = pty.openpty()
    with started(f"run --config.file {config}", tmp_path, stdin=inner) as run:
        os.close(inner)
        run.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(1.0)
        os.close(outer)
        run.send_signal(signal.SIGHUP)
        assert run.wait(SOON) == 0
