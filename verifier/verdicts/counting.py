"""How readings of one source become intervals of work: counters, slots, restarts, gaps and what comes late."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.expectations.rate import owed
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts import averages, counters
from verifier.verdicts.readings import ACCOUNT, Count, Reading, Silent
from verifier.verdicts.share_scale import Figure
from verifier.verdicts.spans import work_in
from verifier.verdicts.tally import Hour, Tally, credit
from verifier.verdicts.verdict import Interval, OwnReason

_REMEMBERED_SLOTS: Final = timedelta(hours=30)
_REMEMBERED_GAPS: Final = timedelta(days=40)
_REMEMBERED_READS: Final = 8
_REMEMBERED_NOTES: Final = 8
#: A rate above this multiple of the promise is no measurement, unless a few hard shares in a short time explain it:
#: promised work of this time comes on top, and as many shares of the pool's least difficulty.
_IMPLAUSIBLE: Final = 20.0
_LUCK: Final = timedelta(hours=2)
#: A change of the delay is waited out for so many readings: it passes with a page that came late, and stays where a
#: clock was set anew.
_WAITED: Final = 5


@record
class Evidence:
    """All that is carried from fold to fold, plain JSON.

    ``source`` decides ``since`` it first counted a worker of this contract; before that, an answer that lists none of
    them says nothing, from then on it says that none worked. While it only shows averages ``window`` is how long one
    is, in seconds. ``position`` is the end of the last reading folded, ``counting_since`` the first reading of a
    counter, ``counters`` the last value by worker, ``reads`` the moments of the last readings, ``delay`` the seconds
    until the last one was learned, ``waited`` how many readings since contradict that, ``missing`` whose counter the
    last one did not list, ``slots`` the work of the last 30 h by moment and worker, ``gaps`` what nobody counted,
    ``silent`` the last silence since ``position``.
    """

    source: str = ""
    window: float | None = None
    since: datetime | None = None
    position: datetime | None = None
    counting_since: datetime | None = None
    counters: Mapping[str, Count] = field(default_factory=dict)
    reads: tuple[datetime, ...] = ()
    delay: float | None = None
    waited: int = 0
    missing: tuple[str, ...] = ()
    slots: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    silent: Silent | None = None
    tally: Tally = field(default_factory=Tally)
    notes: tuple[tuple[datetime, str], ...] = ()


def most_believable(promised: Figure, rate: Figure, floor: float = 0.0) -> Figure:
    """The most work (hashes) that counts in an interval that promises so much, at a rate; numbers or columns."""
    return _IMPLAUSIBLE * (promised + floor * HASHES_PER_DIFFICULTY) + rate * _LUCK.total_seconds()


class Counting:
    """One turn of the fold in the making; ``frozen`` is the state after it."""

    def __init__(
        self, contract: Contract, state: Evidence, heard: tuple[Silent, ...], excluded: frozenset[str] = frozenset()
    ) -> None:
        self.contract, self.excluded = contract, excluded
        self.source, self.since, self.window = state.source, state.since, state.window
        self.position, self.counting_since = state.position, state.counting_since
        self.counters, self.slots = dict(state.counters), dict(state.slots)
        self.reads, self.gaps, self.notes = state.reads, state.gaps, state.notes
        self.delay, self.waited, self.missing = state.delay, state.waited, state.missing
        self.tally = state.tally
        self.heard = (state.silent, *heard) if state.silent else heard
        self.intervals: list[Interval] = []
        self.unseen: list[tuple[Window, str]] = []
        self.hours: dict[datetime, Hour] = {}

    def note(self, at: datetime, text: str) -> None:
        self.notes = (*self.notes, (at, text))[-_REMEMBERED_NOTES:]

    def reason(self, start: datetime, end: datetime) -> str:
        """Why a span was not seen: the last silence in it, else our own absence."""
        said = [one.reason for one in self._of_source() if start <= one.at <= end]
        return said[-1] if said else ("not_asked_yet" if self.position is None else "daemon_off")

    def _of_source(self) -> list[Silent]:
        # Before anything was counted, another source than the one that lists none may tell of the contract.
        if not self.source:
            return [one for one in self.heard if one.reason != "not_listed"]
        return [one for one in self.heard if self.source == one.account]

    def gap(self, end: datetime, reason: OwnReason | None = None) -> None:
        """Nobody counted from the position up to ``end``."""
        start = self.contract.starts if self.position is None else max(self.contract.starts, self.position)
        if self.contract.ends is not None:
            end = min(end, self.contract.ends)
        if start < end:
            self.unseen.append((Window(start=start, end=end), reason or self.reason(start, end)))
            self.gaps = (*(gap for gap in self.gaps if gap[1] > end - _REMEMBERED_GAPS), (start, end))

    def count(
        self,
        start: datetime,
        reading: Reading,
        hashes: float,
        shares: float | None = None,
        *,
        rounding: float = 0.0,
        contested: bool = False,
    ) -> None:
        """Work done in [start, reading.end): the part inside the term, unless no machine could have done it.

        ``contested``: a worker that two contracts claim is listed. One whose count stood still is not known to have
        rested: its next share may come later.
        """
        end = reading.end
        whole = (end - start).total_seconds()
        if whole <= 0:
            return
        inside_start = max(start, self.contract.starts)
        inside_end = end if self.contract.ends is None else min(end, self.contract.ends)
        if inside_start >= inside_end:
            return
        if contested:
            self.unseen.append((Window(start=inside_start, end=inside_end), "claimed_twice"))
            return
        rate = max(self.contract.promise_at(at).rate.per_second for at in (inside_start, inside_end))
        if hashes > most_believable(rate * whole, rate, reading.floor):
            self.note(end, f"a rate above {_IMPLAUSIBLE:.0f} times the promise was not counted")
            self.unseen.append((Window(start=inside_start, end=inside_end), "implausible"))
            return
        part, inside = (inside_end - inside_start).total_seconds() / whole, hashes
        if part < 1.0 and hashes > 0.0:
            # Who begins and stops with the contract did all of it inside: as much as it asks may lie there.
            promised = owed(self.contract, Window(start=inside_start, end=inside_end)).promised
            inside = float(work_in(hashes, part, promised))
            part = inside / hashes
        interval = Interval(
            start=inside_start,
            end=inside_end,
            hashes=inside,
            shares=None if shares is None else shares * part,
            share_difficulty_floor=reading.floor,
            source=reading.account,
            exactness=reading.exactness,
            rounding=rounding * part,
        )
        self.intervals.append(interval)
        self.tally = credit(self.tally, interval, self.hours)

    def read(self, reading: Reading, names: frozenset[str]) -> None:
        """What a reading adds, by the kind that it is."""
        if reading.average:
            self.read_average(reading, names)
        elif reading.start is not None:
            self.read_slot(reading, names)
        else:
            self.read_counters(reading, names)

    def read_counters(self, reading: Reading, names: frozenset[str]) -> None:
        """A baseline at first sight, and where what lies between is not known; else the work since the one before."""
        self.reads = (*self.reads, reading.end)[-_REMEMBERED_READS:]
        agree = self.counting_since is None or counters.clocks_agree(reading, self.delay)
        if not agree and self.waited < _WAITED:
            self.waited += 1
            return
        self.delay, self.waited = counters.delay(reading), 0
        if self.counting_since is None or self.position is None:
            self.gap(reading.end)
            self.counting_since = reading.end
        elif counters.another_measure(reading.counts, names, self.counters):
            self.gap(reading.end)
            self.counters = {}
        elif not agree:
            self.note(reading.end, "the clock of the source or ours was set anew")
            self.gap(reading.end, "clocks_differ")
            self.counters = {}
        else:
            if names == {ACCOUNT} and ACCOUNT not in self.counters:
                names = frozenset(reading.counts) - names
            if self._started_anew(reading, names) or self._renamed(reading, names):
                self.gap(reading.end, "started_anew")
            else:
                hashes, shares = self._worked(reading, names - self.excluded)
                self.count(self.position, reading, hashes, shares, contested=bool(names & self.excluded))
        self.counters.update({name: one for name, one in reading.counts.items() if name in names or name == ACCOUNT})
        self.missing = tuple(sorted(self.counters.keys() - reading.counts.keys()))
        self.position = reading.end

    def _started_anew(self, reading: Reading, names: frozenset[str]) -> bool:
        """Whether a counter fell: what it had counted after it was read last is lost, and that is no shortfall."""
        fallen = counters.fallen(reading.counts, names, self.counters)
        for name in fallen:
            self.note(reading.end, f"the counter of {name or 'the account'} started anew")
        return bool(fallen)

    def _renamed(self, reading: Reading, names: frozenset[str]) -> bool:
        """Whether a counter came as another left: what was done since under a new name cannot be told from before."""
        change = counters.renamed(reading.counts, names, self.counters, self.missing)
        if change is not None:
            self.note(reading.end, f"{change[1]} was first listed as {change[0]} left the list")
        return change is not None

    def _worked(self, reading: Reading, names: frozenset[str]) -> tuple[float, float | None]:
        """Work and shares of some counters since they were read last; none of them fell."""
        for name in counters.renewed(reading.counts, names, self.counters):
            self.note(reading.end, f"the counter of {name or 'the account'} calls itself new but went on counting")
        return counters.worked(reading.counts, names, self.counters)

    def read_slot(self, reading: Reading, names: frozenset[str]) -> None:
        """The work of a span of its own, after a gap if there is one."""
        start = reading.first
        if self.position is None or start > self.position:
            self.gap(start)
        counted = [reading.counts[name] for name in sorted(names)]
        shares = [one.shares for one in counted if one.shares is not None]
        self.count(
            start,
            reading,
            sum(one.hashes for one in counted),
            sum(shares) if len(shares) == len(counted) else None,
            contested=bool(names & self.excluded),
        )
        self.slots.update({_slot(reading, name): reading.counts[name].hashes for name in names})
        self.slots.setdefault(_slot(reading, ACCOUNT), 0.0)
        self.position = reading.end

    def read_average(self, reading: Reading, names: frozenset[str]) -> None:
        """An average as the work of its window, one per window; the first is a baseline."""
        shown = {name: reading.counts[name] for name in names}
        if self.position is None or self.counting_since is None:
            self.gap(reading.end)
            self.counting_since = reading.end
        elif not averages.continues(reading, shown, self.counters, self.position):
            self.gap(reading.end)
        else:
            start = self.position if reading.decaying else max(self.position, reading.first)
            self.gap(start)
            hashes, rounding = averages.worked(reading, shown, self.counters, start)
            self.count(start, reading, hashes, rounding=rounding, contested=bool(names & self.excluded))
        self.counters = shown
        self.reads = (*self.reads, reading.end)[-_REMEMBERED_READS:]
        self.position = reading.end

    def take_over(self, reading: Reading) -> bool:
        """From this reading on its source alone decides; whether earlier turns should have known."""
        late = bool(self.source) and self.position is not None and reading.first < self.position
        if self.source and self.source != reading.account:
            self.note(reading.first, f"read from {reading.account} instead of {self.source}")
        elif self.window is not None:
            self.note(reading.first, "counted from now on, so averages are not used any more")
        self.source, self.since, self.counting_since = reading.account, reading.first, None
        self.window = (reading.end - reading.first).total_seconds() if reading.average else None
        self.delay, self.waited = None, 0
        self.counters, self.missing, self.slots, self.reads = {}, (), {}, ()
        return late

    def knows(self, reading: Reading) -> bool:
        """Whether an answer without a worker of this contract means that none worked: workers are listed, ours did."""
        listed = any(name != ACCOUNT for name in reading.counts)
        return listed and reading.account == self.source and self.since is not None and reading.first >= self.since

    def late(self, reading: Reading, names: frozenset[str]) -> bool:
        """Whether an earlier turn should have known this reading."""
        if self.position is None:
            return False
        if reading.average:
            return averages.missed(reading, self.counting_since, self.reads)
        if reading.start is None:
            # The last one read may be waited out, ahead of the position.
            return reading.end < max((self.position, *self.reads[-1:])) and reading.end not in self.reads
        if reading.start >= self.position or (self.counting_since is not None and reading.end > self.counting_since):
            return False
        inside = max(reading.start, self.contract.starts)
        if any(start <= inside and reading.end <= end for start, end in self.gaps):
            return True
        known = {name: self.slots.get(_slot(reading, name)) for name in names}
        if all(hashes is None for hashes in known.values()) and not self._slot_counted(reading):
            return False
        return any(not _same(known[name] or 0.0, reading.counts[name].hashes) for name in names)

    def _slot_counted(self, reading: Reading) -> bool:
        prefix = _slot(reading, "")
        return any(key.startswith(prefix) for key in self.slots)

    def news(self, reading: Reading) -> bool:
        """Whether a reading adds anything: a page not rewritten, or a slot already counted, does not."""
        if reading.average:
            return self.position is None or self.counting_since is None or averages.follows(reading, self.position)
        if reading.start is None:
            known = reading.end in self.reads
            return not known and (self.position is None or reading.end > self.position or self.counting_since is None)
        if self.counting_since is not None and reading.end > self.counting_since:
            return False
        return self.position is None or reading.start >= self.position

    def frozen(self) -> Evidence:
        position = self.position
        kept = self.slots
        if position is not None:
            oldest = (position - _REMEMBERED_SLOTS).timestamp()
            kept = {key: hashes for key, hashes in self.slots.items() if float(key.partition(" ")[0]) >= oldest}
        heard = [one for one in self._of_source() if position is None or one.at > position]
        return Evidence(
            source=self.source,
            window=self.window,
            since=self.since,
            position=position,
            counting_since=self.counting_since,
            counters=self.counters,
            reads=self.reads,
            delay=self.delay,
            waited=self.waited,
            missing=self.missing,
            slots=kept,
            gaps=self.gaps,
            silent=heard[-1] if heard else None,
            tally=self.tally,
            notes=self.notes,
        )


def _slot(reading: Reading, name: str) -> str:
    return f"{reading.first.timestamp():.3f} {name}"


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= counters.ROUNDING * max(abs(one), abs(other))
