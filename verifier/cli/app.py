"""All commands in one place."""

from collections.abc import Callable
from typing import Annotated, Final

import typer

from verifier import __version__
from verifier.cli import (
    asking,
    audit,
    configuring,
    contracts,
    doctor,
    explaining,
    importing,
    keeping,
    outbox,
    replaying,
    rereading,
    running,
    telling,
)
from verifier.cli.output import say, told_plainly


def _group(about: str) -> typer.Typer:
    return typer.Typer(help=about, no_args_is_help=True, pretty_exceptions_enable=False)


app: Final = typer.Typer(
    name="verifier",
    help="Compares the hashrate and payouts that a seller delivers with what the contract promised.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_config: Final = _group("The configuration file: check it, show what is in force, print its schema.")
_tell: Final = _group("Try the ways of telling people.")
_outbox: Final = _group("Messages that wait or could not be delivered.")
_add: Final = _group("Enter by hand what no source tells.")
_db: Final = _group("The file in which everything is remembered: check, copy, put back.")

_COMMANDS: Final[tuple[tuple[typer.Typer, str, Callable[..., None]], ...]] = (
    (app, "run", running.run),
    (app, "demo", running.demo),
    (app, "simulate", running.simulate),
    (app, "contracts", contracts.contracts),
    (app, "explain", explaining.explain),
    (app, "audit", audit.audit),
    (app, "ask", asking.ask),
    (app, "record", asking.record),
    (app, "replay", replaying.replay),
    (app, "reread", rereading.reread),
    (app, "doctor", doctor.doctor),
    (app, "import", importing.bring),
    (_add, "payout", importing.payout),
    (_add, "reading", importing.reading),
    (_add, "charge", importing.charge),
    (_config, "check", configuring.check),
    (_config, "schema", configuring.schema),
    (_config, "show", configuring.show),
    (_tell, "test", telling.send_one),
    (_outbox, "list", outbox.waiting),
    (_outbox, "retry", outbox.retry),
    (_db, "check", keeping.check),
    (_db, "backup", keeping.backup),
    (_db, "restore", keeping.restore),
)
for _place, _name, _function in _COMMANDS:
    # Errors are worded inside the command, so that every way of starting it sees the same lines and exit codes.
    _place.command(_name)(told_plainly()(_function))
for _name, _place in (("config", _config), ("tell", _tell), ("outbox", _outbox), ("add", _add), ("db", _db)):
    app.add_typer(_place, name=_name)


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"verifier {__version__}")
        raise typer.Exit


@app.callback()
def _verifier(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    del version  # told by its callback
