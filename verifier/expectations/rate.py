"""Work owed under a promised rate: a step function of the promises, integrated over a window inside the term."""

from dataclasses import dataclass
from itertools import pairwise

from verifier.contract import Contract
from verifier.units import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a window owes in hashes over ``seconds`` of term; ``boundary`` is the part that must arrive."""

    promised: float
    boundary: float
    seconds: float


def in_term(contract: Contract, window: Window) -> Window | None:
    """The part of a window that lies inside the term."""
    end = window.end if contract.ends is None else min(window.end, contract.ends)
    start = max(window.start, contract.starts)
    return Window(start=start, end=end) if start < end else None


def owed(contract: Contract, window: Window) -> Owed:
    """Promised rate × time, split at every amendment; zero outside the term. A tolerance not stated is zero."""
    part = in_term(contract, window)
    if part is None:
        return Owed(promised=0.0, boundary=0.0, seconds=0.0)
    cuts = sorted({part.start, part.end, *(p.since for p in contract.promises if part.start < p.since < part.end)})
    promised = boundary = 0.0
    for start, end in pairwise(cuts):
        hashes = contract.promise_at(start).rate.per_second * (end - start).total_seconds()
        promised += hashes
        boundary += hashes * contract.least_at(start)
    return Owed(promised=promised, boundary=boundary, seconds=part.span.total_seconds())
