"""The memory of the verifier: append-only facts, judgements that can be computed anew, and what is owed to channels."""

import secrets
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncEngine

from verifier import __version__
from verifier.errors import LedgerError
from verifier.ledger.dialect import refusing
from verifier.ledger.engines import reading, writing
from verifier.ledger.judgements import Judgements
from verifier.ledger.layout import settle
from verifier.ledger.memory import Memory
from verifier.ledger.place import Place, beside, created, ensure_file, locked, place_of
from verifier.ledger.records import Batch
from verifier.ledger.rows import rows_of
from verifier.ledger.tables import METADATA, fact, meta
from verifier.ledger.writer import Writer


class Ledger(Memory, Judgements):
    """One opened ledger. All methods raise LedgerError, naming the file and the way out, and never guess.

    ``identity`` names this ledger for ever, also in its copies; ``facts_learned`` is the number of the last fact in it.
    """

    def __init__(self, engine: AsyncEngine, place: Place) -> None:
        super().__init__(engine, str(place))
        self.identity = ""
        self._path = place if isinstance(place, Path) else None
        self._last_fact_id = 0
        self.facts_learned = 0
        self._writer: Writer | None = None
        self._open = AsyncExitStack()

    @classmethod
    async def open(cls, where: str | Place, *, read_only: bool = False, max_pages: int | None = None) -> Self:
        """Open the ledger of a path or URL, made new (readable by its owner alone) when there is none.

        One program writes a ledger at a time; ``read_only`` works beside it. ``max_pages`` bounds a SQLite file to
        that many pages of 4096 bytes. Raises LedgerError for a ledger that is damaged, newer, foreign or in use.
        """
        place = place_of(where)
        async with AsyncExitStack() as stack:
            if isinstance(place, Path):
                if not read_only:
                    stack.enter_context(locked(place))
                if not ensure_file(place, read_only=read_only):
                    await _begin(place)
            ledger = cls(await stack.enter_async_context(reading(place, read_only=read_only)), place)
            transact = None
            if not read_only:
                with refusing(ledger._place):
                    transact = await stack.enter_async_context(writing(place, max_pages=max_pages))
            await settle(ledger._engine, ledger._place, read_only=read_only)
            if transact is not None:
                ledger._writer = Writer(transact, ledger._engine.dialect.name, ledger._place)
                stack.push_async_callback(ledger._writer.close)
            await ledger._wake()
            ledger._open = stack.pop_all()
        return ledger

    async def close(self) -> None:
        """Write what is waiting, and let the ledger go."""
        await self._open.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def next_fact_id(self) -> int:
        """The id of the next fact. Ids are the order learned: take one and write it without awaiting in between."""
        self._last_fact_id += 1
        return self._last_fact_id

    async def write(self, batch: Batch) -> None:
        """Return when the batch is durable, all of it or (LedgerError) nothing.

        Batches written at the same time share a commit and its fate.
        """
        await self._writing().write(rows_of(batch))
        self.facts_learned = max([self.facts_learned, *(fact.id for fact in batch.facts)])

    async def mark_message(
        self,
        message: str,
        *,
        at: datetime,
        state: Literal["waiting", "delivered", "dead"],
        attempts: int,
        result: str,
        next_attempt_at: datetime | None = None,
        last_error: str = "",
    ) -> None:
        """Note how an attempt at ``at`` to deliver a message ended, for the message and in the list of attempts."""
        marked = {
            "marked": message,
            "state": state,
            "attempts": attempts,
            "next_attempt_at": next_attempt_at,
            "last_error": _text(last_error),
        }
        delivery = {"message": message, "at": at, "result": _text(result)}
        await self._writing().write({"marked": [marked], "delivery": [delivery]})

    async def counts(self) -> dict[str, int]:
        """Rows per table, and ``bytes`` on disk."""
        tables = METADATA.sorted_tables
        each = [
            select(literal(table.name).label("name"), func.count().label("rows")).select_from(table) for table in tables
        ]
        if self._path is None:
            each.append(select(literal("bytes"), func.pg_database_size(func.current_database())))
        counted = select(union_all(*each).subquery())
        counts: dict[str, int] = dict(await self._read(counted, lambda row: (row["name"], row["rows"])))
        if self._path is not None:
            files = (self._path, beside(self._path, "-wal"))
            counts["bytes"] = sum(file.stat().st_size for file in files if file.exists())
        return counts

    def _writing(self) -> Writer:
        if self._writer is None:
            raise LedgerError(f"{self._place} was opened for reading only")
        return self._writer

    async def _wake(self) -> None:
        self._last_fact_id = await self._first(select(func.max(fact.c.id).label("last")), lambda row: row["last"]) or 0
        self.facts_learned = self._last_fact_id
        notes = dict(await self._read(select(meta), lambda row: (row["key"], row["value"])))
        self.identity = notes.get("ledger") or secrets.token_hex(16)
        now = {"ledger": self.identity, "program": __version__}
        if self._writer is not None and notes != now:
            await self._writer.write({"meta": [{"key": key, "value": value} for key, value in now.items()]})


async def _begin(path: Path) -> None:
    """A new file gets its name only when it is complete: an empty one is damage, never a beginning."""
    with refusing(str(path)), created(beside(path, ".new"), path) as new:
        async with reading(new, read_only=False) as engine:
            await settle(engine, str(path), read_only=False)


def _text(said: str) -> str:
    """What a server of somebody else said, without the one character that not every database keeps."""
    return said.replace("\0", "\N{REPLACEMENT CHARACTER}")
