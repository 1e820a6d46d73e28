"""Where a ledger lives: its file, the lock that one daemon holds, and what of it belongs together."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from verifier.errors import InUse, LedgerError
from verifier.ledger.address import ServerAddress
from verifier.ledger.dialect import refusing

#: A file, or a database on a server.
Place: TypeAlias = Path | ServerAddress


def place_of(where: str | Place) -> Place:
    """The place that a path or a ``sqlite`` or ``postgresql`` URL names. Raises LedgerError for any other URL."""
    if not isinstance(where, str):
        return where
    if "://" not in where:
        return Path(where)
    try:
        url = make_url(where)
        if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
            return Path(str(url.database))
        named = url._replace(drivername=url.get_backend_name(), password=None).render_as_string()
        return ServerAddress.of(named, None if url.password is None else str(url.password))
    except (ArgumentError, ValueError):
        forms = "sqlite+aiosqlite:///path/to/ledger.db or postgresql://user@host/database"
        raise LedgerError(f"the ledger's URL names no database; write {forms}") from None


def beside(path: Path, ending: str) -> Path:
    """A file that belongs to the ledger: ``-wal``, ``-shm``, ``.lock``, ``.new``."""
    return path.with_name(path.name + ending)


def ensure_file(path: Path, *, read_only: bool) -> bool:
    """Whether there is a ledger to open; False: make a new one. Raises LedgerError for what is left of a lost one."""
    if path.exists():
        if path.stat().st_size == 0:
            raise LedgerError(f"{path} is empty; restore a backup, or move it away to start anew")
        return True
    if read_only:
        raise LedgerError(f"{path} does not exist; name another file, or start `verifier run` once")
    if beside(path, "-wal").exists():
        raise LedgerError(f"{path} is gone, {path.name}-wal is left; restore a backup, or move it away to start anew")
    return False


@contextmanager
def created(part: Path, path: Path) -> Iterator[Path]:
    """An empty file, readable by its owner alone, that becomes ``path`` when the block has filled it."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        part.rename(path)
        _keep_name(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be the only one who writes this ledger. Raises InUse when another one does."""
    lock = beside(path, ".lock")
    with refusing(str(lock)):
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(f"{path} is in use by another running verifier; stop that one first") from error
        yield
    finally:
        os.close(descriptor)


def _keep_name(path: Path) -> None:
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
