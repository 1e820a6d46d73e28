"""Rows of an answer as observations, for each kind of thing that an entry sees."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Exactness,
    Observation,
    PayoutClaimed,
    RateSeen,
    SharesSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import not_future
from verifier.sources.declared import cells
from verifier.sources.declared.cells import scale
from verifier.sources.declared.shape import (
    Balance,
    Counter,
    Dashboard,
    Earnings,
    Entry,
    Payouts,
    Rate,
    Shares,
    Slots,
    Workers,
)
from verifier.sources.declared.trees import TREES
from verifier.talk import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of an answer, read as its account says."""

    account: Dashboard
    row: Any
    position: int
    reply: Reply

    def cell(self, path: str) -> object:
        return TREES[self.account.form].cell(self.row, path)

    def where(self, path: str) -> str:
        return f"row {self.position}, {path}"

    def name(self, path: str | None) -> str | None:
        return None if path is None else cells.name(self.cell(path), where=self.where(path))

    def moment(self, path: str | None) -> datetime | None:
        """The moment at a path; that of the answer without a path, None for an empty cell."""
        if path is None:
            return self.reply.received_at
        found = cells.moment(self.cell(path), self.account.time, self.account.zone, where=self.where(path))
        return None if found is None else not_future(found, self.reply)

    def hashes(self, path: str, unit: str, *, rate: bool = False) -> tuple[float, float] | None:
        comma = self.account.decimal_comma
        return cells.hashes(self.cell(path), unit, rate=rate, comma=comma, where=self.where(path))

    def number(self, path: str | None) -> float | None:
        """A plain number at a path; None without a path or for an empty cell."""
        if path is None:
            return None
        found = cells.figure(self.cell(path), comma=self.account.decimal_comma, where=self.where(path))
        if found is not None and found.unit:
            raise Misread(f"{self.where(path)}: a plain number was expected, not one of {found.unit[:20]}")
        return None if found is None else float(found.exact)


def _worker(row: Row, path: str | None) -> str | None:
    """The worker of a row. Raises Misread where a path leads to no name: his figures would count as the account's."""
    name = row.name(path)
    if path is not None and name is None:
        raise Misread(f"{row.where(path)}: a worker's name was expected")
    return name


def _value(entry: Rate | Counter | Slots, row: Row) -> tuple[float, float] | None:
    unit = entry.unit if entry.unit_at is None else row.name(entry.unit_at) or "no unit"
    found = row.hashes(entry.value, unit, rate=_is_rate(entry))
    if found is None:
        return (0.0, 0.0) if entry.absent == "zero" else None
    return found[0] * entry.factor, found[1]


def _is_rate(entry: Rate | Counter | Slots) -> bool:
    return scale(entry.unit)[1]


def _rates(entry: Rate, rows: Sequence[Row]) -> Iterable[Observation]:
    """Connections of one name are one worker: their rates are added up."""
    found: dict[str | None, RateSeen] = {}
    for row in rows:
        value, at = _value(entry, row), row.moment(entry.at)
        if value is None or at is None:
            continue
        worker = _worker(row, entry.worker)
        before = found.get(worker)
        found[worker] = RateSeen(
            worker=worker,
            at=at if before is None else max(at, before.at),
            per_second=value[0] + (0.0 if before is None else before.per_second),
            window=entry.window,
            averaging=entry.averaging,
            quantisation=max(value[1], 0.0 if before is None else before.quantisation),
            algorithm=row.account.algorithm,
        )
    return found.values()


def _counters(entry: Counter, rows: Sequence[Row]) -> Iterable[Observation]:
    """A counter of each worker; two of one name cannot be told apart, and their sum would fall when one ends."""
    names: set[str | None] = set()
    for row in rows:
        value, at = _value(entry, row), row.moment(entry.at)
        if value is None or at is None:
            continue
        worker = _worker(row, entry.worker)
        if worker in names:
            raise Misread(f"{row.where(entry.worker or entry.value)}: a second counter of the same name")
        names.add(worker)
        yield WorkSeen(
            worker=worker,
            end=at,
            hashes=value[0],
            shares=row.number(entry.shares),
            algorithm=row.account.algorithm,
        )


def _slots(entry: Slots, rows: Sequence[Row]) -> Iterable[Observation]:
    """Rows of one worker, or without a worker's path of everybody, and of one span are added up."""
    seconds = entry.slot.total_seconds() if _is_rate(entry) else 1.0
    found: dict[tuple[str | None, datetime], WorkSeen] = {}
    for row in rows:
        value, start = _value(entry, row), row.moment(entry.start)
        if value is None or start is None or start + entry.slot + entry.settled > row.reply.received_at:
            continue
        worker, shares = _worker(row, entry.worker), row.number(entry.shares)
        before = found.get((worker, start))
        if before is not None:
            shares = None if shares is None or before.shares is None else shares + before.shares
        found[worker, start] = WorkSeen(
            worker=worker,
            start=start,
            end=start + entry.slot,
            hashes=value[0] * seconds + (0.0 if before is None else before.hashes),
            shares=shares,
            exactness=Exactness.AVERAGE if _is_rate(entry) else Exactness.COUNT,
            algorithm=row.account.algorithm,
        )
    return found.values()


def _shares(entry: Shares, rows: Sequence[Row]) -> Iterable[Observation]:
    for row in rows:
        accepted, at = row.hashes(entry.accepted, entry.unit), row.moment(entry.at)
        if accepted is None or at is None:
            continue
        rejected, stale = (
            None if path is None or (found := row.hashes(path, entry.unit)) is None else found[0]
            for path in (entry.rejected, entry.stale)
        )
        yield SharesSeen(
            worker=_worker(row, entry.worker),
            start=at - entry.window,
            end=at,
            accepted=accepted[0],
            rejected=rejected,
            stale=stale,
        )


def _workers(entry: Workers, rows: Sequence[Row], at: datetime) -> Iterable[Observation]:
    states: dict[str, WorkerState] = {}
    for row in rows:
        name = _worker(row, entry.worker) or ""
        online = entry.online is None or _is_on(entry, entry.online, row)
        last = None if entry.last_share is None else row.moment(entry.last_share)
        before = states.get(name)
        seen = [at for at in (last, None if before is None else before.last_share) if at is not None]
        was_on = before is not None and before.presence is WorkerPresence.ONLINE
        states[name] = WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if online or was_on else WorkerPresence.OFFLINE,
            sessions=1 if before is None else before.sessions + 1,
            last_share=max(seen, default=None),
        )
    yield WorkersSeen(at=at, workers=tuple(states.values()))


def _is_on(entry: Workers, path: str, row: Row) -> bool:
    return cells.word(row.cell(path), entry.online_is, entry.offline_is, where=row.where(path))


def _balances(entry: Balance, rows: Sequence[Row]) -> Iterable[Observation]:
    for row in rows:
        amount, at = _amount(entry, row), row.moment(entry.at)
        if amount is not None and at is not None:
            yield BalanceSeen(at=at, amount=amount)


def _amount(entry: Balance | Earnings | Payouts, row: Row) -> Any:
    comma, where = row.account.decimal_comma, row.where(entry.amount)
    return cells.coins(row.cell(entry.amount), entry.coin, base_units=entry.base_units, comma=comma, where=where)


def _earnings(entry: Earnings, rows: Sequence[Row]) -> Iterable[Observation]:
    told: set[datetime] = set()
    for row in rows:
        amount, start = _amount(entry, row), row.moment(entry.start)
        if amount is None or start is None or start + entry.length > row.reply.received_at:
            continue
        if start in told:
            raise Misread(f"{row.where(entry.start)}: a second row of the same span")
        told.add(start)
        yield EarningClaimed(
            id=f"{start:%Y-%m-%dT%H:%M:%SZ}",
            start=start,
            end=start + entry.length,
            amount=amount,
            scheme=entry.scheme,
        )


def _payouts(entry: Payouts, rows: Sequence[Row]) -> Iterable[Observation]:
    for row in rows:
        amount, at = _amount(entry, row), row.moment(entry.at)
        if amount is None or at is None:
            continue
        txid = row.name(entry.txid)
        yield PayoutClaimed(
            id=row.name(entry.id) or txid or f"{at:%Y-%m-%dT%H:%M:%SZ}/{amount.atoms}",
            at=at,
            amount=amount,
            address=row.name(entry.address),
            txid=txid,
        )


_TELLERS: Final[Mapping[type[Any], Callable[[Any, Sequence[Row]], Iterable[Observation]]]] = MappingProxyType(
    {
        Rate: _rates,
        Counter: _counters,
        Slots: _slots,
        Shares: _shares,
        Balance: _balances,
        Earnings: _earnings,
        Payouts: _payouts,
    }
)


def _listed(entry: Entry, rows: Sequence[Row]) -> str:
    """What is probably missing where the whole answer was taken for one row, and is a list of them."""
    whole = entry.each is None and len(rows) == 1 and isinstance(rows[0].row, list)
    return '; the answer is a list: write `each: "@"` to read each of its entries' if whole else ""


def tell(entry: Entry, rows: Sequence[Row], at: datetime) -> tuple[Observation, ...]:
    """What the rows of all pages of one entry, received at ``at``, say.

    Raises Misread with the row and path of the first wrong cell, or when no row shows one that is needed.
    """
    for name in entry.needed if rows and getattr(entry, "absent", "unknown") == "unknown" else ():
        path = getattr(entry, name)
        if path is not None and all(row.cell(path) is None for row in rows):
            raise Misread(f"none of {len(rows)} rows shows anything at {path}{_listed(entry, rows)}")
    if isinstance(entry, Workers):
        return tuple(_workers(entry, rows, at))
    return tuple(_TELLERS[type(entry)](entry, rows))
