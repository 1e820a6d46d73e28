"""Payouts in the words for people: the overview's cell, and one row per settlement day and payout."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from verifier.contract import Category
from verifier.outlets import miners, payout_columns, readable, words
from verifier.outlets.payout_columns import Kept, Line
from verifier.outlets.picture import ContractView, Picture
from verifier.verdicts.payouts.rows import PayoutState
from verifier.verdicts.verdict import Outcome, Verdict

#: Rows on the page of a contract; older ones are in the sums.
ROWS_SHOWN: Final = 40
ONLY: Final = "from payouts only; does not show that anything was mined"

_OUTCOMES: Final = MappingProxyType(
    {
        PayoutState.EXPECTED: "waiting",
        PayoutState.CREDITED: "met",
        PayoutState.BELOW_THRESHOLD: "waiting",
        PayoutState.ON_TIME: "met",
        PayoutState.LATE: "short",
        PayoutState.SHORT: "short",
        PayoutState.TOGETHER: "met",
        PayoutState.MISSING: "short",
        PayoutState.UNEXPLAINED: "undecided",
        PayoutState.UNCONFIRMED: "waiting",
        PayoutState.IMMATURE: "waiting",
        PayoutState.CONFIRMED: "met",
        PayoutState.REORGED: "short",
    }
)
_WORST_FIRST: Final = ("short", "undecided", "waiting", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What the overview says about a contract's payouts: a result, or how many came and how much."""

    outcome: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One settlement day or payout with its state in words and the shape that stands beside it.

    ``mined`` says of a block's own reward which pool mined the block; empty where no list says so.
    """

    line: Line
    outcome: str
    state: str
    mined: str = ""


def wallet_only(view: ContractView) -> bool:
    """Whether nothing but payouts, and some of them, tells of this contract."""
    verdict = view.verdicts.get("paid_as_if")
    came = any(row.paid or row.received for row in view.payouts)
    return came and verdict is not None and verdict.outcome is not Outcome.NOT_APPLICABLE


def verdicts(view: ContractView) -> list[Verdict]:
    """The results of the checks of payouts that make sense for the contract, the most pressing check first."""
    found = (view.verdicts.get(check) for check in words.PAYOUT_CHECKS)
    return [verdict for verdict in found if verdict is not None and verdict.outcome is not Outcome.NOT_APPLICABLE]


def cell(view: ContractView) -> Cell | None:
    """None where nobody tells of payouts."""
    judged, kept = verdicts(view), payout_columns.kept(view)
    only, figures = ONLY if wallet_only(view) else "", "" if kept is None else _figures(kept)
    short = next((verdict for verdict in judged if verdict.outcome is Outcome.SHORT), None)
    if short is not None:
        text = words.result(short.check, Outcome.SHORT.value)
        return Cell(outcome=Outcome.SHORT.value, text=text, detail=" · ".join(filter(None, (figures, only))))
    best = next((verdict for verdict in judged if verdict.outcome is Outcome.MET), judged[0] if judged else None)
    outcome = Outcome.UNKNOWN if best is None else best.outcome
    if kept is not None and kept.came < kept.expected and outcome is Outcome.MET:
        # Something has not come, and no check has decided yet what that means.
        outcome = Outcome.UNDECIDED
    if figures:
        return Cell(outcome=outcome.value, text=figures, detail=only)
    return None if best is None else Cell(outcome=outcome.value, text=words.result(best.check, outcome), detail=only)


def rows(view: ContractView, picture: Picture | None = None) -> list[Row]:
    """Every settlement day and payout that is kept, the newest first; the ``picture`` knows who mined blocks."""
    return [_row(line, miners.found(line.mined, view, picture)) for line in payout_columns.lines(view)]


def _figures(kept: Kept) -> str:
    if kept.due is None:
        return f"{kept.came} payout{'' if kept.came == 1 else 's'}: {readable.coins(kept.received)}"
    of = f"{kept.came} of {kept.expected} payout{'' if kept.expected == 1 else 's'}"
    if kept.received.atoms > kept.due.atoms:  # carried from days that are not kept any more
        return f"{of}: {readable.coins(kept.received)}"
    return f"{of}: {readable.coins(kept.received, unit=False)} of {readable.coins(kept.due)}"


def _row(line: Line, mined: Sequence[miners.Mined]) -> Row:
    outcomes = {_OUTCOMES[state] for state in line.states}
    return Row(
        line=line,
        outcome=next((outcome for outcome in _WORST_FIRST if outcome in outcomes), "not_applicable"),
        state=", ".join(_states(line)),
        mined="; ".join(map(miners.sentence, mined)),
    )


def _purpose(line: Line) -> str:
    """What a receipt is for, and whose word that is."""
    purpose = words.RECEIPTS[line.category.value].text
    if line.note is None:
        return purpose
    return f"{purpose} (your note: {line.note.cite})" if line.note.cite else f"{purpose} (your note)"


def _states(line: Line) -> list[str]:
    said = [_purpose(line)] if line.category is not Category.MINING or line.note is not None else []
    for state in line.states:
        word = words.PAYOUT_STATES[state.value].text
        if state is PayoutState.CONFIRMED and line.confirmations is not None:
            word += f" ({line.confirmations} confirmation{'' if line.confirmations == 1 else 's'})"
        if state is PayoutState.UNEXPLAINED and line.receipts:
            word += f" (transaction {line.receipts[0][:16]}…)"  # for whoever looks it up, to write it under `receipts:`
        said.append(word)
    return [*said, "changed later"] if line.revised else said
