"""Looking after a ledger: check it, and, of a SQLite file, copy it beside a running daemon, put a copy back."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, create_engine, func, select
from sqlalchemy.exc import DatabaseError

from verifier.errors import LedgerError
from verifier.ledger.address import ServerAddress
from verifier.ledger.dialect import READ_ONLY, prepare_sqlite, refusing, sqlite_uri, sqlite_url
from verifier.ledger.engines import reading
from verifier.ledger.layout import settle
from verifier.ledger.place import beside, created, locked
from verifier.ledger.rows import digest
from verifier.ledger.tables import METADATA, body, fact, standing


def check(path: Path) -> list[str]:
    """Everything that is wrong with a ledger, one line each for people; empty when it can be trusted.

    Safe beside a running daemon. Raises LedgerError when the file cannot be opened at all.
    """
    _ensure_there(path)
    engine = create_engine(sqlite_url(path, "pysqlite"))
    prepare_sqlite(engine, READ_ONLY)
    try:
        with engine.connect() as connection:
            return list(_findings(connection))
    except DatabaseError as error:
        return [f"the file cannot be read through: {error.orig}"]
    finally:
        engine.dispose()


async def check_server(address: ServerAddress) -> list[str]:
    """The same for a ledger on a database server. Raises LedgerError when it cannot be read at all."""
    async with reading(address, read_only=True) as engine:
        await settle(engine, str(address), read_only=True)
        with refusing(str(address)):
            async with engine.connect() as connection:
                return await connection.run_sync(lambda inner: list(_findings(inner)))


def backup(path: Path, to: Path, at: datetime, keep: int | None = None) -> Path:
    """Copy a ledger into the directory ``to`` under its name and the UTC time ``at``, and test the copy.

    Safe beside a running daemon. With ``keep``, only that many copies stay, the newest ones. Raises LedgerError when
    the copy fails its test; then nothing is removed and no copy appears.
    """
    copy = to / f"{path.stem}-{at:%Y%m%dT%H%M%SZ}{path.suffix}"
    with refusing(str(path)):
        to.mkdir(parents=True, exist_ok=True)
        with created(beside(copy, ".part"), copy) as part:
            _copy(path, part)
            _ensure_sound(part)
        if keep is not None:
            copies = sorted(to.glob(f"{path.stem}-????????T??????Z{path.suffix}"))
            for old in copies[: max(0, len(copies) - keep)]:
                old.unlink()
    return copy


def restore(copy: Path, path: Path, at: datetime) -> Path | None:
    """Put a copy in the place of a ledger. Returns where the old file was kept, None when there was none.

    Raises LedgerError when a daemon holds the ledger or the copy fails its test; then nothing has changed.
    """
    _ensure_sound(copy)
    aside = beside(path, f".before-{at:%Y%m%dT%H%M%SZ}")
    with locked(path), refusing(str(path)), created(beside(path, ".part"), path) as part:
        _copy(copy, part)
        kept = [ending for ending in ("-wal", "-shm", "") if beside(path, ending).exists()]
        for ending in kept:
            beside(path, ending).rename(beside(aside, ending))
    return aside if kept else None


def _findings(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for finding in connection.exec_driver_sql("PRAGMA integrity_check").scalars().all():
            if finding != "ok":
                yield f"the file's structure: {finding}"
    for key in [key for table in METADATA.sorted_tables for key in table.foreign_keys]:
        yield from _dangling(connection, key.parent, key.column)
    for row in connection.execute(select(body).execution_options(yield_per=100)):
        if not _holds(row.digest, row.compressed, row.size):
            yield f"the stored answer {row.digest} is not what its digest says"
    last = select(func.coalesce(func.max(fact.c.id), 0)).scalar_subquery()
    for row in connection.execute(select(standing).where(standing.c.position > last)):
        yield f"the judgement of {row.subject} rests on fact {row.position}, which is missing"


def _dangling(connection: Connection, names: Column[Any], named: Column[Any]) -> Iterator[str]:
    table, there = names.table, select(named).where(named == names).exists()
    for row in connection.execute(select(*table.primary_key.columns).where(names.is_not(None), ~there)):
        yield f"row {', '.join(map(str, row))} of {table.name} names a row of {named.table.name} that is missing"


def _holds(name: str, compressed: bytes, size: int) -> bool:
    try:
        body = zlib.decompress(compressed)
    except zlib.error:
        return False
    return len(body) == size and digest(body) == name


def _ensure_sound(copy: Path) -> None:
    if findings := check(copy):
        raise LedgerError(f"{copy} cannot be trusted: {'; '.join(findings[:3])}; use another copy")


def _copy(path: Path, part: Path) -> None:
    _ensure_there(path)
    with (
        closing(sqlite3.connect(f"{sqlite_uri(path)}?mode=rw", uri=True, timeout=5)) as source,
        closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)
        # One file without companions: it can be moved, and read on a disk that cannot be written.
        target.execute("PRAGMA journal_mode=DELETE")


def _ensure_there(path: Path) -> None:
    if not path.is_file():
        raise LedgerError(f"{path} does not exist; name another file")
