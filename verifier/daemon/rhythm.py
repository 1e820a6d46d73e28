"""Which question is due when: a heap of moments, moved by answers and by the three kinds of failure."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from verifier.observation import SilenceReason
from verifier.talk import Question

#: A refused key or address is asked again after 1 h, 6 h, then daily.
_AFTER_REFUSAL: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
#: An answer that cannot be read will not change soon: ask slower, at most this slowly.
_SLOWEST: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Rhythm:
    """Moments at which (account, question) pairs are next due. Each pair stands in the heap at most once as valid."""

    _due: dict[Key, datetime] = field(default_factory=dict)
    _heap: list[tuple[datetime, Key]] = field(default_factory=list)
    _failures: dict[Key, tuple[SilenceReason, int]] = field(default_factory=dict)

    def set(self, key: Key, at: datetime) -> None:
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))

    def drop(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._due.pop(key, None)
            self._failures.pop(key, None)

    def pairs(self) -> frozenset[Key]:
        return frozenset(self._due)

    def take_due(self, now: datetime) -> list[Key]:
        """Pairs that are due; each must be set again when its answer or failure is known."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                taken.append(key)
        return taken

    def next_at(self) -> datetime | None:
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def after(
        self, key: Key, asked_at: datetime, question: Question, failure: SilenceReason | None, not_before: datetime
    ) -> datetime:
        """Set the next moment after an ask, by what became of it; never before the host's ``not_before``."""
        every = question.every
        count = self._in_a_row(key, failure)
        match failure:
            case SilenceReason.REFUSED:
                pause = max(every, _AFTER_REFUSAL[min(count, len(_AFTER_REFUSAL)) - 1])
            case SilenceReason.MISREAD:
                pause = max(every, min(every * 2 ** min(count, 10), _SLOWEST))
            case _:
                pause = every if question.phase is None else _until_settled(asked_at, every, question.phase)
        at = max(asked_at + pause, not_before)
        self.set(key, at)
        return at

    def _in_a_row(self, key: Key, failure: SilenceReason | None) -> int:
        """How often a question failed in the same way without an answer or another failure in between."""
        if failure is None:
            self._failures.pop(key, None)
            return 0
        before, count = self._failures.get(key, (failure, 0))
        self._failures[key] = failure, count + 1 if before is failure else 1
        return self._failures[key][1]


def _until_settled(asked_at: datetime, every: timedelta, phase: timedelta) -> timedelta:
    into = (asked_at - phase - _EPOCH) % every
    return every - into
