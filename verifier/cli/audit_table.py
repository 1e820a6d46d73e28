"""A table of observations, read in blocks: CSV (or Parquet) to columns of numbers, what cannot be read by its line."""

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from verifier.cli import audit_cells as cells
from verifier.errors import ConfigError, Fault

#: Columns of a block's rows.
END, START, HASHES, SHARES, ROUNDING, LINE, WORKER = range(7)
WIDTH: Final = 7
#: Under this name contracts that the file does not name are judged, when there is one.
ANY: Final = "any"
_WORK: Final = ("start", "end", "hashes")
_RATES: Final = ("time", "hashrate", "window")
_OPTIONAL: Final = {_WORK: ("shares", "worker", "source", "contract"), _RATES: ("worker", "source", "contract")}
_BLOCK: Final = 1_048_576
#: A file below this is read in a moment and held as a whole.
SMALL: Final = 16 * 2**20
_LONGEST_NAME: Final = 256
_PARQUET: Final = ".parquet"

Refuse: TypeAlias = Callable[[int, str], None]
Matrix: TypeAlias = NDArray[np.float64]
#: Numbers of lines, and the cells in them by column.
Piece: TypeAlias = tuple[NDArray[np.int64], dict[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of the table with the numbers of their contracts; columns are END … WORKER.

    HASHES is NaN where a worker's span can be read and its figure cannot.
    """

    contract: NDArray[np.int64]
    rows: Matrix


@dataclass(slots=True, kw_only=True)
class Table:
    """A table being read. ``contracts`` and ``workers`` number the names in the order in which they appear."""

    path: Path
    known: Collection[str]
    now: float
    refuse: Refuse
    done: int = 0
    header: tuple[str, ...] = ()
    form: tuple[str, ...] = _WORK
    contracts: dict[str, int] = field(default_factory=dict)
    workers: dict[str, int] = field(default_factory=lambda: {"": 0})

    @property
    def averages(self) -> bool:
        """Whether the rows are averages over a window, not work."""
        return self.form == _RATES

    @property
    def tells_workers(self) -> bool:
        """Whether the rows name workers."""
        return "worker" in self.header

    def blocks(self) -> Iterator[Block]:
        """The rows that can be read, block by block; a small file with its newest row first is read from its end.

        Raises ConfigError for a table that is none.
        """
        if self.path.suffix == _PARQUET or self.path.stat().st_size >= SMALL:
            yield from self._forwards()
            return
        found = [block for block in self._forwards() if len(block.rows)]
        if found and found[0].rows[0, END] > found[-1].rows[-1, END]:
            found = [Block(block.contract[::-1], block.rows[::-1]) for block in reversed(found)]
        yield from found

    def _forwards(self) -> Iterator[Block]:
        pieces = _parquet(self.path) if self.path.suffix == _PARQUET else self._csv()
        for lines, columns in pieces:
            if not self.header:
                self._head(tuple(columns))
            names = {name: columns[name] for name in self.header}
            if len(names[self.form[0]]):
                yield self._block(lines, names)

    def _head(self, written: tuple[str, ...]) -> None:
        header = tuple(name.strip().lower() for name in written)
        forms = [form for form in (_WORK, _RATES) if set(form) <= set(header)]
        if not forms:
            raise self._fault(
                "the columns are not known, write a header like `start,end,hashes` or " + ",".join(_RATES)
            )
        self.form, self.header = forms[0], header
        strange = set(header) - {*self.form, *_OPTIONAL[self.form]}
        if strange or len(set(header)) < len(header):
            what = f"`{min(strange)[:40]}` is not a column" if strange else "a column is there twice"
            possible = ",".join(self.form) + "".join(f"[,{name}]" for name in _OPTIONAL[self.form])
            raise self._fault(f"{what}, write {possible}")
        if "contract" not in header and len(self.known) != 1:
            raise self._fault(f"there is no column `contract`, and the file names {len(self.known)} contracts")
        if "contract" not in header:
            self.contracts[next(iter(self.known))] = 0

    def _fault(self, problem: str) -> ConfigError:
        return ConfigError([Fault(file=str(self.path), line=1, path="header", problem=problem)])

    def _csv(self) -> Iterator[Piece]:
        """Blocks of whole lines as columns, with the numbers of their lines."""
        with self.path.open("rb") as file:
            head = file.readline().decode("utf-8-sig", "replace").rstrip("\r\n")
            delimiter = max(",;\t", key=head.count)
            names = next(csv.reader([head], delimiter=delimiter), [])
            self._head(tuple(names))
            line, rest = 2, b""
            while piece := file.read(_BLOCK):
                self.done = file.tell()
                whole, newline, rest = (rest + piece).rpartition(b"\n")
                if newline:
                    text = whole.decode("utf-8", "replace")
                    yield self._columns(text, line, delimiter)
                    line += whole.count(b"\n") + 1
            if rest:
                yield self._columns(rest.decode("utf-8", "replace"), line, delimiter)

    def _columns(self, text: str, first: int, delimiter: str) -> Piece:
        width = len(self.header)
        if '"' not in text and "\r" not in text:
            flat = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
            count = len(flat) // (width + 1) + 1
            ends = flat[width :: width + 1]
            if len(flat) == count * (width + 1) - 1 and ends.count("\n") == len(ends) == text.count("\n"):
                lines = np.arange(first, first + count)
                return lines, {name: flat[place :: width + 1] for place, name in enumerate(self.header)}
        found = list(self._lines(text, first, delimiter))
        lines = np.array([line for line, _ in found], dtype=np.int64)
        return lines, {name: [row[place] for _, row in found] for place, name in enumerate(self.header)}

    def _lines(self, text: str, first: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Line by line, where quotes or line ends are not as simple as they could be."""
        for number, line in enumerate(text.split("\n"), start=first):
            plain = line.rstrip("\r")
            if not plain.strip():
                continue
            try:
                row = next(csv.reader([plain], delimiter=delimiter, strict=True))
            except csv.Error as error:
                self.refuse(number, f"is no CSV: {error}")
                continue
            if len(row) == len(self.header):
                yield number, row
            else:
                self.refuse(number, f"has {len(row)} cells where the header has {len(self.header)}")

    def _block(self, lines: NDArray[np.int64], columns: dict[str, Sequence[str]]) -> Block:
        rows = np.full((len(lines), WIDTH), np.nan)
        rows[:, LINE] = lines
        rows[:, ROUNDING] = rows[:, WORKER] = 0.0
        (self._averages if self.averages else self._work)(rows, columns)
        good = ~np.isnan(rows[:, [END, START, HASHES]]).any(axis=1)
        good &= (rows[:, END] > rows[:, START]) & (rows[:, START] >= cells.EARLIEST) & (rows[:, END] <= self.now)
        good &= rows[:, ROUNDING] >= 0.0
        if columns.get("worker"):
            rows[:, WORKER] = _numbers(columns["worker"], self.workers, _shown)
            good &= rows[:, WORKER] >= 0
        contract = np.zeros(len(rows), dtype=np.int64)
        if "contract" in columns:
            contract = _numbers(columns["contract"], self.contracts, self._judged)
            good &= contract >= 0
        for place in np.flatnonzero(~good).tolist():
            row = {name: cell[place] for name, cell in columns.items()}
            self.refuse(int(lines[place]), self._problem(row, rows[place]))
        if self.tells_workers and not good.all():
            # Beside other workers' rows a worker of whom nothing can be read would seem to have stood still.
            rows[~good, HASHES] = np.nan
            rows[~good, ROUNDING] = 0.0
            good |= (rows[:, END] > rows[:, START]) & (rows[:, START] >= cells.EARLIEST) & (rows[:, END] <= self.now)
            good &= (rows[:, WORKER] >= 0) & (contract >= 0)
        return Block(contract[good], rows[good]) if not good.all() else Block(contract, rows)

    @staticmethod
    def _work(rows: Matrix, columns: dict[str, Sequence[str]]) -> None:
        rows[:, START], rows[:, END] = cells.seconds(columns["start"]), cells.seconds(columns["end"])
        rows[:, HASHES] = cells.works(columns["hashes"])
        shares = columns.get("shares", ())
        if shares:
            told = np.array([bool(cell.strip()) for cell in shares]) if "" in shares else np.ones(len(rows), dtype=bool)
            rows[told, SHARES] = cells.works([cell for cell, one in zip(shares, told, strict=True) if one])
            rows[told & np.isnan(rows[:, SHARES]), ROUNDING] = np.nan

    @staticmethod
    def _averages(rows: Matrix, columns: dict[str, Sequence[str]]) -> None:
        length = cells.windows(columns["window"])
        rate, half = cells.rates(columns["hashrate"])
        rows[:, END] = cells.seconds(columns["time"])
        rows[:, START] = rows[:, END] - length
        rows[:, HASHES], rows[:, ROUNDING] = rate * length, half * length

    def _judged(self, name: str) -> bool:
        return name in self.known or (ANY in self.known and _shown(name) and bool(name))

    def _problem(self, row: dict[str, str], numbers: Matrix) -> str:
        """The first thing that is wrong with a row."""
        reads: dict[str, Callable[[str], object]] = {
            "start": cells.second, "end": cells.second, "time": cells.second, "window": cells.window,
            "hashes": cells.work, "shares": cells.work, "hashrate": cells.rate,
        }  # fmt: skip
        for name, cell in row.items():
            if name == "shares" and not cell.strip():
                continue
            if name in reads and (problem := cells.problem_of(reads[name], cell)) is not None:
                return f"`{name}`: {problem}"
        if not numbers[END] > numbers[START]:
            return "`end` is not after `start`"
        if numbers[END] > self.now:
            return "speaks of the future, write what has happened"
        if numbers[START] < cells.EARLIEST:
            return "speaks of a time before the first block"
        if "contract" in row and not self._judged(row["contract"].strip()):
            return f"there is no contract `{row['contract'].strip()[:48]}`, nor one called `{ANY}`"
        return "holds characters that cannot be shown"


def _shown(name: str) -> bool:
    return name.isprintable() and "\ufffd" not in name and len(name) <= _LONGEST_NAME


def _numbers(names: Sequence[str], known: dict[str, int], accepts: Callable[[str], bool]) -> NDArray[np.int64]:
    """The numbers of names, new ones counted on; −1 where one is not accepted."""
    written = {}
    for name in dict.fromkeys(names):
        plain = name.strip()
        written[name] = known.setdefault(plain, len(known)) if accepts(plain) else -1
    return np.fromiter(map(written.__getitem__, names), dtype=np.int64, count=len(names))


def _parquet(path: Path) -> Iterator[Piece]:
    """Batches of a Parquet file as columns of text, so that they mean what the same CSV means."""
    try:
        from importlib import import_module

        parquet, arrow = import_module("pyarrow.parquet"), import_module("pyarrow")
    except ImportError:
        problem = "Parquet needs the extra `analysis`: pip install 'hashrate-verifier[analysis]', or write CSV"
        raise ConfigError([Fault(file=str(path), line=1, path="file", problem=problem)]) from None
    try:
        table = parquet.ParquetFile(path)
    except arrow.ArrowInvalid as error:
        raise ConfigError([Fault(file=str(path), line=1, path="file", problem=f"is no Parquet: {error}")]) from None
    first = 1
    for batch in table.iter_batches(batch_size=16_384):
        columns: dict[str, Sequence[str]] = {
            name: ["" if cell is None else cell for cell in column.cast(arrow.string()).to_pylist()]
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        yield np.arange(first, first + batch.num_rows), columns
        first += batch.num_rows
