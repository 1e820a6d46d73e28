"""What the sources of a contract counted, sorted out of the facts: one reading per answer and span."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract, Independence, Watch
from verifier.fact import Fact
from verifier.observation import Exactness, RateSeen, Silence, WorkersSeen, WorkSeen
from verifier.record import record

#: The whole account in a reading, where a worker's name would stand.
ACCOUNT: Final = ""
#: A clock may run ahead this far; a moment later than that is no moment at which something was counted.
_AHEAD: Final = timedelta(minutes=10)
#: Averages that can stand for work: shorter ones hang on their edges, longer ones on what was before.
_SHORTEST: Final = timedelta(minutes=10)
_LONGEST: Final = timedelta(days=1)
_ABLE: Final = frozenset({"rolling", "exponential"})
_ORDER: Final = (
    Independence.OWN_GATEWAY,
    Independence.CHOSEN_POOL,
    Independence.ARRANGED_BY_SELLER,
    Independence.OWN_NOTE,
)


@record
class Count:
    """One worker's figure in a reading: a counter's value or the work of a span, in hashes, and its rounding error."""

    hashes: float
    shares: float | None = None
    epoch: str | None = None
    rounding: float = 0.0


@record
class Reading:
    """Counters read at ``end`` (start None), or the work of the slot [start, end), by worker.

    ``learned`` is when we had it first. An average is the work of its window; a ``decaying`` one, weighed by
    exp(-age / window), stands for all of the past.
    """

    account: str
    start: datetime | None
    end: datetime
    counts: Mapping[str, Count]
    learned: datetime
    floor: float = 0.0
    exactness: Exactness = Exactness.COUNT
    decaying: bool = False

    @property
    def first(self) -> datetime:
        return self.end if self.start is None else self.start

    @property
    def average(self) -> bool:
        """Whether nothing was counted."""
        return self.exactness is Exactness.AVERAGE

    @property
    def delay(self) -> timedelta:
        """Our clock, when we learned it, less the source's, when it was so."""
        return self.learned - self.end


@record
class Silent:
    """A question of an account that brought nothing, or a list of workers by which nothing can be counted."""

    account: str
    at: datetime
    reason: str


def witnesses(contract: Contract) -> tuple[Watch, ...]:
    """The watches that may decide, most independent first, then as written; a seller's page never."""
    able = (watch for watch in contract.watch if watch.independence in _ORDER)
    return tuple(sorted(able, key=lambda watch: _ORDER.index(watch.independence)))


def deciding(contract: Contract, source: str) -> Watch | None:
    """The watch on the source that counted; the one that would decide first where it is not (yet) named."""
    watches = witnesses(contract)
    return next((watch for watch in watches if watch.account == source), watches[0] if watches else None)


def matched(reading: Reading, watch: Watch, excluded: frozenset[str]) -> frozenset[str]:
    """The names in a reading that are a contract's: the account as a whole, or its workers, never both.

    Those of ``excluded`` are among them: while such a one is listed, nobody can tell the contract's work.
    """
    whole = watch.workers is None and not excluded
    if whole and ACCOUNT in reading.counts:
        return frozenset({ACCOUNT})
    return frozenset(name for name in reading.counts if name != ACCOUNT and watch.speaks_for(name))


def _of_fact(fact: Fact) -> Iterable[Reading]:
    latest = fact.learned_at + _AHEAD
    seen = [one for one in fact.observations if isinstance(one, WorkSeen) and one.end <= latest]
    counters_end = max((one.end for one in seen if one.start is None), default=None)
    grouped: dict[tuple[datetime | None, datetime], list[WorkSeen]] = {}
    for one in seen:
        end = counters_end if one.start is None and counters_end is not None else one.end
        grouped.setdefault((one.start, end), []).append(one)
    for (start, end), members in grouped.items():
        yield Reading(
            account=fact.subject,
            start=start,
            end=end,
            counts={
                one.worker or ACCOUNT: Count(hashes=one.hashes, shares=one.shares, epoch=one.epoch) for one in members
            },
            learned=fact.learned_at,
            floor=max(one.share_difficulty_floor for one in members),
            exactness=Exactness.COUNT
            if all(one.exactness is Exactness.COUNT for one in members)
            else Exactness.DISPLAY,
        )


def _averages_of(fact: Fact, rhythm: timedelta) -> Iterable[Reading]:
    """Of the account and of its workers, the shortest average that misses nothing from answer to answer."""
    able = [
        one
        for one in fact.observations
        if isinstance(one, RateSeen)
        and one.averaging in _ABLE
        and max(_SHORTEST, rhythm) <= one.window <= _LONGEST
        and one.at <= fact.learned_at + _AHEAD
    ]
    found: dict[tuple[timedelta, str], list[RateSeen]] = {}
    for level in ([one for one in able if one.worker is None], [one for one in able if one.worker is not None]):
        kind = min(((one.window, one.averaging) for one in level), default=None)
        if kind is not None:
            found.setdefault(kind, []).extend(one for one in level if (one.window, one.averaging) == kind)
    for (window, averaging), shown in found.items():
        for end, members in _moments(shown).items():
            work = ((one, one.per_second * window.total_seconds()) for one in members)
            yield Reading(
                account=fact.subject,
                start=end - window,
                end=end,
                counts={one.worker or ACCOUNT: Count(hashes=h, rounding=one.quantisation * h) for one, h in work},
                learned=fact.learned_at,
                exactness=Exactness.AVERAGE,
                decaying=averaging == "exponential",
            )


def _moments(shown: Sequence[RateSeen]) -> Mapping[datetime, Sequence[RateSeen]]:
    """By moment where an answer tells of many; else all of them, as of the last: workers may be seconds apart."""
    if len({one.worker for one in shown}) == len(shown):
        return {max(one.at for one in shown): shown}
    found: dict[datetime, list[RateSeen]] = {}
    for one in shown:
        found.setdefault(one.at, []).append(one)
    return found


def readings(
    facts: Iterable[Fact], accounts: frozenset[str], averages: Mapping[str, timedelta] | None = None
) -> tuple[Reading, ...]:
    """All readings of some accounts in the order they became true; averages where ``averages`` gives their rhythms.

    Readings of one slot in several facts are joined: a later fact's figure of the same worker replaces the earlier.
    Of a counter the first one of a moment stands, as its work is already counted.
    """
    joined: dict[tuple[str, datetime | None, datetime, bool], Reading] = {}
    for fact in sorted((fact for fact in facts if fact.subject in accounts), key=lambda fact: fact.order):
        found = list(_of_fact(fact))
        if averages is not None:
            found += _averages_of(fact, averages.get(fact.subject, timedelta(0)))
        for reading in found:
            key = (reading.account, reading.start, reading.end, reading.average)
            before = joined.get(key)
            joined[key] = reading if before is None else _joined(before, reading)
    return tuple(sorted(joined.values(), key=lambda one: (one.end, one.average, one.first, one.account)))


def _joined(before: Reading, reading: Reading) -> Reading:
    older, newer = (before, reading) if reading.start is not None else (reading, before)
    return replace(
        reading,
        counts={**older.counts, **newer.counts},
        floor=max(before.floor, reading.floor),
        learned=min(before.learned, reading.learned),
    )


def silences(facts: Iterable[Fact], contract: Contract, excluded: frozenset[str] = frozenset()) -> tuple[Silent, ...]:
    """All silences of a contract's sources in the order they became true; lists without workers of its own are some."""
    watches: dict[str, list[Watch]] = {}
    for watch in witnesses(contract):
        watches.setdefault(watch.account, []).append(watch)
    heard = (
        silent for fact in facts if fact.subject in watches for silent in _silent(fact, watches[fact.subject], excluded)
    )
    return tuple(sorted(heard, key=lambda silent: (silent.at, silent.account, silent.reason)))


def _silent(fact: Fact, watches: Sequence[Watch], excluded: frozenset[str]) -> Iterable[Silent]:
    for one in fact.observations:
        if isinstance(one, Silence):
            yield Silent(account=fact.subject, at=one.at, reason=one.reason.value)
        elif isinstance(one, WorkersSeen):
            names = [worker.name for worker in one.workers]
            if any(watch.speaks_for(name) for name in excluded.intersection(names) for watch in watches):
                yield Silent(account=fact.subject, at=one.at, reason="claimed_twice")
            elif not any(watch.speaks_for(name) for name in names for watch in watches):
                yield Silent(account=fact.subject, at=one.at, reason="not_listed")
