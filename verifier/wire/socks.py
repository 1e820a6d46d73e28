"""Through a SOCKS5 proxy such as Tor's (RFC 1928): names are resolved there, so nobody here learns who is asked."""

import socket
import ssl
from typing import Any, Final

import aiohttp
from yarl import URL

from verifier.errors import Refused

#: ``h``: the host's name goes to the proxy as it is (curl's word for it).
SCHEME: Final = "socks5h"


def is_socks(proxy: str | None) -> bool:
    """Whether a proxy is one of these and not an HTTP proxy."""
    return proxy is not None and proxy.partition("://")[0].lower() == SCHEME


def errors() -> tuple[type[Exception], ...]:
    """What a SOCKS proxy's refusal is thrown as; nothing without the extra."""
    try:
        import aiohttp_socks
        import python_socks
    except ImportError:
        return ()
    thrown = (aiohttp_socks.ProxyError, aiohttp_socks.ProxyConnectionError, aiohttp_socks.ProxyTimeoutError)
    return (*thrown, python_socks.ProxyError)


def connector(proxy: str, trusted: ssl.SSLContext) -> aiohttp.TCPConnector:
    """Connections for HTTP through the proxy. Raises Refused without the extra."""
    _installed()
    from aiohttp_socks import ProxyConnector, ProxyType

    made: aiohttp.TCPConnector = ProxyConnector(proxy_type=ProxyType.SOCKS5, ssl=trusted, limit=0, **_where(proxy))
    return made


async def connection(proxy: str, host: str, port: int) -> socket.socket:
    """A connection for lines through the proxy. Raises Refused without the extra, OSError or one of `errors`."""
    _installed()
    from python_socks import ProxyType
    from python_socks.async_.asyncio import Proxy

    made: socket.socket = await Proxy(proxy_type=ProxyType.SOCKS5, **_where(proxy)).connect(host, port)
    return made


def _where(proxy: str) -> dict[str, Any]:
    url = URL(proxy)
    return {"host": url.host, "port": url.port or 9050, "username": url.user, "password": url.password, "rdns": True}


def _installed() -> None:
    try:
        import aiohttp_socks  # noqa: F401 - whether it is there
    except ImportError:
        raise Refused("a SOCKS proxy needs the extra `socks` of this program, which is not installed") from None
