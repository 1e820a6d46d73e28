"""``verifier tell``: whether a message arrives."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli.flags import ConfigFile, configured, named
from verifier.cli.output import Exit, complain, say

if TYPE_CHECKING:
    from verifier.outlets.delivery import Result


def send_one(
    channel: Annotated[str, typer.Argument(help="The name of the channel under `tell`.")],
    config_file: ConfigFile = None,
) -> None:
    """Send a real message to one channel, now."""
    from verifier.clock import SystemClock
    from verifier.outlets.delivery import Sent
    from verifier.outlets.telling import send_test
    from verifier.wire import Wire

    settings, now = configured(config_file)
    chosen = named("tell", channel, settings.channels, settings.file)

    async def send() -> "Result":
        async with Wire(SystemClock()) as wire:
            zone = settings.show.time_zone
            return await send_test(chosen, wire, now, zone=zone, external_url=settings.external_url)

    result = asyncio.run(send())
    if not isinstance(result, Sent):
        complain(f"{channel}: not delivered: {result.reason}")
        raise typer.Exit(Exit.FAILED)
    say(f"{channel}: delivered")
