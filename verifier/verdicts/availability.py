"""Uptime in its four meanings, by UTC day: what is known of each day, and how much of that was down.

reachable   a worker of the contract was connected when the source listed them, until it listed them again
hashing     work arrived; a time without any counts as down once seven shares should have come in it (by chance less
            than once in a thousand: e⁻⁷), else nobody can tell it from a pause between two shares
sharing     the last share was not longer ago than the contract says
delivered   delivered ÷ promised, with the error of counting
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract, UptimeMethod
from verifier.expectations.rate import owed
from verifier.fact import Fact
from verifier.observation import WorkerPresence, WorkersSeen
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.periods import DAY, midnight
from verifier.verdicts.spans import Span
from verifier.verdicts.stretches import Gap, Stretch, Sums, moment_of

#: A list of workers says so long, at most, how it is.
HOLD: Final = timedelta(minutes=30)
#: Shares that should have come before a time without any is down.
SILENT: Final = 7.0
WITHIN: Final = timedelta(minutes=15)
#: A calendar month, the day that is not over, and one that may yet be told.
_REMEMBERED: Final = 33


@record
class Quiet:
    """Seen time without any work that may go on (epoch seconds), and the shares that should have come in it."""

    start: float
    end: float
    shares: float


@record
class Listing:
    """What an account listed last; ``known`` once it listed a worker of the contract."""

    at: datetime
    online: bool
    known: bool


@record
class Day:
    """One UTC day, in seconds, hashes and (``weight``) hashes².

    What was seen of it as in ``Sums``; seconds ``silent``, ``without`` a recent share, ``reached`` and ``offline``.
    """

    seen: float = 0.0
    hashes: float = 0.0
    promised: float = 0.0
    weight: float = 0.0
    silent: float = 0.0
    without: float = 0.0
    reached: float = 0.0
    offline: float = 0.0


@record
class Uptimes:
    """All that is carried: days by ISO date, the time without work that may go on, the listings by account."""

    days: Mapping[str, Day] = field(default_factory=dict)
    quiet: Quiet | None = None
    listings: Mapping[str, Listing] = field(default_factory=dict)


@record
class Part:
    """A meaning over some time: seconds ``known`` and, of these, ``down``."""

    known: float
    down: float

    @property
    def up(self) -> float | None:
        """Part of the known time that was up; None where nothing is known."""
        return 1.0 - self.down / self.known if self.known > 0 else None


def _by_day(start: datetime, end: datetime) -> Iterator[Window]:
    while start < end:
        stop = min(end, midnight(start) + DAY)
        yield Window(start=start, end=stop)
        start = stop


def _add(days: dict[str, Day], part: Window, more: Day) -> None:
    """Figures on top of those of a day."""
    name = part.start.date().isoformat()
    day = days.get(name)
    days[name] = (
        more
        if day is None
        else Day(
            seen=day.seen + more.seen,
            hashes=day.hashes + more.hashes,
            promised=day.promised + more.promised,
            weight=day.weight + more.weight,
            silent=day.silent + more.silent,
            without=day.without + more.without,
            reached=day.reached + more.reached,
            offline=day.offline + more.offline,
        )
    )


def told(contract: Contract, state: Uptimes, stretch: Stretch) -> Uptimes:
    """The days after one more stretch of time."""
    days = dict(state.days)
    quiet = state.quiet
    if quiet is not None and (isinstance(stretch, Gap) or stretch.hashes > 0.0 or stretch.start > quiet.end):
        _silent(contract, days, quiet)
        quiet = None
    if isinstance(stretch, Span):
        for part in _by_day(moment_of(stretch.start), moment_of(stretch.end)):
            due = owed(contract, part)
            if due.promised > 0.0:
                hashes = stretch.hashes * due.promised / stretch.promised
                weight = due.promised * stretch.share
                _add(days, part, Day(seen=due.seconds, hashes=hashes, promised=due.promised, weight=weight))
        if stretch.hashes == 0.0:
            before = quiet or Quiet(start=stretch.start, end=stretch.start, shares=0.0)
            shares = before.shares + stretch.promised / stretch.share
            quiet = Quiet(start=before.start, end=stretch.end, shares=shares)
    for old in sorted(days)[:-_REMEMBERED] if len(days) > _REMEMBERED else ():
        del days[old]
    return Uptimes(days=days, quiet=quiet, listings=state.listings)


def _silent(contract: Contract, days: dict[str, Day], quiet: Quiet) -> None:
    """A time without work, as far as something was owed in it."""
    start, end = moment_of(quiet.start), moment_of(quiet.end)
    within = WITHIN if contract.uptime is None else contract.uptime.within
    if quiet.shares >= SILENT:
        for part in _by_day(start, end):
            _add(days, part, Day(silent=owed(contract, part).seconds))
    for part in _by_day(start + within, end):
        _add(days, part, Day(without=owed(contract, part).seconds))


def listed(contract: Contract, state: Uptimes, fact: Fact) -> Uptimes:
    """The days after an answer; the first watch that has listed a worker of the contract is the one that counts."""
    watches = [watch for watch in contract.watch if watch.account == fact.subject]
    for seen in (one for one in fact.observations if isinstance(one, WorkersSeen) and watches):
        before = state.listings.get(fact.subject)
        if before is not None and seen.at <= before.at:
            continue
        own = [worker for worker in seen.workers if any(watch.speaks_for(worker.name) for watch in watches)]
        days = dict(state.days)
        if before is not None and _witness(contract, state) == fact.subject and seen.at - before.at <= HOLD:
            up = before.online or _elsewhere(contract, state, fact.subject, before.at)
            for part in _by_day(before.at, seen.at):
                seconds = owed(contract, part).seconds
                _add(days, part, Day(reached=seconds) if up else Day(offline=seconds))
        online = any(worker.presence is WorkerPresence.ONLINE for worker in own)
        now = Listing(at=seen.at, online=online, known=bool(own) or (before is not None and before.known))
        state = Uptimes(days=days, quiet=state.quiet, listings={**state.listings, fact.subject: now})
    return state


def _elsewhere(contract: Contract, state: Uptimes, account: str, at: datetime) -> bool:
    """Whether another watched source lists a worker of the contract as connected at about that time."""
    others = (state.listings.get(watch.account) for watch in contract.watch if watch.account != account)
    return any(one is not None and one.online and abs(one.at - at) <= HOLD for one in others)


def _witness(contract: Contract, state: Uptimes) -> str | None:
    known = (watch.account for watch in contract.watch if (one := state.listings.get(watch.account)) and one.known)
    return next(known, None)


def over(contract: Contract, state: Uptimes, window: Window) -> tuple[Sums, Mapping[UptimeMethod, Part]]:
    """The sums of the days of a window, and every meaning but the delivered work, which the sums tell."""
    days = dict(state.days)
    if state.quiet is not None:
        _silent(contract, days, state.quiet)
    first, last = midnight(window.start).date().isoformat(), window.end.date().isoformat()
    found = [day for name, day in sorted(days.items()) if first <= name < last]
    promised, weight = sum(day.promised for day in found), sum(day.weight for day in found)
    sums = Sums(
        window=window,
        seen=sum(day.seen for day in found),
        hashes=sum(day.hashes for day in found),
        promised=promised,
        weight=weight,
        share=weight / promised if promised > 0.0 else 0.0,
    )
    reached, offline = sum(day.reached for day in found), sum(day.offline for day in found)
    return sums, {
        UptimeMethod.REACHABLE: Part(known=reached + offline, down=offline),
        UptimeMethod.HASHING: Part(known=sums.seen, down=min(sums.seen, sum(day.silent for day in found))),
        UptimeMethod.SHARING: Part(known=sums.seen, down=min(sums.seen, sum(day.without for day in found))),
    }
