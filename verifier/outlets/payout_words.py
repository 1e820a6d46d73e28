"""Payouts in the words for people: the overview's cell, and one row per settlement day and payout."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from verifier.outlets import payout_columns, words
from verifier.outlets.payout_columns import Kept, Line
from verifier.outlets.picture import ContractView
from verifier.verdicts.payouts.rows import Category, PayoutState
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
    """One settlement day or payout with its state in words and the shape that stands beside it."""

    line: Line
    outcome: str
    state: str


def wallet_only(view: ContractView) -> bool:
    """Whether nothing but payouts tells of this contract."""
    verdict = view.verdicts.get("paid_as_if")
    return verdict is not None and verdict.outcome is not Outcome.NOT_APPLICABLE


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


def rows(view: ContractView) -> list[Row]:
    """Every settlement day and payout that is kept, the newest first."""
    return [_row(line) for line in payout_columns.lines(view)]


def _figures(kept: Kept) -> str:
    if kept.due is None:
        return f"{kept.came} payout{'' if kept.came == 1 else 's'}: {words.coins(kept.received)}"
    of = f"{kept.came} of {kept.expected} payout{'' if kept.expected == 1 else 's'}"
    if kept.received.atoms > kept.due.atoms:  # carried from days that are not kept any more
        return f"{of}: {words.coins(kept.received)}"
    return f"{of}: {words.coins(kept.received, unit=False)} of {words.coins(kept.due)}"


def _row(line: Line) -> Row:
    outcomes = {_OUTCOMES[state] for state in line.states}
    return Row(
        line=line,
        outcome=next((outcome for outcome in _WORST_FIRST if outcome in outcomes), "not_applicable"),
        state=", ".join(_states(line)),
    )


def _states(line: Line) -> list[str]:
    said = [words.RECEIPTS[line.category.value].text] if line.category is not Category.MINING else []
    for state in line.states:
        word = words.PAYOUT_STATES[state.value].text
        if state is PayoutState.CONFIRMED and line.confirmations is not None:
            word += f" ({line.confirmations} confirmation{'' if line.confirmations == 1 else 's'})"
        said.append(word)
    return [*said, "changed later"] if line.revised else said
