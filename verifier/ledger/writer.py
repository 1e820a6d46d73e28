"""The one writer: batches submitted together are committed together, and are durable before anybody is told."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, TypeAlias

from sqlalchemy import Connection, Executable, Table, bindparam, case, delete, func, update

from verifier.errors import LedgerError
from verifier.ledger import tables
from verifier.ledger.dialect import insert, refusing
from verifier.ledger.engines import Transact
from verifier.ledger.rows import Rows

_Waiting: TypeAlias = tuple[Rows, asyncio.Future[None]]

#: Waiting batches that are committed together at most; bounds the memory and the time of one transaction.
_TOGETHER: Final = 500


def _replace(database: str, table: Table) -> Executable:
    statement = insert(database, table)
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    )


def _append_once(database: str, table: Table) -> Executable:
    return insert(database, table).on_conflict_do_nothing(index_elements=[c.name for c in table.primary_key])


def _owe(database: str) -> Executable:
    """A message that carries what is owed is never taken back."""
    statement = insert(database, tables.owed)
    carried = func.coalesce(statement.excluded.message, tables.owed.c.message)
    return statement.on_conflict_do_update(index_elements=["transition", "channel"], set_={"message": carried})


def _drop_stale() -> Executable:
    kept = tables.checkpoint.c
    return delete(tables.checkpoint).where(kept.subject == bindparam("stale"), kept.at > bindparam("since"))


def _count_up(database: str) -> Executable:
    """A nonce never goes back."""
    statement = insert(database, tables.nonce)
    new, old = statement.excluded.value, tables.nonce.c.value
    return statement.on_conflict_do_update(index_elements=["name"], set_={"value": case((new > old, new), else_=old)})


def statements(database: str) -> tuple[tuple[str, Executable], ...]:
    """One statement per kind of row, in the order in which rows refer to each other."""
    return (
        ("body", _append_once(database, tables.body)),
        ("fact", insert(database, tables.fact)),
        ("answer", insert(database, tables.answer)),
        ("forgotten", delete(tables.standing).where(tables.standing.c.subject == bindparam("gone"))),
        ("forgotten", delete(tables.checkpoint).where(tables.checkpoint.c.subject == bindparam("gone"))),
        ("stale", _drop_stale()),
        ("standing", _replace(database, tables.standing)),
        ("checkpoint", _replace(database, tables.checkpoint)),
        ("hour", _replace(database, tables.hour)),
        ("transition", _append_once(database, tables.transition)),
        ("message", _append_once(database, tables.message)),
        ("owed", _owe(database)),
        ("marked", update(tables.message).where(tables.message.c.id == bindparam("marked"))),
        ("delivery", insert(database, tables.delivery)),
        ("nonce", _count_up(database)),
        ("meta", _replace(database, tables.meta)),
    )


def merged(batches: Iterable[Rows]) -> Rows:
    """Rows of several batches in order; what a later batch forgets or drops is not written by an earlier one."""
    together: Rows = defaultdict(list)
    for rows in batches:
        gone = {row["gone"] for row in rows.get("forgotten", ())}
        if gone:
            for name in ("standing", "checkpoint"):
                together[name] = [row for row in together[name] if row["subject"] not in gone]
        stale = {row["stale"]: row["since"] for row in rows.get("stale", ())}
        if stale:
            together["checkpoint"] = [
                row
                for row in together["checkpoint"]
                if row["subject"] not in stale or row["at"] <= stale[row["subject"]]
            ]
        for name, some in rows.items():
            together[name] += some
    return together


class Writer:
    """Commits rows in the order submitted, on ``database`` (sqlite, postgresql). ``place`` names it in errors."""

    def __init__(self, transact: Transact, database: str, place: str) -> None:
        self._transact = transact
        self._place = place
        self._statements = statements(database)
        self._waiting: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._closed = False
        self._task = asyncio.create_task(self._run())

    async def write(self, rows: Rows) -> None:
        """Return when the rows are durable. Raises LedgerError, with nothing of them written."""
        if self._closed:
            raise LedgerError(f"{self._place} is closed")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((rows, done))
        await done

    async def close(self) -> None:
        """Write what is waiting, then end."""
        self._closed = True
        self._waiting.put_nowait(None)
        await self._task

    async def _run(self) -> None:
        first: _Waiting | None
        while (first := await self._waiting.get()) is not None:
            group = [first]
            while len(group) < _TOGETHER and not self._waiting.empty():
                following = self._waiting.get_nowait()
                if following is None:
                    self._waiting.put_nowait(None)
                    break
                group.append(following)
            error = await self._commit([rows for rows, _ in group])
            for _, done in group:
                if done.done():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    async def _commit(self, batches: list[Rows]) -> Exception | None:
        together = merged(batches)

        def apply(connection: Connection) -> None:
            for name, statement in self._statements:
                if rows := together.get(name):
                    connection.execute(statement, rows)

        try:
            with refusing(self._place):
                await self._transact(apply)
        except Exception as error:  # noqa: BLE001 (whatever it is, those who wait must hear it)
            return error
        return None
