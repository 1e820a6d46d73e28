import asyncio
import gzip
import json
import ssl
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from tests.wire.far_end import NOON, CountingClock, Peer, Pool, listening, pool, served
from verifier.errors import Misread, Refused, Unreachable
from verifier.talk import Http, Lines
from verifier.wire import USER_AGENT, Destination, Wire

MIB = 1_048_576


def raw(*parts: bytes, pause: float = 0.0, reset: bool = False) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if reset:
            writer.transport.abort()

    return peer


async def test_an_answer_comes_back_as_it_was_with_its_moment(wire: Wire) -> None:
    far = Pool(web.Response(status=404, body=b"\xff\xfe not utf-8", headers={"Content-Type": "image/png", "X-A": "b"}))
    async with served(far) as url:
        reply = await wire.ask(pool(url), Http(path="/users/bc1q", query={"page": "0"}))
    assert (reply.status, reply.body, reply.received_at) == (404, b"\xff\xfe not utf-8", NOON)
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["x-a"] == "b"
    assert far.asked[0].path_qs == "/users/bc1q?page=0"


async def test_the_door_says_who_asks(wire: Wire) -> None:
    far = Pool()
    async with served(far) as url:
        await wire.ask(pool(url), Http(path="/"))
    assert far.asked[0].headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("hashrate-verifier/")


async def test_the_path_of_an_ask_goes_below_the_accounts_address(wire: Wire) -> None:
    far = Pool()
    async with served(far) as url:
        await wire.ask(pool(f"{url}/btc/"), Http(path="/now"))
        await wire.ask(pool(f"{url}/hook?x=1"), Http(path=""))
        with pytest.raises(ValueError, match="slash"):
            await wire.ask(pool(url), Http(path="@evil.example/"))
    assert [request.path_qs for request in far.asked] == ["/btc/now", "/hook?x=1"]


async def test_a_structured_body_is_sent_as_json_and_bytes_as_they_are(wire: Wire) -> None:
    bodies: list[tuple[str, bytes]] = []

    async def keep(request: web.Request) -> web.Response:
        bodies.append((request.content_type, await request.read()))
        return web.Response()

    async with served(keep) as url:
        await wire.ask(pool(url), Http(path="/", method="POST", body={"a": [1, None]}))
        await wire.ask(pool(url), Http(path="/", method="POST", body=b"raw", headers={"Content-Type": "text/plain"}))
    assert bodies == [("application/json", b'{"a":[1,null]}'), ("text/plain", b"raw")]


async def test_no_cookie_is_kept(wire: Wire) -> None:
    far = Pool(web.Response(headers={"Set-Cookie": "session=1"}))
    async with served(far) as url:
        await wire.ask(pool(url), Http(path="/"))
        await wire.ask(pool(url), Http(path="/"))
    assert "Cookie" not in far.asked[1].headers


async def test_ten_thousand_workers_pass_under_their_own_cap(wire: Wire) -> None:
    workers = [{"name": f"north.worker{n:05d}", "rate": "9.41P", "pad": "x" * 250} for n in range(10_000)]
    body = json.dumps(workers).encode()
    assert len(body) > 3_000_000
    async with served(Pool(web.Response(body=body))) as url:
        assert (await wire.ask(pool(url), Http(path="/"), cap=8 * MIB)).body == body
        with pytest.raises(Misread, match="answer larger than 1048576 bytes"):
            await wire.ask(pool(url), Http(path="/"))


async def test_an_answer_of_exactly_the_cap_is_read(wire: Wire) -> None:
    async with served(Pool(web.Response(body=b"x" * 100))) as url:
        assert len((await wire.ask(pool(url), Http(path="/"), cap=100)).body) == 100
        with pytest.raises(Misread):
            await wire.ask(pool(url), Http(path="/"), cap=99)


async def test_a_compressed_answer_is_read_and_a_bomb_is_not(wire: Wire) -> None:
    small = web.Response(body=gzip.compress(b"small"), headers={"Content-Encoding": "gzip"})
    bomb = web.Response(body=gzip.compress(b"0" * (64 * MIB)), headers={"Content-Encoding": "gzip"})
    async with served(Pool(small, bomb)) as url:
        assert (await wire.ask(pool(url), Http(path="/"))).body == b"small"
        tracemalloc.start()
        with pytest.raises(Misread, match="larger than"):
            await wire.ask(pool(url), Http(path="/"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * MIB


async def test_an_endless_answer_is_given_up_at_the_cap(wire: Wire) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionResetError):
            while True:
                await response.write(b"x" * 65_536)
        return response

    async with served(endless) as url:
        with pytest.raises(Misread):
            await wire.ask(pool(url), Http(path="/"))


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"), "broke off"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", reset=True), "broke off"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf"), "broke off"),
        (raw(b""), "broke off"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "does not answer in HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\n", pause=5), "sent nothing for 1 s"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"x", pause=5), "sent nothing for 1 s"),
    ],
)
async def test_a_broken_answer_is_no_answer(wire: Wire, peer: Peer, words: str) -> None:
    async with listening(peer) as port:
        with pytest.raises(Unreachable, match=words):
            await wire.ask(pool(f"http://127.0.0.1:{port}"), Http(path="/", repeatable=False))


async def test_an_answer_that_drips_is_given_up_as_a_whole() -> None:
    drip = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", *[b"x"] * 50, pause=0.02)
    async with listening(drip) as port, Wire(CountingClock(), read_timeout=5, total_timeout=0.1) as wire:
        with pytest.raises(Unreachable, match="did not answer in time"):
            await wire.ask(pool(f"http://127.0.0.1:{port}"), Http(path="/", repeatable=False))


async def test_nobody_at_the_port_and_nobody_of_that_name(wire: Wire) -> None:
    async with listening(raw()) as port:
        pass
    with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1: "):
        await wire.ask(pool(f"http://127.0.0.1:{port}"), Http(path="/"))
    with pytest.raises(Unreachable, match=r"the name pool\.invalid is not known"):
        await wire.ask(pool("http://pool.invalid"), Http(path="/"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_a_private_address_is_asked_only_when_the_account_allows_it(wire: Wire, host: str) -> None:
    far = Pool()
    async with served(far) as url:
        address = url.replace("127.0.0.1", host)
        with pytest.raises(Refused, match="set allow_private: true"):
            await wire.ask(Destination(name="pool", url=address), Http(path="/"))
    assert far.asked == []


async def test_an_allowed_connection_is_not_lent_to_those_without_leave(wire: Wire) -> None:
    far = Pool()
    async with served(far) as url:
        await wire.ask(pool(url), Http(path="/"))
        with pytest.raises(Refused):
            await wire.ask(Destination(name="other", url=url), Http(path="/"))
    assert len(far.asked) == 1


async def test_a_proxy_is_used_where_the_account_names_one_and_nowhere_else(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    proxy, far = Pool(web.Response(text="through the proxy")), Pool(web.Response(text="direct"))
    async with served(proxy) as way, served(far) as url:
        assert (await wire.ask(pool(url), Http(path="/"))).body == b"direct"
        login = way.replace("http://", "http://me:secret-password@")
        reply = await wire.ask(Destination(name="pool", url="http://pool.example", proxy=login), Http(path="/a"))
    assert reply.body == b"through the proxy"
    assert proxy.asked[0].raw_path.endswith("pool.example/a")
    assert proxy.asked[0].headers["Proxy-Authorization"].startswith("Basic ")


async def test_a_proxy_that_is_away_is_named_as_the_cause(wire: Wire) -> None:
    with pytest.raises(Unreachable, match=r"the proxy gives no connection to pool\.example"):
        await wire.ask(Destination(name="p", url="http://pool.example", proxy="http://127.0.0.1:9"), Http(path="/"))


async def test_an_ask_needs_an_address_of_its_own_kind(wire: Wire) -> None:
    with pytest.raises(Refused, match="needs an address that begins with tls://"):
        await wire.ask(pool("https://pool.example"), Lines(method="server.version"))


async def test_a_self_signed_certificate_is_refused_until_its_authority_is_named(
    wire: Wire, clock: CountingClock, server_context: ssl.SSLContext, authority: Path
) -> None:
    far = Pool(web.Response(text="private"))
    async with served(far, server_context) as url:
        with pytest.raises(Unreachable, match=r"the certificate of 127\.0\.0\.1 is not accepted: self.signed"):
            await wire.ask(pool(url), Http(path="/", repeatable=False))
        assert far.asked == []
        trusting = Destination(name="pool", url=url, allow_private=True, ca_file=str(authority))
        clock.set(wire.not_before(trusting))
        assert (await wire.ask(trusting, Http(path="/"))).body == b"private"


async def test_a_certificate_for_another_name_is_refused(
    wire: Wire, server_context: ssl.SSLContext, authority: Path
) -> None:
    async with served(Pool(), server_context) as url:
        other = url.replace("127.0.0.1", "localhost")
        trusting = Destination(name="pool", url=other, allow_private=True, ca_file=str(authority))
        with pytest.raises(Unreachable, match="certificate of localhost is not accepted"):
            await wire.ask(trusting, Http(path="/"))


async def test_plain_http_behind_https_is_no_tls(wire: Wire) -> None:
    async with served(Pool()) as url:
        with pytest.raises(Unreachable, match="no TLS connection"):
            await wire.ask(pool(url.replace("http:", "https:")), Http(path="/"))


async def test_an_authority_file_that_is_not_there_is_named(wire: Wire, tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    with pytest.raises(Refused, match=r"ca\.pem cannot be used: No such file"):
        await wire.ask(Destination(name="pool", url="https://pool.example", ca_file=missing), Http(path="/"))
