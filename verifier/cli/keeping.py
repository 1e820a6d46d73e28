"""``verifier db``: check, copy and put back what everything is remembered in."""

import asyncio
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from verifier.cli.flags import ConfigFile, configured
from verifier.cli.output import Exit, complain, say
from verifier.errors import LedgerError

_FOLDER = "backups"


def check(
    file: Annotated[Path | None, typer.Argument(help="The file to check instead of the configured one.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Read everything and tell what is wrong with it; safe beside a running daemon."""
    from verifier.ledger import care

    ledger = file or configured(config_file)[0].ledger
    findings = care.check(ledger) if isinstance(ledger, Path) else asyncio.run(care.check_server(ledger))
    for finding in findings:
        complain(f"{ledger}: {finding}")
    if findings:
        raise typer.Exit(Exit.FAILED)
    say(f"OK: {ledger}")


def backup(
    to: Annotated[
        Path | None, typer.Argument(help="The folder for the copy.", show_default="backups beside it")
    ] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Remove all but the newest copies.")] = None,
    file_only: Annotated[bool, typer.Option("--file-only", help="Do nothing where the ledger is on a server.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Copy the file beside a running daemon, and test the copy by opening it."""
    from verifier.ledger import care

    settings, now = configured(config_file)
    ledger = settings.ledger
    if not isinstance(ledger, Path):
        instead = f"{ledger} is copied by the server's own program: {ledger.copying}"
        if not file_only:
            raise LedgerError(instead)
        say(f"nothing to do here, {instead}")
        return
    say(str(care.backup(ledger, to or ledger.parent / _FOLDER, now, keep)))


def restore(
    copy: Annotated[Path, typer.Argument(help="The copy to put back.")],
    config_file: ConfigFile = None,
) -> None:
    """Put a copy in the place of the file; refused while a daemon runs, and the old file is kept."""
    from verifier.ledger import care

    settings, now = configured(config_file)
    ledger = settings.ledger
    if not isinstance(ledger, Path):
        raise LedgerError(f"{ledger} is put back by the server's own program: {ledger.restoring} {quote(str(copy))}")
    aside = care.restore(copy, ledger, now)
    say(f"{ledger} is now the copy {copy}")
    if aside is not None:
        say(f"the file before is kept as {aside}")
