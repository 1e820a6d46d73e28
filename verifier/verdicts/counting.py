"""How readings of one source become intervals of work: counters, slots, restarts, gaps and what comes late."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isnan, nan
from typing import Final

from verifier.contract import Contract
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts.readings import ACCOUNT, Count, Reading, Silent
from verifier.verdicts.tally import Hour, Tally, credit
from verifier.verdicts.verdict import Interval

_REMEMBERED_SLOTS: Final = timedelta(hours=30)
_REMEMBERED_GAPS: Final = timedelta(days=40)
_REMEMBERED_READS: Final = 8
_REMEMBERED_NOTES: Final = 8
#: A rate above this multiple of the promise is no measurement, unless a few hard shares in a short time explain it:
#: promised work of this time comes on top, and as many shares of the pool's least difficulty.
_IMPLAUSIBLE: Final = 20.0
_LUCK: Final = timedelta(hours=2)
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is carried from fold to fold, plain JSON.

    ``source`` decides ``since`` it first counted a worker of this contract; before that, an answer that lists none of
    them says nothing, from then on it says that none worked. ``position`` is the end of the last reading folded,
    ``counting_since`` the first reading of a counter, ``counters`` the last value by worker, ``reads`` the moments of
    the last readings, ``slots`` the work of the last 30 h by moment and worker, ``gaps`` what nobody counted,
    ``silent`` the last silence since ``position``.
    """

    source: str = ""
    since: datetime | None = None
    position: datetime | None = None
    counting_since: datetime | None = None
    counters: Mapping[str, Count] = field(default_factory=dict)
    reads: tuple[datetime, ...] = ()
    slots: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    silent: Silent | None = None
    tally: Tally = field(default_factory=Tally)
    notes: tuple[tuple[datetime, str], ...] = ()


class Counting:
    """One turn of the fold in the making; ``frozen`` is the state after it."""

    def __init__(self, contract: Contract, state: Evidence, heard: tuple[Silent, ...]) -> None:
        self.contract = contract
        self.source, self.since = state.source, state.since
        self.position, self.counting_since = state.position, state.counting_since
        self.counters, self.slots = dict(state.counters), dict(state.slots)
        self.reads, self.gaps, self.notes = state.reads, state.gaps, state.notes
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
        return [one for one in self.heard if self.source in ("", one.account)]

    def gap(self, end: datetime) -> None:
        """Nobody counted from the position up to ``end``."""
        start = self.contract.starts if self.position is None else max(self.contract.starts, self.position)
        if self.contract.ends is not None:
            end = min(end, self.contract.ends)
        if start < end:
            self.unseen.append((Window(start=start, end=end), self.reason(start, end)))
            self.gaps = (*(gap for gap in self.gaps if gap[1] > end - _REMEMBERED_GAPS), (start, end))

    def count(self, start: datetime, reading: Reading, hashes: float, shares: float | None) -> None:
        """Work done in [start, reading.end): the part inside the term, unless no machine could have done it."""
        end = reading.end
        whole = (end - start).total_seconds()
        if whole <= 0:
            return
        inside_start = max(start, self.contract.starts)
        inside_end = end if self.contract.ends is None else min(end, self.contract.ends)
        if inside_start >= inside_end:
            return
        rate = self.contract.promise_at(inside_start).rate.per_second
        if (
            hashes
            > _IMPLAUSIBLE * (rate * whole + reading.floor * HASHES_PER_DIFFICULTY) + rate * _LUCK.total_seconds()
        ):
            self.note(end, f"a rate above {_IMPLAUSIBLE:.0f} times the promise was not counted")
            self.unseen.append((Window(start=inside_start, end=inside_end), "implausible"))
            return
        part = (inside_end - inside_start).total_seconds() / whole
        interval = Interval(
            start=inside_start,
            end=inside_end,
            hashes=hashes * part,
            shares=None if shares is None else shares * part,
            share_difficulty_floor=reading.floor,
            source=reading.account,
        )
        self.intervals.append(interval)
        self.tally = credit(self.tally, interval, self.hours)

    def read_counters(self, reading: Reading, names: frozenset[str]) -> None:
        """A baseline at first sight, else the work since the reading before."""
        if self.counting_since is None or self.position is None:
            self.gap(reading.end)
            self.counting_since = reading.end
        elif self._another_measure(reading, names):
            self.gap(reading.end)
            self.counters = {}
        else:
            if names == {ACCOUNT} and ACCOUNT not in self.counters:
                names = frozenset(reading.counts) - names
            self.count(self.position, reading, *self.worked(reading, names))
        self.counters.update({name: one for name, one in reading.counts.items() if name in names or name == ACCOUNT})
        self.reads = (*self.reads, reading.end)[-_REMEMBERED_READS:]
        self.position = reading.end

    def worked(self, reading: Reading, names: frozenset[str]) -> tuple[float, float | None]:
        """Work and shares of some counters since they were read last; only a drop is a restart from zero.

        A new epoch alone is none: crediting the whole value would invent a lifetime of work.
        """
        hashes, shares = 0.0, [0.0]
        for name in sorted(names):
            now, before = reading.counts[name], self.counters.get(name)
            if before is None:
                if not self._began_since(reading, now):
                    continue
                before = Count(hashes=0.0, shares=0.0)
            elif _fell(before, now):
                self.note(reading.end, f"the counter of {name or 'the account'} started anew")
                before = Count(hashes=0.0, shares=0.0)
            elif _renewed(before, now):
                self.note(reading.end, f"the counter of {name or 'the account'} calls itself new but went on counting")
            hashes += max(0.0, now.hashes - before.hashes)
            if now.shares is not None and before.shares is not None:
                shares.append(max(0.0, now.shares - before.shares))
            else:
                shares.append(nan)
        total = sum(shares)
        return hashes, None if isnan(total) or (hashes > 0 and total <= 0) else total

    def _another_measure(self, reading: Reading, names: frozenset[str]) -> bool:
        """Whether only workers are counted where only the account was: nothing to take a difference from."""
        return ACCOUNT in self.counters and ACCOUNT not in reading.counts and not names & self.counters.keys()

    def _began_since(self, reading: Reading, now: Count) -> bool:
        """Whether a worker never listed before did all its work since the last reading of the account."""
        account, before = reading.counts.get(ACCOUNT), self.counters.get(ACCOUNT)
        if account is None or before is None:
            return False
        since = account.hashes if _fell(before, account) else account.hashes - before.hashes
        return now.hashes <= since * (1.0 + _ROUNDING)

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
        )
        self.slots.update({_slot(reading, name): reading.counts[name].hashes for name in names})
        self.slots.setdefault(_slot(reading, ACCOUNT), 0.0)
        self.position = reading.end

    def take_over(self, reading: Reading) -> bool:
        """From this reading on its source alone decides; whether earlier turns should have known."""
        late = bool(self.source) and self.position is not None and reading.first < self.position
        if self.source:
            self.note(reading.first, f"read from {reading.account} instead of {self.source}")
        self.source, self.since, self.counting_since = reading.account, reading.first, None
        self.counters, self.slots, self.reads = {}, {}, ()
        return late

    def knows(self, reading: Reading) -> bool:
        """Whether an answer without a worker of this contract means that none worked: workers are listed, ours did."""
        listed = any(name != ACCOUNT for name in reading.counts)
        return listed and reading.account == self.source and self.since is not None and reading.first >= self.since

    def late(self, reading: Reading, names: frozenset[str]) -> bool:
        """Whether an earlier turn should have known this reading."""
        if self.position is None:
            return False
        if reading.start is None:
            return reading.end < self.position and reading.end not in self.reads
        if reading.start >= self.position:
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
        if reading.start is None:
            return self.position is None or reading.end > self.position or self.counting_since is None
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
            since=self.since,
            position=position,
            counting_since=self.counting_since,
            counters=self.counters,
            reads=self.reads,
            slots=kept,
            gaps=self.gaps,
            silent=heard[-1] if heard else None,
            tally=self.tally,
            notes=self.notes,
        )


def _slot(reading: Reading, name: str) -> str:
    return f"{reading.first.timestamp():.3f} {name}"


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _ROUNDING * max(abs(one), abs(other))


def _fell(before: Count, now: Count) -> bool:
    return now.hashes < before.hashes * (1.0 - _ROUNDING)


def _renewed(before: Count, now: Count) -> bool:
    return before.epoch is not None and now.epoch is not None and before.epoch != now.epoch
