"""JSON-RPC in newline-terminated lines over TCP or TLS, as Electrum servers and miners speak it."""

import asyncio
import json
import socket
from itertools import count
from typing import Final

from verifier.clock import Clock
from verifier.errors import Misread, Refused
from verifier.talk import Lines, Reply
from verifier.wire.address import PrivateAddressError, guarded_socket, is_private_name, open_socket
from verifier.wire.destination import Destination
from verifier.wire.redaction import filled, hide_in_body
from verifier.wire.socks import connection, is_socks
from verifier.wire.web import Timeouts, trust

_CHUNK: Final = 65_536


class Line:
    """One kept connection; calls take turns on it, and a failing one closes it."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._turn = asyncio.Lock()
        self._ids = count(1)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._rest = b""

    async def ask(self, destination: Destination, ask: Lines, cap: int, clock: Clock) -> Reply:
        """One call; the body of the reply is the line with the call's id. Raises Misread for a longer line."""
        params = filled(list(ask.params), destination.fill)
        async with self._turn:
            try:
                body = await self._call(destination, ask.method, params, cap)
            except BaseException:
                self.close()
                raise
        body = hide_in_body(body, destination.spelled)
        return Reply(status=200, headers={}, body=body, received_at=clock.now())

    def close(self) -> None:
        """Let the connection go."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams, self._rest = None, b""

    async def _call(self, destination: Destination, method: str, params: object, cap: int) -> bytes:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            async with asyncio.timeout(self._timeouts.connect):
                self._streams = await connect(destination)
        reader, writer = self._streams
        number = next(self._ids)
        call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        writer.write(json.dumps(call, separators=(",", ":")).encode() + b"\n")
        await writer.drain()
        while not _answers(line := await self._line(reader, cap), number):
            pass
        return line

    async def _line(self, reader: asyncio.StreamReader, cap: int) -> bytes:
        while (end := self._rest.find(b"\n")) < 0 and len(self._rest) <= cap:
            async with asyncio.timeout(self._timeouts.read):
                chunk = await reader.read(_CHUNK)
            if not chunk:
                raise EOFError
            self._rest += chunk
        if end < 0 or end > cap:
            raise Misread(f"answer larger than {cap} bytes")
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line


def _answers(line: bytes, number: int) -> bool:
    """Whether a line is for this call: what cannot be read is, so that the talk sees it; a notice without id is not."""
    try:
        message = json.loads(line)
    except ValueError:
        return True
    return not isinstance(message, dict) or message.get("id") == number or "method" not in message


async def connect(destination: Destination) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first address that answers, each checked by the guard. Raises Refused for an HTTP proxy."""
    host, port = destination.host, destination.base.port
    context = trust(destination.ca_file) if destination.base.scheme == "tls" else None
    if destination.proxy:
        if not is_socks(destination.proxy):
            raise Refused(f"{host} cannot be reached through an HTTP proxy")
        if not destination.allow_private and is_private_name(host):
            raise PrivateAddressError
        there = await connection(destination.proxy, host, port or 0)
        return await asyncio.open_connection(sock=there, ssl=context, server_hostname=host if context else None)
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for resolved in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            made = (open_socket if destination.allow_private else guarded_socket)(resolved)
            made.setblocking(False)
            try:
                await loop.sock_connect(made, resolved[4])
                return await asyncio.open_connection(sock=made, ssl=context, server_hostname=host if context else None)
            except BaseException:
                made.close()
                raise
        except OSError as refused:
            failure = refused
    raise failure or OSError("no address")
