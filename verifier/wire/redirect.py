"""Where a redirect may lead: rules that keep a secret and a private network out of a stranger's hands."""

from yarl import URL

from verifier.errors import Refused

STATUSES = frozenset({301, 302, 303, 307, 308})
#: The statuses after which a POST is sent again as it was (RFC 9110 15.4); after the others it would become a GET.
_KEEP_METHOD = frozenset({307, 308})

#: How often one ask is sent on.
MOST = 3


def is_followed(status: int, method: str) -> bool:
    """Whether an answer of this status sends an ask of this method elsewhere."""
    return status in STATUSES and (method == "GET" or status in _KEEP_METHOD)


def onward(current: URL, location: str, *, secret: bool) -> URL:
    """The address a redirect leads to.

    Raises Refused when it would leave HTTP, fall back from https to http, or (``secret``: the ask carries one) carry
    a secret to another host.
    """
    host = current.host
    try:
        onward_url = current.join(URL(location))
    except ValueError:
        onward_url = URL()
    if not onward_url.host or onward_url.scheme not in {"http", "https"}:
        raise Refused(f"{host} redirects to an address that is not a web page")
    if current.scheme == "https" and onward_url.scheme == "http":
        raise Refused(f"{host} redirects from https to http, which anybody on the way could read")
    if secret and not _same_end(current, onward_url):
        raise Refused(f"{host} redirects to {onward_url.host}, which is not to see this account's key")
    return onward_url


def _same_end(current: URL, onward_url: URL) -> bool:
    upgraded = current.is_default_port() and onward_url.is_default_port()
    return current.host == onward_url.host and (current.port == onward_url.port or upgraded)
