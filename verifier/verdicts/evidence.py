"""The fold of what was seen into work per interval, from the one source that decides for a contract.

The decisive source is the most independent watch that counts; a more independent one takes over when it first counts.
Counters give exact work between two readings, slots the work of fixed spans; once counters are read, slots that end
later are not used, so nothing counts twice. What arrives late asks the caller to rewind: then ``rewind_to`` is set,
nothing was folded, and the caller folds again, from a state not newer than that moment, all facts since in one call.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.observation import Fact
from verifier.units import Window
from verifier.verdicts.counting import Counting, Evidence
from verifier.verdicts.readings import ACCOUNT, Reading, matched, readings, silences, witnesses
from verifier.verdicts.tally import Hour
from verifier.verdicts.verdict import Interval

__all__ = ["Evidence", "Folded", "fold"]

#: Time without news after which the span since the last count is told as not seen.
GRACE: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A turn of the fold. ``hours`` are the clock hours touched, with their new totals."""

    state: Evidence
    intervals: tuple[Interval, ...] = ()
    unseen: tuple[tuple[Window, str], ...] = ()
    hours: tuple[Hour, ...] = ()
    rewind_to: datetime | None = None


def _names(contract: Contract, reading: Reading, excluded: frozenset[str]) -> frozenset[str]:
    """The union over the watches on the reading's account; the whole account includes all its workers."""
    watches = (watch for watch in witnesses(contract) if watch.account == reading.account)
    names = frozenset[str]().union(*(matched(reading, watch, excluded) for watch in watches))
    return frozenset({ACCOUNT}) if ACCOUNT in names else names


def _deciding(
    contract: Contract, source: str, named: Iterable[tuple[Reading, frozenset[str]]]
) -> list[tuple[Reading, frozenset[str]]]:
    """Readings that may decide: none that ends after a more independent source has begun to count."""
    rank = {watch.account: position for position, watch in reversed(list(enumerate(witnesses(contract))))}
    found = list(named)
    begun: dict[str, datetime] = {}
    for reading, names in found:
        if names:
            begun[reading.account] = min(reading.first, begun.get(reading.account, reading.first))
    return [
        (reading, names)
        for reading, names in found
        if (not source or rank[reading.account] <= rank.get(source, len(rank)))
        and not any(rank[other] < rank[reading.account] and first < reading.end for other, first in begun.items())
    ]


def fold(
    contract: Contract,
    rhythms: Mapping[str, timedelta],
    state: Evidence,
    facts: Iterable[Fact],
    now: datetime,
    excluded: frozenset[str] = frozenset(),
    *,
    final: bool = False,
) -> Folded:
    """Work done in the contract's time, from facts in any order; see the module for ``rewind_to``.

    ``rhythms`` is how often each account is asked for work; ``excluded`` are workers that several contracts claim.
    ``unseen`` holds the gaps before intervals and, once ``now`` is late enough, the span since the last count: it is
    told again, longer, at each turn, and an interval that comes later takes its place. A ``final`` fold asks for no
    rewind: what is late even then contradicts what the same source said of the same time, and is not used.
    """
    facts = tuple(facts)
    accounts = frozenset(watch.account for watch in witnesses(contract))
    turn = Counting(contract, state, silences(facts, accounts))
    named = ((reading, _names(contract, reading, excluded)) for reading in readings(facts, accounts))
    late: list[datetime] = []
    for reading, chosen in _deciding(contract, state.source, named):
        if _outside(contract, reading) or not (chosen or turn.knows(reading)):
            continue
        if reading.account != turn.source and turn.take_over(reading):
            late.append(reading.first)
        if turn.late(reading, chosen):
            late.append(reading.first)
        elif turn.news(reading):
            (turn.read_slot if reading.start is not None else turn.read_counters)(reading, chosen)
    if late and not final:
        return Folded(state=state, rewind_to=min(late))
    since = max(turn.position or contract.starts, contract.starts)
    grace = max(3 * rhythms.get(turn.source, timedelta(0)), GRACE)
    until = now if contract.ends is None else min(now, contract.ends)
    unseen = list(turn.unseen)
    if now > since + grace and since < until:
        unseen.append((Window(start=since, end=until), turn.reason(since, until)))
    return Folded(
        state=turn.frozen(),
        intervals=tuple(turn.intervals),
        unseen=tuple(unseen),
        hours=tuple(turn.hours.values()),
    )


def _outside(contract: Contract, reading: Reading) -> bool:
    if reading.start is None:
        return False
    return reading.end <= contract.starts or (contract.ends is not None and reading.start >= contract.ends)
