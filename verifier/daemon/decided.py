"""What one turn decided, and how the ledger keeps it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from verifier.daemon.sums import Measured
from verifier.incidents.memory import dump_standing, dump_transition
from verifier.incidents.standing import Standing, Transition
from verifier.ledger.records import Batch, Checkpoint, Hour, Owed, StoredStanding, StoredTransition
from verifier.verdicts.summing import Closed
from verifier.verdicts.tally import Hour as Tallied


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one turn decided about all its subjects; nothing of it counts before it is remembered.

    ``measured`` is new work by contract, ``closed`` by sum what it has taken of earlier turns.
    """

    standings: Mapping[str, Standing] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    hours: Mapping[str, tuple[Tallied, ...]] = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    stale: tuple[tuple[str, datetime], ...] = ()
    measured: Mapping[str, Measured] = field(default_factory=dict)
    closed: Mapping[str, Closed] = field(default_factory=dict)

    def stored(self) -> tuple[StoredStanding, ...]:
        return tuple(
            StoredStanding(subject=name, position=standing.position, state=dump_standing(standing))
            for name, standing in self.standings.items()
        )

    def batch(self, channels: Iterable[str]) -> Batch:
        """What is to be remembered of it; each change that is worth telling is owed to each of the channels."""
        told = [one.id for one in self.transitions if one.tell]
        return Batch(
            standings=self.stored(),
            checkpoints=self.checkpoints,
            stale_checkpoints=self.stale,
            hours=tuple(_hour(name, one) for name, hours in self.hours.items() for one in hours),
            transitions=tuple(map(_transition, self.transitions)),
            owed=tuple(Owed(transition=one, channel=channel) for one in told for channel in channels),
        )


def _hour(contract: str, hour: Tallied) -> Hour:
    return Hour(
        contract=contract,
        start=hour.start,
        seen_seconds=hour.seen_seconds,
        hashes=hour.hashes,
        shares=hour.shares,
    )


def _transition(transition: Transition) -> StoredTransition:
    return StoredTransition(
        id=transition.id,
        problem=transition.problem,
        subject=transition.subject,
        check=transition.check,
        change=transition.change.value,
        at=transition.at,
        decided_at=transition.decided_at,
        state=dump_transition(transition),
    )
