"""How any question is put to the ledger: one statement, converted rows, and no guessing from a damaged file."""

import zlib
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncEngine

from verifier.errors import LedgerError
from verifier.ledger.dialect import refusing

T = TypeVar("T")

#: One row by the names of its columns.
Row: TypeAlias = dict[str, Any]


class Reads:
    """Reading statements on one engine. ``place`` names the ledger in errors."""

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        self._engine = engine
        self._place = place

    async def _read(self, statement: Select[Any], convert: Callable[[Row], T]) -> list[T]:
        """Raises LedgerError when the ledger cannot be read or a row does not make sense."""
        try:
            with refusing(self._place):
                async with self._engine.connect() as connection:
                    result = await connection.execute(statement)
            names = tuple(result.keys())
            return [convert(dict(zip(names, row, strict=True))) for row in result]
        except (ValueError, OverflowError, zlib.error) as error:
            raise LedgerError(f"{self._place} holds a row that cannot be read ({error}); restore a backup") from error

    async def _first(self, statement: Select[Any], convert: Callable[[Row], T]) -> T | None:
        return next(iter(await self._read(statement, convert)), None)
