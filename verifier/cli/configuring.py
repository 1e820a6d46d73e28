"""``verifier config``: is the file right, what does it mean, what may stand in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli.flags import AsJson, ConfigFile, ListenAddress, WebConfigFile, configured
from verifier.cli.memory import quiet, reading
from verifier.cli.output import complain, say, say_json
from verifier.errors import LedgerError

if TYPE_CHECKING:
    from verifier.ledger.ledger import Ledger
    from verifier.settings import Settings


def check(
    file: Annotated[Path | None, typer.Argument(help="The file to check instead of --config.file.")] = None,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Tell every fault at once, as file:line: path: what is wrong, what to write instead."""
    from verifier.settings import check_reach

    settings, _ = configured(file or config_file, listen_address, web_config_file)
    check_reach(settings.web)
    for warning in settings.warnings:
        complain(f"warning: {warning}")
    try:
        # A file that is not there remembers nothing; a server is asked.
        if not isinstance(settings.ledger, Path) or settings.ledger.exists():
            _refuse_what_was_judged(settings)
    except (LedgerError, OSError) as error:
        complain(f"warning: the ledger could not be read, so it is not known what was judged already: {error}")
    say(f"OK: {_counted(len(settings.contracts), 'contract')}, {_counted(len(settings.accounts), 'account')}")
    say(settings.false_alarms)


def _refuse_what_was_judged(settings: "Settings") -> None:
    """Raise ConfigError for what a running daemon would refuse, by what it remembers; LedgerError."""
    from verifier.daemon.decisions import contracts_as_read, refuse_rewriting, stored_standing

    quiet()

    async def look(ledger: "Ledger") -> None:
        before = await contracts_as_read(ledger, settings.contracts)
        refuse_rewriting(settings, before, stored_standing(await ledger.standings()))

    reading(settings, look)


def schema() -> None:
    """Print the JSON Schema of the file, for editors."""
    from verifier.settings import schema as schema_of

    say_json(schema_of())


def show(config_file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Print the configuration in force, defaults included; of a secret only where it comes from."""
    import yaml

    from verifier.settings import show as written_out

    settings, _ = configured(config_file)
    document = written_out(settings)
    if as_json:
        say_json(document)
    else:
        say(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120).rstrip("\n"))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
