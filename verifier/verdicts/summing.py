"""Work of several contracts as one: what was measured of each is summed over common slots of time, once and for good.

An interval counts whole in the slot in which it ends, with the work promised for it, so that only contracts that were
seen take part. A slot is closed a little after its end; what is learned later, or found anew in the past, is left out
of the sum, as if nobody had seen it: each contract by itself is judged anew, the sum only goes forward.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Final

from verifier.record import record
from verifier.units import Window
from verifier.verdicts.spans import Span, joined, total

SLOT: Final = 300.0
#: Answers are minutes late at most: a source that writes slots is asked 75 s after their end.
GRACE: Final = 180.0
#: After so long without any work it is said that nothing was seen.
_QUIET: Final = 3600.0


@record
class Closed:
    """What slots that are over hold, in time order, and the time of which nothing was seen; ``until`` they reach."""

    until: float
    spans: tuple[Span, ...] = ()
    unseen: tuple[Window, ...] = ()


class Summing:
    """Gathers for one sum, from the slot that runs at ``began`` on (epoch seconds)."""

    def __init__(self, began: float) -> None:
        self._until = self._seen = SLOT * (began // SLOT)
        self._open: dict[int, dict[str, Span]] = {}
        self._counted: dict[str, float] = {}

    @property
    def until(self) -> float:
        """Up to here slots are closed: work that ended before is too late."""
        return self._until

    @property
    def due(self) -> float:
        """When the next slot can be closed."""
        return self._until + SLOT + GRACE

    def add(self, member: str, spans: Iterable[Span], now: float, *, anew: bool = False) -> None:
        """What was measured of a contract; ``anew``: in place of what was told of slots that are still open.

        What can be closed by ``now`` takes nothing more, closed or not, so that it depends on no turn's moment.
        """
        late = self._closable(now)
        if anew:
            for number, held in self._open.items():
                if SLOT * number > late:
                    held.pop(member, None)
        for span in spans:
            if span.end <= late or span.start < self._counted.get(member, span.start):
                continue
            held = self._open.setdefault(ceil(span.end / SLOT), {})
            held[member] = joined(held[member], span) if member in held else span

    def closed(self, now: float) -> Closed:
        """The slots that are over by now; changes nothing until ``forget``."""
        until = self._closable(now)
        spans, unseen, seen = list[Span](), list[Window](), self._seen
        for number in sorted(self._open):
            if SLOT * number > until or not self._open[number]:
                continue
            span = _of_slot(number, tuple(self._open[number].values()), seen)
            if span.start > seen:
                unseen.append(_window(seen, span.start))
            spans.append(span)
            seen = span.end
        if until - seen >= _QUIET:
            unseen.append(_window(seen, until))
        return Closed(until=until, spans=tuple(spans), unseen=tuple(unseen))

    def _closable(self, now: float) -> float:
        return max(self._until, SLOT * ((now - GRACE) // SLOT))

    def forget(self, closed: Closed) -> None:
        """Go on behind these slots."""
        self._until = closed.until
        self._seen = closed.spans[-1].end if closed.spans else self._seen
        for number in [number for number in self._open if SLOT * number <= closed.until]:
            for member, span in self._open.pop(number).items():
                self._counted[member] = span.end


def _of_slot(number: int, spans: Sequence[Span], seen: float) -> Span:
    """The sum of a slot, over the time since the one before: a slow rhythm leaves slots empty that it has seen."""
    whole, end = total(spans), SLOT * number
    start = max(seen, min(end - SLOT, *(span.start for span in spans)))
    return replace(whole, start=start, end=end, seen=end - start)


def _window(start: float, end: float) -> Window:
    return Window(start=datetime.fromtimestamp(start, UTC), end=datetime.fromtimestamp(end, UTC))


def most_common(reasons: Iterable[str | None]) -> str:
    """The reason that most contracts name for what nobody saw."""
    named = Counter(reason for reason in reasons if reason is not None)
    return named.most_common(1)[0][0] if named else "not_asked_yet"
