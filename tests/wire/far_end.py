"""What the door talks to in these tests: real servers on loopback, and a clock that counts the pauses."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web

from verifier.clock import SteppedClock
from verifier.talk import Secret
from verifier.wire import Destination

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "correct horse/battery+staple"
TOKEN = Secret("token")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class CountingClock(SteppedClock):
    """Sleeping moves it at once and is remembered."""

    def __init__(self, now: datetime = NOON) -> None:
        super().__init__(now)
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 6))
        self.set(self.now() + timedelta(seconds=seconds))
        await asyncio.sleep(0)


class Pool:
    """Answers from a script, the last line again and again, and remembers who asked for what."""

    def __init__(self, *script: web.Response | Answer) -> None:
        self.asked: list[web.Request] = []
        self._script = list(script) or [web.Response(text="{}")]

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        line = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(line, web.Response):
            return web.Response(status=line.status, headers=line.headers, body=line.body)
        return await line(request)


@asynccontextmanager
async def served(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The base URL of a server whose every path is answered by one function."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(peer: Peer, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a bare TCP server."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def pool(url: str, *, token: str | None = None, pace: float = 0.0, proxy: str | None = None) -> Destination:
    """A destination on loopback that is meant to be there."""
    secrets = {} if token is None else {"token": token}
    return Destination(name="pool", url=url, secrets=secrets, pace=pace, allow_private=True, proxy=proxy)
