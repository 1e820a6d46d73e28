"""The running balance: what was due and not paid, whatever the payouts of a pool are divided by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from verifier.verdicts.payouts.rows import Category, PayoutRow, PayoutState

#: What stands unpaid below this part of a usual payout is a remainder that is carried on.
REMAINDER: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Base units, negative where more was paid than is known to be due.

    ``unpaid`` holds also what is not late yet, ``overdue`` only what every later payout together has not paid.
    ``alike``: every payout settles dues of its own, so that a single one can be called late or short. ``usual`` is the
    largest due or payout: less than that may be carried on.
    """

    unpaid: int
    overdue: int
    alike: bool
    usual: int

    @property
    def settled(self) -> bool:
        """Whether all that was credited is paid but for a remainder."""
        return self.unpaid <= REMAINDER * self.usual

    @property
    def carried(self) -> bool:
        """Whether what is overdue is no more than a remainder."""
        return self.overdue <= REMAINDER * self.usual


def balance(rows: Iterable[PayoutRow], first_paid: datetime | None, now: datetime, carried: int = 0) -> Balance:
    """The balance of the rows since the opening, and of ``carried`` from rows that are no longer kept."""
    known = [row for row in rows if not of_opening(row, first_paid)]
    late = [row for row in known if row.by is not None and row.by < now and row.payment is not PayoutState.CREDITED]
    sums = [amount for row in known for amount in (row.due, row.paid) if amount is not None]
    paid = sum(_paid(row) for row in known)
    return Balance(
        unpaid=carried + sum(row.due or 0 for row in known) - paid,
        overdue=carried + sum(row.due or 0 for row in late) - paid,
        alike=not any(_odd(row) for row in known),
        usual=max(sums, default=0),
    )


def left_over(rows: Iterable[PayoutRow], first_paid: datetime | None) -> int:
    """What rows that are no longer kept leave unpaid."""
    return sum((row.due or 0) - _paid(row) for row in rows if not of_opening(row, first_paid))


def of_opening(row: PayoutRow, first_paid: datetime | None) -> bool:
    """Whether a row may settle what was credited before anybody watched."""
    return first_paid is not None and min(row.at, row.due_at or row.at) <= first_paid


def _paid(row: PayoutRow) -> int:
    """What was paid, or received where nobody says what was paid."""
    if row.claims:
        return row.paid or 0
    return (row.received or 0) if row.category is Category.MINING else 0


def _odd(row: PayoutRow) -> bool:
    """Whether a payout settles no due, or more than its dues."""
    return _paid(row) > (row.due or 0)
