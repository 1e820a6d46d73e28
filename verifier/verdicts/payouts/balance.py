"""The running balance: what was due and not paid, and which payouts cannot be judged one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from verifier.record import record
from verifier.verdicts.payouts.carrying import Lack, course, of_opening, sent, since_opening
from verifier.verdicts.payouts.matching import fee_allowance
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState
from verifier.verdicts.payouts.states import PATIENCE

#: What stands unpaid below this part of a usual payout is a remainder that is carried on.
REMAINDER: Final = 0.1
#: A pool that makes up what it left open is waited for so many times as long as it ever took.
_AS_LONG: Final = 2
_LACKING: Final = frozenset({PayoutState.MISSING, PayoutState.SHORT})


@record
class Balance:
    """Base units, negative where more was paid than is known to be due.

    ``unpaid`` holds also what is not late yet, ``overdue`` only what every later payout together has not paid.
    ``alike``: every payout settles dues of its own. ``usual`` is the largest due or payout: less than that may be
    carried on.
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

    def lacks(self, atoms: int) -> bool:
        """Whether so much is really unpaid, but for a fee."""
        return atoms <= self.unpaid + fee_allowance(atoms)


def balance(rows: Sequence[PayoutRow], first_paid: datetime | None, now: datetime, carried: int = 0) -> Balance:
    """The balance of the rows since the opening, and of ``carried`` from rows that are no longer kept."""
    known, found = since_opening(rows, first_paid), course(rows, first_paid)
    lacks = [lack for lack in found.lacks if not lack.made_up]
    late = (lack for lack in lacks if _is_late(lack.row, now))
    return Balance(
        unpaid=carried + sum(lack.open for lack in lacks) - found.ahead,
        overdue=carried + sum(lack.open for lack in late) - found.ahead,
        alike=all(sent(row) <= (row.due or 0) for row in known),
        usual=max((amount for row in known for amount in (row.due, row.paid) if amount is not None), default=0),
    )


def _is_late(row: PayoutRow, now: datetime) -> bool:
    return row.by is not None and row.by < now and row.payment is not PayoutState.CREDITED


def is_lacking(row: PayoutRow) -> bool:
    """Whether something of what was due has not come."""
    return row.payment in _LACKING or (row.payment is PayoutState.LATE and not row.claims and not row.receipts)


def left_over(rows: Iterable[PayoutRow], first_paid: datetime | None) -> int:
    """What rows that are no longer kept leave unpaid."""
    return sum((row.due or 0) - sent(row) for row in rows if is_lacking(row) and not of_opening(row, first_paid))


def together(rows: Sequence[PayoutRow], first_paid: datetime | None, now: datetime) -> dict[PayoutRow, PayoutRow]:
    """The rows that cannot be called late, short or missing by themselves, each with what is said of it instead.

    Made up by other payouts: paid together with them. Made up in part, or lacking for less than twice as long as this
    pool has ever needed to make up for something: nothing yet.
    """
    found = course(rows, first_paid)
    wait = max(PATIENCE, _AS_LONG * found.longest) if found.longest else timedelta(0)
    return {lack.row: replace(lack.row, payment=_instead(lack)) for lack in found.lacks if _is_unsure(lack, now - wait)}


def _is_unsure(lack: Lack, since: datetime) -> bool:
    partly = lack.open < lack.atoms - fee_allowance(lack.atoms)
    return is_lacking(lack.row) and (partly or (lack.row.by or lack.row.at) >= since)


def _instead(lack: Lack) -> PayoutState | None:
    return PayoutState.TOGETHER if lack.made_up else None
