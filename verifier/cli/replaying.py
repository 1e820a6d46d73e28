"""``verifier replay``: whether the remembered facts still give the remembered results."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verifier import __version__
from verifier.cli.flags import AsJson, ConfigFile, configured, named
from verifier.cli.memory import moment, reading, utc
from verifier.cli.output import Exit, complain, say, say_json, say_table

if TYPE_CHECKING:
    from verifier.daemon.replay import Replayed
    from verifier.ledger.ledger import Ledger
    from verifier.settings import Settings


def replay(
    contract: Annotated[str | None, typer.Argument(help="One contract with its accounts.", show_default="all")] = None,
    as_known_now: Annotated[
        bool, typer.Option("--as-known-now", help="In the order in which the facts were true, by today's file.")
    ] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Judge all remembered facts anew, and compare with what was remembered; nothing is changed."""
    settings, _ = configured(config_file)
    if contract is not None:
        named("contracts", contract, settings.contracts, settings.file)

    async def fold(ledger: "Ledger") -> "Replayed":
        from verifier.daemon import replay as past

        folded = past.replay_as_known_now if as_known_now else past.replay
        return await folded(ledger, settings, contract)

    replayed = reading(settings, fold)
    if as_json:
        say_json(_document(replayed))
    else:
        _tell(replayed, settings)
    if replayed.differences:
        raise typer.Exit(Exit.FAILED)


def _tell(replayed: "Replayed", settings: "Settings") -> None:
    others = [version for version in replayed.versions if version != __version__]
    if others:
        complain(f"warning: some facts were judged by version {', '.join(others)}, this is {__version__}")
    judged = f"{replayed.facts} facts in {replayed.turns} turns judged anew"
    compared = f"{replayed.changes} changes and {replayed.results} results"
    if not replayed.differences:
        say(f"equal: {judged}, {compared} as remembered")
        return
    number = len(replayed.differences)
    say(f"different: {judged}, {compared} compared, {number} difference{'' if number == 1 else 's'}")
    say_table(
        ("of", "check", "what", "remembered", "judged anew"),
        [
            (one.subject, one.check, one.what, _cell(one.remembered, settings), _cell(one.replayed, settings))
            for one in replayed.differences
        ],
    )


def _cell(value: datetime | str | None, settings: "Settings") -> str | None:
    return moment(value, settings) if isinstance(value, datetime) else value or "nothing"


def _document(replayed: "Replayed") -> dict[str, Any]:
    def plain(value: datetime | str | None) -> str | None:
        return utc(value) if isinstance(value, datetime) else value

    return {
        "equal": not replayed.differences,
        "version": __version__,
        "versions": list(replayed.versions),
        "facts": replayed.facts,
        "turns": replayed.turns,
        "changes": replayed.changes,
        "results": replayed.results,
        "differences": [
            {
                "subject": one.subject,
                "check": one.check,
                "what": one.what,
                "remembered": plain(one.remembered),
                "replayed": plain(one.replayed),
            }
            for one in replayed.differences
        ],
    }
