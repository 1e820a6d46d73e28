"""The fold of what was seen into work per interval, from the one source that decides for a contract.

The decisive source is the most independent watch that counts; a more independent one takes over when it first counts.
Counters give exact work between two readings, slots the work of fixed spans; once counters are read, slots that end
later are not used, so nothing counts twice. Averages decide only where nothing counts, one sample per window. What
arrives late asks the caller to rewind: then ``rewind_to`` is set, nothing was folded, and the caller folds again, from
a state not newer than that moment, all facts since in one call.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract, Watch
from verifier.fact import Fact
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.counting import Counting, Evidence
from verifier.verdicts.readings import ACCOUNT, Reading, matched, readings, silences, witnesses
from verifier.verdicts.tally import Hour
from verifier.verdicts.verdict import Interval

__all__ = ["Evidence", "Folded", "fold"]

#: Time without news after which the span since the last count is told as not seen.
GRACE: Final = timedelta(minutes=30)
_TICK: Final = timedelta.resolution


@record
class Folded:
    """A turn of the fold. ``hours`` are the clock hours touched, with their new totals."""

    state: Evidence
    intervals: tuple[Interval, ...] = ()
    unseen: tuple[tuple[Window, str], ...] = ()
    hours: tuple[Hour, ...] = ()
    rewind_to: datetime | None = None


def _names(watches: Sequence[Watch], reading: Reading, excluded: frozenset[str]) -> frozenset[str]:
    """The union over the watches on the reading's account; the whole account includes all its workers."""
    own = (watch for watch in watches if watch.account == reading.account)
    names = frozenset[str]().union(*(matched(reading, watch, excluded) for watch in own))
    return frozenset({ACCOUNT}) if ACCOUNT in names else names


def _deciding(
    watches: Sequence[Watch], state: Evidence, named: Iterable[tuple[Reading, frozenset[str]]]
) -> list[tuple[Reading, frozenset[str]]]:
    """Readings that may decide: none that ends after a better source has begun.

    The most independent one that counts is best; averages come after all that count.
    """
    order = {watch.account: position for position, watch in reversed(list(enumerate(watches)))}

    def rank(account: str, *, average: bool) -> tuple[bool, int]:
        return average, order.get(account, len(order))

    found = list(named)
    ranks = [rank(reading.account, average=reading.average) for reading, _ in found]
    begun: dict[tuple[bool, int], datetime] = {}
    for own, (reading, names) in zip(ranks, found, strict=True):
        if names:
            begun[own] = min(reading.first, begun.get(own, reading.first))
    worst = rank(state.source, average=state.window is not None) if state.source else (True, len(order))
    deciding = [
        (own, one)
        for own, one in zip(ranks, found, strict=True)
        if own <= worst and not any(other < own and first < _until(one[0]) for other, first in begun.items())
    ]
    # Of one moment the better source comes last: what takes over is not taken over again by what it replaces.
    deciding.sort(key=lambda one: (one[1][0].end, not one[0][0], -one[0][1]))
    return [one for _, one in deciding]


def fold(
    contract: Contract,
    rhythms: Mapping[str, timedelta],
    state: Evidence,
    facts: Iterable[Fact],
    now: datetime,
    excluded: frozenset[str] = frozenset(),
    *,
    final: bool = False,
    averages: bool = True,
) -> Folded:
    """Work done in the contract's time, from facts in any order; see the module for ``rewind_to``.

    ``rhythms`` is how often each account is asked for work; ``excluded`` are workers that several contracts claim:
    while one of them is listed, what was delivered is not seen.
    ``unseen`` holds the gaps before intervals and, once ``now`` is late enough, the span since the last count: it is
    told again, longer, at each turn, and an interval that comes later takes its place. A ``final`` fold asks for no
    rewind: what is late even then contradicts what the same source said of the same time, and is not used.
    ``averages`` False: only what was counted.
    """
    facts = tuple(facts)
    watches = witnesses(contract)
    accounts = frozenset(watch.account for watch in watches)
    turn = Counting(contract, state, silences(facts, contract, excluded), excluded)
    # Averages are looked at only as long as nothing counts.
    shown = rhythms if averages and (state.window is not None or not state.source) else None
    named = ((reading, _names(watches, reading, excluded)) for reading in readings(facts, accounts, shown))
    late: list[datetime] = []
    for reading, chosen in _deciding(watches, state, named):
        if _outside(contract, reading) or not (chosen or turn.knows(reading)):
            continue
        if (reading.account, reading.average) != (turn.source, turn.window is not None) and turn.take_over(reading):
            late.append(reading.first)
        if turn.late(reading, chosen):
            late.append(reading.first)
        elif turn.news(reading):
            turn.read(reading, chosen)
    if late and not final:
        return Folded(state=state, rewind_to=min(late))
    since = max(turn.position or contract.starts, contract.starts)
    grace = max(3 * rhythms.get(turn.source, timedelta(0)), GRACE) + timedelta(seconds=turn.window or 0.0)
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


def _until(reading: Reading) -> datetime:
    """An average gives way to what counts from the same moment on."""
    return reading.end + _TICK if reading.average else reading.end


def _outside(contract: Contract, reading: Reading) -> bool:
    """A span outside the term, or an average that says something of time outside it."""
    if reading.start is None:
        return False
    if reading.average:
        return reading.start < contract.starts or (contract.ends is not None and reading.end > contract.ends)
    return reading.end <= contract.starts or (contract.ends is not None and reading.start >= contract.ends)
