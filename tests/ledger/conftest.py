"""A ledger in a real file, and on a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ledger.server import Server
from verifier.ledger.address import ServerAddress
from verifier.ledger.care import check, check_server
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of what is about a file."""
    return tmp_path / "ledger.db"


@pytest.fixture
def address(postgresql: Server) -> ServerAddress:
    """A new database with nothing in it."""
    return postgresql.database()


@pytest.fixture
async def ledger(place: Place) -> AsyncIterator[Ledger]:
    async with await Ledger.open(place) as opened:
        yield opened


async def findings(place: Place) -> list[str]:
    """What is wrong with a ledger."""
    return check(place) if isinstance(place, Path) else await check_server(place)
