"""Bars 1, 2, 3 and 6: how long a fall from full delivery stays unseen, after 30 honest days and from a cold start."""

from functools import partial
from typing import Any, Final

import numpy as np

from tests.bench.verdict.false_alarms import seen_through
from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.kinds import KINDS, Kind
from tests.bench.verdict.limits import limit
from tests.bench.verdict.rows import Row
from tests.bench.verdict.runs import Seen, delay_row, first_found, plain, watched
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY, POLL
from verifier.simulator.truth import draw

_CONTRACTS: Final = 10
_HISTORY: Final = 30 * DAY
#: Shortfalls against the promise, in hundredths.
_DROPS: Final = {
    "1": (5, 10, 25, 50, 100),
    "2": (8, 10, 15, 25, 50, 100),
    "3": (10, 25, 50, 100),
}
_COLD: Final = 4.5
#: What goes before a fall: 30 days of full delivery, 30 days at the boundary, or nothing.
FULL: Final = "after 30 d in full"
LINE: Final = "after 30 d at the boundary"
COLD: Final = "from a cold start"
_TIMES: Final = {"1": 1.25, "2": 1.5, "3": 1.25}
_TIMES_LARGE: Final = 2.0
_HARMS: Final = ("gaps of 30 %, counter", "gaps of 60 %, slots")


def _horizon(kind: Kind, drop: int) -> int:
    """Steps after which a fall counts as not found: ten times the limit and a day, at most 120 days."""
    bound = limit(kind.boundary, kind.shares * (1.0 - drop / 100.0), kind.wander)
    return min(round(10.0 * bound.seconds / POLL) + DAY, 120 * DAY)


def _falls(seed: int, name: str, harm: str, before: str, batch: int) -> dict[int, list[float | None]]:
    """Delays by drop; the same history, and the same wander, goes before each drop."""
    kind = KINDS[name]
    drops = _DROPS[kind.number]
    chance = draw(seed, "delays", name, harm, before, batch)
    history = 0 if before == COLD else _HISTORY
    level = kind.level(chance, _CONTRACTS, history + max(_horizon(kind, drop) for drop in drops))

    def seen(part: sellers.Level, first: int) -> Seen:
        shares = sellers.counted(chance, part, kind.shares)
        if not harm:
            return plain(shares, kind.boundary, kind.promise, first)
        harmed = seen_through(harm, shares, kind.boundary, kind.promise, chance)
        return Seen(
            shares=harmed.shares, expected=harmed.expected, seconds=harmed.seconds, promise=kind.promise, first=first
        )

    state: Any = None
    if history:
        _, state = watched(seen(level[:, :history] * (1.0 if before == FULL else 1.0 / kind.promise), 0))
        calm = np.flatnonzero([opening is None for _, opening in state])
        state = tuple(state[row] for row in calm)
        level = level[calm]
    found = {}
    for drop in drops:
        after = level[:, history : history + _horizon(kind, drop)] * (1.0 - drop / 100.0)
        found[drop] = first_found(seen(after, history), state)
    return found


def _rows(name: str, harm: str, before: str, parts: list[dict[int, list[float | None]]]) -> list[Row]:
    kind = KINDS[name]
    times = _COLD if before == COLD else _TIMES_LARGE if kind.shares > 1000.0 else _TIMES[kind.number]
    judged = not harm and "3 h" not in name
    rows = []
    for drop in _DROPS[kind.number]:
        found = [one for part in parts for one in part[drop]]
        bound = limit(kind.boundary, kind.shares * (1.0 - drop / 100.0), kind.wander)
        rows.append(
            delay_row(
                "6" if harm else kind.number,
                f"delay: {name}, {harm + ', ' if harm else ''}{drop} % short {before}",
                found,
                _horizon(kind, drop),
                bound,
                times if judged else None,
                f"≤ {times} × + a poll, φ {bound.dispersion:.2f}" if judged else "",
            )
        )
    return rows


def _job(seed: int, size: Size, name: str, harm: str = "", before: str = FULL) -> Job:
    return Job(
        work=partial(_falls, seed, name, harm, before),
        batches=max(1, size.changes // _CONTRACTS // (3 if harm or KINDS[name].number == "2" else 1)),
        rows=partial(_rows, name, harm, before),
    )


def jobs(seed: int, size: Size) -> list[Job]:
    """Every honest seller who falls, and the plain one from a cold start and with gaps."""
    plain_one = "12 shares/min"
    return [
        *(_job(seed, size, name) for name in KINDS),
        *(_job(seed, size, name, before=LINE) for name in KINDS if "3 h" not in name),
        _job(seed, size, plain_one, before=COLD),
        *(_job(seed, size, plain_one, harm) for harm in _HARMS),
    ]
