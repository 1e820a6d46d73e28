"""A statement of a pool or a seller: CSV with a header, read into observations; every unreadable row is told at once.

What a row says is what its columns are called; the order of columns is free and so is `,`, `;` or a tab between them.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from verifier.errors import ConfigError, Fault
from verifier.observation import ChargeSeen, EarningClaimed, Observation, PayoutClaimed, RateSeen, WorkSeen
from verifier.settings import coins, quantities
from verifier.settings.quantities import PREFIXES, QuantityError
from verifier.units import ALGORITHMS, Amount

#: Bytes of the largest statement: a year of hours of ten workers is a quarter of it.
LARGEST: Final = 16 * 2**20
#: Hashes of a year of a thousand times Bitcoin's network.
_MOST_HASHES: Final = Decimal("1e32")
_EARLIEST: Final = datetime(2009, 1, 3, tzinfo=UTC)
_UNIX: Final = re.compile(r"[0-9]{9,10}", re.ASCII)
_FIGURE: Final = re.compile(
    r"([0-9]{1,40}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?) ?(?:([zeptgmk]?)(h|hash|hashes|sol)(/s|ps)?)?",
    re.ASCII | re.IGNORECASE,
)

Cells: TypeAlias = Mapping[str, str]
_Taken: TypeAlias = Literal["prepaid", "deducted", "invoiced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a file says: its ``kind``, one observation per row, and where people say that they read it."""

    kind: str
    rows: tuple[Observation, ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What cells mean here: times without a zone are of ``zone``, work of ``algorithm``, none after ``now``."""

    zone: ZoneInfo
    algorithm: str
    now: datetime

    def moment(self, text: str) -> datetime:
        at = self._moment(text)
        if at > self.now:
            raise QuantityError(f"`{text[:40]}` is in the future, write what has happened")
        if at < _EARLIEST:
            raise QuantityError(f"`{text[:40]}` is before the first block, write a time since 2009")
        return at

    def _moment(self, text: str) -> datetime:
        if _UNIX.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        try:
            read = datetime.fromisoformat(text) if ":" in text else date.fromisoformat(text)
            if isinstance(read, datetime) and read.tzinfo is None:
                read = read.replace(tzinfo=self.zone)
            return quantities.in_zone(read, self.zone)
        except (ValueError, OverflowError):
            written = "`2026-01-31`, `2026-01-31 14:00`, `2026-01-31T14:00:00Z` or seconds since 1970"
            raise QuantityError(f"`{text[:40]}` is not a time, write it like {written}") from None

    def span(self, cells: Cells) -> tuple[datetime, datetime]:
        start, end = self.moment(cells["start"]), self.moment(cells["end"])
        if start >= end:
            raise QuantityError("`end` is not after `start`")
        return start, end

    def figure(self, text: str, *, rate: bool) -> float:
        """Hashes or, with its unit, hashes per second."""
        found, unit = _FIGURE.fullmatch(text), ALGORITHMS[self.algorithm]
        like = f"like `100 T{unit}/s`" if rate else f"like `5.4e18` or `5.4 E{unit}`"
        if found is None or (found[3] is None if rate else found[4] is not None):
            raise QuantityError(f"`{text[:40]}` is no {'hashrate' if rate else 'work'}, write it {like}")
        if found[3] is not None and found[3].lower().startswith("sol") != (unit == "Sol"):
            raise QuantityError(f"`{text[:40]}` does not count what {self.algorithm} counts, write it in {unit}")
        value = Decimal(found[1]).scaleb(PREFIXES[(found[2] or "").lower()])
        if value > _MOST_HASHES:
            raise QuantityError(f"`{text[:40]}` is more than all of its network, write it {like}")
        return float(value)

    def work(self, cells: Cells, _name: str) -> Observation:
        start, end = self.span(cells)
        return WorkSeen(
            worker=cells.get("worker") or None,
            start=start,
            end=end,
            hashes=self.figure(cells["hashes"], rate=False),
            shares=self.figure(cells["shares"], rate=False) if cells.get("shares") else None,
            algorithm=self.algorithm,
        )

    def reading(self, cells: Cells, _name: str) -> Observation:
        return RateSeen(
            worker=cells.get("worker") or None,
            at=self.moment(cells["time"]),
            per_second=self.figure(cells["hashrate"], rate=True),
            window=quantities.span(cells["window"]),
            algorithm=self.algorithm,
        )

    def payout(self, cells: Cells, name: str) -> Observation:
        return PayoutClaimed(
            id=name,
            at=self.moment(cells.get("time") or cells["date"]),
            amount=_amount(cells),
            address=cells.get("address") or None,
            txid=cells.get("txid") or None,
        )

    def earning(self, cells: Cells, name: str) -> Observation:
        start, end = self.span(cells)
        return EarningClaimed(id=name, start=start, end=end, amount=_amount(cells))

    def charge(self, cells: Cells, name: str) -> Observation:
        start, end = self.span(cells)
        how = cells["taken"]
        taken: _Taken | None = next((way for way in get_args(_Taken) if way == how), None)
        if taken is None:
            raise QuantityError(f"`{how[:40]}` is no way to take a fee, write one of {', '.join(get_args(_Taken))}")
        return ChargeSeen(id=name, what=cells["what"], start=start, end=end, amount=_amount(cells), taken=taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Rows of one kind: the columns they must and may have; of ``either`` one is needed."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[_Reader, Cells, str], Observation]
    optional: tuple[str, ...] = ()
    either: tuple[str, ...] = ()

    def fits(self, header: frozenset[str]) -> bool:
        return header >= set(self.columns) and (not self.either or not header.isdisjoint(self.either))

    def __str__(self) -> str:
        needed = ("|".join(self.either), *self.columns) if self.either else self.columns
        return ",".join(needed) + "".join(f"[,{name}]" for name in self.optional)


#: The most particular first: a header is of the first kind whose columns it has.
_KINDS: Final = (
    _Kind(
        name="charges",
        columns=("what", "start", "end", "amount", "taken"),
        optional=("coin", "source"),
        read=_Reader.charge,
    ),
    _Kind(name="earnings", columns=("start", "end", "amount"), optional=("coin", "source"), read=_Reader.earning),
    _Kind(
        name="work",
        columns=("start", "end", "hashes"),
        optional=("shares", "worker", "source"),
        read=_Reader.work,
    ),
    _Kind(name="readings", columns=("time", "hashrate", "window"), optional=("worker", "source"), read=_Reader.reading),
    _Kind(
        name="payouts",
        columns=("amount",),
        either=("date", "time"),
        optional=("coin", "txid", "address", "source"),
        read=_Reader.payout,
    ),
)
KINDS: Final = tuple(kind.name for kind in _KINDS)


def read_statement(
    text: str, *, file: str, zone: ZoneInfo, now: datetime, algorithm: str, kind: str | None = None
) -> Statement:
    """Raises ConfigError with every row that cannot be read, by its line; then nothing of the file counts."""
    lines = text.removeprefix("\ufeff").splitlines()
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    table = csv.reader(lines, delimiter=delimiter, strict=True)
    faults: list[Fault] = []

    def refuse(line: int, column: str, problem: str) -> None:
        faults.append(Fault(file=file, line=line, path=column, problem=problem))

    try:
        header = tuple(name.strip().lower() for name in next(table, []))
        found = _kind(header, kind)
        cells = list(_cells(table, header, refuse))
    except QuantityError as error:
        raise ConfigError([Fault(file=file, line=1, path="header", problem=str(error))]) from None
    except csv.Error as error:
        refuse(table.line_num, "row", f"is no CSV: {error}")
        raise ConfigError(faults) from None
    reader, rows = _Reader(zone=zone, algorithm=algorithm, now=now), dict[int, Observation]()
    for (line, row), name in zip(cells, _names(row for _, row in cells), strict=True):
        try:
            rows[line] = found.read(reader, _whole(found, row), name)
        except QuantityError as error:
            refuse(line, found.name, str(error))
    for line, other in _overlaps(rows):
        refuse(line, found.name, f"speaks of time that line {other} speaks of too, write each span once")
    if not cells:
        refuse(1, "rows", "there are none below the header")
    if faults:
        raise ConfigError(sorted(faults))
    sources = tuple(dict.fromkeys(row["source"] for _, row in cells if row.get("source")))
    return Statement(kind=found.name, rows=tuple(rows.values()), sources=sources)


def _kind(header: tuple[str, ...], wanted: str | None) -> _Kind:
    """Raises QuantityError for a header that is of no kind, or not of the one that was asked for."""
    if wanted not in {None, *KINDS}:
        raise QuantityError(f"`{str(wanted)[:40]}` is no kind of statement, write one of {', '.join(KINDS)}")
    possible = [kind for kind in _KINDS if wanted in {None, kind.name}]
    found = next((kind for kind in possible if kind.fits(frozenset(header))), None)
    if found is None:
        raise QuantityError("the columns are not known, write a header like " + " or ".join(map(str, possible)))
    strange = set(header) - {*found.columns, *found.optional, *found.either}
    if strange or len(set(header)) < len(header):
        what = f"`{min(strange)[:40]}` is not a column of {found.name}" if strange else "a column is there twice"
        raise QuantityError(f"{what}, write {found}")
    return found


def _cells(
    table: Iterator[list[str]], header: Sequence[str], refuse: Callable[[int, str, str], None]
) -> Iterator[tuple[int, dict[str, str]]]:
    for row in table:
        line = table.line_num  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            refuse(line, "row", f"has {len(row)} cells where the header has {len(header)}")
        elif not all(cell.isprintable() for cell in row):
            refuse(line, "row", "holds characters that cannot be shown")
        else:
            yield line, dict(zip(header, (cell.strip() for cell in row), strict=True))


def _whole(kind: _Kind, row: Cells) -> Cells:
    """Raises QuantityError for cells that are needed and empty."""
    empty = [column for column in kind.columns if not row[column]]
    if kind.either and not any(row.get(column) for column in kind.either):
        empty.append(kind.either[0])
    if empty:
        raise QuantityError(f"{', '.join(f'`{column}`' for column in empty)} is empty")
    return row


def _names(rows: Iterable[Cells]) -> Iterator[str]:
    """What tells a row from all others, in this file and in any other: what it says, and how often it was said."""
    seen: Counter[str] = Counter()
    for row in rows:
        said = "\n".join(f"{key}={row[key]}" for key in sorted(row) if row[key] and key != "source")
        seen[said] += 1
        yield hashlib.sha256(f"{said}\n{seen[said]}".encode()).hexdigest()[:16]


def _overlaps(rows: Mapping[int, Observation]) -> Iterator[tuple[int, int]]:
    """Lines whose work another line counts already, with that line."""
    work = [(one.worker or "", one.start, one.end, line) for line, one in rows.items() if isinstance(one, WorkSeen)]
    last: dict[str, tuple[datetime, int]] = {}
    for worker, start, end, line in sorted(work, key=lambda one: (one[0], one[1] or one[2], one[3])):
        before = last.get(worker)
        if before is not None and start is not None and start < before[0]:
            yield line, before[1]
        last[worker] = max(before or (end, line), (end, line))


def _amount(cells: Cells) -> Amount:
    return coins.amount(f"{cells['amount']} {cells.get('coin') or ''}".strip())
