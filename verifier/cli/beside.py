"""Asking the daemon that holds the ledger to do what only one program may do at a time."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from verifier.cli.output import Exit, stop
from verifier.errors import InUse, SourceError

if TYPE_CHECKING:
    from verifier.daemon.daemon import Daemon
    from verifier.settings import Settings, Web
    from verifier.wire import Wire


async def asked_of_daemon(
    wire: "Wire", web: "Web", path: str, query: Mapping[str, str] | None = None, body: bytes | None = None
) -> tuple[str | None, dict[str, Any]]:
    """Why a running daemon did not do it, None when it did, and the document that it answered."""
    from verifier.talk import Http
    from verifier.wire import Destination

    if web.access.tls is not None:
        # The certificate is for the name that others use, and the key of a client is in no file of ours.
        return (
            f"the daemon's pages speak TLS, ask it yourself: curl --user NAME -X POST https://{web.address}{path}",
            {},
        )
    address = f"http://{_reached(web).address}"
    headers = {"Origin": address} | ({"Authorization": f"Bearer {web.access.token}"} if web.access.users else {})
    daemon = Destination(name="daemon", url=address, allow_private=True, follow_redirects=False)
    ask = Http(method="POST", path=path, query=query or {}, headers=headers, body=body, repeatable=False)
    try:
        reply = await wire.ask(daemon, ask)
    except SourceError as error:
        return f"a daemon is running but not reached at {address} (give --web.listen-address): {error}", {}
    if reply.status == 401:
        return f"the daemon at {address} asks for a password, give the --web.config.file that it runs with", {}
    try:
        document = json.loads(reply.body)
        return (None if reply.status < 300 else str(document["error"])), document
    except (ValueError, KeyError, TypeError):
        return f"{address} answered {reply.status} (is it the daemon? give --web.listen-address)", {}


def _reached(web: "Web") -> "Web":
    """Where a daemon that listens everywhere is reached from its own machine."""
    try:
        everywhere = not web.host or ip_address(web.host).is_unspecified
    except ValueError:
        return web
    if not everywhere:
        return web
    return replace(web, host="::1" if ":" in web.host else "127.0.0.1")


async def written(
    settings: "Settings",
    now: datetime,
    here: "Callable[[Daemon], Awaitable[dict[str, Any]]]",
    path: str,
    query: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> dict[str, Any]:
    """Written and judged ``here`` when no daemon runs; else by the one that holds the ledger, at ``path``."""
    from verifier.clock import SystemClock
    from verifier.daemon.daemon import Daemon
    from verifier.ledger.ledger import Ledger
    from verifier.outlets.metrics import Metrics
    from verifier.outlets.telling import Telling
    from verifier.wire import Wire

    clock = SystemClock()
    async with Wire(clock) as wire:
        try:
            ledger = await Ledger.open(settings.ledger)
        except InUse:
            refused, document = await asked_of_daemon(wire, settings.web, path, query, body)
            if refused is not None:
                stop(refused, Exit.FAILED)
            return document
        async with ledger:
            daemon = Daemon(settings, ledger, wire, clock, Telling(ledger, wire), Metrics(process=False))
            await daemon.start(now)
            return await here(daemon)
