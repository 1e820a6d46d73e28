"""Who is judged when: the standings of all subjects, reviewed only where a new fact or the time touches them."""

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from verifier.contract import Contract
from verifier.daemon.decided import Decided
from verifier.daemon.imports import Imports
from verifier.daemon.sums import Measured, Sums
from verifier.fact import Fact, FactKind
from verifier.incidents.memory import dump_standing, load_standing
from verifier.incidents.review import BEGINNING, Past, Review, World, review
from verifier.incidents.standing import Standing, Transition
from verifier.ledger.records import Checkpoint, StoredStanding
from verifier.verdicts.tally import Hour
from verifier.verdicts.verdict import AccountCase, Case, DifficultySteps

#: Facts this long before a contract's start are folded too: they hold where its counters stood when it began.
_BEFORE: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)


class Memory(Protocol):
    """What judging reads back from the ledger when a late fact arrives."""

    async def checkpoint_before(self, subject: str, at: datetime) -> Checkpoint | None: ...
    async def facts_true_after(self, subjects: Sequence[str], at: datetime) -> Sequence[Fact]: ...


def accounts_of(case: Contract | AccountCase) -> tuple[str, ...]:
    """The accounts whose facts a subject rests on."""
    if isinstance(case, AccountCase):
        return (case.name,)
    return tuple(dict.fromkeys((*(watch.account for watch in case.watch), *case.beside)))


def subject_of(case: Contract | AccountCase) -> str:
    """The key of a subject's standing: an account may bear the name of a contract."""
    return f"account:{case.name}" if isinstance(case, AccountCase) else case.name


class Judging:
    """Standings in memory, an index from accounts to subjects, and a heap of the moments time alone matters."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._cases: dict[str, Contract | AccountCase] = {}
        self._by_account: dict[str, set[str]] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._sums = Sums()
        self._reviewed_at: dict[str, datetime] = {}
        self.standings: dict[str, Standing] = {}
        self.excluded: Mapping[str, frozenset[str]] = {}
        self.seen_by: Callable[[Collection[str]], DifficultySteps] | None = None
        self.imports = Imports()

    @property
    def cases(self) -> Mapping[str, Contract | AccountCase]:
        return self._cases

    def configure(self, cases: Iterable[Contract | AccountCase]) -> tuple[str, ...]:
        """Take these subjects and no others; returns the subjects that are no longer judged."""
        self._cases = {subject_of(case): case for case in cases}
        self._by_account = {}
        for subject, case in self._cases.items():
            for account in accounts_of(case):
                self._by_account.setdefault(account, set()).add(subject)
            self.standings.setdefault(subject, Standing(subject=subject))
        self._sums.configure(self._cases.values())
        gone = tuple(sorted(self.standings.keys() - self._cases.keys()))
        for subject in gone:
            del self.standings[subject]
            self._reviewed_at.pop(subject, None)
        return gone

    def restore(self, stored: Iterable[StoredStanding]) -> tuple[str, ...]:
        """Continue where the last turn ended; returns the subjects that another program version must refold."""
        unfit = []
        for row in stored:
            if row.subject in self._cases:
                standing, fit = load_standing(row.subject, row.state)
                self.standings[row.subject] = standing
                if (position := _position(standing)) is not None:
                    self._reviewed_at[row.subject] = position
                if not fit:
                    unfit.append(row.subject)
        return tuple(unfit)

    def touched(self, facts: Iterable[Fact]) -> set[str]:
        """The subjects that new observations are about."""
        return {subject for fact in self._observed(facts) for subject in self._by_account.get(fact.subject, ())}

    def due(self, now: datetime) -> set[str]:
        """The subjects for which time alone may have changed something."""
        ready = set()
        while self._heap and self._heap[0][0] <= now:
            at, subject = heapq.heappop(self._heap)
            standing = self.standings.get(subject)
            if standing is not None and standing.next_due == at:
                ready.add(subject)
        return ready | self._sums.due(now)

    def next_at(self) -> datetime | None:
        moments = [self._sums.next_at(), *(at for at, _ in self._heap[:1])]
        return min((at for at in moments if at is not None), default=None)

    async def judge(
        self,
        subjects: Iterable[str],
        facts: Sequence[Fact],
        now: datetime,
        world: World,
        anew: Collection[str] = (),
    ) -> Decided:
        """Review some subjects with the new facts of a turn; changes nothing here until ``accept``.

        ``anew`` are judged from all their facts: a new contract on an old account, or after a change of a check.
        """
        by_account: dict[str, list[Fact]] = {}
        for fact in self._observed(facts):
            by_account.setdefault(fact.subject, []).append(fact)
        standings: dict[str, Standing] = {}
        transitions: list[Transition] = []
        hours: dict[str, tuple[Hour, ...]] = {}
        checkpoints: list[Checkpoint] = []
        stale: list[tuple[str, datetime]] = []
        measured: dict[str, Measured] = {}
        added_up = self._sums.judge(subjects, self.standings, now, world)
        for subject in sorted(set(subjects) - added_up.keys()):
            case, standing = self._cases[subject], self.standings[subject]
            own = [fact for account in accounts_of(case) for fact in by_account.get(account, ())]
            own = sorted((fact for fact in own if fact.id > standing.position), key=lambda fact: fact.id)
            excluded = self.excluded.get(subject)
            subject_world = replace(world, excluded=excluded) if excluded else world
            if self.seen_by is not None and (network := self.seen_by(accounts_of(case))) is not world.difficulty:
                subject_world = replace(subject_world, difficulty=network)
            if subject in anew:
                result = Review(standing=standing, rewind_to=BEGINNING)
            else:
                result = _from_when_heard(case, review(case, standing, own, now, subject_world), standing, own)
            rewound = result.rewind_to is not None
            if result.rewind_to is not None:
                stale.append((subject, result.rewind_to))
                past = await self._past(subject, result.rewind_to, own)
                result = review(case, standing, own, now, subject_world, past)
            elif (checkpoint := self._checkpoint(subject, standing, now)) is not None:
                checkpoints.append(checkpoint)
            if result.standing is not standing:
                standings[subject] = result.standing
            transitions += result.transitions
            if isinstance(case, Contract) and result.hours:
                hours[case.name] = result.hours
            if (taken := self._sums.wanted(subject, result.measured, anew=rewound)) is not None:
                measured[subject] = taken
        of_sums = {name: one.review for name, one in added_up.items()}
        return Decided(
            standings=standings | {name: one.standing for name, one in of_sums.items()},
            transitions=(*transitions, *(one for review in of_sums.values() for one in review.transitions)),
            hours=hours,
            checkpoints=tuple(checkpoints),
            stale=tuple(stale),
            measured=measured,
            closed={name: one.closed for name, one in added_up.items()},
        )

    def accept(self, decided: Decided, now: datetime) -> None:
        """Make a remembered turn the present."""
        for subject, standing in decided.standings.items():
            if subject not in self._cases:
                continue
            waiting = self.standings[subject].next_due
            self.standings[subject] = standing
            self._reviewed_at[subject] = now
            # What stands in the heap already is not put there again: most turns do not move it.
            if standing.next_due is not None and standing.next_due != waiting:
                heapq.heappush(self._heap, (standing.next_due, subject))
        self._sums.accept(decided.closed, decided.measured, now)

    async def _past(self, subject: str, to: datetime, new: Sequence[Fact]) -> Past:
        """The last standing that a late fact does not touch, and all observations true since, the new ones among them.

        Without one it is the beginning of the subject: what was counted a day before a contract is none of its work.
        """
        case, start = self._cases[subject], Standing(subject=subject)
        since = case.starts - _BEFORE if isinstance(case, Contract) else BEGINNING
        checkpoint = await self._memory.checkpoint_before(subject, to)
        while checkpoint is not None:
            kept, fit = load_standing(subject, checkpoint.state)
            position = _position(kept)
            if fit and position is not None and position <= to:
                start, since = kept, position
                break
            checkpoint = await self._memory.checkpoint_before(subject, checkpoint.at - _TICK)
        known = self._observed(await self._memory.facts_true_after(accounts_of(case), since))
        facts = {fact.id: fact for fact in (*known, *new)}
        return Past(standing=start, facts=tuple(sorted(facts.values(), key=lambda fact: fact.order)))

    def _checkpoint(self, subject: str, standing: Standing, now: datetime) -> Checkpoint | None:
        """The standing as it was when the day began: kept at the first turn of each UTC day."""
        before = self._reviewed_at.get(subject)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if before is None or before >= midnight or standing.evidence is None:
            return None
        return Checkpoint(subject=subject, at=midnight, position=standing.position, state=dump_standing(standing))

    def _observed(self, facts: Iterable[Fact]) -> list[Fact]:
        """What sources said and nobody took back: a decision about a contract may bear the name of an account."""
        return [fact.as_heard() for fact in facts if fact.kind is FactKind.OBSERVATION and self.imports.counts(fact)]


def _from_when_heard(case: Case, result: Review, standing: Standing, facts: Iterable[Fact]) -> Review:
    """The turn, or that it has to begin where an answer came which was read only now, whatever it tells of."""
    moments = [fact.learned_at for fact in facts if fact.read_later]
    if not moments or isinstance(case, AccountCase):
        return result
    asked = [result.rewind_to] if result.rewind_to is not None else []
    return Review(standing=standing, rewind_to=min([*moments, *asked]))


def _position(standing: Standing) -> datetime | None:
    position: datetime | None = standing.evidence.position if standing.evidence is not None else None
    return position
