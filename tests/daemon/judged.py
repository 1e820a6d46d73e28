"""Contracts, answers and a ledger for the tests of this room."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from verifier.contract import Contract, Promise, Tolerance, Watch
from verifier.daemon.judging import Judging
from verifier.fact import Fact, FactKind
from verifier.incidents.review import World
from verifier.incidents.standing import Standing, Transition
from verifier.ledger.ledger import Ledger
from verifier.observation import WorkSeen
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate, Window
from verifier.verdicts.verdict import AccountCase

START = datetime(2026, 11, 1, tzinfo=UTC)
SLOT = timedelta(minutes=10)
RATE = 100e12
#: Some two hundred shares in a slot.
DIFFICULTY = 65_536.0
SHARE = DIFFICULTY * HASHES_PER_DIFFICULTY


def contract(name: str = "north", *, account: str = "pool", workers: str | None = None, rate: float = RATE) -> Contract:
    return Contract(
        name=name,
        seller="Northhash",
        starts=START,
        ends=None,
        promises=(Promise(since=START, rate=Hashrate(per_second=rate), tolerance=Tolerance(fraction=0.05)),),
        watch=(Watch(account=account, workers=workers, share_difficulty=DIFFICULTY),),
        false_alarms_per_year=1.0,
    )


def slot(number: int, part: float = 1.0, learned: datetime | None = None, *, fact_id: int = 0) -> Fact:
    """An answer with the work of the ``number``-th ten minutes, a part of the promised work but for luck.

    The luck of a slot is always the same; without any the work would be steadier than shares can be.
    """
    start = START + number * SLOT
    shares = np.random.default_rng(number).poisson(part * RATE * SLOT.total_seconds() / SHARE)
    seen = WorkSeen(start=start, end=start + SLOT, hashes=float(shares) * SHARE)
    return Fact(
        id=fact_id,
        kind=FactKind.OBSERVATION,
        subject="pool",
        question="history",
        true=Window(start=seen.start or seen.end, end=seen.end),
        learned_at=learned or seen.end,
        digest=f"{number} {part}",
        adapter="test/1",
        observations=(seen,),
    )


def work(*facts: Fact) -> float:
    """Hashes of all slots in some answers."""
    return sum(one.hashes for fact in facts for one in fact.observations if isinstance(one, WorkSeen))


@dataclass(slots=True)
class Court:
    """Turns over a real ledger, without anybody who asks."""

    ledger: Ledger
    cases: tuple[Contract | AccountCase, ...] = field(default_factory=lambda: (contract(),))
    world: World = field(default_factory=lambda: World(rhythms={"pool": SLOT}))
    told: list[Transition] = field(default_factory=list)
    judging: Judging = field(init=False)

    def __post_init__(self) -> None:
        self.judging = Judging(self.ledger)
        self.judging.configure(self.cases)

    async def restart(self) -> None:
        """Go on with what the ledger holds."""
        self.judging = Judging(self.ledger)
        self.judging.configure(self.cases)
        self.judging.restore((await self.ledger.standings()).values())

    async def turn(self, now: datetime, *facts: Fact, anew: Iterable[str] = ()) -> list[Transition]:
        """Learn facts and judge; what is worth telling of it."""
        learned = [replace(fact, id=self.ledger.next_fact_id(), learned_at=now) for fact in facts]
        subjects = self.judging.touched(learned) | self.judging.due(now) | set(anew)
        decided = await self.judging.judge(subjects, learned, now, self.world, anew=set(anew))
        await self.ledger.write(replace(decided.batch(["me"]), facts=tuple(learned)))
        self.judging.accept(decided, now)
        told = [one for one in decided.transitions if one.tell]
        self.told += told
        return told

    def standing(self, subject: str = "north") -> Standing:
        return self.judging.standings[subject]
