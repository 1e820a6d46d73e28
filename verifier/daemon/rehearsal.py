"""Turns as the daemon takes them, of some subjects, with nobody asked and nobody told."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from verifier.contract import Contract
from verifier.daemon.decided import Decided
from verifier.daemon.deciding import Deciding
from verifier.daemon.imports import Imports, registered
from verifier.daemon.subjects import Subjects
from verifier.fact import Fact
from verifier.incidents.standing import Standing, Transition
from verifier.ledger.records import Checkpoint, StoredStanding
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
        self._deciding = Deciding(self._learned, imports)
        self._contracts: Mapping[str, Contract] = {}

    @property
    def standings(self) -> Mapping[str, Standing]:
        return self._deciding.judging.standings

    def configure(self, contracts: Mapping[str, Contract], stored: Iterable[StoredStanding] | None = None) -> set[str]:
        """Judge these contracts from now on; with ``stored``, as a daemon that starts. Returns what is new."""
        imports, self._contracts = self._deciding.judging.imports, contracts
        settings = replace(self._settings, contracts=contracts)
        subjects = Subjects.of(settings, imports)
        before = set(self.standings)
        if stored is not None:
            self._deciding.begin(imports)
        self._deciding.configure(settings, subjects, self._wanted)
        self._deciding.judging.restore(stored or ())
        new = set(self.standings) - before
        return {name for name in new if name in subjects.judged} if before else set()

    def stored(self) -> tuple[StoredStanding, ...]:
        """The standings as a daemon that starts now would read them."""
        return Decided(standings=self.standings).stored()

    def cases(self) -> set[str]:
        return set(self._deciding.judging.cases)

    async def turn(self, now: datetime, facts: tuple[Fact, ...], again: Iterable[str], anew: Iterable[str]) -> None:
        """One turn, as in ``Daemon``: what is touched by facts or time is judged, and ``again`` in any case."""
        anew, deciding = set(anew), self._deciding
        judging = deciding.judging
        if registered(facts):
            judging.imports = judging.imports.after(facts)
            anew |= self.configure(self._contracts) | deciding.subjects.concerned(facts)
        subjects = {*again, *judging.due(now), *deciding.fold(facts)}
        subjects |= deciding.subjects.concerned(facts) & judging.cases.keys()
        decided = await deciding.decide(subjects, facts, now, anew)
        judging.accept(decided, now)
        self._learned.keep(decided)
        self._learned.last = max([self._learned.last, *(fact.id for fact in facts)])
        for one in decided.transitions:
            # The ledger keeps what was said first of a change.
            self.changes.setdefault(one.id, one)
        self.facts, self.turns = self.facts + len(facts), self.turns + 1
        self.versions |= {str(fact.content["version"]): None for fact in facts if "version" in fact.content}
