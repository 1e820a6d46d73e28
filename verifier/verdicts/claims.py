"""How much work the figures of one answer claim, and how much of it is that of an account's contracts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from verifier.expectations.promised import Promised
from verifier.verdicts.figures import Figures, Kind, Of
from verifier.verdicts.readings import ACCOUNT


class Work(NamedTuple):
    """Hashes in a span of seconds that has an end; ``floor`` is the least difficulty of a share, as in ``WorkSeen``."""

    hashes: float
    seconds: float
    end: datetime
    floor: float

    @property
    def per_second(self) -> float:
        return self.hashes / self.seconds


def work_of(answer: Figures, before: Sequence[Figures], last: Figures) -> dict[Of, Work]:
    """The work of every figure: of a counter what it grew by since it was believed, or read, whichever is less.

    So one jump of a counter is doubted once, and one whose unit changed back is not.
    """
    found = {}
    for of, one in answer.items():
        hashes, seconds = one.value * one.seconds, one.seconds
        if of[0] == "counter":
            known = [next((past[of] for past in reversed(before) if of in past), one), last.get(of, one)]
            spans = [(one.value - past.value, (one.at - past.at).total_seconds()) for past in known if past is not one]
            hashes, seconds = min(spans, default=(0.0, 0.0))
        if seconds > 0 and hashes > 0:
            found[of] = Work(hashes, seconds, one.at, one.floor)
    return found


class Level(NamedTuple):
    """The figures of one kind, those of the account or of its workers, and the most that was promised in their span."""

    all: Mapping[Of, Work]
    promised: float
    seconds: float
    end: datetime
    algorithm: str


def levels(work: Mapping[Of, Work], promised: Promised) -> Iterator[Level]:
    """The figures by level, and nothing of those over a time in which no contract ran."""
    found: dict[tuple[Kind, str, str, bool], dict[Of, Work]] = {}
    for of, one in work.items():
        found.setdefault((of[0], of[2], of[3], of[1] == ACCOUNT), {})[of] = one
    for (kind, _, algorithm, _), level in found.items():
        end = max(one.end for one in level.values())
        # The newest of a chart: who was not listed then did nothing.
        some = {of: one for of, one in level.items() if kind != "slot" or one.end == end}
        seconds = max(one.seconds for one in some.values())
        if most := promised.most(end - timedelta(seconds=seconds), end, algorithm):
            yield Level(some, most, seconds, end, algorithm)


def theirs(level: Level, work: Mapping[Of, Work], promised: Promised) -> list[Work]:
    """What the contracts claim of a level; ``work`` is that of the whole answer."""
    kind, _, what, algorithm = next(iter(level.all))
    names = [of[1] for of in work if (of[0], of[2], of[3]) == (kind, what, algorithm)]
    claimed = promised.claimed(names, level.end, algorithm)
    return [one for of, one in level.all.items() if of[1] in claimed]
