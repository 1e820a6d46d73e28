"""What payouts left open and made up, whatever they are divided by.

A pool that carries a remainder, or pays in its own rhythm, sends at times less than was due and at times more. More
pays first for what is lacking longest; what is over then pays for what comes later. What a fee can explain is no lack:
it goes into a pocket of its own, which is emptied first and never grows above half of such a fee.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from verifier.contract import Category
from verifier.verdicts.payouts.matching import fee_allowance
from verifier.verdicts.payouts.rows import PayoutRow

_ORDER: Final = attrgetter("at", "claims", "receipts", "earnings")


@dataclass(slots=True)
class Lack:
    """A row that brought less than was due: by how many base units, and how many are ``open`` still."""

    row: PayoutRow
    atoms: int
    open: int

    @property
    def made_up(self) -> bool:
        """Whether no more than a fee explains is open."""
        return self.open <= fee_allowance(self.atoms)


@dataclass(slots=True)
class Course:
    """Every lack in the order of time, what is paid ``ahead``, and the longest time that making up a lack took."""

    lacks: list[Lack] = field(default_factory=list)
    ahead: int = 0
    longest: timedelta = timedelta(0)
    _pocket: int = 0
    _waiting: deque[Lack] = field(default_factory=deque)

    def less(self, row: PayoutRow, atoms: int) -> None:
        """A row brought less than was due."""
        small = fee_allowance(row.due or 0)
        if atoms <= small:
            self._pocket = max(self._pocket, min(self._pocket + atoms, small // 2))
            return
        lack = Lack(row, atoms, atoms - min(self.ahead, atoms))
        self.ahead -= atoms - lack.open
        self.lacks.append(lack)
        if lack.open:
            self._waiting.append(lack)

    def more(self, row: PayoutRow, atoms: int) -> None:
        """A row brought more than was due."""
        taken = min(atoms, self._pocket)
        self._pocket, atoms = self._pocket - taken, atoms - taken
        while atoms and self._waiting:
            lack = self._waiting[0]
            taken = min(atoms, lack.open)
            lack.open, atoms = lack.open - taken, atoms - taken
            if lack.made_up:
                self._waiting.popleft()
                self.longest = max(self.longest, row.at - (lack.row.by or lack.row.at))
        self.ahead += atoms


def course(rows: Iterable[PayoutRow], first_paid: datetime | None) -> Course:
    """What the rows since the opening left open and made up."""
    found = Course()
    for row in since_opening(rows, first_paid):
        lacking = (row.due or 0) - sent(row)
        if lacking >= 0:
            found.less(row, lacking)
        else:
            found.more(row, -lacking)
    return found


def since_opening(rows: Iterable[PayoutRow], first_paid: datetime | None) -> Sequence[PayoutRow]:
    """The rows that settle nothing of before anybody watched, in the order of time."""
    return sorted((row for row in rows if not of_opening(row, first_paid)), key=_ORDER)


def of_opening(row: PayoutRow, first_paid: datetime | None) -> bool:
    """Whether a row may settle what was credited before anybody watched."""
    return first_paid is not None and min(row.at, row.due_at or row.at) <= first_paid


def sent(row: PayoutRow) -> int:
    """What was paid, or received where nobody says what was paid."""
    if row.claims:
        return row.paid or 0
    return (row.received or 0) if row.category is Category.MINING else 0
