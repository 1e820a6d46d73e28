"""The address guard: no connection to a private, loopback or link-local address that the user did not allow."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

#: IPv4 addresses as a NAT64 gateway spells them (RFC 6052).
_NAT64: Final = IPv6Network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """A connection that the guard did not let begin."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when an IPv4 address hides inside an IPv6 one."""
    ip = _innermost(ip_address(address.partition("%")[0]))
    site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or site_local)


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def is_private_name(host: str) -> bool:
    """Whether a host can be seen to be private without asking anybody: a literal address or ``localhost``."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def guarded_socket(resolved: Sequence[Any]) -> socket.socket:
    """A socket for one resolved address (as getaddrinfo returns it). Raises PrivateAddressError for a private one.

    Called for every connection after names are resolved, so neither a redirect nor a name that changes its address
    gets around it.
    """
    if not is_public(resolved[4][0]):
        raise PrivateAddressError("private address")
    return open_socket(resolved)


def open_socket(resolved: Sequence[Any]) -> socket.socket:
    """A socket for one resolved address of an account that allows private ones."""
    family, kind, protocol = resolved[:3]
    return socket.socket(family=family, type=kind, proto=protocol)
