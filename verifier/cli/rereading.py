"""``verifier reread``: try kept answers again that could not be read or believed when they came."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verifier.cli.beside import written
from verifier.cli.flags import AsJson, ConfigFile, ListenAddress, WebConfigFile, configured, named
from verifier.cli.memory import quiet
from verifier.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from verifier.daemon.daemon import Daemon


def reread(
    account: Annotated[
        str | None, typer.Argument(help="The name of an account in the file.", show_default="all")
    ] = None,
    *,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    listen_address: ListenAddress = None,
    web_config_file: WebConfigFile = None,
) -> None:
    """Read answers again that were kept as they could not be read or believed; what can be now closes its gap."""
    settings, now = configured(config_file, listen_address, web_config_file)
    if account is not None:
        named("accounts", account, settings.accounts, settings.file)
    quiet()

    async def here(daemon: "Daemon") -> dict[str, Any]:
        return {"accounts": await daemon.entering.read_again(account, now)}

    query = {} if account is None else {"account": account}
    said = asyncio.run(written(settings, now, here, "/api/v1/readings", query))
    if as_json:
        say_json(said)
    elif not said["accounts"]:
        say("no answer is kept that could not be read or believed")
    else:
        rows = [(name, str(one["kept"]), str(one["read"])) for name, one in sorted(said["accounts"].items())]
        say_table(("account", "tried", "read now"), rows)
