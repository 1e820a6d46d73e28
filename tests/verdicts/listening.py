"""Answers of one question, five minutes apart, and what is said of each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from verifier.contract import Contract, Promise, Watch
from verifier.expectations.promised import Promised
from verifier.observation import Observation, RateSeen, WorkSeen
from verifier.units import Hashrate
from verifier.verdicts.figures import figures, nobody_connected
from verifier.verdicts.plausible import Bounds, Doubt, Past, doubt
from verifier.verdicts.verdict import DifficultySteps

START: Final = datetime(2026, 11, 20, tzinfo=UTC)
POLL: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
PROMISED: Final = 100e12
#: The network of today, about 900 EH/s.
DIFFICULTY: Final = 1.2e14


def contract(promised: float = PROMISED, *, workers: str | None = None, promises: tuple[Promise, ...] = ()) -> Contract:
    rate = Promise(since=START - HOUR, rate=Hashrate(per_second=promised), tolerance=None)
    return Contract(
        name="north", seller="Northhash", starts=START - HOUR, ends=None, promises=(rate, *promises),
        watch=(Watch(account="pool", workers=workers),),
    )  # fmt: skip


def bounds(*contracts: Contract, difficulty: float | None = None) -> Bounds:
    steps = () if difficulty is None else ((START - HOUR, difficulty),)
    return Bounds(promised=Promised("pool", contracts or (contract(),)), difficulty=DifficultySteps(steps=steps))


NOBODY: Final = Bounds(promised=Promised("pool", ()))


def average(rate: float, at: datetime, worker: str | None = None) -> RateSeen:
    return RateSeen(worker=worker, at=at, per_second=rate, window=HOUR)


def slot(rate: float, at: datetime, *, difficulty: float = 0.0) -> WorkSeen:
    hashes = rate * POLL.total_seconds()
    return WorkSeen(start=at - POLL, end=at, hashes=hashes, share_difficulty_floor=difficulty)


def counter(hashes: float, at: datetime, worker: str | None = None) -> WorkSeen:
    return WorkSeen(end=at, hashes=hashes, worker=worker)


def first(said: Sequence[Observation], held_against: Bounds) -> Doubt | None:
    """What is said of an answer without a past."""
    return doubt(figures(said), Past(), held_against, START)


class Listener:
    """Answers of one question, five minutes apart, each believed or not; ``restarted`` as the ledger would tell it."""

    def __init__(self, held_against: Bounds) -> None:
        self.bounds, self.past, self.now = held_against, Past(), START

    def hear(self, *said: Observation) -> Doubt | None:
        seen = figures(said)
        found = doubt(seen, self.past, self.bounds, self.now, idle=nobody_connected(said))
        self.past = self.past.with_answer(seen) if found is None else self.past.with_doubted(seen, found.scale)
        self.now += POLL
        return found

    def rate(self, rate: float) -> Doubt | None:
        return self.hear(average(rate, self.now), average(rate, self.now, "rig"))

    def work(self, rate: float) -> Doubt | None:
        return self.hear(slot(rate, self.now))

    def count(self, hashes: float) -> Doubt | None:
        return self.hear(counter(hashes, self.now))


def settled(held_against: Bounds, level: float = 1.0) -> Listener:
    listener = Listener(held_against)
    for _ in range(3):
        assert listener.rate(level * PROMISED) is None
    return listener
