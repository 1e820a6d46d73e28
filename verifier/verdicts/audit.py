"""A past period of one contract, judged from columns of work instead of facts: the numbers of the hashrate check.

What an interval owes comes from ``expectations``, what a share is from ``share_scale``, the alarm from ``course``,
interval and coverage from what the daemon judges periods by. Only the order is another: many intervals at a time, in
runs that end where an alarm opens or closes, because what a share is is learnt while nothing is amiss.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from math import exp
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from verifier.contract import Contract, Watch
from verifier.expectations.rates import OwedEach, owed_each
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts.checks import hashrate, settlement
from verifier.verdicts.counting import most_believable
from verifier.verdicts.course import Change, Track, follow
from verifier.verdicts.dispersion import learnt
from verifier.verdicts.readings import witnesses
from verifier.verdicts.settling import Period, part_seen, period
from verifier.verdicts.share_scale import ShareScale, assumed_difficulty, predicted_difficulty, predicted_each
from verifier.verdicts.spans import work_in
from verifier.verdicts.statistics import Array, Counts
from verifier.verdicts.stretches import Sums
from verifier.verdicts.verdict import Outcome
from verifier.verdicts.wording import measured, percent

#: Intervals judged at once: what a share is is worked out anew from an opening or closing to the end of them.
_RUN: Final = 4096
#: Reasons for time that is not seen.
NO_ROW: Final = "no_row"
IMPLAUSIBLE: Final = "implausible"
_WHY: Final = MappingProxyType({NO_ROW: "no row speaks of the rest", IMPLAUSIBLE: "some figures cannot be right"})


@record
class Rows:
    """Intervals in time order that do not overlap: epoch seconds, hashes, shares (NaN: hidden).

    ``rounding`` is half of the last digit that a figure shows, in hashes; zero for counts.
    """

    start: Array
    end: Array
    hashes: Array
    shares: Array
    rounding: Array

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, part: "slice | NDArray[np.bool_]") -> "Rows":
        columns = (self.start, self.end, self.hashes, self.shares, self.rounding)
        start, end, hashes, shares, rounding = (column[part] for column in columns)
        return Rows(start=start, end=end, hashes=hashes, shares=shares, rounding=rounding)

    def with_work(self, hashes: Array) -> "Rows":
        """The same time with other work, and its shares and rounding in proportion."""
        part = np.divide(hashes, self.hashes, out=np.ones_like(hashes), where=self.hashes > 0.0)
        return replace(self, hashes=hashes, shares=self.shares * part, rounding=self.rounding * part)


@record
class Found:
    """A shortfall: when the alarm came, since when and how large it was then (1 − delivered ÷ promised since then).

    ``evidence`` is the e-value at the alarm, in seconds; ``resolved_at`` None: it lasts to the end of the period.
    """

    at: datetime
    since: datetime
    size: float
    evidence: float
    dispersion: float
    resolved_at: datetime | None = None


@record
class Point:
    """Delivery from ``start`` to ``end`` (epoch seconds) in hashes, ``shares`` counted, and the evidence at the end.

    ``evidence`` is ln of that for a shortfall, in ln seconds; None while a problem is open: the return is looked for.
    """

    start: float
    end: float
    seen: float
    hashes: float
    promised: float
    boundary: float
    shares: float
    evidence: float | None


@record
class Audited:
    """A past period: how it was settled (None: no row speaks of the term), the alarms in it, one sentence why.

    ``dispersion`` is the variance over the mean of what is counted over a long span, as learnt by the end. ``line`` is
    ln of the seconds to a false alarm, where an alarm opens.
    """

    contract: str
    period: Period | None
    alarms: tuple[Found, ...]
    dispersion: float
    line: float
    points: tuple[Point, ...]

    @property
    def outcome(self) -> Outcome:
        return Outcome.UNKNOWN if self.period is None else self.period.outcome

    @property
    def because(self) -> str:
        """One sentence for the whole period, and one for its alarms."""
        row = self.period
        if row is None:
            nothing = "Cannot tell: no row that can be read speaks of the term of this contract."
            return f"{nothing} This is no sign of a shortfall."
        when = f"from {_when(row.window.start)} to {_when(row.window.end)}"
        if row.ratio is None or row.interval is None or row.bounds is None:
            return f"Nothing was owed {when}." if row.outcome is Outcome.NOT_APPLICABLE else f"Nothing was seen {when}."
        text = f"Delivered {measured(row.ratio, *row.interval)} of the promise {when}"
        text += f", of which {percent(row.least)} must arrive" if row.least < 1.0 else ""
        if row.coverage < 1.0:
            low, high = row.bounds
            text += f"; seen {part_seen(row.coverage)} of it, because {_WHY[row.unseen_because or NO_ROW]}: "
            text += f"{percent(low)} if nothing and {percent(high)} if everything came in the rest"
        return f"{text}. {self._of_alarms()}"

    def _of_alarms(self) -> str:
        if not self.alarms:
            whole = self.period is not None and self.period.coverage >= 1.0
            when = "At no time" if whole else "At no time of which a row speaks"
            return f"{when} was the rate too little by more than chance explains."
        first = self.alarms[0]
        text = f"Too little by {percent(first.size)} since {_when(first.since)}, found {_when(first.at)}"
        text += "" if first.resolved_at is None else f" and over {_when(first.resolved_at)}"
        more = len(self.alarms) - 1
        return f"{text}; {more} more after it." if more else f"{text}."


@dataclass(frozen=True, slots=True)
class _Run:
    """Intervals with what each owes."""

    rows: Rows
    due: OwedEach

    def __getitem__(self, part: slice) -> "_Run":
        return _Run(self.rows[part], self.due[part])


@dataclass(slots=True)
class Audit:
    """One contract's past period in the making: ``see`` rows as they come in time, then ask for the ``result``.

    ``every`` so many seconds a point is kept for a chart; None: none is.
    """

    contract: Contract
    every: float | None = None
    line: float = 0.0
    track: Track = field(default_factory=Track)
    scale: ShareScale = field(default_factory=ShareScale)
    sums: Sums | None = None
    alarms: list[Found] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = hashrate.line(self.contract)

    def see(self, rows: Rows) -> None:
        """The next rows: in time order, after those before."""
        for run in _runs(self._inside(rows), self.every):
            rest = run
            while len(rest.rows):
                rest = rest[self._follow(rest) :]

    def result(self) -> Audited:
        """What all rows so far say, settled as a period that is over by one look."""
        row, dispersion = None, 1.0
        if self.sums is not None:
            budget = self.contract.false_alarms_per_year * settlement.BUDGET / 2.0
            row = period(
                self.contract, self.sums, self.sums.window.end,
                budget_per_year=budget, made_by=settlement.VERSION, over=True,
            )  # fmt: skip
        if self.sums is not None and self.sums.seen > 0.0:
            expected = self.sums.least / self.sums.hashes_per_share / self.sums.seen
            dispersion = 1.0 + expected * learnt(self.track.wander, self.contract.wander)[1]
        return Audited(
            contract=self.contract.name,
            period=row,
            alarms=tuple(self.alarms),
            dispersion=dispersion,
            line=self.line,
            points=tuple(self.points),
        )

    def _inside(self, rows: Rows) -> _Run:
        """The part of rows that lies in the term and can be true, with what it owes; what is not is not seen."""
        last = np.inf if self.contract.ends is None else self.contract.ends.timestamp()
        start, end = np.maximum(rows.start, self.contract.starts.timestamp()), np.minimum(rows.end, last)
        inside = end > start
        whole = (rows.end - rows.start)[inside]
        cut = replace(rows[inside], start=start[inside], end=end[inside])
        due = owed_each(self.contract, cut.start, cut.end)
        if not len(cut):
            return _Run(cut, due)
        before = cut.start[0] if self.sums is None else self.sums.window.end.timestamp()
        self._reach(float(before), float(cut.end[-1]))
        gap = np.concatenate(([before], cut.end[:-1]))
        apart = cut.start > gap
        self._miss(NO_ROW, owed_each(self.contract, gap[apart], cut.start[apart]).seconds)
        rate = due.promised / np.maximum(due.seconds, 1e-9)
        believable = cut.hashes <= most_believable(rate * whole, rate)
        self._miss(IMPLAUSIBLE, due.seconds[~believable])
        kept = believable & (due.boundary > 0.0)
        cut, due = cut[kept], due[kept]
        work = work_in(cut.hashes, due.seconds / whole[kept], due.promised)
        return _Run(cut.with_work(work), due)

    def _reach(self, start: float, end: float) -> None:
        begun = datetime.fromtimestamp(start, UTC) if self.sums is None else self.sums.window.start
        window = Window(start=begun, end=datetime.fromtimestamp(end, UTC))
        self.sums = Sums(window=window) if self.sums is None else replace(self.sums, window=window)

    def _miss(self, reason: str, seconds: Array) -> None:
        missing = float(seconds.sum())
        if self.sums is not None and missing > 0.0:
            unseen = {**self.sums.unseen, reason: self.sums.unseen.get(reason, 0.0) + missing}
            self.sums = replace(self.sums, unseen=unseen)

    def _follow(self, run: _Run) -> int:
        """Intervals up to the next opening or closing, or all of them; how many were used."""
        closing = self.track.closing
        share, scale = self._shares(run, closing)
        rows, due = run.rows, run.due
        # A rounded figure errs by up to half its last digit r: its variance r²/3 is that of so much harder shares, and
        # as it may err the same way for ever the boundary is lower by as much (Span.for_an_alarm).
        each = share + rows.rounding**2 / 3.0 / due.boundary
        boundary = due.boundary - np.minimum(rows.rounding, due.boundary / 2.0)
        counts = Counts(shares=rows.hashes / each, expected=boundary / each, start=rows.start, seconds=due.seconds)
        promise = float(due.promised[0] / boundary[0])
        self.track, change = next(follow(self.track, counts, promise, self.line, self.contract.wander))
        used = len(share) if change is None else change.index + 1
        if change is not None:
            scale = self._shares(run[:used], closing)[1] if used < len(share) else scale
            self._turn(change, float(rows.end[used - 1]), promise, opens=closing is None)
        self.scale = scale
        evidence = self.track.evidence if change is None else change.evidence
        self._add(run[:used], share[:used], evidence if closing is None else None)
        return used

    def _shares(self, run: _Run, closing: float | None = None) -> tuple[Array, ShareScale]:
        """Hashes behind a share of each interval, from what was known before it, and what they all teach."""
        rows, watch = run.rows, next(iter(witnesses(self.contract)), Watch(account=""))
        if watch.share_difficulty is not None:
            difficulty, scale = np.full(len(rows), watch.share_difficulty), self.scale
        else:
            seconds = rows.end - rows.start
            assumed = assumed_difficulty(1.0, watch.share_interval) * run.due.boundary / seconds
            if closing is None:
                difficulty, scale = predicted_each(
                    self.scale, rows.end, seconds, rows.hashes, rows.shares, run.due.boundary, assumed
                )
            else:
                each, scale = predicted_difficulty(self.scale, 1.0), replace(self.scale, last=None)
                difficulty = np.full(len(rows), each) if scale.counted else assumed * each
        return difficulty * HASHES_PER_DIFFICULTY, scale

    def _turn(self, change: Change, at: float, promise: float, *, opens: bool) -> None:
        moment = datetime.fromtimestamp(at, UTC)
        if not opens:
            self.alarms[-1] = replace(self.alarms[-1], resolved_at=moment)
            return
        self.alarms.append(
            Found(
                at=moment,
                since=datetime.fromtimestamp(change.since, UTC),
                size=1.0 - change.shares / (change.expected * promise),
                evidence=exp(min(change.evidence, 700.0)),
                dispersion=change.dispersion,
            )
        )

    def _add(self, run: _Run, share: Array, evidence: float | None) -> None:
        rows, due, sums = run.rows, run.due, self.sums
        if sums is None:
            raise ValueError("rows are reached before they are added")
        self.sums = replace(
            sums,
            seen=sums.seen + float(due.seconds.sum()),
            hashes=sums.hashes + float(rows.hashes.sum()),
            promised=sums.promised + float(due.promised.sum()),
            least=sums.least + float(due.least.sum()),
            weight=sums.weight + float((due.promised * share).sum()),
            share=float(share[-1]),
            rounding=sums.rounding + float(rows.rounding.sum()),
        )
        if self.every is not None:
            self.points.append(
                Point(
                    start=float(rows.start[0]),
                    end=float(rows.end[-1]),
                    seen=float(due.seconds.sum()),
                    hashes=float(rows.hashes.sum()),
                    promised=float(due.promised.sum()),
                    boundary=float(due.boundary.sum()),
                    shares=float((rows.hashes / share).sum()),
                    evidence=evidence,
                )
            )


def _when(at: datetime) -> str:
    return f"{at.day} {at:%b %Y %H:%M} UTC"


def _runs(whole: _Run, every: float | None) -> Iterator[_Run]:
    """Runs of one promise that are not too long, and end with each ``every``."""
    rows, due = whole.rows, whole.due
    if not len(rows):
        return
    cuts = set(range(0, len(rows), _RUN)) | {len(rows)}
    promise = due.promised / due.boundary
    cuts |= set((np.flatnonzero(np.abs(np.diff(promise)) > 1e-9) + 1).tolist())
    if every is not None:
        number = (rows.end - 1e-6) // every
        cuts |= set((np.flatnonzero(number[1:] != number[:-1]) + 1).tolist())
    ends = sorted(cuts)
    for begin, end in pairwise(ends):
        yield whole[begin:end]
