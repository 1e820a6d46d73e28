"""A failure of transport in one line for people: the host and what went wrong, no address and no secret."""

import os
import socket
import ssl
from typing import Final

import aiohttp

from verifier.errors import Refused, SourceError, Unreachable
from verifier.wire.address import PrivateAddressError
from verifier.wire.socks import errors
from verifier.wire.web import Timeouts

#: What is thrown when an exchange does not come about; a redirect can name a host that no resolver can spell.
_SOCKS: Final = errors()
TRANSPORT: Final[tuple[type[Exception], ...]] = (aiohttp.ClientError, OSError, EOFError, UnicodeError, *_SOCKS)

#: The first row that fits says it: a special failure stands before the general one it derives from.
_LINES: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    (_SOCKS, "the proxy gives no connection to {host}"),
    ((aiohttp.ConnectionTimeoutError,), "no connection to {host} within {connect:g} s"),
    ((aiohttp.SocketTimeoutError,), "{host} sent nothing for {read:g} s"),
    ((TimeoutError,), "{host} did not answer in time"),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror, UnicodeError), "the name {host} is not known"),
    (
        (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError),
        "the certificate of {host} is not accepted: {reason}",
    ),
    ((aiohttp.ClientSSLError, ssl.SSLError), "no TLS connection to {host}"),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "the proxy gives no connection to {host}"),
    ((aiohttp.ClientConnectorError, ConnectionRefusedError), "no connection to {host}: {reason}"),
    (
        (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError, ConnectionError, EOFError),
        "{host} broke off before the end of its answer",
    ),
    ((OSError,), "{host} cannot be read: {reason}"),
    ((Exception,), "{host} does not answer in HTTP"),
)


def worded(failure: Exception, host: str, timeouts: Timeouts) -> SourceError:
    """The error to raise for a failure. Made anew, because the library's own text can hold the whole address."""
    cause = _cause(failure)
    if isinstance(cause, PrivateAddressError):
        return Refused(f"{host} leads to a private address; if that is meant, set allow_private: true")
    line = next(line for kinds, line in _LINES if isinstance(failure, kinds))
    if isinstance(failure, aiohttp.ClientConnectorError) and not isinstance(
        failure, aiohttp.ClientProxyConnectionError
    ):
        host = failure.host  # after a redirect it is another one
    return Unreachable(line.format(host=host, connect=timeouts.connect, read=timeouts.read, reason=_reason(cause)))


def _reason(cause: Exception) -> str:
    number = getattr(cause, "errno", None)
    return getattr(cause, "verify_message", None) or (os.strerror(number) if number else "not possible")


def _cause(failure: Exception) -> Exception:
    match failure:
        case aiohttp.ClientConnectorCertificateError():
            return failure.certificate_error
        case aiohttp.ClientConnectorError():
            return failure.os_error
        case _:
            return failure
