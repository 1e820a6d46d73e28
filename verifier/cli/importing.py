"""``verifier import`` and ``verifier add``: what a pool's file or a person says, and taking it back."""

import asyncio
import csv
import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

import typer

from verifier.cli.beside import written
from verifier.cli.flags import ConfigFile, ListenAddress, WebConfigFile, configured, named
from verifier.cli.memory import moment, quiet
from verifier.cli.output import Exit, say, say_table, stop

if TYPE_CHECKING:
    from verifier.daemon.daemon import Daemon
    from verifier.daemon.imports import Offered
    from verifier.settings import Settings

_MOST_ROWS: Final = 20
_BY_HAND: Final = "by hand"

ContractName = Annotated[str, typer.Argument(help="The name of a contract in the file.", metavar="CONTRACT")]
When = Annotated[str, typer.Argument(help="A date, a time in the zone of the file, or one with its own.")]
Coins = Annotated[str, typer.Argument(help="Like `0.0125 BTC`.", metavar="AMOUNT")]
FromSeller = Annotated[bool, typer.Option("--from-seller", help="The seller says so: it decides nothing.")]


def bring(
    contract: Annotated[str | None, typer.Argument(help="The name of a contract in the file.")] = None,
    file: Annotated[Path | None, typer.Argument(help="CSV with a header; docs/cli.md lists the columns.")] = None,
    *,
    kind: Annotated[str | None, typer.Option(help="work, readings, payouts, earnings or charges.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what is understood.")] = False,
    from_seller: FromSeller = False,
    undo: Annotated[str | None, typer.Option(metavar="DIGEST", help="Take an earlier import back.")] = None,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Import a statement of a pool or seller; the same rows count once, however often they are imported."""
    from verifier.daemon.imports import Offered

    if (undo is None) is (contract is None or file is None):
        raise typer.BadParameter("name a contract and a file, or say --undo DIGEST", param_hint="CONTRACT FILE")
    settings, now = configured(config_file, listen_address, web_config_file)
    quiet()
    if undo is not None or contract is None or file is None:
        said = asyncio.run(_taken_back(settings, undo or "", now))
        say(f"taken back: {said['file']} of {said['contract']}")
        return
    content = file.read_bytes()
    offered = Offered(contract=contract, file=file.name, content=content, kind=kind, from_seller=from_seller)
    _offer(settings, offered, now, dry_run=dry_run)


def payout(
    contract: ContractName,
    when: When,
    amount: Coins,
    *,
    txid: Annotated[str, typer.Option(help="The transaction, where it is known.")] = "",
    address: Annotated[str, typer.Option(help="Where it was sent to.")] = "",
    from_seller: FromSeller = False,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Enter a payout that somebody says was sent."""
    cells = {"time": when, "amount": amount, "txid": txid, "address": address}
    _enter(configured(config_file, listen_address, web_config_file), contract, cells, from_seller=from_seller)


def reading(
    contract: ContractName,
    when: When,
    hashrate: Annotated[str, typer.Argument(help="Like `100 TH/s`.")],
    *,
    over: Annotated[str, typer.Option(help="The span it is an average of.")] = "1h",
    worker: Annotated[str, typer.Option(help="One worker; without it the whole contract.")] = "",
    from_seller: FromSeller = False,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Enter a hashrate that was read somewhere."""
    cells = {"time": when, "hashrate": hashrate, "window": over, "worker": worker}
    _enter(configured(config_file, listen_address, web_config_file), contract, cells, from_seller=from_seller)


def charge(
    contract: ContractName,
    what: Annotated[str, typer.Argument(help="What for, like `electricity` or `pool`.")],
    start: When,
    end: When,
    amount: Coins,
    *,
    taken: Annotated[str, typer.Option(help="deducted, invoiced or prepaid.")] = "deducted",
    from_seller: FromSeller = False,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Enter a fee that was taken."""
    cells = {"what": what, "start": start, "end": end, "amount": amount, "taken": taken}
    _enter(configured(config_file, listen_address, web_config_file), contract, cells, from_seller=from_seller)


def _enter(
    configuration: "tuple[Settings, datetime]", contract: str, cells: dict[str, str], *, from_seller: bool
) -> None:
    from verifier.daemon.imports import Offered

    quiet()
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerows([cells.keys(), cells.values()])
    content = line.getvalue().encode()
    offered = Offered(contract=contract, file=_BY_HAND, content=content, from_seller=from_seller)
    settings, now = configuration
    _offer(settings, offered, now, dry_run=False)


def _offer(settings: "Settings", offered: "Offered", now: datetime, *, dry_run: bool) -> None:
    """Read it here first: what is wrong is said the same whoever writes it."""
    from verifier.daemon.imports import understood

    named("contracts", offered.contract, settings.contracts, settings.file)
    statement = understood(offered, settings, now)
    if dry_run:
        from verifier.cli.observed import described

        rows = [row for one in statement.rows for row in described(one, lambda at: moment(at, settings))]
        say_table(("what", "of", "when", "figures"), rows[:_MOST_ROWS])
        more = f", {len(rows) - _MOST_ROWS} of them not shown" if len(rows) > _MOST_ROWS else ""
        say(f"{statement.kind}: {len(rows)} row{'' if len(rows) == 1 else 's'}{more}; nothing was written")
        return
    said = asyncio.run(_brought(settings, offered, now))
    known = f", {said['known']} known already" if said["known"] else ""
    say(f"{offered.contract}: {said['new']} new row{'' if said['new'] == 1 else 's'} of {said['kind']}{known}")
    if said["new"]:
        say(f"to take them back: verifier import --undo {str(said['digest'])[:12]}")


async def _brought(settings: "Settings", offered: "Offered", now: datetime) -> dict[str, Any]:
    options = {"kind": offered.kind} if offered.kind else {}
    query = {"contract": offered.contract, "file": offered.file, **options}
    if offered.from_seller:
        query["from"] = "seller"

    async def here(daemon: "Daemon") -> dict[str, Any]:
        read = await daemon.entering.bring(offered, now)
        return {"digest": read.digest, "kind": read.kind, "new": read.new, "known": read.known}

    return await written(settings, now, here, "/api/v1/imports", query, offered.content)


async def _taken_back(settings: "Settings", digest: str, now: datetime) -> dict[str, Any]:
    async def here(daemon: "Daemon") -> dict[str, Any]:
        found = await daemon.entering.take_back(digest, now)
        return {"contract": found.contract, "file": found.file}

    try:
        return await written(settings, now, here, f"/api/v1/imports/{quote(digest.lower(), safe='')}/take-back")
    except KeyError as error:
        stop(str(error.args[0]), Exit.FAILED)
