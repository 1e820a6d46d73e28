"""Simulated contracts through the kernel that the daemon and the audit use, in pieces of ten days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.bench.verdict.limits import FALSE_ALARM, Limit
from tests.bench.verdict.rows import Row, error
from verifier.simulator.sellers import DAY, POLL
from verifier.verdicts.course import Opening, watch

Values = NDArray[np.float64]

#: 2026-11-02, a Monday, 00:00 UTC.
BEGIN: Final = 1_793_577_600.0
_PIECE: Final = 10 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What polls brought: shares counted, shares expected at the boundary, seconds seen (0: not seen).

    Shape (contracts, steps); ``first`` is the number of the first step, ``promise`` promised ÷ boundary.
    """

    shares: Values
    expected: Values
    seconds: Values
    promise: float
    first: int = 0

    def part(self, rows: NDArray[np.intp], begin: int, end: int) -> "Seen":
        """Some contracts in the steps [begin, end)."""
        return Seen(
            shares=self.shares[rows, begin:end],
            expected=self.expected[rows, begin:end],
            seconds=self.seconds[rows, begin:end],
            promise=self.promise,
            first=self.first + begin,
        )


def plain(shares: NDArray[Any], expected: float, promise: float, first: int = 0) -> Seen:
    """Every poll answered."""
    shape = shares.shape
    return Seen(
        shares=shares.astype(float),
        expected=np.full(shape, expected),
        seconds=np.full(shape, POLL),
        promise=promise,
        first=first,
    )


def moment(step: float) -> float:
    """Epoch seconds at the start of a step."""
    return BEGIN + POLL * step


def watched(
    seen: Seen, state: Sequence[Any] | None = None, false_alarm: float = FALSE_ALARM
) -> tuple[tuple[Opening, ...], Sequence[Any]]:
    """All openings in order, each with its end, and the state to carry on with."""
    contracts, steps = seen.shares.shape
    found: dict[tuple[int, float], Opening] = {}
    for begin in range(0, steps, _PIECE):
        part = np.s_[:, begin : begin + _PIECE]
        seconds = seen.seconds[part]
        end = moment(seen.first + begin) + POLL * np.arange(1, seconds.shape[1] + 1)
        course = watch(
            seen.shares[part],
            seen.expected[part],
            end - seconds,
            seconds,
            promise=np.full(contracts, seen.promise),
            false_alarm_seconds=false_alarm,
            state=state,
        )
        state = course.state
        found.update({(one.contract, one.at): one for one in course.openings})
    assert state is not None
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.contract))), state


def first_found(seen: Seen, state: Sequence[Any] | None = None, false_alarm: float = FALSE_ALARM) -> list[float | None]:
    """Seconds from the first step until each contract is found, None where it is not."""
    contracts, horizon = seen.shares.shape
    found: list[float | None] = [None] * contracts
    left, begin, length = np.arange(contracts), 0, DAY // 4
    while begin < horizon and left.size:
        openings, state = watched(seen.part(left, begin, begin + length), state, false_alarm)
        for one in reversed(openings):
            found[int(left[one.contract])] = one.at - moment(seen.first)
        kept = [row for row in range(len(left)) if found[int(left[row])] is None]
        state, left = tuple(state[row] for row in kept), left[kept]
        begin, length = begin + length, min(length * 2, _PIECE)
    return found


def delay_row(
    number: str,
    scenario: str,
    found: list[float | None],
    horizon: int,
    bound: Limit,
    times: float | None,
    note: str = "",
) -> Row:
    """Mean delay against ``times`` × ln(A)/I + one poll, in hours; what was not found counts as the horizon."""
    waited = [horizon * POLL if one is None else one for one in found]
    mean = sum(waited) / len(waited)
    never = sum(one is None for one in found)
    said = f"{never} not found in {horizon * POLL / 86_400:.0f} d" if never else ""
    return Row(
        number=number,
        scenario=scenario,
        measured=mean / 3600.0,
        surely=(mean - error(waited)) / 3600.0,
        unit="h",
        size=f"{len(found)} changes",
        bar=None if times is None else (times * bound.seconds + POLL) / 3600.0,
        limit=bound.seconds / 3600.0,
        ratio=(mean - POLL) / bound.seconds,
        note="; ".join(filter(None, (note, said))),
    )
