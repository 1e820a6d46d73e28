"""What the next turn has to do besides what answers and the time ask for."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from verifier.fact import Fact


@dataclass(slots=True)
class Agenda:
    """It stays until a turn is remembered.

    ``again`` are subjects to be judged, ``anew`` those that are then judged from all their facts, ``gone`` those to be
    forgotten; ``decisions`` and ``readings`` (answers of the past) are facts without ids, to be remembered.
    """

    again: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    decisions: list[Fact] = field(default_factory=list)
    readings: list[Fact] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.again, self.gone, self.decisions, self.readings))

    def facts(self, next_id: Callable[[], int], now: datetime) -> list[Fact]:
        """What is to be remembered, with ids; what was read only now was learned now."""
        decided = [replace(fact, id=next_id()) for fact in self.decisions]
        return decided + [replace(fact, id=next_id(), learned_at=now) for fact in self.readings]

    def done(self, subjects: AbstractSet[str]) -> None:
        """A turn that judged these subjects is remembered."""
        self.again -= subjects
        self.anew -= subjects
        self.gone.clear()
        self.decisions.clear()
        self.readings.clear()
