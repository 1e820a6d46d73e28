"""The real commands on real files: run in this process, with what a ledger remembers of three lived hours."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import structlog
from typer.testing import CliRunner, Result

from verifier.cli.app import app

Verifier: TypeAlias = Callable[..., Result]


@pytest.fixture
def verifier() -> Iterator[Verifier]:
    """``verifier("db", "check", …)``: the result of a command, with its output and exit code."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments])

    yield run
    # A command sends its logs to the standard error that it was given.
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a configuration whose ledger a daemon filled; to be read only."""
    from tests.cli.lived import live

    folder = tmp_path_factory.mktemp("lived")
    asyncio.run(live(folder, hours=timedelta(minutes=110)))
    return folder


@pytest.fixture
def lived(remembered: Path, tmp_path: Path) -> Path:
    """A copy of that folder's configuration and ledger; gives the configuration."""
    for file in remembered.iterdir():
        shutil.copy2(file, tmp_path)
    config = tmp_path / "verifier.yaml"
    config.write_text(config.read_text().replace(str(remembered), str(tmp_path)))
    return config


def document(result: Result) -> Any:
    """What a command printed for scripts."""
    assert result.exit_code in {0, 1, 4}, result.output
    return json.loads(result.stdout)
