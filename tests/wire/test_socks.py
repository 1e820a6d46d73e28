"""Through a SOCKS5 proxy: one small proxy of our own that resolves names, as Tor's does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.wire.far_end import Peer, Pool, listening, pool, served
from verifier.errors import Refused, Unreachable
from verifier.settings.addresses import proxy_address, web_address
from verifier.settings.quantities import QuantityError
from verifier.talk import Http, Lines
from verifier.wire import Destination, Wire

ONION = "pool7examplexyz.onion"


class Socks:
    """A SOCKS5 proxy (RFC 1928) that leads every name to one port of this machine, and remembers what it was told."""

    def __init__(self, port: int, *, reply: int = 0) -> None:
        self.told: list[tuple[str, int]] = []
        self.logins: list[bytes] = []
        self._port, self._reply = port, reply

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        with_login = 2 in await reader.readexactly(methods)
        writer.write(bytes([5, 2 if with_login else 0]))
        if with_login:  # RFC 1929
            _, length = await reader.readexactly(2)
            self.logins.append(await reader.readexactly(length))
            (length,) = await reader.readexactly(1)
            self.logins.append(await reader.readexactly(length))
            writer.write(bytes([1, 0]))
        *_, kind = await reader.readexactly(4)
        assert kind == 3, "a name, not an address that was looked up here"
        (length,) = await reader.readexactly(1)
        name = (await reader.readexactly(length)).decode()
        self.told.append((name, int.from_bytes(await reader.readexactly(2), "big")))
        writer.write(bytes([5, self._reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if self._reply:
            return
        there = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(_through(reader, there[1]), _through(there[0], writer))


async def _through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65_536):
        writer.write(some)
    writer.close()


@asynccontextmanager
async def proxied(port: int, *, reply: int = 0) -> AsyncIterator[tuple[Socks, str]]:
    socks = Socks(port, reply=reply)
    async with listening(socks) as way:
        yield socks, f"socks5h://me:secret-password@127.0.0.1:{way}"


async def test_the_proxy_looks_the_name_up(wire: Wire) -> None:
    far = Pool(web.Response(text="hidden"))
    async with served(far) as url, proxied(int(url.rpartition(":")[2])) as (socks, proxy):
        there = Destination(name="pool", url=f"http://{ONION}", proxy=proxy)
        assert (await wire.ask(there, Http(path="/a"))).body == b"hidden"
        assert (await wire.ask(pool(url), Http(path="/b"))).body == b"hidden"
    assert socks.told == [(ONION, 80)]
    assert socks.logins == [b"me", b"secret-password"]
    assert far.asked[0].headers["Host"] == ONION
    assert "secret-password" not in repr(there)


async def test_lines_go_through_it_too(wire: Wire) -> None:
    async def electrum(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"id": 0, "result": []}\n')

    peer: Peer = electrum
    async with listening(peer) as port, proxied(port) as (socks, proxy):
        there = Destination(name="explorer", url=f"tcp://{ONION}:50001", proxy=proxy)
        assert b"result" in (await wire.ask(there, Lines(method="server.version"))).body
    assert socks.told == [(ONION, 50_001)]


async def test_a_proxy_that_refuses_or_is_away_is_named_as_the_cause(wire: Wire) -> None:
    async with proxied(9, reply=5) as (_, proxy):
        for url, ask in ((f"http://{ONION}", Http(path="/")), (f"tcp://{ONION}:1", Lines(method="x"))):
            with pytest.raises(Unreachable, match=rf"the proxy gives no connection to {ONION}"):
                await wire.ask(Destination(name="p", url=url, proxy=proxy), ask)
    away = Destination(name="p", url=f"http://{ONION}", proxy="socks5h://127.0.0.1:9")
    with pytest.raises(Unreachable, match=r"the proxy gives no connection"):
        await wire.ask(away, Http(path="/"))


async def test_nobody_is_led_into_his_own_network(wire: Wire) -> None:
    async with proxied(9) as (socks, proxy):
        for url, ask in (("http://127.0.0.1", Http(path="/")), ("tcp://127.0.0.1:1", Lines(method="x"))):
            with pytest.raises(Refused, match="private address"):
                await wire.ask(Destination(name="p", url=url, proxy=proxy), ask)
    assert socks.told == []


async def test_without_the_extra_it_is_said_what_to_install(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp_socks", None)
    with pytest.raises(Refused, match="extra `socks`"):
        await wire.ask(Destination(name="p", url=f"http://{ONION}", proxy="socks5h://127.0.0.1:9"), Http(path="/"))


def test_only_the_form_that_resolves_there_is_accepted() -> None:
    assert proxy_address("socks5h://127.0.0.1:9050")
    assert proxy_address("http://127.0.0.1:8118")
    for written in ("socks5://127.0.0.1:9050", "socks4://127.0.0.1:9050"):
        with pytest.raises(QuantityError, match="socks5h"):
            proxy_address(written)
    assert web_address(f"http://{ONION}", allow_private=False), "Tor encrypts by itself"
