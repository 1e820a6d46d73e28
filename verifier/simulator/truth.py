"""What the simulated sellers really mined: a deterministic function of (seed, seller, time).

Shares arrive as a Poisson process whose mean per minute is rate · 60 / (difficulty · 2^32). Each day of each seller
has random numbers of its own, so any past moment can be asked at any time and always gives the same answer.
A minute is counted from 1970-01-01 UTC and is the finest step of time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from verifier.simulator.chain import Chain
from verifier.units import HASHES_PER_DIFFICULTY, Amount

DAY: Final = 1440

Counts: TypeAlias = NDArray[np.int64]


def minute(at: datetime) -> int:
    """The minute that a moment lies in."""
    return int(at.timestamp()) // 60


def draw(*key: object) -> np.random.Generator:
    """Random numbers that belong to a key for ever (Philox, Salmon et al. 2011: a counter-based generator)."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """From ``since`` on the seller delivers ``factor`` times the promised rate; 0 means disconnected."""

    since: datetime
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """One worker and the part of the seller's rate that it does."""

    name: str
    part: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """One seller: ``promised`` in hashes per second, the phases of what he delivers, and how he pays.

    ``name`` is his F2Pool account, ``token`` its key, ``address`` his name at the open pools and his payout address.
    ``pools`` are the faces that know him. ``fixed_income`` replaces each day's computed income.
    """

    name: str
    title: str
    address: str
    token: str
    promised: float
    starts: datetime
    phases: tuple[Phase, ...]
    rigs: tuple[Rig, ...]
    share_difficulty: int
    pools: frozenset[str]
    fixed_income: Amount | None = None

    @property
    def hashes_per_share(self) -> int:
        return self.share_difficulty * HASHES_PER_DIFFICULTY

    def factors(self, minutes: Counts) -> NDArray[np.float64]:
        """The factor in force in each minute."""
        since = [minute(phase.since) for phase in self.phases]
        factor = np.array([0.0, *(phase.factor for phase in self.phases)])
        return factor[np.searchsorted(since, minutes, side="right")]

    def connected_since(self, now: datetime) -> datetime | None:
        """When the present connection began; None while disconnected."""
        begun = None
        for phase in self.phases:
            if phase.since <= now:
                begun = (begun or max(phase.since, self.starts)) if phase.factor else None
        return begun


class Shares:
    """The accepted shares of one seller, counted per rig and minute from his account's beginning on."""

    def __init__(self, seed: int, seller: Seller) -> None:
        self.seller = seller
        self._seed = seed
        self._opened = minute(seller.starts)
        self._first_day = self._opened // DAY
        self._days: dict[int, Counts] = {}
        self._before = [np.zeros(len(seller.rigs), dtype=np.int64)]

    def between(self, start: int, end: int) -> Counts:
        """Shares per (rig, minute) for the minutes [start, end)."""
        if end <= start:
            return np.zeros((len(self.seller.rigs), 0), dtype=np.int64)
        first = start // DAY
        days = [self._day(day) for day in range(first, (end - 1) // DAY + 1)]
        return np.concatenate(days, axis=1)[:, start - first * DAY : end - first * DAY]

    def lifetime(self, until: int) -> Counts:
        """All shares per (rig, minute) since the account's beginning."""
        return self.between(min(self._opened, until), until)

    def counted(self, until: int) -> Counts:
        """The counter of each rig: its shares since the account's beginning and before minute ``until``."""
        day = until // DAY
        if day < self._first_day:
            return self._before[0]
        while len(self._before) <= day - self._first_day:
            self._before.append(self._before[-1] + self._day(self._first_day + len(self._before) - 1).sum(axis=1))
        return np.asarray(self._before[day - self._first_day] + self.between(day * DAY, until).sum(axis=1))

    def last(self, until: int) -> tuple[int | None, ...]:
        """Unix second of the last share of each rig before minute ``until``, None when it had none.

        Within its minute the last of n shares is put at its expected place, n/(n + 1) of the minute.
        """
        found: list[int | None] = [None] * len(self.seller.rigs)
        end = until
        while end > self._opened and None in found:
            start = (end - 1) // DAY * DAY
            counts = self.between(start, end)
            for index, row in enumerate(counts):
                if found[index] is None and row.any():
                    at = int(np.flatnonzero(row)[-1])
                    found[index] = (start + at) * 60 + 60 * int(row[at]) // (int(row[at]) + 1)
            end = start
        return tuple(found)

    def _day(self, day: int) -> Counts:
        if day not in self._days:
            seller = self.seller
            minutes = np.arange(day * DAY, (day + 1) * DAY)
            parts = np.array([rig.part for rig in seller.rigs])
            mean = np.outer(parts, seller.factors(minutes)) * seller.promised * 60 / seller.hashes_per_share
            # Drawn before the cut: a counter that starts anew counts the same shares as the one it replaces.
            counts = draw(self._seed, seller.name, day).poisson(mean)
            self._days[day] = np.where(minutes >= self._opened, counts, 0)
        return self._days[day]


class World:
    """All sellers and the chain: the one truth behind the faces."""

    def __init__(self, *, seed: int, sellers: Sequence[Seller]) -> None:
        self.seed = seed
        self.sellers = tuple(sellers)
        self.chain = Chain(seed)
        self._shares = {seller.name: Shares(seed, seller) for seller in self.sellers}

    def at(self, pool: str) -> tuple[Seller, ...]:
        """The sellers that a pool knows."""
        return tuple(seller for seller in self.sellers if pool in seller.pools)

    def known(self, pool: str, address: str) -> Seller | None:
        """The seller that mines to an address there; the case of addresses counts."""
        return next((seller for seller in self.at(pool) if seller.address == address), None)

    def shares(self, seller: Seller) -> Shares:
        return self._shares[seller.name]

    def best(self, seller: Seller, index: int, until: int) -> float:
        """Difficulty of a rig's best share: n times that of its n shares, over an exponential variable of its own."""
        shares = int(self.shares(seller).counted(until)[index])
        return shares * seller.share_difficulty / float(draw(self.seed, seller.name, index, "best").exponential())

    def restarted(self, at: datetime) -> "World":
        """The same world as seen by a pool that lost its books at a moment."""
        return World(seed=self.seed, sellers=[replace(s, starts=max(s.starts, at)) for s in self.sellers])
