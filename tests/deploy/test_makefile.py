"""`make run` as a person meets it: the right command, and Ctrl-C that ends without a complaint."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

import pytest

MAKEFILE: Final = Path(__file__).parents[2] / "Makefile"
WAITING: Final = '#!/bin/sh\ntrap "echo stopped; exit 0" INT\necho "verifier $*"\nwhile :; do sleep 0.05; done\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that is installed already, with a program that only waits for Ctrl-C."""
    shutil.copy(MAKEFILE, tmp_path)
    program = tmp_path / ".venv" / "bin" / "verifier"
    program.parent.mkdir(parents=True)
    program.write_text(WAITING, encoding="utf-8")
    program.chmod(0o755)
    for made in ("pyproject.toml", "constraints.txt", ".venv/installed"):
        (tmp_path / made).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("given", "command"),
    [((), "verifier demo"), (("CONFIG=my own.yaml",), "verifier run --config.file my own.yaml")],
    ids=["demo", "own file"],
)
def test_ctrl_c_ends_the_run_without_a_complaint(checkout: Path, given: tuple[str, ...], command: str) -> None:
    # The terminal's Ctrl-C reaches make and the program alike, hence a group of their own.
    with subprocess.Popen(
        ["make", "run", *given],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as make:
        assert make.stdout is not None
        assert make.stdout.readline().strip() == command
        os.killpg(make.pid, signal.SIGINT)
        assert make.stdout.read().split() == ["stopped"]


def test_help_names_every_target_a_person_asks_for() -> None:
    told = subprocess.run(["make", "help"], cwd=MAKEFILE.parent, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "bench", "install", "clean"):
        assert f"make {target} " in told
