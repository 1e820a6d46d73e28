"""The four columns of a contract's payouts as sums, as rows for people, and how many payouts stand how."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from verifier.contract import Category, ReceiptNote
from verifier.observation import Coinbase
from verifier.outlets.picture import ContractView
from verifier.units import Amount
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState

#: How a payout can stand; the other states are those of a day.
PAYOUT_STATES: Final = tuple(
    state for state in PayoutState if state not in {PayoutState.EXPECTED, PayoutState.CREDITED}
)


def sums(view: ContractView) -> Mapping[str, Amount]:
    """By column (expected, credited, paid, received) all that is known so far; a column nobody tells of is absent.

    What was received for something else than mining is left out.
    """
    days, totals = view.payout_days, view.totals
    mined = [row for row in view.payouts if row.category is Category.MINING]
    columns = (
        ("expected", totals.expected, (day.expected for day in days)),
        ("credited", totals.credited, (day.credited for day in days)),
        ("paid", totals.paid, (row.paid for row in mined)),
        ("received", totals.received, (row.received for row in mined)),
    )
    found = ((column, _sum(older, kept)) for column, older, kept in columns)
    return {column: Amount(atoms=atoms, coin=view.coin) for column, atoms in found if atoms is not None}


def states(view: ContractView) -> Mapping[PayoutState, int]:
    """How many of the kept payouts stand how; empty where there is none."""
    if not view.payouts:
        return {}
    counted = Counter(state for row in view.payouts for state in row.states)
    return {state: counted[state] for state in PAYOUT_STATES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A settlement day or a payout in four columns; what nobody tells of is None. ``by`` is the last moment on time.

    ``mined`` is what the blocks of block rewards say of their miners, ``receipts`` are outputs as txid:vout, ``note``
    is what the user says of one of them.
    """

    at: datetime
    day: bool = False
    expected: Amount | None = None
    spread: Amount | None = None
    credited: Amount | None = None
    paid: Amount | None = None
    received: Amount | None = None
    due: Amount | None = None
    by: datetime | None = None
    states: tuple[PayoutState, ...] = ()
    category: Category = Category.MINING
    confirmations: int | None = None
    mined: tuple[Coinbase, ...] = ()
    receipts: tuple[str, ...] = ()
    note: ReceiptNote | None = None
    revised: bool = False


def lines(view: ContractView) -> list[Line]:
    """Every settlement day and every payout that is kept, the newest first."""

    def amount(atoms: int | None) -> Amount | None:
        return None if atoms is None else Amount(atoms=atoms, coin=view.coin)

    days = [
        Line(
            at=day.start,
            day=True,
            expected=amount(day.expected),
            spread=amount(day.expected_spread),
            credited=amount(day.credited),
            states=(day.state,),
        )
        for day in view.payout_days
    ]
    payouts = [
        Line(
            at=row.at,
            paid=amount(row.paid),
            received=amount(row.received),
            due=amount(row.due),
            by=row.by,
            states=row.states,
            category=row.category,
            confirmations=row.confirmations,
            mined=row.mined,
            receipts=row.receipts,
            note=row.note,
            revised=row.revised,
        )
        for row in view.payouts
    ]
    return sorted((*days, *payouts), key=lambda line: line.at, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Of the payouts that are kept and should have come by now: how many and how much came, of how many and how much.

    ``due`` is None where neither a plan nor the payer says what should have come.
    """

    came: int
    expected: int
    received: Amount
    due: Amount | None


def kept(view: ContractView) -> Kept | None:
    """None while no payout should have come yet."""
    rows = [row for row in view.payouts if row.category is Category.MINING and not _on_its_way(row)]
    if not rows:
        return None
    # A receipt that nothing announced is no more than itself.
    said = [row.due if row.due is not None else row.paid for row in rows]
    due = None if any(atoms is None for atoms in said) else sum(atoms or 0 for atoms in said)
    return Kept(
        came=sum(map(_came, rows)),
        expected=len(rows),
        received=Amount(atoms=sum(_arrived(row) for row in rows), coin=view.coin),
        due=None if due is None else Amount(atoms=due, coin=view.coin),
    )


def _on_its_way(row: PayoutRow) -> bool:
    """Whether nothing has come by itself: it will, or has come with others."""
    apart = row.payment in {PayoutState.CREDITED, PayoutState.TOGETHER}
    return apart and row.paid is None and row.received is None


def _came(row: PayoutRow) -> bool:
    return (row.paid if row.receipt is None else row.received) is not None and row.receipt is not PayoutState.REORGED


def _arrived(row: PayoutRow) -> int:
    if not _came(row):
        return 0
    return (row.paid if row.received is None else row.received) or 0


def _sum(older: int, kept: Iterable[int | None]) -> int | None:
    known = [atoms for atoms in kept if atoms is not None]
    return older + sum(known) if known or older else None
