"""The books of a contract's coins, carried from turn to turn: open items, the rows of the last weeks, sums of the rest.

A turn without news of coins costs nothing but a look at the clock. A payout that came as it should is closed after a
week, any other one after a fortnight: its row keeps its result, its items are dropped. What comes later about closed
time is a row of its own, marked as a revision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from verifier.contract import Category, Contract, ReceiptNote
from verifier.fact import Fact
from verifier.record import record
from verifier.verdicts.payouts.balance import is_lacking, left_over, together
from verifier.verdicts.payouts.carrying import of_opening
from verifier.verdicts.payouts.dues import DAY, day_start
from verifier.verdicts.payouts.gathering import gather
from verifier.verdicts.payouts.items import NOTHING, Earning, Items, confirmations, union
from verifier.verdicts.payouts.matching import Match
from verifier.verdicts.payouts.noting import notes_on
from verifier.verdicts.payouts.rows import DayRow, PayoutRow, PayoutState, Totals
from verifier.verdicts.payouts.settling import first_payout, reach, settle

#: A payout that came as it should is closed after so long, any other one after twice that.
SOUND: Final = timedelta(days=7)
OPEN: Final = 2 * SOUND
#: Rows are kept so long; after that only their sums are.
KEPT: Final = timedelta(days=60)
#: What is still open then is closed as it stands.
GIVEN_UP: Final = KEPT - OPEN
#: A receipt with so many confirmations is not expected to be taken back.
DEEP: Final = 6
#: At first every source is asked for a past of weeks, one question after the other: none waits longer than a day.
_FIRST_ASKED: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)
_ORDER: Final = attrgetter("at", "claims")

_NOT_SEEN: Final = frozenset({PayoutState.LATE, PayoutState.MISSING, PayoutState.SHORT})
_PENDING: Final = frozenset({PayoutState.CREDITED, PayoutState.UNCONFIRMED, PayoutState.IMMATURE, PayoutState.REORGED})


@record
class Books:
    """``items`` are open; ``rows`` their payouts as of the last turn, ``closed`` those that keep their result.

    ``days`` are settlement days by the ISO moment of their start. ``closed_until`` is the end of closed time,
    ``first_paid`` the first payout ever told; ``below`` are the credits that have not reached the threshold.
    ``noted`` are the user's notes on receipts that the rows rest on.
    ``opened`` is when something was learned of coins first: nothing is closed before every source was asked.
    ``next_due`` is when time alone changes a row. ``heard`` are keys, with their moments, of what needs no more looking
    at and is in no row: what other contracts of the wallet were paid, and credits told late. ``totals`` are the sums of
    rows and days that are no longer kept, ``carried`` is what those rows left unpaid.
    """

    coin: str = "BTC"
    items: Items = field(default_factory=Items)
    rows: tuple[PayoutRow, ...] = ()
    below: tuple[str, ...] = ()
    closed: tuple[PayoutRow, ...] = ()
    closed_until: datetime | None = None
    first_paid: datetime | None = None
    days: Mapping[str, DayRow] = field(default_factory=dict)
    heard: Mapping[str, datetime] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    carried: int = 0
    next_due: datetime | None = None
    opened: datetime | None = None
    noted: tuple[ReceiptNote, ...] = ()

    @property
    def told(self) -> bool:
        """Whether anybody has said anything about coins."""
        return self.items != Items() or bool(self.closed)


def payout_rows(books: Books | None) -> tuple[PayoutRow, ...]:
    """Every payout that is kept, in the order of time."""
    return () if books is None else tuple(sorted((*books.closed, *books.rows), key=_ORDER))


def day_rows(books: Books | None) -> tuple[DayRow, ...]:
    """Every settlement day that is kept, in the order of time."""
    return () if books is None else tuple(books.days[key] for key in sorted(books.days))


def noted_otherwise(contract: Contract, books: Books | None) -> bool:
    """Whether the books rest on other notes on receipts than are in force now: they are then made from all facts."""
    if books is None or books.noted == notes_on(contract):
        return False
    return books.told or books.opened is not None


def post(contract: Contract, books: Books | None, facts: Iterable[Fact], now: datetime) -> Books:
    """The books after new facts, in any order and number of turns."""
    books, facts = books or Books(), tuple(facts)
    new = gather(contract, facts, books.coin)
    if new is NOTHING and (books.next_due is None or now < books.next_due):
        return books
    known = _known(books)
    late = _of_closed_time(_without(new, _keys(books.items) | known), books.closed_until, now)
    items = union(books.items, _without(new, known | _keys(late)))
    if not books.told:
        books = replace(books, opened=min((fact.learned_at for fact in facts), default=now))
    first = first_payout(contract, items) if books.first_paid is None or not books.closed else books.first_paid
    settled, closed = settle(contract, items, now, first_paid=first), books.closed
    books = replace(
        books,
        items=items,
        rows=settled.rows,
        below=settled.below,
        first_paid=first,
        days=_credited(contract, books.days, items),
        next_due=settled.next_due,
        noted=notes_on(contract),
    )
    books = _shared(_closed(contract, _revised(contract, books, late, now), now), closed, now)
    return _forgotten(_set_aside(books, settled.beside, now), now)


def _keys(items: Items) -> frozenset[str]:
    return frozenset((*items.earnings, *items.claims, *items.receipts, *items.charges))


def _known(books: Books) -> frozenset[str]:
    """The keys of what is closed: told again it is no news."""
    own = (key for row in books.closed for key in (*row.earnings, *row.claims, *row.receipts))
    return frozenset((*own, *books.heard))


def _without(items: Items, keys: frozenset[str]) -> Items:
    parts = {name: getattr(items, name) for name in ("earnings", "claims", "receipts", "charges")}
    touched = {name: part for name, part in parts.items() if not keys.isdisjoint(part)}
    if not touched:
        return items
    return replace(items, **{name: {k: v for k, v in part.items() if k not in keys} for name, part in touched.items()})


def _of_closed_time(items: Items, closed_until: datetime | None, now: datetime) -> Items:
    """The part of new items that lies before the end of closed time; what is younger than a fortnight is matched."""
    if closed_until is None:
        return Items()
    until = min(closed_until, now - OPEN)
    return replace(
        items,
        earnings={key: one for key, one in items.earnings.items() if one.end <= until},
        claims={key: one for key, one in items.claims.items() if one.at <= until},
        receipts={key: one for key, one in items.receipts.items() if one.at <= until},
        charges={},
    )


def _shared(books: Books, before: tuple[PayoutRow, ...], now: datetime) -> Books:
    """Rows that other payouts made up for are not lacking by themselves.

    What is closed is made up only by what is closed too, so that it is looked at when that is another than ``before``:
    the credit that a new payout settles may be told late.
    """
    rows, closed, first = books.rows, books.closed, books.first_paid
    if any(map(is_lacking, rows)):
        changed = together((*closed, *rows), first, now)
        books = replace(books, rows=tuple(changed.get(row, row) for row in rows)) if changed else books
    if closed is not before and any(map(is_lacking, closed)):
        changed = {old: new for old, new in together(closed, first, now).items() if new.payment is not None}
        books = replace(books, closed=tuple(changed.get(row, row) for row in closed)) if changed else books
    return books


def _revised(contract: Contract, books: Books, late: Items, now: datetime) -> Books:
    """Rows of their own for what is told so late that its time is closed; older than rows are kept it is no news."""
    if not (late.earnings or late.claims or late.receipts):
        return books
    rows = tuple(row for row in settle(contract, late, now).rows if row.at >= now - KEPT)
    earnings = {key: one for key, one in late.earnings.items() if one.end >= now - KEPT}
    days = dict(_credited(contract, books.days, replace(Items(), earnings=earnings), settled=True))
    heard = {**books.heard, **{key: one.end for key, one in earnings.items()}}
    revisions = tuple(replace(row, payment=None, revised=True) for row in rows)
    return replace(books, closed=(*books.closed, *revisions), days=days, heard=heard)


def _credited(
    contract: Contract, days: Mapping[str, DayRow], items: Items, *, settled: bool = False
) -> Mapping[str, DayRow]:
    """The days with what credits say they earned; credits that are ``settled`` are added for good."""
    found = dict(days)
    for start, atoms in _by_day(contract, items.earnings.values()).items():
        row = found.get(start.isoformat()) or DayRow(start=start, end=start + DAY)
        if settled:
            row = replace(row, credited=(row.credited or 0) + atoms, settled=row.settled + atoms)
        elif row.credited != row.settled + atoms:
            row = replace(row, credited=row.settled + atoms)
        found[start.isoformat()] = row
    return found


def _by_day(contract: Contract, earnings: Iterable[Earning]) -> dict[datetime, int]:
    """Base units earned, by the start of the settlement day in which the earning ends."""
    offset = contract.payouts.pool_day or timedelta(0)
    found: dict[datetime, int] = {}
    for earning in earnings:
        start = day_start(max(earning.start, earning.end - _INSTANT), offset)
        found[start] = found.get(start, 0) + earning.atoms
    return found


def _closed(contract: Contract, books: Books, now: datetime) -> Books:
    """Rows that stood long enough are closed and their items dropped; those that share an output together."""
    if books.opened is not None and now < books.opened + _FIRST_ASKED:
        return books
    done = [row for row in books.rows if _is_done(contract, row, books, now)]
    shared = {key for row in books.rows if row not in done for key in row.receipts}
    done = [row for row in done if shared.isdisjoint(row.receipts)]
    if not done:
        return books
    keys = frozenset(key for row in done for key in (*row.earnings, *row.claims, *row.receipts))
    days = dict(books.days)
    earnings = (books.items.earnings[key] for key in keys & books.items.earnings.keys())
    for start, atoms in _by_day(contract, earnings).items():
        day = days[start.isoformat()]
        days[start.isoformat()] = replace(day, settled=day.settled + atoms)
    ends = [row.at for row in done]
    return replace(
        books,
        items=_without(books.items, keys),
        rows=tuple(row for row in books.rows if row not in done),
        closed=(*books.closed, *done),
        closed_until=max([*ends, *([books.closed_until] if books.closed_until else [])]),
        days=days,
    )


def _set_aside(books: Books, beside: Iterable[Match], now: datetime) -> Books:
    """Other contracts' payouts that have arrived a fortnight ago need no more looking at."""
    claims, receipts = books.items.claims, books.items.receipts
    done = {
        key: receipts[key].at if key in receipts else claims[key].at
        for found in beside
        if max(receipts[key].at for key in found.payments) < now - OPEN
        for key in (*found.debts, *found.payments)
    }
    if not done:
        return books
    return replace(books, items=_without(books.items, frozenset(done)), heard={**books.heard, **done})


def _is_done(contract: Contract, row: PayoutRow, books: Books, now: datetime) -> bool:
    if row.at < now - GIVEN_UP:
        return True
    if row.receipt in _NOT_SEEN or (is_lacking(row) and row.at >= now - reach(contract) - SOUND):
        # What comes after it was given up as missing still settles it.
        return False
    if row.due is not None and row.payment is None and not of_opening(row, books.first_paid):
        return False
    receipts = [books.items.receipts[key] for key in row.receipts if key in books.items.receipts]
    as_it_should = row.payment is PayoutState.ON_TIME and row.receipt in {None, PayoutState.CONFIRMED}
    last = max([row.at, row.by or row.at, *(one.at for one in receipts)])
    if last > now - (SOUND if as_it_should else OPEN) or not _PENDING.isdisjoint(row.states):
        return False
    return all(confirmations(one, books.items.left) >= DEEP for one in receipts)


def _forgotten(books: Books, now: datetime) -> Books:
    """Rows and days older than are kept become sums; items that nothing refers to any more are dropped."""
    oldest = now - KEPT
    rows = [row for row in books.closed if row.at < oldest]
    days = {key: day for key, day in books.days.items() if day.end < oldest and day.settled == (day.credited or 0)}
    claims = {key: one for key, one in books.items.claims.items() if one.at < oldest - OPEN}
    receipts = {key: one for key, one in books.items.receipts.items() if one.at < oldest}
    charges = {key: one for key, one in books.items.charges.items() if one.end < oldest}
    left = {key: at for key, at in books.items.left.items() if at < oldest}
    gaps = {key: gap for key, gap in books.items.gaps.items() if gap.until < oldest}
    heard = {key: at for key, at in books.heard.items() if at < oldest}
    if not (rows or days or claims or receipts or charges or left or gaps or heard):
        return books
    added = Totals(
        expected=sum(day.expected or 0 for day in days.values()),
        promised=sum(day.promised or 0 for day in days.values()),
        missing=sum(day.missing or 0 for day in days.values()),
        credited=sum(day.credited or 0 for day in days.values()),
        due=sum(row.due or 0 for row in rows),
        paid=sum(row.paid or 0 for row in rows),
        received=sum(row.received or 0 for row in rows if row.category is Category.MINING),
    )
    sums = {one.name: getattr(books.totals, one.name) + getattr(added, one.name) for one in fields(Totals)}
    items = _without(books.items, frozenset((*claims, *receipts, *charges)))
    return replace(
        books,
        items=replace(
            items,
            left={key: at for key, at in items.left.items() if key not in left},
            gaps={key: gap for key, gap in items.gaps.items() if key not in gaps},
        ),
        closed=tuple(row for row in books.closed if row.at >= oldest),
        days={key: day for key, day in books.days.items() if key not in days},
        heard={key: at for key, at in books.heard.items() if key not in heard},
        totals=Totals(**sums),
        carried=books.carried + left_over(rows, books.first_paid),
    )
