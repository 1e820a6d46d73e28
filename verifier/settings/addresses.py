"""Addresses of other machines as written in the file: encrypted, public, and without a login in them."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from verifier.settings.quantities import QuantityError

_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?", re.ASCII)
_HOME_ENDINGS: Final = (".local", ".localhost", ".lan", ".home", ".internal", ".home.arpa")


def private(host: str) -> bool:
    """Whether a host is one's own machine or network by its name; the door looks at what it resolves to."""
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        plain = host.lower().rstrip(".")
        return "." not in plain or plain.endswith(_HOME_ENDINGS)


def web_address(text: str, *, allow_private: bool) -> str:
    """An https:// address of a public host; http:// and private hosts only with ``allow_private``."""
    if not text.isprintable() or " " in text:
        raise QuantityError("is not an address, write it like `https://pool.example.org`")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise QuantityError("is not an address, write it like `https://pool.example.org`") from None
    if parts.scheme not in {"http", "https"} or not (_HOST.fullmatch(host) or ":" in host):
        raise QuantityError("is not an address, write it like `https://pool.example.org`")
    if parts.username is not None or parts.password is not None:
        raise QuantityError("holds a login, write the address without it and the secret into a file of its own")
    # Tor itself encrypts up to an onion service (rend-spec 3).
    if not allow_private and parts.scheme == "http" and not host.endswith(".onion"):
        raise QuantityError("is not encrypted, write https:// (or `allow_private: true` for a machine of your own)")
    if not allow_private and private(host):
        raise QuantityError("is a private host, write `allow_private: true` beside it if it is a machine of your own")
    return text


def proxy_address(text: str) -> str:
    """The address of a proxy, also on this machine: ``http://``, or ``socks5h://`` for Tor and other SOCKS5 proxies."""
    scheme, _, rest = text.partition("://")
    if scheme.startswith("socks") and scheme != "socks5h":
        raise QuantityError("would resolve names here, write it like `socks5h://127.0.0.1:9050`")
    web_address(f"http://{rest}" if scheme == "socks5h" else text, allow_private=True)
    return text


def host_and_port(text: str, default_port: int | None) -> tuple[str, int]:
    """``smtp.example.org:587``, ``[::1]:9580`` or, with a default port, the host alone."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port if parts.port is not None else default_port
    except ValueError:
        host, port = "", None
    if port is None or not (_HOST.fullmatch(host) or ":" in host) or any(sign in text for sign in "/?#@ "):
        raise QuantityError("is not a host and port, write it like `mail.example.org:587` or `127.0.0.1:9580`")
    return host, port
