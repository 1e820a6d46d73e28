"""What another program finds in a ledger, and does to it, while a daemon writes there: in a file or on a server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

from sqlalchemy import text

from verifier.errors import LedgerError
from verifier.ledger.engines import reading
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place

_REFUSES: Final = {
    "sqlite": ["CREATE TRIGGER full_disk BEFORE INSERT ON fact BEGIN SELECT RAISE(ABORT, 'disk is full'); END"],
    "postgresql": [
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''disk is full''; END'",
        "CREATE TRIGGER full_disk BEFORE INSERT ON fact EXECUTE FUNCTION full_disk()",
    ],
}
_TAKES_AGAIN: Final = {"sqlite": ["DROP TRIGGER full_disk"], "postgresql": ["DROP FUNCTION full_disk CASCADE"]}


async def rows(place: Place, query: str) -> list[tuple[Any, ...]]:
    """What a reader finds."""
    async with await Ledger.open(place, read_only=True) as ledger, ledger._engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def untouched(place: Place) -> bool:
    """Whether no ledger was begun there."""
    with suppress(LedgerError):
        await (await Ledger.open(place, read_only=True)).close()
        return False
    return True


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Meanwhile a daemon writes there."""
    with asyncio.Runner() as runner:
        ledger = runner.run(Ledger.open(place))
        try:
            yield
        finally:
            runner.run(ledger.close())


@asynccontextmanager
async def full_disk(place: Place) -> AsyncIterator[None]:
    """Meanwhile the database takes no new fact."""
    await _change(place, _REFUSES)
    try:
        yield
    finally:
        await _change(place, _TAKES_AGAIN)


async def _change(place: Place, statements: dict[str, list[str]]) -> None:
    async with reading(place, read_only=False) as engine, engine.begin() as connection:
        for statement in statements[engine.dialect.name]:
            await connection.execute(text(statement))
