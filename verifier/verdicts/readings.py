"""What the sources of a contract counted, sorted out of the facts: one reading per answer and span."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract, Independence, Watch
from verifier.observation import Fact, Silence, WorkSeen

#: The whole account in a reading, where a worker's name would stand.
ACCOUNT: Final = ""
#: A clock may run ahead this far; a moment later than that is no moment at which something was counted.
_AHEAD: Final = timedelta(minutes=10)
_ORDER: Final = (
    Independence.OWN_GATEWAY,
    Independence.CHOSEN_POOL,
    Independence.ARRANGED_BY_SELLER,
    Independence.OWN_NOTE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One worker's figure in a reading: a counter's value or the work of a slot, in hashes."""

    hashes: float
    shares: float | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Counters read at ``end`` (start None), or the work of the slot [start, end), by worker."""

    account: str
    start: datetime | None
    end: datetime
    counts: Mapping[str, Count]
    floor: float = 0.0

    @property
    def first(self) -> datetime:
        return self.end if self.start is None else self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A question of an account that brought nothing."""

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
    """The names in a reading that are summed for a contract: the account as a whole, or its workers, never both."""
    whole = watch.workers is None and not excluded
    if whole and ACCOUNT in reading.counts:
        return frozenset({ACCOUNT})
    return frozenset(
        name for name in reading.counts if name != ACCOUNT and name not in excluded and watch.speaks_for(name)
    )


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
            floor=max(one.share_difficulty_floor for one in members),
        )


def readings(facts: Iterable[Fact], accounts: frozenset[str]) -> tuple[Reading, ...]:
    """All readings of some accounts in the order they became true.

    Readings of one slot in several facts are joined: a later fact's figure of the same worker replaces the earlier.
    """
    joined: dict[tuple[str, datetime | None, datetime], Reading] = {}
    for fact in sorted((fact for fact in facts if fact.subject in accounts), key=lambda fact: fact.id):
        for reading in _of_fact(fact):
            key = (reading.account, reading.start, reading.end)
            before = joined.get(key)
            if before is not None:
                reading = Reading(  # noqa: PLW2901
                    account=reading.account,
                    start=reading.start,
                    end=reading.end,
                    counts={**before.counts, **reading.counts},
                    floor=max(before.floor, reading.floor),
                )
            joined[key] = reading
    return tuple(sorted(joined.values(), key=lambda reading: (reading.end, reading.first, reading.account)))


def silences(facts: Iterable[Fact], accounts: frozenset[str]) -> tuple[Silent, ...]:
    """All silences of some accounts in the order they became true."""
    heard = (
        Silent(account=fact.subject, at=one.at, reason=one.reason.value)
        for fact in facts
        if fact.subject in accounts
        for one in fact.observations
        if isinstance(one, Silence)
    )
    return tuple(sorted(heard, key=lambda silent: (silent.at, silent.account, silent.reason)))
