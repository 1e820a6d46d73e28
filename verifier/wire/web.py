"""HTTP as the door speaks it: one session per way out, redirects by hand, bodies counted while they arrive."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import aiohttp
from yarl import URL

from verifier.clock import Clock
from verifier.errors import Misread, Refused
from verifier.talk import Http, Reply
from verifier.wire.address import PrivateAddressError, guarded_socket, is_private_name, open_socket
from verifier.wire.destination import Destination, target
from verifier.wire.redaction import carries_secret, filled, filled_parts, hide, hide_in_body
from verifier.wire.redirect import MOST, is_followed, onward
from verifier.wire.socks import connector as socks_connector
from verifier.wire.socks import is_socks

#: Not remembered: a cookie is a key to a session.
_DROPPED: Final = frozenset({"set-cookie", "set-cookie2"})

#: The way out that destinations share: whether private addresses are allowed, the authority file, the proxy.
WayOut = tuple[bool, str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to be connected, between two bytes, and for one attempt with all its redirects."""

    connect: float
    read: float
    total: float


class Web:
    """Asks over HTTP. Sessions are shared by all destinations with the same way out and keep no cookies."""

    def __init__(self, clock: Clock, timeouts: Timeouts, user_agent: str) -> None:
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=None, connect=timeouts.connect, sock_read=timeouts.read)
        self._headers = {"User-Agent": user_agent}
        self._sessions: dict[WayOut, aiohttp.ClientSession] = {}

    async def ask(self, destination: Destination, ask: Http, cap: int) -> Reply:
        """One exchange. Raises Refused for what the door does not do, Misread for a body above ``cap`` bytes.

        Failures of transport leave as the library throws them; the door words them.
        """
        url = target(destination, ask, destination.fill)
        body, headers = _payload(ask, destination)
        session = self._session(destination)
        for hop in range(MOST + 1):
            _guard_proxied(destination, url)
            async with session.request(ask.method, url, data=body, headers=headers, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if location is None or not destination.follow_redirects or not is_followed(response.status, ask.method):
                    return _reply(destination, response, await _body(response, cap), self._clock.now())
            if hop < MOST:
                secret = bool(destination.sign or destination.base.password) or carries_secret(ask)
                url = onward(url, location, secret=secret)
        raise Refused(f"{destination.host} redirects more than {MOST} times")

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()

    def _session(self, destination: Destination) -> aiohttp.ClientSession:
        way = (destination.allow_private, destination.ca_file, destination.proxy)
        session = self._sessions.get(way)
        if session is None:
            session = self._sessions[way] = self._open(destination)
        return session

    def _open(self, destination: Destination) -> aiohttp.ClientSession:
        # Through a proxy the only connection made is to the proxy, whose address the user wrote down.
        unguarded = destination.allow_private or destination.proxy is not None
        trusted, proxy = trust(destination.ca_file), destination.proxy
        if proxy is not None and is_socks(proxy):
            connector, proxy = socks_connector(proxy, trusted), None
        else:
            connector = aiohttp.TCPConnector(
                limit=0,  # the door counts per host, over all sessions
                ssl=trusted,
                socket_factory=open_socket if unguarded else guarded_socket,
            )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            headers=self._headers,
            proxy=proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )


def trust(ca_file: str | None) -> ssl.SSLContext:
    """What TLS is verified against: the system's authorities, or only the account's own. Raises Refused."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as failure:
        reason = failure.strerror
    raise Refused(f"the certificate authority file {ca_file} cannot be used: {reason}")


def _guard_proxied(destination: Destination, url: URL) -> None:
    if destination.proxy and not destination.allow_private and is_private_name(url.host or ""):
        raise PrivateAddressError


def _payload(ask: Http, destination: Destination) -> tuple[bytes | None, Mapping[str, str]]:
    headers = filled_parts(ask.headers, destination.fill)
    if ask.body is None or isinstance(ask.body, bytes):
        return ask.body, headers
    body = filled(ask.body, destination.fill)
    return json.dumps(body, separators=(",", ":")).encode(), {"Content-Type": "application/json", **headers}


async def _body(response: aiohttp.ClientResponse, cap: int) -> bytes:
    """The decompressed body, given up as soon as it is larger than ``cap``; the library inflates piece by piece."""
    chunks, size = [], 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > cap:
            response.close()
            raise Misread(f"answer larger than {cap} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _reply(destination: Destination, response: aiohttp.ClientResponse, body: bytes, received_at: datetime) -> Reply:
    headers = {low: value for name, value in response.headers.items() if (low := name.lower()) not in _DROPPED}
    reply = Reply(status=response.status, headers=headers, body=body, received_at=received_at)
    if not destination.spelled:
        return reply
    shown = {name: hide(value, destination.spelled) for name, value in headers.items()}
    return replace(reply, headers=shown, body=hide_in_body(body, destination.spelled))
