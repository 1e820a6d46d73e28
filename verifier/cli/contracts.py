"""``verifier contracts``: every contract in one row, as the daemon remembered it last."""

from typing import TYPE_CHECKING, Final

from verifier.cli.flags import AsJson, ConfigFile, configured
from verifier.cli.memory import moment, quiet, reading
from verifier.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from verifier.daemon.recall import Recalled
    from verifier.ledger.ledger import Ledger
    from verifier.outlets.picture import ContractView, Picture
    from verifier.settings import Settings
    from verifier.verdicts.verdict import Verdict

_COLUMNS: Final = ("contract", "seller", "result", "delivered of promised", "seen", "since", "read from")


def contracts(as_json: AsJson = False, config_file: ConfigFile = None) -> None:
    """Show what every contract delivered of what it promised; asks nobody, works beside a running daemon."""
    settings, now = configured(config_file)
    quiet()

    async def read(ledger: "Ledger") -> "Recalled":
        from verifier.daemon.recall import recall

        return await recall(ledger, settings, now)

    recalled = reading(settings, read)
    if as_json:
        from verifier.outlets import api

        say_json(api.contracts(recalled.picture))
    else:
        _tell(recalled, settings)


def _tell(recalled: "Recalled", settings: "Settings") -> None:
    from verifier.outlets import rows

    picture = recalled.picture
    found = [view for some in (picture.contracts, picture.sums) for view in sorted(some.values(), key=rows.worst_first)]
    say_table(_COLUMNS, [_cells(view, picture, settings) for view in found])
    asked = moment(recalled.as_of, settings)
    say(f"as remembered, last asked {asked}" if asked else "nobody was asked yet; start `verifier run`")


def _since(verdict: "Verdict", settings: "Settings") -> str:
    from verifier.outlets import readable

    return readable.since(moment(verdict.since, settings) or "", or_earlier=verdict.since_or_earlier)


def _cells(view: "ContractView", picture: "Picture", settings: "Settings") -> tuple[object, ...]:
    from verifier.incidents.standing import Phase
    from verifier.outlets import readable, rows, words
    from verifier.verdicts.verdict import Outcome

    contract, verdict, source = view.contract, view.verdicts.get(words.HASHRATE), rows.decisive(view)
    outcome = rows.outcome_of(view)
    promised = contract.promise_at(picture.at).rate
    share = (None if verdict is None else rows.share(verdict)) or "not measured"
    seen = None if verdict is None or verdict.coverage is None else readable.seen(verdict.coverage)
    troubles = [check for check, one in view.incidents.items() if one.phase is Phase.OPEN and check != words.HASHRATE]
    result = rows.FIRST_TIME if outcome == rows.WAITING else words.result(words.HASHRATE, outcome)
    if verdict is not None and verdict.outcome is Outcome.UNKNOWN and verdict.unseen_because:
        result += f": {words.REASONS[verdict.unseen_because].text}"
    return (
        contract.name,
        contract.seller,
        "; ".join([result, *(f"also {words.result(check, Outcome.SHORT.value)}" for check in troubles)]),
        f"{share} of {promised}",
        seen,
        None if verdict is None or verdict.since is None else _since(verdict, settings),
        f"{len(contract.sum_of)} contracts together"
        if contract.sum_of
        else None
        if source is None
        else f"{rows.called(source, picture)}, {words.INDEPENDENCE[source.independence].text}",
    )
