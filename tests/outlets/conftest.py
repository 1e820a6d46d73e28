"""A real server over a picture, on a free port of the loopback address."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import pytest
from aiohttp import ClientSession, web

from tests.outlets import pictures
from verifier.incidents.standing import Transition
from verifier.ledger.records import Hour
from verifier.outlets.access import Access
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import Picture
from verifier.outlets.server import Server
from verifier.outlets.web import Outcome, make_app

Serving: TypeAlias = Callable[[Picture | None], Awaitable[str]]


class Reloading:
    """The far end of every POST: remembers that it was asked, and says what it is told to say."""

    def __init__(self) -> None:
        self.asked = 0
        self.retried: list[str] = []
        self.brought: list[tuple[str, str]] = []
        self.error: str | None = None

    async def reload(self) -> str | None:
        self.asked += 1
        return self.error

    async def retry(self, message: str) -> str | None:
        self.retried.append(message)
        return self.error

    async def bring(self, contract: str, file: str, content: bytes, options: Mapping[str, str]) -> Outcome:
        self.brought.append((contract, file))
        if self.error is not None:
            return False, {"error": self.error}
        return True, {"digest": "0f" * 32, "kind": options.get("kind", "payouts"), "new": len(content), "known": 0}

    async def read_again(self, account: str | None) -> Outcome:
        if self.error is not None:
            return False, {"error": self.error}
        return True, {"accounts": {account or "pool": {"kept": 2, "read": 1}}}

    async def take_back(self, digest: str) -> Outcome:
        if self.error is not None:
            return False, {"error": self.error}
        return True, {"digest": digest, "contract": "north", "file": "statement.csv"}


@pytest.fixture
def reloading() -> Reloading:
    return Reloading()


def app_of(picture: Picture | None, reloading: Reloading, access: Access | None = None) -> web.Application:
    """The application over one picture and the recorded series."""

    async def hours(name: str, start: datetime, end: datetime) -> Sequence[Hour]:
        return [hour for hour in pictures.hours(name) if start <= hour.start < end]

    async def transitions(name: str) -> Sequence[Transition]:
        return pictures.transitions(name) if name == "north" else []

    metrics = Metrics(process=False)
    if picture is not None:
        metrics.publish(picture)
    return make_app(lambda: picture, hours, transitions, reloading, metrics, access)


@pytest.fixture
async def serving(reloading: Reloading) -> AsyncGenerator[Serving]:
    """Start a server over a picture; gives its address."""
    servers = []

    async def start(picture: Picture | None) -> str:
        server = Server(app_of(picture, reloading), "127.0.0.1:0")
        await server.open()
        servers.append(server)
        return server.url

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def client() -> AsyncGenerator[ClientSession]:
    async with ClientSession() as session:
        yield session
