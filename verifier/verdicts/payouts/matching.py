"""Which payments settle which debts: by transaction where it is named, else by time and amount.

A payment may be smaller than its debt only by what a fee can explain. One payment may settle several
debts and one debt may come in several payments. What fits in one way only is matched first; what is ambiguous is tried
again with what is left. The result depends on the sets alone, not on the order in which they were learned.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from verifier.record import record

#: Most debts that one payment, and most payments that one debt, is taken apart into without a named transaction.
MOST_TOGETHER: Final = 5
#: Above so many pairs that could belong together only equal amounts are matched: the rest is left open.
MOST_PAIRS: Final = 5_000
#: A payment of less than this part of a debt is no part payment of it.
LEAST_PART: Final = 0.5
_FEE_PART: Final = 10
_FEE_MOST: Final = 50_000
_AT: Final = attrgetter("at")


@record
class Sum:
    """A debt or a payment: base units at a moment; ``ref`` is the transaction, where it is known."""

    key: str
    at: datetime
    atoms: int
    ref: str | None = None


@record
class Match:
    """Debts that were settled together by these payments, by their keys in the order of time."""

    debts: tuple[str, ...]
    payments: tuple[str, ...]


def fee_allowance(atoms: int) -> int:
    """The most that a fee may take from a payment: a tenth of it, at most 0.0005 coins of 8 decimals."""
    return min(atoms // _FEE_PART, _FEE_MOST)


def match(
    debts: Iterable[Sum],
    payments: Iterable[Sum],
    *,
    early: timedelta,
    late: timedelta,
    near: timedelta,
    more: bool = False,
) -> tuple[Match, ...]:
    """Matches among debts and payments; what is in none of them is open.

    A payment comes at most ``early`` before and ``late`` after its debt, ``near`` to it where the amounts are not
    equal. ``more`` lets a payment bring more than its debt: by as much as a fee, which is a remainder that was carried;
    one that fits nothing settles all older open debts that it exceeds, and pays for what nobody watched besides.
    """
    table = _Table(debts, payments, early, late, more=more)
    table.by_transaction()
    if table.crowded:
        table.singles(_exact, only=True)
        return tuple(sorted(table.found, key=lambda one: (one.debts, one.payments)))
    for allowed, reach in ((_exact, late), (fee_allowance, near)):
        table.late = reach
        while table.open and (
            table.singles(allowed, only=True) or table.several(allowed) or table.singles(allowed, only=False)
        ):
            pass
    table.parts()
    if more:
        table.larger()
    return tuple(sorted(table.found, key=lambda one: (one.debts, one.payments)))


def _exact(_atoms: int) -> int:
    return 0


def _order(one: Sum) -> tuple[datetime, str]:
    return one.at, one.key


class _Table:
    """What is still open on both sides, in the order of time, and what was matched."""

    def __init__(
        self, debts: Iterable[Sum], payments: Iterable[Sum], early: timedelta, late: timedelta, *, more: bool
    ) -> None:
        self._debts = sorted(debts, key=_order)
        self._payments = sorted(payments, key=_order)
        self._early, self.late, self._more = early, late, more
        self.found: list[Match] = []

    @property
    def open(self) -> bool:
        """Whether anything is left that could belong together."""
        return bool(self._debts and self._payments)

    @property
    def crowded(self) -> bool:
        """Whether there is more in reach of each other than can be tried."""
        return self.open and sum(len(self._near(debt)) for debt in self._debts) > MOST_PAIRS

    def _take(self, *taken: tuple[Sequence[Sum], Sequence[Sum]]) -> None:
        """Note debts that are settled by payments; neither is open any more."""
        for debts, payments in taken:
            self.found.append(Match(debts=tuple(d.key for d in debts), payments=tuple(p.key for p in payments)))
        gone_debts = {debt.key for debts, _ in taken for debt in debts}
        gone_payments = {payment.key for _, payments in taken for payment in payments}
        self._debts = [debt for debt in self._debts if debt.key not in gone_debts]
        self._payments = [payment for payment in self._payments if payment.key not in gone_payments]

    @staticmethod
    def _free(debt: Sum, payment: Sum) -> bool:
        """Two that name different transactions do not belong together."""
        return debt.ref is None or payment.ref is None or debt.ref == payment.ref

    def _fits(self, lacking: int, allowed: int) -> bool:
        return (-allowed if self._more else 0) <= lacking <= allowed

    def _near(self, debt: Sum) -> Sequence[Sum]:
        """The open payments in time for a debt."""
        first = bisect_left(self._payments, debt.at - self._early, key=_AT)
        last = bisect_right(self._payments, debt.at + self.late, key=_AT)
        return self._payments[first:last]

    def _due(self, payment: Sum) -> Sequence[Sum]:
        """The open debts that a payment is in time for."""
        first = bisect_left(self._debts, payment.at - self.late, key=_AT)
        last = bisect_right(self._debts, payment.at + self._early, key=_AT)
        return self._debts[first:last]

    def by_transaction(self) -> None:
        """Debts and payments that name the same transaction belong together, whatever their amounts."""
        debts, payments = _by_ref(self._debts), _by_ref(self._payments)
        self._take(*((debts[ref], payments[ref]) for ref in sorted(debts.keys() & payments.keys())))

    def singles(self, allowed: Callable[[int], int], *, only: bool) -> bool:
        """One debt with one payment: all pairs that fit nothing else (``only``), or the best one of the others."""
        pairs = [
            (debt, payment)
            for debt in self._debts
            for payment in self._near(debt)
            if self._fits(debt.atoms - payment.atoms, allowed(debt.atoms)) and self._free(debt, payment)
        ]
        if not only:
            pairs = sorted(pairs, key=lambda pair: (_distance(*pair), _order(pair[0]), _order(pair[1])))[:1]
        debts, payments = Counter(debt.key for debt, _ in pairs), Counter(payment.key for _, payment in pairs)
        taken = [(debt, payment) for debt, payment in pairs if debts[debt.key] == payments[payment.key] == 1]
        self._take(*(([debt], [payment]) for debt, payment in taken))
        return bool(taken)

    def several(self, allowed: Callable[[int], int]) -> bool:
        """The first payment that settles several neighbouring debts, or debt that came in several payments."""
        for payment in self._payments:
            open_debts = [debt for debt in self._due(payment) if self._free(debt, payment)]
            if debts := _run(open_debts, payment.atoms, payment.atoms + allowed(payment.atoms)):
                self._take((debts, [payment]))
                return True
        for debt in self._debts:
            payments = [payment for payment in self._near(debt) if self._free(debt, payment)]
            if parts := _run(payments, debt.atoms - allowed(debt.atoms), debt.atoms):
                self._take(([debt], parts))
                return True
        return False

    def larger(self) -> None:
        """A payment above every sum of open debts settles them all: it pays for more than was seen."""
        for payment in list(self._payments):
            debts = [debt for debt in self._due(payment) if self._free(debt, payment)]
            if debts and sum(debt.atoms for debt in debts) < payment.atoms:
                self._take((debts, [payment]))

    def parts(self) -> None:
        """What is left: a payment of at least half of a debt is a part of it, the nearest debt before it first."""
        for payment in list(self._payments):
            fitting = [
                debt
                for debt in self._due(payment)
                if LEAST_PART * debt.atoms <= payment.atoms < debt.atoms and self._free(debt, payment)
            ]
            if fitting:
                self._take(([min(fitting, key=lambda debt: (_distance(debt, payment), _order(debt)))], [payment]))


def _by_ref(sums: Iterable[Sum]) -> dict[str, list[Sum]]:
    """Those that name a transaction, by its id."""
    found: dict[str, list[Sum]] = {}
    for one in sums:
        if one.ref is not None:
            found.setdefault(one.ref, []).append(one)
    return found


def _distance(debt: Sum, payment: Sum) -> timedelta:
    return abs(payment.at - debt.at)


def _run(sums: Sequence[Sum], least: int, most: int) -> Sequence[Sum]:
    """The shortest run of neighbours, two or more, whose total lies in a range; empty when there is none."""
    for length in range(2, MOST_TOGETHER + 1):
        for start in range(len(sums) - length + 1):
            run = sums[start : start + length]
            if least <= sum(one.atoms for one in run) <= most:
                return run
    return ()
