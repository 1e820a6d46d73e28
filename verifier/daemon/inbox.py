"""The folder from which statements are imported: each file goes to ``done`` or ``refused``."""

import asyncio
import os
import stat
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from verifier.daemon.daemon import Daemon
from verifier.daemon.imports import Offered
from verifier.errors import ConfigError, LedgerError
from verifier.settings.statement import LARGEST

FOLDER: Final = "inbox"
#: A file that was written so lately may still be growing.
_SETTLED: Final = timedelta(seconds=10)

log = structlog.get_logger()


class Inbox:
    """Imports for a daemon what people put into its inbox: beside the ledger's file, or in the folder of the state."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    async def look(self, now: datetime) -> None:
        """Import every file that has settled; what the ledger cannot take now stays for the next look."""
        settings = self._daemon.settings
        beside = settings.ledger.parent if isinstance(settings.ledger, Path) else settings.state
        folder = beside / FOLDER
        try:
            for file in await asyncio.to_thread(_settled, folder, now):
                await self._take(folder, file, now)
        except LedgerError as error:
            log.warning("the inbox waits until the ledger can be written", why=str(error))
        except OSError as error:
            log.warning("the inbox cannot be read or emptied", why=str(error))

    async def _take(self, folder: Path, file: Path, now: datetime) -> None:
        contract = contract_of(file.name, self._daemon.settings.contracts)
        if contract is None:
            names = ", ".join(self._daemon.settings.contracts)
            _put(
                file,
                folder / "refused",
                now,
                f"the name begins with no contract's name, write one of: {names}",
            )
            return
        content = await asyncio.to_thread(_read, file)
        try:
            read = await self._daemon.entering.bring(Offered(contract=contract, file=file.name, content=content), now)
        except ConfigError as error:
            _put(file, folder / "refused", now, str(error))
            log.warning("a file in the inbox is refused", file=file.name)
            return
        _put(file, folder / "done", now, None)
        log.info("a file was imported", file=file.name, contract=contract, new=read.new, known=read.known)


def contract_of(file: str, contracts: Iterable[str]) -> str | None:
    """The contract that a file is named after: the longest name that it begins with."""
    return max((name for name in contracts if file.startswith(name)), key=len, default=None)


def _settled(folder: Path, now: datetime) -> list[Path]:
    """Plain files with a readable name that ends in ``.csv``, and that grow no more; a link is nobody's statement."""
    if not folder.is_dir():
        return []
    found = []
    for file in sorted(folder.glob("*.csv")):
        told = file.lstat()
        changed = datetime.fromtimestamp(told.st_mtime, UTC)
        if stat.S_ISREG(told.st_mode) and file.name.isprintable() and changed <= now - _SETTLED:
            found.append(file)
    return found


def _read(file: Path) -> bytes:
    """The file, or so much of it that it is refused as too large."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
        return opened.read(LARGEST + 1)


def _put(file: Path, folder: Path, now: datetime, why: str | None) -> None:
    """Move a file, beside one of the same name that was there before, with a text that says why it is refused."""
    folder.mkdir(exist_ok=True)
    target = folder / file.name
    if target.exists():
        target = folder / f"{file.stem}-{now:%Y%m%dT%H%M%SZ}{file.suffix}"
    file.rename(target)
    if why is not None:
        target.with_name(target.name + ".txt").write_text(why + "\n")
