"""Bar 8: a constant seller at any level opens at most two problems a year, and no recovery closes too early."""

from functools import partial
from typing import Final

import numpy as np

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.kinds import KINDS
from tests.bench.verdict.rows import Row, rate
from tests.bench.verdict.runs import moment, plain, watched
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY
from verifier.simulator.truth import draw

#: Levels of the promise; the boundary is at 0.98 (0.95 for the wandering seller).
_LEVELS: Final = (0.0, 0.25, 0.50, 0.75, 0.90, 0.94, 0.96, 0.97, 0.975, 0.98, 0.985, 1.0)
_WANDERING: Final = (0.50, 0.90, 0.93, 0.945, 0.95)
_YEAR: Final = round(365.25 * DAY)
_HISTORY: Final = 30 * DAY
_ALLOWED: Final = 2.0
_EARLY: Final = 0.05


def _constant(seed: int, name: str, level: float, batch: int) -> tuple[int, int]:
    """Openings in a year of one contract, and closings while nothing had changed and it was short by more than 0.05."""
    chance = draw(seed, "openings", name, level, batch)
    kind = KINDS[name]
    shares = sellers.counted(chance, level * kind.level(chance, 1, _YEAR), kind.shares)
    openings, _ = watched(plain(shares, kind.boundary, kind.promise))
    closed = sum(one.resolved_at is not None for one in openings)
    return len(openings), closed if level < 1.0 - kind.tolerance - _EARLY else 0


def _constant_rows(name: str, level: float, parts: list[tuple[int, int]]) -> list[Row]:
    most = max(openings for openings, _ in parts)
    mean = sum(openings for openings, _ in parts) / len(parts)
    early = sum(closed for _, closed in parts)
    scenario = f"{name}, always at {level:.1%}"
    rows = [
        Row(
            number="8",
            scenario=f"openings a year: {scenario}",
            measured=float(most),
            surely=float(most),
            unit="most",
            size=f"{len(parts)} years",
            bar=_ALLOWED,
            note=f"mean {mean:.2f}",
        )
    ]
    if level < 1.0 - KINDS[name].tolerance - _EARLY:
        rows.append(rate("8", f"closings without a return: {scenario}", early, float(len(parts)), 0.0))
    return rows


def _return(seed: int, name: str, before: float, back: float, batch: int) -> list[tuple[float, float]]:
    """Hours from the return to the closing (negative: before it), and the level that was delivered when it closed."""
    chance = draw(seed, "returns", name, before, back, batch)
    kind = KINDS[name]
    contracts, short, after = 10, 20 * DAY, 20 * DAY
    level = np.concatenate(
        [
            sellers.steady(contracts, _HISTORY),
            sellers.steady(contracts, short, before),
            sellers.steady(contracts, after, back),
        ],
        axis=1,
    )
    wander = kind.level(chance, contracts, level.shape[1])
    openings, _ = watched(plain(sellers.counted(chance, level * wander, kind.shares), kind.boundary, kind.promise))
    turn = moment(_HISTORY + short)
    return [
        ((one.resolved_at - turn) / 3600.0, before if one.resolved_at <= turn else back)
        for one in openings
        if one.resolved_at is not None and moment(_HISTORY) < one.at <= turn
    ]


def _return_rows(name: str, before: float, back: float, parts: list[list[tuple[float, float]]]) -> list[Row]:
    kind = KINDS[name]
    ends = [one for part in parts for one in part]
    hours = [wait for wait, _ in ends if wait > 0.0]
    early = max((1.0 - kind.tolerance - level for _, level in ends), default=0.0)
    partly = back < 1.0 - kind.tolerance - _EARLY
    halfway = ", half-way by design" if partly else ""
    mean = f"{np.mean(hours):.1f} h after" if hours else "none after"
    return [
        Row(
            number="8",
            scenario=f"closing under the line: {name}, from {before:.0%} back to {back:.1%}",
            measured=max(early, 0.0),
            surely=max(early, 0.0),
            unit="level",
            size=f"{len(ends)} closings",
            bar=None if partly else _EARLY,
            note=f"{mean} the return, {sum(wait <= 0 for wait, _ in ends)} before it{halfway}",
        )
    ]


def jobs(seed: int, size: Size) -> list[Job]:
    """Constant sellers for a year each, then returns: to full, to the line, and in part."""
    wandering = "12 shares/min, wander 3 % / 1 h"
    constant = [("12 shares/min", level) for level in _LEVELS] + [(wandering, level) for level in _WANDERING]
    found = [
        Job(
            work=partial(_constant, seed, name, level),
            batches=size.opening_years,
            rows=partial(_constant_rows, name, level),
        )
        for name, level in constant
    ]
    returns = [(before, back) for before in (0.0, 0.5, 0.75, 0.9) for back in (1.0, 0.98)]
    partly = [(0.0, 0.6), (0.5, 0.8), (0.75, 0.9)]
    for before, back in returns + partly:
        found.append(
            Job(
                work=partial(_return, seed, "12 shares/min", before, back),
                batches=max(1, size.pooled // 10),
                rows=partial(_return_rows, "12 shares/min", before, back),
            )
        )
    return found
