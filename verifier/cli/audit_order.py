"""Rows of one contract brought into order: late ones wait up to seven days, and no time counts twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from verifier.cli.audit_table import END, HASHES, LINE, ROUNDING, SHARES, START, WIDTH, WORKER, Matrix
from verifier.contract import Contract
from verifier.verdicts.audit import Rows
from verifier.verdicts.averages import OVERLAP
from verifier.verdicts.readings import witnesses

#: How far behind the newest row another one may come.
PATIENCE: Final = 7 * 86_400.0
#: Rows that are put in order at once, at least.
_ENOUGH: Final = 8192
#: Moments closer than this are the same.
_SAME: Final = 1e-6


@dataclass(slots=True, kw_only=True)
class Ordered:
    """The rows of one contract that wait. ``workers`` are names by number, ``faults`` lines that do not count, and why.

    Rows are summed over the workers that the contract's patterns name, or the whole account's row counts. ``cut`` is
    how far a table of workers is settled, ``told`` by worker the end of its last row and its line.
    """

    contract: Contract
    averages: bool = False
    tells_workers: bool = False
    workers: Mapping[int, str] = field(default_factory=dict)
    waiting: list[Matrix] = field(default_factory=list)
    count: int = 0
    enough: int = _ENOUGH
    newest: float = -np.inf
    cut: float = -np.inf
    told: dict[float, tuple[float, int]] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def add(self, rows: Matrix) -> Rows | None:
        """More rows as they stand in the file; those that are settled, when there are enough to be worth it."""
        newest = np.maximum(np.maximum.accumulate(rows[:, END]), self.newest)
        late = rows[:, END] <= newest - PATIENCE
        if late.any():
            for line in rows[late, LINE].tolist():
                self._refuse(line, "comes more than seven days behind a newer row, sort the file")
            rows = rows[~late]
        if len(newest):
            self.newest = float(newest[-1])
        self.waiting.append(rows)
        self.count += len(rows)
        return self.settle() if self.count >= self.enough else None

    def settle(self, *, final: bool = False) -> Rows:
        """The rows before which nothing more can come, in time order; ``final``: all."""
        rows = np.concatenate(self.waiting) if self.waiting else np.empty((0, WIDTH))
        limit = np.inf if final else self.newest - PATIENCE
        if self.tells_workers:
            # Workers' rows end at moments of their own: all are divided where this part of the table ends.
            rows = _from(rows, self.cut)
            ready, kept = _until(rows, limit), _from(rows, limit)
            self.cut = limit
        else:
            ready, kept = rows[rows[:, END] <= limit], rows[rows[:, END] > limit]
        self.waiting, self.count, self.enough = [kept], len(kept), max(_ENOUGH, 2 * len(kept))
        rows = self._ours(ready)
        # Of averages that end together the shortest comes first: it tells most.
        first = -rows[:, START] if self.averages else rows[:, START]
        rows = rows[np.lexsort((rows[:, LINE], first, rows[:, END], rows[:, WORKER]))]
        workers, begins = np.unique(rows[:, WORKER], return_index=True)
        series = zip(workers.tolist(), np.split(rows, begins[1:]), strict=True) if len(rows) else ()
        return _columns(_together([self._apart(worker, one) for worker, one in series]))

    def _refuse(self, line: float, problem: str) -> None:
        self.faults.append((int(line), problem))

    def _ours(self, rows: Matrix) -> Matrix:
        """Without the workers of others."""
        patterns = witnesses(self.contract)
        if not self.tells_workers or any(watch.workers is None for watch in patterns) or not patterns:
            return rows
        ours = [
            number
            for number in np.unique(rows[:, WORKER]).tolist()
            if any(watch.speaks_for(self.workers[int(number)]) for watch in patterns)
        ]
        return rows[np.isin(rows[:, WORKER], ours)]

    def _apart(self, worker: float, rows: Matrix) -> Matrix:
        """One worker's spans, none over another. Work told twice is refused; such an average is passed over.

        Averages that overlap by no more than a twentieth are neighbours, as they are for the daemon.
        """
        position, line = self.told.get(worker, (-np.inf, 0))
        starts, ends = rows[:, START], rows[:, END]
        kept: NDArray[np.bool_] = np.ones(len(rows), dtype=bool)
        if (starts < np.concatenate(([position], ends[:-1])) - _SAME).any():
            rows, same = rows.copy(), _same(rows)
            for place, (start, end, own) in enumerate(rows[:, [START, END, LINE]].tolist()):
                if same[place]:
                    kept[place] = False
                    self._refuse(own, f"says again what line {rows[place - 1, LINE]:.0f} says")
                    continue
                if start < position - _SAME:
                    if not self.averages or start + OVERLAP * (end - start) < position:
                        kept[place] = False
                        if not self.averages:
                            self._refuse(own, f"speaks of time that line {line} speaks of too, write each span once")
                        continue
                    rows[place] = _from(rows[place : place + 1], position)[0]
                position, line = end, int(own)
        rows = rows[kept]
        if len(rows):
            self.told[worker] = float(rows[-1, END]), int(rows[-1, LINE])
        return rows


def _same(rows: Matrix) -> NDArray[np.bool_]:
    """Which rows have the very span of the row before."""
    step = np.abs(np.diff(rows[:, [START, END]], axis=0)).max(axis=1, initial=0.0)
    return np.concatenate(([False], step < _SAME))


def _from(rows: Matrix, moment: float) -> Matrix:
    """The rows and parts of rows behind a moment; the work of a row is spread evenly."""
    return _scaled(rows[rows[:, END] > moment], START, moment)


def _until(rows: Matrix, moment: float) -> Matrix:
    """The rows and parts of rows up to a moment."""
    return _scaled(rows[rows[:, START] < moment], END, moment)


def _scaled(rows: Matrix, edge: int, moment: float) -> Matrix:
    over = (rows[:, START] < moment) & (rows[:, END] > moment)
    if over.any():
        rows = rows.copy()
        before = rows[over, END] - rows[over, START]
        rows[over, edge] = moment
        part = (rows[over, END] - rows[over, START]) / before
        for column in (HASHES, SHARES, ROUNDING):
            rows[over, column] *= part
    return rows


def _together(series: list[Matrix]) -> Matrix:
    """The work of several workers, from each moment at which a row of one begins or ends to the next such moment.

    What the account as a whole (no worker) says of a time goes before what its workers say of it.
    """
    if len(series) < 2:
        return series[0] if series else np.empty((0, WIDTH))
    rows = np.concatenate(series)
    moments = np.unique(rows[:, [START, END]])
    edges = moments[np.concatenate(([True], np.diff(moments) >= _SAME))]
    begin, end = (np.searchsorted(edges, rows[:, edge] + _SAME / 2.0, "right") - 1 for edge in (START, END))
    counts = end - begin
    row = np.repeat(np.arange(len(rows)), counts)
    piece = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[row]
    whole = rows[row, WORKER] == 0
    covered = np.bincount(piece[whole], minlength=len(edges)) > 0
    row, piece = row[whole | ~covered[piece]], piece[whole | ~covered[piece]]
    part = (edges[piece + 1] - edges[piece]) / (rows[row, END] - rows[row, START])
    found = np.zeros((len(edges), WIDTH))
    for column in (HASHES, SHARES):
        found[:, column] = np.bincount(piece, part * rows[row, column], minlength=len(edges))
    found[:, ROUNDING] = np.sqrt(np.bincount(piece, (part * rows[row, ROUNDING]) ** 2, minlength=len(edges)))
    found[:-1, START], found[:-1, END] = edges[:-1], edges[1:]
    return found[np.bincount(piece, minlength=len(edges)) > 0]


def _columns(rows: Matrix) -> Rows:
    """Without what nobody can know because a figure in it could not be read."""
    rows = rows[~np.isnan(rows[:, HASHES])]
    return Rows(
        start=rows[:, START].copy(),
        end=rows[:, END].copy(),
        hashes=rows[:, HASHES].copy(),
        shares=rows[:, SHARES].copy(),
        rounding=rows[:, ROUNDING].copy(),
    )
