"""What reading commands have in common: the ledger beside a running daemon, and times for people and scripts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from verifier.ledger.ledger import Ledger
    from verifier.settings import Settings

Found = TypeVar("Found")


def reading(settings: "Settings", read: "Callable[[Ledger], Awaitable[Found]]") -> Found:
    """What is found in the ledger, which a daemon may be writing meanwhile. Raises LedgerError."""

    async def found() -> Found:
        from verifier.ledger.ledger import Ledger

        async with await Ledger.open(settings.ledger, read_only=True) as ledger:
            return await read(ledger)

    return asyncio.run(found())


def quiet() -> None:
    """Let the rooms log to standard error, and only what has gone wrong: the command itself says the rest."""
    from verifier.cli.logs import log_as

    log_as("error", "logfmt")


def moment(at: datetime | None, settings: "Settings") -> str | None:
    """A moment in the zone of the file with UTC beside it."""
    from verifier.outlets import readable

    return None if at is None else readable.moment(at, settings.show.time_zone)


def utc(at: datetime | None) -> str | None:
    """A moment for scripts: RFC 3339 with ``Z``."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
