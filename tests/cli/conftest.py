"""The real commands on real files: run in this process, with what a ledger remembers of three lived hours."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import structlog
from typer.testing import CliRunner, Result

from tests.ledger.server import Server, name_of
from verifier.cli.app import app
from verifier.ledger.address import ServerAddress
from verifier.ledger.place import Place
from verifier.settings import load

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


@pytest.fixture(scope="session")
def remembered_by_a_server(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ServerAddress]:
    """The same hours, remembered in a database."""
    from tests.cli.lived import live

    folder, address = tmp_path_factory.mktemp("lived"), postgresql.database()
    asyncio.run(live(folder, hours=timedelta(minutes=110), ledger=address))
    return folder, address


@pytest.fixture
def lived(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> Path:
    """A copy of that folder's configuration and ledger; gives the configuration."""
    own = {}
    if isinstance(place, Path):
        folder: Path = request.getfixturevalue("remembered")
    else:
        server: Server = request.getfixturevalue("postgresql")
        folder, address = request.getfixturevalue("remembered_by_a_server")
        own = {str(address): str(server.database(template=name_of(address)))}
    for file in folder.iterdir():
        shutil.copy2(file, tmp_path)
    config = tmp_path / "verifier.yaml"
    text = config.read_text()
    for there, here in {str(folder): str(tmp_path), **own}.items():
        text = text.replace(there, here)
    config.write_text(text)
    return config


def ledger_of(config: Path) -> Place:
    """Where the commands find the ledger of a configuration."""
    return load(config, {}, None, datetime.now(UTC)).ledger


def document(result: Result) -> Any:
    """What a command printed for scripts."""
    assert result.exit_code in {0, 1, 4}, result.output
    return json.loads(result.stdout)
