"""Turns as the daemon takes them, of some subjects, with nobody asked and nobody told."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from verifier.contract import Contract
from verifier.daemon.decided import Decided
from verifier.daemon.division import Division
from verifier.daemon.imports import Imports, registered
from verifier.daemon.judging import Judging, subject_of
from verifier.daemon.network import Network
from verifier.daemon.subjects import Subjects
from verifier.incidents.review import NEVER, World
from verifier.incidents.standing import Standing, Transition
from verifier.ledger.records import Checkpoint, StoredStanding
from verifier.observation import Fact
from verifier.settings.model import Settings

Look: TypeAlias = Callable[[Sequence[str], datetime], Awaitable[Sequence[Fact]]]


class _Learned:
    """What judging reads back when a late fact arrives: what was known at that turn, and no more."""

    def __init__(self, look: Look) -> None:
        self.last = 0
        self._look = look
        self._kept: dict[str, list[Checkpoint]] = {}

    async def checkpoint_before(self, subject: str, at: datetime) -> Checkpoint | None:
        earlier = [one for one in self._kept.get(subject, []) if one.at <= at]
        return max(earlier, key=lambda one: one.at, default=None)

    async def facts_true_after(self, subjects: Sequence[str], at: datetime) -> Sequence[Fact]:
        return [fact for fact in await self._look(subjects, at) if fact.id <= self.last]

    def keep(self, decided: Decided) -> None:
        for subject, since in decided.stale:
            self._kept[subject] = [one for one in self._kept.get(subject, []) if one.at <= since]
        for checkpoint in decided.checkpoints:
            self._kept.setdefault(checkpoint.subject, []).append(checkpoint)


class Rehearsal:
    """Judges the subjects ``wanted``, one turn after the other; ``look`` reads facts true after a moment.

    ``changes`` are the transitions by id, of each the first.
    """

    def __init__(self, settings: Settings, wanted: frozenset[str], look: Look, imports: Imports | None = None) -> None:
        self.changes: dict[str, Transition] = {}
        self.versions: dict[str, None] = {}
        self.facts = self.turns = 0
        self._settings, self._wanted = settings, wanted
        self._learned = _Learned(look)
        self._judging = Judging(self._learned)
        self._judging.imports = imports or Imports()
        self._contracts: Mapping[str, Contract] = {}
        self._network, self._division, self._subjects = Network(), Division(()), Subjects()

    @property
    def standings(self) -> Mapping[str, Standing]:
        return self._judging.standings

    def configure(self, contracts: Mapping[str, Contract], stored: Iterable[StoredStanding] | None = None) -> set[str]:
        """Judge these contracts from now on; with ``stored``, as a daemon that starts. Returns what is new."""
        imports, self._contracts = self._judging.imports, contracts
        settings = replace(self._settings, contracts=contracts)
        subjects = Subjects.of(settings, imports)
        self._network.configure(settings)
        before = set(self._judging.standings)
        if stored is not None:
            self._judging = Judging(self._learned)
            self._judging.imports = imports
        self._judging.configure(case for case in subjects.cases if subject_of(case) in self._wanted)
        self._judging.restore(stored or ())
        self._subjects, self._division = subjects, Division(subjects.judged.values(), self._division.names)
        new = set(self._judging.standings) - before
        return {name for name in new if name in subjects.judged} if before else set()

    def stored(self) -> tuple[StoredStanding, ...]:
        """The standings as a daemon that starts now would read them."""
        return Decided(standings=self._judging.standings).stored()

    def cases(self) -> set[str]:
        return set(self._judging.cases)

    async def turn(self, now: datetime, facts: tuple[Fact, ...], again: Iterable[str], anew: Iterable[str]) -> None:
        """One turn, as in ``Daemon``: what is touched by facts or time is judged, and ``again`` in any case."""
        anew = set(anew)
        if registered(facts):
            self._judging.imports = self._judging.imports.after(facts)
            anew |= self.configure(self._contracts) | self._subjects.concerned(facts)
        news = self._network.fold(facts)
        self._division.fold(facts)
        self._judging.excluded, self._judging.seen_by = self._division.excluded, self._network.seen_by
        subjects = {*again, *self._judging.due(now), *self._judging.touched(facts)}
        subjects |= self._subjects.concerned(facts) & self._judging.cases.keys()
        if news:
            subjects |= self._subjects.judged.keys() & self._judging.cases.keys()
        world = World(
            difficulty=self._network.steps,
            rhythms=self._subjects.rhythms,
            nobodys=self._division.nobodys(),
            repeat=self._settings.remind_every or NEVER,
        )
        decided = await self._judging.judge(subjects, facts, now, world, anew=anew & subjects)
        self._judging.accept(decided, now)
        self._learned.keep(decided)
        self._learned.last = max([self._learned.last, *(fact.id for fact in facts)])
        for one in decided.transitions:
            # The ledger keeps what was said first of a change.
            self.changes.setdefault(one.id, one)
        self.facts, self.turns = self.facts + len(facts), self.turns + 1
        self.versions |= {str(fact.content["version"]): None for fact in facts if "version" in fact.content}
