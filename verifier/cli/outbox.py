"""``verifier outbox``: the messages that wait or could not be delivered, and trying them again."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from verifier.cli.beside import asked_of_daemon
from verifier.cli.flags import AsJson, ConfigFile, ListenAddress, WebConfigFile, configured
from verifier.cli.memory import moment, quiet, reading, utc
from verifier.cli.output import Exit, complain, say, say_json, say_table
from verifier.errors import InUse

if TYPE_CHECKING:
    from verifier.ledger.ledger import Ledger
    from verifier.ledger.records import Message
    from verifier.settings import Settings

_STATES: Final = {"waiting": "waiting", "delivered": "delivered", "dead": "not delivered"}
_COLUMNS: Final = ("id", "channel", "state", "about", "written", "attempts", "next attempt", "last error")


def waiting(
    every: Annotated[bool, typer.Option("--all", help="Also those that were delivered.")] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """List the messages that wait and those that could not be delivered."""
    settings, _ = configured(config_file)
    states = ("waiting", "dead", "delivered") if every else ("waiting", "dead")

    async def find(ledger: "Ledger") -> "list[Message]":
        return await ledger.messages(states)

    found = reading(settings, find)
    if as_json:
        say_json({"messages": [_document(message) for message in found]})
    elif found:
        say_table(_COLUMNS, [_row(message, settings) for message in found], whole="id")
    else:
        say("no message has been written yet" if every else "nothing waits")


def _document(message: "Message") -> dict[str, Any]:
    return {
        "id": message.id,
        "channel": message.channel,
        "state": message.state,
        "subject": message.content.get("subject"),
        "recipients": message.content.get("recipients"),
        "created_at": utc(message.created_at),
        "attempts": message.attempts,
        "next_attempt_at": utc(message.next_attempt_at),
        "last_error": message.last_error or None,
    }


def _row(message: "Message", settings: "Settings") -> tuple[object, ...]:
    return (
        message.id,
        message.channel,
        _STATES[message.state],
        message.content.get("subject"),
        moment(message.created_at, settings),
        message.attempts,
        moment(message.next_attempt_at, settings),
        message.last_error,
    )


def retry(
    message: Annotated[
        str | None, typer.Argument(help="The id of one message, or how it begins.", metavar="ID")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All messages that were given up.")] = False,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Try messages again at once, through the running daemon or, when none runs, from here."""
    if (message is None) is not every:
        raise typer.BadParameter("name one message, or say --all", param_hint="ID")
    settings, now = configured(config_file, listen_address, web_config_file)
    quiet()

    async def find(ledger: "Ledger") -> list[str]:
        return [one.id for one in await ledger.messages(("dead",) if every else ("dead", "waiting"))]

    chosen = [one for one in reading(settings, find) if message is None or one.startswith(message)]
    if message is not None and len(chosen) != 1:
        problem = "several messages begin like this" if chosen else "no message of this id waits or was given up"
        complain(f"{message}: {problem}; see `verifier outbox list`")
        raise typer.Exit(Exit.FAILED)
    said = asyncio.run(_retried(settings, chosen, now))
    for one, error in said.items():
        if error is not None:
            complain(f"{one}: {error}")
    if any(said.values()):
        raise typer.Exit(Exit.FAILED)
    say(f"tried again: {', '.join(said)}" if said else "nothing to try again")


async def _retried(settings: "Settings", messages: Sequence[str], now: datetime) -> Mapping[str, str | None]:
    """By message, why it is still not delivered; None when it is, or when the daemon has taken it up again."""
    from verifier.clock import SystemClock
    from verifier.ledger.ledger import Ledger
    from verifier.outlets.telling import Telling
    from verifier.wire import Wire

    async with Wire(SystemClock()) as wire:
        try:
            ledger = await Ledger.open(settings.ledger)
        except InUse:
            paths = {one: f"/api/v1/messages/{one}/retry" for one in messages}
            return {one: (await asked_of_daemon(wire, settings.web, path))[0] for one, path in paths.items()}
        async with ledger:
            telling = Telling(ledger, wire)
            telling.configure(settings.channels, zone=settings.show.time_zone, external_url=settings.external_url)
            await telling.start(now)
            for one in messages:
                await telling.retry(one, now)
            await telling.send(now)
            left = {one.id: _why(one, settings) for one in await ledger.messages(("waiting", "dead"))}
        return {one: left.get(one) for one in messages}


def _why(left: "Message", settings: "Settings") -> str:
    """Why a message is still not delivered."""
    from verifier.outlets.planning import removed

    if left.channel not in settings.channels:
        return removed(left.channel)
    return left.last_error or "waits for the messages before it"
