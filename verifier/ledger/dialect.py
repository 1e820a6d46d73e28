"""All that differs between databases: connection settings, upserts, guards against change, words for their errors."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from verifier.errors import LedgerError

AWAY: Final = "cannot be reached; nothing of this was written, look at the server and go on"

_SIGNS_OF_ABSENCE: Final = (
    "connection is closed",
    "connection was closed",
    "connection_lost",
    "connection reset",
    "terminating connection",
    "starting up",
    "shutting down",
    "timeouterror",
)

_ADVICE: Final = (
    ("not a database", "is not a ledger; name another file, or move this one away to start anew"),
    ("malformed", "is damaged; stop, look with `verifier db check`, then `verifier db restore` a backup"),
    ("disk is full", "has no room left; nothing of this was written, make room and go on"),
    ("disk i/o error", "cannot be written or read by the disk; nothing of this was written, look at the disk"),
    ("unable to open", "cannot be opened; look at the directory and its permissions"),
    ("readonly", "is read-only here; open it as the user who owns it"),
    ("locked", "is in use by another program; stop that one first"),
    ("lock timeout", "is in use by another running verifier; stop that one first"),
    ("no space left", "has no room left; nothing of this was written, make room and go on"),
    ("authentication failed", "does not take this user or password; look at `ledger` and its password"),
    ('" does not exist', "has no such user or database; make them on the server"),
    ("permission denied for", "does not let this user do it; give it a database of its own"),
    *((sign, AWAY) for sign in _SIGNS_OF_ABSENCE),
)


READ_ONLY: Final = "PRAGMA query_only=ON"

#: Readers beside one writer. Written into the file, so set only once it is known to be ours.
WAL: Final = "PRAGMA journal_mode=WAL"


def insert(database: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT in the words of ``database`` (sqlite, postgresql)."""
    return postgresql.insert(table) if database == "postgresql" else sqlite.insert(table)


def append_only(database: str, tables: Sequence[str]) -> list[str]:
    """Statements for ``database`` after which rows of these tables can be neither changed nor removed."""
    if database == "postgresql":
        refuse = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"
        change = "UPDATE OR DELETE OR TRUNCATE"
        return [f"CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$"] + [
            f"CREATE TRIGGER {table}_kept BEFORE {change} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            for table in tables
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]


def advice(error: Exception) -> str:
    """What went wrong with the ledger and what to do, for people."""
    origin = getattr(error, "orig", None) or error
    cause = str(origin) or type(origin).__name__
    known = (text for sign, text in _ADVICE if sign in cause.lower())
    return f"{next(known, 'cannot be used')} ({cause})"


@contextmanager
def refusing(place: str) -> Iterator[None]:
    """Turn what a database or disk throws into a LedgerError that names the place and the way out."""
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite3.Error, OSError) as error:
        raise LedgerError(f"{place} {advice(error)}") from error


def sqlite_uri(path: Path) -> str:
    """A file's name in the form that takes options; with ``mode=rw`` it is never created by being opened."""
    return f"file:{quote(str(path.absolute()))}"


def sqlite_url(path: Path, driver: str) -> URL:
    """An existing SQLite file for a driver."""
    return URL.create(f"sqlite+{driver}", database=sqlite_uri(path), query={"mode": "rw", "uri": "true"})


def prepare_sqlite(engine: Engine, *mode: str, max_pages: int | None = None) -> None:
    """Settings of every connection, and ``mode`` (READ_ONLY, WAL): a commit is on disk before it returns."""
    settings = [
        "PRAGMA busy_timeout=5000",
        "PRAGMA foreign_keys=ON",
        "PRAGMA synchronous=FULL",
        *mode,
    ]
    if max_pages is not None:
        settings.append(f"PRAGMA max_page_count={max_pages}")

    def connected(connection: Any, _record: object) -> None:
        # Python's driver would leave DDL and reading outside of transactions: we begin by ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(setting)
        cursor.close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def ensure_sound(connection: Connection) -> None:
    """Read the structure of a SQLite file through once. Raises sqlite3.DatabaseError when it is damaged."""
    if connection.dialect.name == "sqlite":
        findings = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars().all()
        if findings != ["ok"]:
            raise sqlite3.DatabaseError(f"malformed: {findings[0]}")
