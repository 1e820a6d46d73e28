"""Bar 4: sellers that come and go, slide, or fall when the time for a claim is over, beside a steady one as short."""

from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.kinds import KINDS
from tests.bench.verdict.limits import limit
from tests.bench.verdict.rows import Row, error
from tests.bench.verdict.runs import Seen, first_found, moment, plain, watched
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY, HOUR, POLL
from verifier.simulator.truth import draw

_CONTRACTS: Final = 5
_HISTORY: Final = 30 * DAY
_HORIZON: Final = 90 * DAY
_ONE: Final = KINDS["12 shares/min"]
_TIMES: Final = 2.0
_CLAIMS: Final = 60 * DAY


class Pattern(NamedTuple):
    """``short`` hours of every ``every`` hours at ``level`` of the promise."""

    every: float
    short: float
    level: float

    @property
    def loss(self) -> float:
        return (1.0 - self.level) * self.short / self.every


_PATTERNS: Final = {
    "8 h a night at 64 %": Pattern(24.0, 8.0, 0.64),
    "8 h a night at 85 %": Pattern(24.0, 8.0, 0.85),
    "one hour in eight at 36 %": Pattern(8.0, 1.0, 0.36),
    "one hour in eight at 60 %": Pattern(8.0, 1.0, 0.60),
    "one day in eight at 36 %": Pattern(192.0, 24.0, 0.36),
    "one day in eight at 60 %": Pattern(192.0, 24.0, 0.60),
    "weekends at 72 %": Pattern(168.0, 48.0, 0.72),
    "weekends at 85 %": Pattern(168.0, 48.0, 0.85),
}
#: In hundredths of the promise a day.
_SLIDES: Final = (0.2, 0.5, 1.0)


def _polls(chance: np.random.Generator, level: sellers.Level, first: int) -> Seen:
    return plain(sellers.counted(chance, level, _ONE.shares), _ONE.boundary, _ONE.promise, first)


def _history(chance: np.random.Generator, steps: int = _HISTORY) -> Any:
    return watched(_polls(chance, sellers.steady(_CONTRACTS, steps), 0))[1]


def _found(chance: np.random.Generator, level: sellers.Level, state: Any, first: int) -> list[float | None]:
    return first_found(_polls(chance, level, first), state)


def _come_and_go(seed: int, name: str, after: bool, batch: int) -> tuple[list[float | None], list[float | None]]:
    """Delays of the pattern, its short part first, and of a steady seller of the same mean."""
    chance = draw(seed, "comings", name, after, batch)
    one = _PATTERNS[name]
    first = _HISTORY if after else 0
    state = _history(chance) if after else None
    level = sellers.part_time(_CONTRACTS, _HORIZON, every=one.every, short=one.short, level=one.level)
    steady = sellers.steady(_CONTRACTS, _HORIZON, 1.0 - one.loss)
    return _found(chance, level, state, first), _found(chance, steady, state, first)


def _claims(seed: int, batch: int) -> tuple[list[float | None], list[float | None]]:
    """Ten hundredths short from the day after the last claim, and from the first day on (a cold start)."""
    chance = draw(seed, "claims", batch)
    after = sellers.from_then_on(_CONTRACTS, _CLAIMS + _HORIZON, begins=_CLAIMS, level=0.9)
    state = watched(_polls(chance, after[:, :_CLAIMS], 0))[1]
    late = _found(chance, after[:, _CLAIMS:], state, _CLAIMS)
    return late, _found(chance, sellers.steady(_CONTRACTS, _HORIZON, 0.9), None, 0)


def _slides(seed: int, per_day: float, batch: int) -> tuple[list[float | None], list[float | None]]:
    """Delay since the line was crossed, and of a seller who falls at once by what the slide lost on average."""
    chance = draw(seed, "slides", per_day, batch)
    state = _history(chance)
    crossed = round(_ONE.tolerance / per_day * DAY)
    level = sellers.slide(_CONTRACTS, crossed + _HORIZON, per_day=per_day)
    found = _found(chance, level, state, _HISTORY)
    since = [None if one is None else one - crossed * POLL for one in found]
    lasted = float(np.mean([_HORIZON * POLL if one is None else one for one in since]))
    lost = _ONE.tolerance + per_day * max(lasted, 0.0) / 86_400.0 / 2.0
    return since, _found(chance, sellers.steady(_CONTRACTS, _HORIZON, 1.0 - lost), state, _HISTORY)


def _compared(scenario: str, note: str, parts: list[tuple[list[float | None], list[float | None]]]) -> list[Row]:
    one, steady = ([_waited(each) for part in parts for each in part[side]] for side in (0, 1))
    never = sum(each is None for part in parts for each in part[0])
    mean, other = float(np.mean(one)), float(np.mean(steady))
    return [
        Row(
            number="4",
            scenario=f"delay: {scenario}",
            measured=mean / 3600.0,
            surely=(mean - error(one) - _TIMES * error(steady)) / 3600.0,
            unit="h",
            size=f"{len(one)} changes",
            bar=_TIMES * other / 3600.0,
            limit=limit(_ONE.boundary, _ONE.shares * 0.9).seconds / 3600.0 if "claim" in scenario else None,
            ratio=mean / other,
            note=f"{note}steady {other / 3600.0:.1f} h" + (f"; {never} never" if never else ""),
        )
    ]


def _waited(found: float | None) -> float:
    return _HORIZON * POLL if found is None else found


def _on_and_off(seed: int, batch: int) -> tuple[list[float], list[float], int]:
    """Polls to the finding and to the closing of every outage of 4 h a day; openings that are no outage."""
    chance = draw(seed, "on and off", batch)
    days = 30
    state = _history(chance)
    level = sellers.part_time(_CONTRACTS, days * DAY, every=24.0, short=4.0, level=0.0, begins=20.0)
    openings, _ = watched(_polls(chance, level, _HISTORY), state)
    found, closed, others = [], [], 0
    for contract in range(_CONTRACTS):
        own = [one for one in openings if one.contract == contract]
        for day in range(days):
            begins = moment(_HISTORY + day * DAY + 20 * HOUR)
            ends = begins + 4 * 3600.0
            hit = next((one for one in own if begins < one.at <= ends), None)
            found.append(float("inf") if hit is None else (hit.at - begins) / POLL)
            if hit is not None and day < days - 1:
                closed.append(float("inf") if hit.resolved_at is None else (hit.resolved_at - ends) / POLL)
        others += len(own) - days
    return found, closed, others


def _outages(parts: list[tuple[list[float], list[float], int]]) -> list[Row]:
    rows = []
    for side, words, bar in ((0, "found", 1.0), (1, "closed after the return", 3.0)):
        polls = [one for found, closed, _ in parts for one in (found, closed)[side]]
        rows.append(
            Row(
                number="4",
                scenario=f"20 h on, 4 h off: outages {words}, the slowest",
                measured=max(polls),
                surely=max(polls),
                unit="polls",
                size=f"{len(polls)} outages",
                bar=bar,
                note=f"mean {float(np.mean(polls)):.2f}; {sum(part[2] for part in parts)} other openings",
            )
        )
    return rows


def jobs(seed: int, size: Size) -> list[Job]:
    """Each against a steady seller with the same mean, in the same run."""
    batches = max(1, size.comings // _CONTRACTS)
    found = [Job(work=partial(_on_and_off, seed), batches=max(1, batches // 2), rows=_outages)]
    for name, one in _PATTERNS.items():
        for after, words in ((True, "after 30 d in full"), (False, "from the first day")):
            rows = partial(_compared, f"{name} {words}", f"≤ 2 × steady, {one.loss:.0%} lost; ")
            found.append(Job(work=partial(_come_and_go, seed, name, after), batches=batches, rows=rows))
    for per_day in _SLIDES:
        rows = partial(_compared, f"slide of {per_day} % a day, since the line", "≤ 2 × steady of its mean loss; ")
        found.append(Job(work=partial(_slides, seed, per_day / 100.0), batches=batches, rows=rows))
    rows = partial(_compared, "10 % short when 60 d for claims are over", "≤ 2 × short from the first day; ")
    found.append(Job(work=partial(_claims, seed), batches=batches, rows=rows))
    return found
