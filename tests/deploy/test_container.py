"""The Containerfile as far as it can be read without an engine: what it copies, who it runs as, how it is asked."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from verifier import __version__
from verifier.settings import Flags

CHECKOUT: Final = Path(__file__).parents[2]
FILE: Final = CHECKOUT / "deploy" / "container" / "Containerfile"


def instructions(name: str) -> list[str]:
    """What follows an instruction, in the order written, continued lines joined."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [line.split(None, 1)[1] for line in joined.splitlines() if line.startswith(f"{name} ")]


def copied() -> list[str]:
    return [source for copy in instructions("COPY") if "--from=" not in copy for source in copy.split()[:-1]]


def set_names() -> dict[str, str]:
    return dict(re.findall(r"([A-Z_]+)=(\S+)", " ".join(instructions("ENV"))))


def test_everything_copied_is_there_and_sent_to_the_build() -> None:
    assert copied()
    assert [source for source in copied() if not (CHECKOUT / source).exists()] == []
    ignored = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sorted(line[1:] for line in ignored if line.startswith("!")) == sorted(copied())


def test_it_is_built_from_the_tested_versions_on_the_tested_python() -> None:
    assert {image.split()[0].rpartition("/")[2] for image in instructions("FROM")} == {"python:3.11-slim-bookworm"}
    assert set_names()["PIP_CONSTRAINT"] == "/build/constraints.txt"
    assert "constraints.txt" in copied()


def test_it_runs_as_nobody_of_importance_and_owns_its_state_alone() -> None:
    users = [user.split(":") for user in instructions("USER")]
    assert [name.isdigit() and int(name) > 0 for user in users for name in user] == [True, True]
    state = set_names()["STATE_DIRECTORY"]
    assert instructions("VOLUME") == [state]
    made = next(run for run in instructions("RUN") if run.startswith("install "))
    assert made.split()[-1] == state
    assert f"--owner={users[-1][0]}" in made
    assert "--mode=0700" in made
    text = FILE.read_text(encoding="utf-8")
    assert text.index("\nUSER ") > text.rindex("\nRUN ")


def test_its_environment_says_what_the_program_reads() -> None:
    named = {name for name in set_names() if name.startswith("VERIFIER_")}
    assert named <= {f"VERIFIER_{field}".upper() for field in Flags.model_fields}
    assert set_names()["VERIFIER_WEB_LISTEN_ADDRESS"].endswith(f":{instructions('EXPOSE')[0]}")


def test_it_starts_the_program_that_was_installed() -> None:
    (program,) = json.loads(instructions("ENTRYPOINT")[0])
    folder = program.removesuffix("/bin/verifier")
    assert f"python -m venv {folder}" in instructions("RUN")
    assert any(run.startswith(f"{folder}/bin/pip install") for run in instructions("RUN"))
    assert json.loads(instructions("CMD")[0]) == ["run"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_steps_of_the_build_give_a_program_that_runs_with_what_the_container_has(tmp_path: Path) -> None:
    """Every step that makes the program, by the shell as an engine gives it, in folders of the test's own."""
    (entry,) = json.loads(instructions("ENTRYPOINT")[0])
    folder = entry.removesuffix("/.venv/bin/verifier")
    places = {folder: str(tmp_path / "opt"), instructions("WORKDIR")[0]: str(tmp_path / "build")}

    def here(text: str) -> str:
        for there, place in places.items():
            text = text.replace(there, place)
        return text

    for source in copied():
        ignored = shutil.ignore_patterns("__pycache__")
        copy = partial(shutil.copytree, ignore=ignored) if (CHECKOUT / source).is_dir() else shutil.copy
        (tmp_path / "build").mkdir(exist_ok=True)
        copy(CHECKOUT / source, tmp_path / "build" / source)
    pip = {name: here(value) for name, value in set_names().items() if name.startswith("PIP_")}
    bare = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    steps = [run for run in instructions("RUN") if folder in run]
    assert len(steps) == 2
    for step in steps:
        command = here(step).replace("python -m venv", f"{sys.executable} -m venv")
        made = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path / "build", env=bare | pip, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr

    shutil.rmtree(tmp_path / "build")
    inside = {"PATH": "", **{name: here(value) for name, value in set_names().items() if "PIP_" not in name}}
    said = subprocess.check_output([here(entry), "--version"], env=inside, cwd=tmp_path, text=True)
    assert __version__ in said
    (asks, *_) = json.loads(instructions("HEALTHCHECK")[0].split(" CMD ")[1])
    subprocess.run([here(asks), "-c", "import asyncpg, uvloop"], env=inside, cwd=tmp_path, check=True)


@pytest.mark.parametrize("status", [200, 503])
async def test_it_is_healthy_when_the_program_says_it_is_ready(status: int, unused_tcp_port: int) -> None:
    async def ready(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/-/ready", ready)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    command = json.loads(instructions("HEALTHCHECK")[0].split(" CMD ")[1])
    program = command[-1].replace(instructions("EXPOSE")[0], str(unused_tcp_port))
    try:
        asked = await asyncio.to_thread(
            subprocess.run, [sys.executable, *command[1:-1], program], capture_output=True, check=False
        )
    finally:
        await runner.cleanup()
    assert (asked.returncode == 0) is (status == 200)
