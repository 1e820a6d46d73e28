"""Work owed under a promised rate: a step function of the promises, integrated over a window inside the term."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from verifier.contract import Contract
from verifier.record import record
from verifier.units import Window


@record
class Owed:
    """What a window owes in hashes over ``seconds`` of term, without the time that the contract leaves out.

    ``boundary`` is the part below which people are told, ``least`` the part that the contract's tolerance leaves.
    """

    promised: float
    boundary: float
    seconds: float
    least: float = 0.0


def in_term(contract: Contract, window: Window) -> Window | None:
    """The part of a window that lies inside the term."""
    end = window.end if contract.ends is None else min(window.end, contract.ends)
    start = max(window.start, contract.starts)
    return Window(start=start, end=end) if start < end else None


def owed(contract: Contract, window: Window) -> Owed:
    """Promised rate × time, split at every amendment; zero outside the term. A tolerance not stated is zero."""
    part = in_term(contract, window)
    promised = boundary = least = 0.0
    counted = timedelta(0)
    for start, end in () if part is None else _under_one_promise(contract, part):
        promise = contract.promise_at(start)
        hashes = promise.rate.per_second * (end - start).total_seconds()
        promised += hashes
        boundary += hashes * contract.least_at(start)
        least += hashes * (1.0 - (promise.tolerance.fraction if promise.tolerance else 0.0))
        counted += end - start
    return Owed(promised=promised, boundary=boundary, seconds=counted.total_seconds(), least=least)


def _under_one_promise(contract: Contract, window: Window) -> Iterator[tuple[datetime, datetime]]:
    """What the contract does not leave out of a window, cut where the promise changes."""
    if len(contract.promises) == 1 and not contract.exclusions:
        yield window.start, window.end
        return
    for counted in not_left_out(contract, window):
        changes = (p.since for p in contract.promises if counted.start < p.since < counted.end)
        yield from pairwise(sorted({counted.start, counted.end, *changes}))


def not_left_out(contract: Contract, window: Window) -> Iterator[Window]:
    """The parts of a window that the contract does not leave out."""
    start = window.start
    for left_out in contract.exclusions:
        inside = left_out.window.overlap(window)
        if inside is not None:
            if start < inside.start:
                yield Window(start=start, end=inside.start)
            start = max(start, inside.end)
    if start < window.end:
        yield Window(start=start, end=window.end)
