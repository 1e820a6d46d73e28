import asyncio
import json
import ssl
from pathlib import Path

import pytest

from tests.wire.far_end import KEY, NOON, TOKEN, Peer, listening, pool
from verifier.errors import Misread, Refused, Unreachable
from verifier.talk import Lines
from verifier.wire import Destination, Wire

VERSION = Lines(method="server.version", params=["verifier", TOKEN])


def node(calls: list[dict[str, object]], *, notice: bool = False) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            call = json.loads(line)
            calls.append(call)
            if notice:
                writer.write(b'{"method":"mining.notify","params":[],"id":null}\n')
            writer.write(json.dumps({"id": call["id"], "result": call["params"]}).encode() + b"\n")
            await writer.drain()

    return peer


def saying(text: bytes, pause: float = 0.0) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(text)
        await writer.drain()
        await asyncio.sleep(pause)

    return peer


async def test_calls_share_a_connection_and_the_key_stays_hidden(wire: Wire) -> None:
    calls: list[dict[str, object]] = []
    async with listening(node(calls, notice=True)) as port:
        there = pool(f"tcp://127.0.0.1:{port}", token=KEY)
        first = await wire.ask(there, VERSION)
        second = await wire.ask(there, Lines(method="ping"))
    assert calls[0]["params"] == ["verifier", KEY]
    assert [call["id"] for call in calls] == [1, 2]
    assert json.loads(first.body)["result"] == ["verifier", "***"]
    assert (second.status, second.received_at) == (200, NOON)


async def test_lines_over_tls_verify_the_certificate(
    wire: Wire, server_context: ssl.SSLContext, authority: Path
) -> None:
    calls: list[dict[str, object]] = []
    async with listening(node(calls), server_context) as port:
        url = f"tls://127.0.0.1:{port}"
        with pytest.raises(Unreachable, match=r"certificate of 127\.0\.0\.1 is not accepted"):
            await wire.ask(pool(url), Lines(method="ping", repeatable=False))
        trusting = Destination(name="node", url=url, allow_private=True, ca_file=str(authority))
        assert (await wire.ask(trusting, Lines(method="ping"))).status == 200
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("peer", "words"),
    [(saying(b""), "broke off"), (saying(b"half"), "broke off"), (saying(b"half", 5), "did not answer in time")],
)
async def test_a_broken_line_is_no_answer(wire: Wire, peer: Peer, words: str) -> None:
    async with listening(peer) as port:
        with pytest.raises(Unreachable, match=words):
            await wire.ask(pool(f"tcp://127.0.0.1:{port}"), Lines(method="ping", repeatable=False))


async def test_a_line_above_the_cap_is_not_read(wire: Wire) -> None:
    async with listening(saying(b"x" * 5000 + b"\n")) as port:
        with pytest.raises(Misread, match="larger than 4999 bytes"):
            await wire.ask(pool(f"tcp://127.0.0.1:{port}"), Lines(method="ping"), cap=4999)


async def test_a_line_that_is_no_json_is_for_the_talk(wire: Wire) -> None:
    async with listening(saying(b"hello\n")) as port:
        assert (await wire.ask(pool(f"tcp://127.0.0.1:{port}"), Lines(method="ping"))).body == b"hello"


async def test_a_connection_that_was_closed_is_made_again(wire: Wire) -> None:
    async with listening(saying(b'{"id":1}\n')) as port:
        there = pool(f"tcp://127.0.0.1:{port}")
        await wire.ask(there, Lines(method="ping"))
        await asyncio.sleep(0.02)
        assert (await wire.ask(there, Lines(method="ping"))).body == b'{"id":1}'


async def test_lines_keep_to_public_addresses_and_pass_no_http_proxy(wire: Wire) -> None:
    calls: list[dict[str, object]] = []
    async with listening(node(calls)) as port:
        with pytest.raises(Refused, match="private address"):
            await wire.ask(Destination(name="node", url=f"tcp://127.0.0.1:{port}"), Lines(method="ping"))
        with pytest.raises(Refused, match="HTTP proxy"):
            await wire.ask(pool(f"tcp://127.0.0.1:{port}", proxy="http://127.0.0.1:9"), Lines(method="ping"))
    assert calls == []
    with pytest.raises(Unreachable, match="no connection"):
        await wire.ask(pool(f"tcp://127.0.0.1:{port}"), Lines(method="ping"))
    with pytest.raises(Unreachable, match="not known"):
        await wire.ask(pool("tcp://node.invalid:1"), Lines(method="ping"))
