"""How the command starts: quickly, quietly, and without what only other commands need."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import Verifier, ledger_of
from verifier import __version__
from verifier.ledger.place import Place

HEAVY: Final = {"sqlalchemy", "numpy", "aiohttp", "alembic", "apscheduler", "pydantic"}
MINIMAL: Final = Path(__file__).parents[2] / "config" / "minimal.yaml"


def imported(*arguments: str | Path) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "verifier", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time")}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    assert imported(*arguments) & HEAVY == set()


def test_checking_a_file_needs_neither_database_nor_network(tmp_path: Path) -> None:
    config = tmp_path / "verifier.yaml"
    config.write_text(MINIMAL.read_text())
    assert imported("config", "check", config) & {"sqlalchemy", "alembic", "numpy", "aiohttp"} == set()


def test_the_version_is_told(verifier: Verifier) -> None:
    assert verifier("--version").stdout == f"verifier {__version__}\n"


@pytest.mark.parametrize("group", [[], ["config"], ["db"], ["outbox"], ["tell"]])
def test_every_group_says_what_it_can_do(verifier: Verifier, group: list[str]) -> None:
    assert "Usage:" in verifier(*group, "--help").stdout


def test_an_unknown_command_is_a_usage_error_without_a_traceback(verifier: Verifier) -> None:
    result = verifier("conract")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def reads(process: int, ledger: Place) -> None:
    """Return as soon as a process has opened the ledger."""
    opened: set[str] = set()
    while str(ledger) not in opened:
        time.sleep(0.01)
        with suppress(OSError):
            opened = {str(one.readlink()) for one in Path(f"/proc/{process}/fd").iterdir()}


@pytest.mark.of_a_file
def test_an_interrupt_is_quiet(lived: Path) -> None:
    command = [sys.executable, "-m", "verifier", "replay", "--config.file", str(lived)]
    # Where tests run in the background of a script, SIGINT is ignored, and programs inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            reads(running.pid, ledger_of(lived))
            running.send_signal(signal.SIGINT)
            said, complained = running.communicate(timeout=20)
    finally:
        signal.signal(signal.SIGINT, before)
    assert running.returncode == 130
    assert (said, complained) == ("", "")
