"""The figures of one answer by what they are of, as far as a scale can be seen in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import nsmallest
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from verifier.observation import Observation, RateSeen, WorkerPresence, WorkersSeen, WorkSeen
from verifier.verdicts.readings import ACCOUNT

Kind: TypeAlias = Literal["rate", "slot", "counter"]
#: What a figure is of: kind, worker ("" the account), how it is averaged or how long its slot is, algorithm.
Of: TypeAlias = tuple[Kind, str, str, str]

#: What is smaller is as good as nothing, and nothing is larger: so no figure that somebody invents is beyond floats.
_SMALLEST: Final = 1e-60
_LARGEST: Final = 1e60
#: Of an answer so many figures are compared with the past, those of the account and then by name.
_COMPARED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of an answer: hashes per second, of a counter its hashes; ``floor`` as in ``WorkSeen``."""

    value: float
    at: datetime
    seconds: float = 0.0
    floor: float = 0.0


Figures: TypeAlias = Mapping[Of, Figure]


def figures(observations: Iterable[Observation]) -> Figures:
    """The rates and work of an answer that are not zero, by what they are of; of a chart the newest slot."""
    found: dict[Of, Figure] = {}
    for one in observations:
        if isinstance(one, RateSeen):
            of: Of = ("rate", one.worker or ACCOUNT, f"{one.window.total_seconds():g} {one.averaging}", one.algorithm)
            figure = Figure(value=one.per_second, at=one.at, seconds=one.window.total_seconds())
        elif isinstance(one, WorkSeen) and one.start is None:
            of = ("counter", one.worker or ACCOUNT, "", one.algorithm)
            figure = Figure(value=one.hashes, at=one.end, floor=one.share_difficulty_floor)
        elif isinstance(one, WorkSeen) and one.start is not None and one.end > one.start:
            seconds = (one.end - one.start).total_seconds()
            of = ("slot", one.worker or ACCOUNT, f"{seconds:g} {one.exactness.value}", one.algorithm)
            figure = Figure(value=one.hashes / seconds, at=one.end, seconds=seconds, floor=one.share_difficulty_floor)
        else:
            continue
        if of not in found or found[of].at <= figure.at:
            found[of] = figure
    return {
        of: figure if figure.value <= _LARGEST else replace(figure, value=_LARGEST)
        for of, figure in found.items()
        if figure.value > _SMALLEST
    }


def nobody_connected(observations: Iterable[Observation]) -> bool:
    """Whether the answer lists its workers and none of them is connected: then little may be true."""
    listed = [one for one in observations if isinstance(one, WorkersSeen)]
    return bool(listed) and not any(
        worker.presence is WorkerPresence.ONLINE for one in listed for worker in one.workers
    )


def compared(answer: Figures, known: Figures = MappingProxyType({})) -> Figures:
    """The figures of an answer that are remembered, under the very names that are ``known``: they are many."""
    names = {of: of for of in known}
    chosen = answer if len(answer) <= _COMPARED else nsmallest(_COMPARED, answer, key=lambda of: (of[1], of))
    return {names.get(of, of): answer[of] for of in chosen}
