"""A pool that shows everything a thousand times smaller from one answer to the next has changed its unit, not its work.

Upward the promise is the guard (``verdicts.counting``); downward the same figures would look like a miner that stopped.
What is known of the scale is what this run heard: a start of the daemon takes the first answer as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log10
from typing import Final, TypeAlias

from verifier.daemon.asking import Landed
from verifier.observation import (
    Observation,
    RateSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkSeen,
)

#: By field (what is averaged or counted, and of whom) the figures of one answer.
Scales: TypeAlias = Mapping[tuple[object, ...], float]

#: Of so many figures of an answer the scale is remembered.
_MOST: Final = 50
#: A unit's prefix is three powers of ten. One figure must be as much smaller within 5 %, which hashrate that really
#: fell meets by chance in one fall of seventy, and all of them within half.
_PREFIX: Final = 3.0
_CLOSE: Final = log10(1.05)
_ABOUT: Final = log10(1.5)
_MOST_PREFIXES: Final = 6


def scales(observations: Sequence[Observation]) -> Scales:
    """The figures that are not zero, by what they are of; of a chart the newest slot."""
    found: dict[tuple[object, ...], float] = {}
    for one in observations:
        if len(found) >= _MOST:
            break
        match one:
            case RateSeen():
                found["rate", one.worker, one.window, one.averaging, one.algorithm] = one.per_second
            case WorkSeen(start=None):
                found["counter", one.worker, one.algorithm] = one.hashes
            case WorkSeen(start=start) if start is not None:
                found["slot", one.worker, one.end - start, one.exactness, one.algorithm] = one.hashes
    return {of: figure for of, figure in found.items() if figure > 0}


def shrunk(before: Scales, after: Scales) -> int | None:
    """How many times a thousand every figure is smaller than before; None unless all are, by the same."""
    falls = [log10(before[of] / after[of]) for of in before.keys() & after.keys()]
    prefixes = round(min(falls, default=0.0) / _PREFIX)
    off = [abs(fall - prefixes * _PREFIX) for fall in falls]
    if not 0 < prefixes <= _MOST_PREFIXES or min(off) > _CLOSE or max(off) > _ABOUT:
        return None
    return prefixes


def believed(landed: Landed, before: Scales | None) -> Landed:
    """The same, or a silence instead of figures whose unit must have changed while somebody was connected."""
    listed = [one for one in landed.observations if isinstance(one, WorkersSeen)]
    nobody = bool(listed) and not any(
        worker.presence is WorkerPresence.ONLINE for one in listed for worker in one.workers
    )
    prefixes = None if before is None or nobody else shrunk(before, scales(landed.observations))
    if prefixes is None:
        return landed
    detail = f"every figure is {1000**prefixes:,} times smaller than in the answer before: another unit, not less work"
    at = landed.exchanges[-1].reply.received_at if landed.exchanges and landed.exchanges[-1].reply else landed.asked_at
    silence = Silence(at=at, reason=SilenceReason.IMPLAUSIBLE, detail=detail)
    return replace(landed, observations=(silence,), failure=SilenceReason.IMPLAUSIBLE)
