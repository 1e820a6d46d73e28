"""``verifier doctor``: whether everything that the configuration names works, and who learns what of the user."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Final

import typer

from verifier.cli.flags import AsJson, ConfigFile, configured
from verifier.cli.memory import quiet, utc
from verifier.cli.output import Exit, say, say_json, say_table

_MARKS: Final = {"ok": "ok", "note": "look", "wrong": "WRONG"}


def doctor(
    only_privacy: Annotated[bool, typer.Option("--privacy", help="Only who learns what; asks nobody.")] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Look at configuration, clock, database, accounts and channels; exit code 1 when something is wrong."""
    from verifier.cli.examination import examined, privacy, wrong

    settings, now = configured(config_file)
    quiet()
    found = [] if only_privacy else asyncio.run(examined(settings, now))
    learned = list(privacy(settings))
    if as_json:
        findings = {} if only_privacy else {"findings": [asdict(one) for one in found]}
        say_json({"at": utc(now), **findings, "privacy": [asdict(one) for one in learned]})
    else:
        if found:
            looked_at = [(_MARKS[one.state], one.topic, one.subject, one.text) for one in found]
            say_table(("", "looked at", "of", "found"), looked_at)
        rows = [(one.host, one.of, ", ".join(one.learns), one.when) for one in learned]
        say_table(("host", "for", "learns", "when"), rows, title="Who learns what")
        if found:
            say("something is wrong" if wrong(found) else "all well")
    if wrong(found):
        raise typer.Exit(Exit.FAILED)
