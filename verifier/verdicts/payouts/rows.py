"""The four columns as rows: what a settlement day earned, and what became of each payout. Integers in base units."""

from datetime import datetime
from enum import StrEnum

from verifier.contract import Category, ReceiptNote
from verifier.observation import Coinbase
from verifier.record import record


class PayoutState(StrEnum):
    """How a day or a payout stands; a payout may have one state as paid and one as received."""

    EXPECTED = "expected"
    CREDITED = "credited"
    BELOW_THRESHOLD = "below_threshold"
    ON_TIME = "on_time"
    LATE = "late"
    SHORT = "short"
    TOGETHER = "together"
    MISSING = "missing"
    UNEXPLAINED = "unexplained"
    UNCONFIRMED = "unconfirmed"
    IMMATURE = "immature"
    CONFIRMED = "confirmed"
    REORGED = "reorged"


@record
class DayRow:
    """One settlement day of the pool. ``expected`` rests on the delivered work, ``promised`` on the promised one.

    Both are estimates with their spread (one σ), after the contract's costs in money. ``missing`` is what the work that
    is missing in the time seen would have earned, negative where more came than promised. ``hashes`` is the work they
    rest on, ``seen`` the part of the day that was seen. ``settled`` is the part of ``credited`` whose payouts are
    closed. ``steps`` is a mark of what was known of the network then, 0 where nothing was worked out.
    """

    start: datetime
    end: datetime
    credited: int | None = None
    settled: int = 0
    expected: int | None = None
    expected_spread: int | None = None
    promised: int | None = None
    promised_spread: int | None = None
    missing: int | None = None
    hashes: float = 0.0
    seen: float = 0.0
    steps: int = 0

    @property
    def state(self) -> PayoutState:
        return PayoutState.EXPECTED if self.credited is None else PayoutState.CREDITED


@record
class PayoutRow:
    """One payout, or what should have been one: due, said to be paid, and received.

    ``due_at`` is the plan moment, ``by`` the latest moment on time. ``payment`` is None where no plan or credit says
    what was due, ``receipt`` None where no wallet is watched or nothing is said to be paid yet. ``earnings``,
    ``claims`` and ``receipts`` are the keys of every source of the row; ``confirmations`` is the least of its receipts.
    ``mined`` is what the blocks of its block rewards say of their miners.
    ``note`` is what the user says of one of its receipts.
    A row that a late fact changed after it was closed is ``revised``.
    """

    at: datetime
    due_at: datetime | None = None
    by: datetime | None = None
    due: int | None = None
    paid: int | None = None
    received: int | None = None
    payment: PayoutState | None = None
    receipt: PayoutState | None = None
    confirmations: int | None = None
    category: Category = Category.MINING
    earnings: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    mined: tuple[Coinbase, ...] = ()
    note: ReceiptNote | None = None
    revised: bool = False

    @property
    def states(self) -> tuple[PayoutState, ...]:
        """As paid, then as received."""
        return tuple(state for state in (self.payment, self.receipt) if state is not None)


@record
class Totals:
    """Sums of rows that are no longer kept, in base units."""

    expected: int = 0
    promised: int = 0
    missing: int = 0
    credited: int = 0
    due: int = 0
    paid: int = 0
    received: int = 0
