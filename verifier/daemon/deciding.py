"""What a turn decides with: who is judged, and in what world. Replay decides with the same."""

from collections.abc import Collection, Sequence
from datetime import datetime

from verifier.daemon.decided import Decided
from verifier.daemon.division import Division
from verifier.daemon.imports import Imports
from verifier.daemon.judging import Judging, Memory, subject_of
from verifier.daemon.network import Network
from verifier.daemon.subjects import Subjects
from verifier.fact import Fact
from verifier.incidents.review import NEVER, World
from verifier.settings.model import Settings


class Deciding:
    """Subjects with their standings, and the world they are judged in: chain, prices, whose worker is whose."""

    def __init__(self, memory: Memory, imports: Imports | None = None) -> None:
        self.network, self.division, self.subjects = Network(), Division(()), Subjects()
        self._memory, self._repeat = memory, NEVER
        self.begin(imports or Imports())

    def begin(self, imports: Imports) -> None:
        """Forget all standings, as a start of the program does; the world stays."""
        self.judging = Judging(self._memory)
        self.judging.imports = imports

    def configure(
        self, settings: Settings, subjects: Subjects, wanted: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Judge these subjects, only the ``wanted`` ones if given; returns those that are no longer judged."""
        self.network.configure(settings)
        self._repeat = settings.remind_every or NEVER
        return self.take(subjects, wanted)

    def take(self, subjects: Subjects, wanted: Collection[str] | None = None) -> tuple[str, ...]:
        """The same where no setting has changed."""
        self.subjects = subjects
        self.division = Division(subjects.judged.values(), self.division.names)
        return self.judging.configure(case for case in subjects.cases if wanted is None or subject_of(case) in wanted)

    def fold(self, facts: Sequence[Fact]) -> set[str]:
        """Learn of the world from new facts; returns the subjects that they touch."""
        moved = self.network.fold(facts)
        self.division.fold(facts)
        touched = self.judging.touched(facts)
        if moved:  # a new difficulty concerns every contract's payouts
            touched |= self.subjects.judged.keys() & self.judging.cases.keys()
        return touched

    async def decide(self, subjects: set[str], facts: Sequence[Fact], now: datetime, anew: Collection[str]) -> Decided:
        """Review some subjects, those ``anew`` from all their facts. Nothing counts before it is accepted."""
        self.judging.excluded, self.judging.seen_by = self.division.excluded, self.network.seen_by
        world = World(
            difficulty=self.network.steps,
            rhythms=self.subjects.rhythms,
            nobodys=self.division.nobodys(),
            repeat=self._repeat,
        )
        return await self.judging.judge(subjects, facts, now, world, anew=subjects.intersection(anew))
