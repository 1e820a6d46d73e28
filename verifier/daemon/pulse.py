"""The program's own sign of life: its absence is how we know that the daemon was off."""

from datetime import datetime, timedelta
from typing import Final

from verifier import __version__
from verifier.fact import Fact, FactKind
from verifier.units import Window

#: While running one watch fact a minute is remembered.
BEAT: Final = timedelta(minutes=1)


class Pulse:
    """When the next watch fact is due, and what it says: ``started``, ``beat`` once a minute, ``stopped``."""

    def __init__(self, now: datetime) -> None:
        self._at, self._event = now, "started"

    def due(self, now: datetime) -> bool:
        return now - self._at >= BEAT

    def next_at(self) -> datetime:
        return self._at + BEAT

    def quicken(self, now: datetime, event: str | None = None) -> None:
        """Make the next one due at once, and let it say something else."""
        self._at, self._event = now - BEAT, event or self._event

    def beaten(self, now: datetime) -> None:
        """One is remembered."""
        self._at, self._event = now, "beat"

    def fact(self, fact_id: int, now: datetime) -> Fact:
        """The fact that the daemon was on."""
        return Fact(
            id=fact_id,
            kind=FactKind.WATCH,
            subject="daemon",
            question=self._event,
            true=Window(start=now, end=now),
            learned_at=now,
            digest="",
            content={"version": __version__},
        )
