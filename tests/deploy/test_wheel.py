"""The wheel: what is built from the checkout runs where nothing but the wheel is, data files included."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

CHECKOUT: Final = Path(__file__).parents[2]
PARTS: Final = ("pyproject.toml", "README.md", "LICENSE", "verifier")
OPENS_AND_RENDERS: Final = """
import asyncio, sys
from importlib.resources import files
from pathlib import Path

import verifier
from verifier.ledger.ledger import Ledger
from verifier.outlets import pages

async def main():
    async with await Ledger.open(Path("ledger.db")) as ledger:
        await ledger.counts()

asyncio.run(main())
assert pages.waiting().startswith("<!doctype html>"), pages.waiting()
assert files("verifier.outlets").joinpath("static/page.css").read_text()
print(verifier.__file__)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: str | Path, cwd: Path) -> str:
    """What a command says, with the tested versions and nothing of the checkout in its way."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    environment |= {"PIP_CONSTRAINT": str(CHECKOUT / "constraints.txt"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves folders in its source."""
    source, to = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        if (CHECKOUT / part).is_dir():
            shutil.copytree(CHECKOUT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(CHECKOUT / part, source)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", to, source, cwd=to)
    return next(to.glob("*.whl"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed program, in an environment that has seen nothing else."""
    home = tmp_path_factory.mktemp("home")
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    run(home / "venv/bin/python", "-m", "pip", "install", "--quiet", wheel, cwd=home)
    return home / "venv/bin/verifier"


def test_every_file_of_the_program_is_inside(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "verifier", cwd=CHECKOUT)
    wanted = {name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()}
    assert sorted(wanted - inside) == []
    assert [name for name in inside if name.startswith("tests")] == []


def test_the_installed_program_speaks(program: Path, tmp_path: Path) -> None:
    assert "config" in run(program, "--help", cwd=tmp_path)
    assert json.loads(run(program, "config", "schema", cwd=tmp_path))["title"] == "hashrate-verifier configuration"


def test_the_installed_program_opens_a_ledger_and_renders_a_page(program: Path, tmp_path: Path) -> None:
    where = run(program.with_name("python"), "-c", OPENS_AND_RENDERS, cwd=tmp_path)
    assert program.parents[1] in Path(where).parents
