"""Contracts, answers and simulated sellers that the tests of this room share."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from verifier.contract import Contract, Promise, Tolerance, Watch
from verifier.fact import Fact, FactKind
from verifier.observation import Observation, Silence, SilenceReason, WorkSeen
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate, Window

START = datetime(2026, 11, 1, tzinfo=UTC)
RATE = 100e12
SLOT = timedelta(minutes=10)
#: Hashes behind a share of a pool that aims at one share per 6 s.
SHARE = 0.95 * RATE * 6.0


def after(**span: float) -> datetime:
    return START + timedelta(**span)


def contract(**changed: Any) -> Contract:
    tolerance = changed.pop("tolerance", 0.05)
    rate = changed.pop("rate", RATE)
    fields: dict[str, Any] = {
        "name": "north",
        "seller": "Northhash",
        "starts": START,
        "ends": None,
        "promises": (
            Promise(
                since=START,
                rate=Hashrate(per_second=rate),
                tolerance=None if tolerance is None else Tolerance(fraction=tolerance),
            ),
        ),
        "watch": (Watch(account="pool"),),
    }
    return Contract(**{**fields, **changed})


def fact(number: int, *seen: Observation, account: str = "pool", question: str = "work") -> Fact:
    moments = [m for one in seen for m in (getattr(one, "start", None), getattr(one, "end", None)) if m]
    moments += [one.at for one in seen if isinstance(one, Silence)]
    moments = moments or [getattr(one, "at", START) for one in seen]
    return Fact(
        id=number,
        kind=FactKind.OBSERVATION,
        subject=account,
        question=question,
        true=Window(start=min(moments), end=max(moments)),
        learned_at=max(moments),
        digest=str(number),
        observations=seen,
    )


def counter(minutes: float, hashes: float, worker: str | None = None, **more: Any) -> WorkSeen:
    return WorkSeen(worker=worker, end=after(minutes=minutes), hashes=hashes, **more)


def slot(number: int, hashes: float, worker: str | None = None, **more: Any) -> WorkSeen:
    start = START + number * SLOT
    return WorkSeen(worker=worker, start=start, end=start + SLOT, hashes=hashes, **more)


def silence(minutes: float, reason: SilenceReason = SilenceReason.UNREACHABLE, detail: str = "") -> Silence:
    return Silence(at=after(minutes=minutes), reason=reason, detail=detail)


def slots(level: float | Callable[[int], float], count: int, seed: int, share: float = SHARE) -> Iterable[WorkSeen]:
    """Slots of a seller at a level of the promise, whose shares are Poisson."""
    chance = np.random.default_rng(seed)
    for number in range(count):
        at = level(number) if callable(level) else level
        shares = chance.poisson(at * RATE * SLOT.total_seconds() / share)
        yield slot(number, float(shares) * share)


def difficulty_one(shares: float) -> float:
    return shares * HASHES_PER_DIFFICULTY
