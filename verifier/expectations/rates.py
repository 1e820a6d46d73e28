"""Work owed in many windows at once: what ``rate.owed`` says of each, as columns of hashes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from verifier.contract import Contract
from verifier.expectations.rate import owed
from verifier.units import Window

Column: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OwedEach:
    """The fields of ``Owed`` as columns."""

    promised: Column
    boundary: Column
    seconds: Column
    least: Column

    def __getitem__(self, part: slice | NDArray[np.bool_]) -> "OwedEach":
        return OwedEach(self.promised[part], self.boundary[part], self.seconds[part], self.least[part])


def owed_each(contract: Contract, start: Column, end: Column) -> OwedEach:
    """What windows (epoch seconds) inside the term owe.

    Windows of one promise are multiplied out together; those that touch an amendment or time that is left out are
    asked of ``owed``, one by one.
    """
    since = np.array([promise.since.timestamp() for promise in contract.promises])
    rates = np.array([promise.rate.per_second for promise in contract.promises])
    told = np.array([contract.least_at(promise.since) for promise in contract.promises])
    allowed = np.array([promise.tolerance.fraction if promise.tolerance else 0.0 for promise in contract.promises])
    first = np.maximum(np.searchsorted(since, start, side="right") - 1, 0)
    last = np.maximum(np.searchsorted(since, end, side="left") - 1, 0)
    seconds = end - start
    promised = rates[first] * seconds
    boundary, least = promised * told[first], promised * (1.0 - allowed[first])
    for index in np.flatnonzero((first != last) | _left_out(contract, start, end)).tolist():
        due = owed(contract, Window(start=_moment(start[index]), end=_moment(end[index])))
        promised[index], boundary[index] = due.promised, due.boundary
        seconds[index], least[index] = due.seconds, due.least
    return OwedEach(promised, boundary, seconds, least)


def _left_out(contract: Contract, start: Column, end: Column) -> NDArray[np.bool_]:
    """Whether time in which nothing is owed reaches into a window."""
    found = np.zeros(len(start), dtype=bool)
    for one in contract.exclusions:
        found |= (start < one.window.end.timestamp()) & (end > one.window.start.timestamp())
    return found


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
