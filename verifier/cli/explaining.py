"""``verifier explain``: one contract's results with their inputs, formulas, figures and the answers they rest on."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from verifier.cli.flags import AsJson, ConfigFile, configured, named
from verifier.cli.memory import quiet, reading
from verifier.cli.output import say_json

if TYPE_CHECKING:
    from verifier.cli.explanation import Lately
    from verifier.ledger.ledger import Ledger


def explain(
    contract: Annotated[str, typer.Argument(help="The name of a contract in the file.")],
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    *,
    plain: Annotated[bool, typer.Option("--plain", help="Draw with ASCII characters only.")] = False,
) -> None:
    """Show why the results of a contract are what they are; asks nobody, works beside a running daemon."""
    settings, now = configured(config_file)
    named("contracts", contract, {**settings.contracts, **settings.sums}, settings.file)
    quiet()

    async def read(ledger: "Ledger") -> "tuple[dict[str, Any], Lately]":
        from verifier.cli.explanation import explanation, lately
        from verifier.daemon.recall import recall

        recalled = await recall(ledger, settings, now)
        return await explanation(ledger, settings, contract, recalled), await lately(ledger, contract, recalled)

    document, drawn = reading(settings, read)
    if as_json:
        say_json({**document, "hours": drawn.document})
    else:
        from verifier.cli.explained import draw_hours, tell

        tell(document, settings)
        draw_hours(drawn, settings, plain=plain)
