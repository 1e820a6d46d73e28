"""Who may talk to the pages: requests that name a host we are known by, with a login where one is asked for.

Writes only from our own pages.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from verifier.outlets import pages
from verifier.outlets.access import Doorkeeper, loopback

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Server": "verifier",
}

#: Whether the program lives and is ready is no secret, and what asks for it (an engine of containers) has no login.
_OPEN: Final = frozenset({"/-/healthy", "/-/ready"})
#: What the commands of this machine ask of the daemon stands below here.
_ASKED_BY_COMMANDS: Final = "/api/v1/"


def host_of(address: str) -> str | None:
    """The host of ``host:port`` or a URL in lower case, None when it has none or cannot be read."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        return None


def known(host: str | None, names: frozenset[str]) -> bool:
    """Whether a Host header is ours: a name we are known by, or an IP address, which no foreign DNS can point to us."""
    if host is None:
        return False
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return host in names or host == "localhost"
    return True


def guarding(names: Callable[[], frozenset[str]], doorkeeper: Doorkeeper) -> Middleware:
    """The middleware; ``names`` tells the host names that are ours at this moment."""

    async def admitted(request: web.Request) -> bool:
        local = request.remote is not None and loopback(request.remote)
        by_token = local and request.method == "POST" and request.path.startswith(_ASKED_BY_COMMANDS)
        return request.path in _OPEN or await doorkeeper.admits(request.headers.get("Authorization"), by_token=by_token)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        ours = names()
        if not known(host_of(request.host), ours):
            return _refused(421, "Unknown address", "Add this address as external_url in the configuration.")
        if not await admitted(request):
            refused = _refused(401, "Who is there?", "These pages are read with a name and a password.")
            refused.headers["WWW-Authenticate"] = 'Basic realm="verifier", charset="UTF-8"'
            return refused
        origin = request.headers.get("Origin")
        if request.method not in {"GET", "HEAD"} and origin is not None and urlsplit(origin).netloc != request.host:
            return _refused(403, "Not from here", "Changes are accepted from this program's own pages only.")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return _refused(404, "Nothing here", "There is no page, contract or account of this name.")

    return guard


def _refused(status: int, title: str, sentence: str) -> web.Response:
    return web.Response(status=status, text=pages.problem(title, sentence), content_type="text/html")


def protecting(doorkeeper: Doorkeeper) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Security headers on every answer; only what is static may be kept by the browser."""

    async def protect(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        response.headers.update(doorkeeper.access.headers)
        static = request.path.startswith("/static/") and response.status < 400
        response.headers["Cache-Control"] = "public, max-age=300" if static else "no-store"

    return protect
