"""Bar 6 through the real fold and review: restarts, late, repeated and shuffled answers, clock steps, averages only.

A month of answers per contract is folded at once, as an audit does, in the order in which they were learned.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.limits import FALSE_ALARM
from tests.bench.verdict.rows import Row, rate
from tests.bench.verdict.runs import BEGIN, Values
from verifier.contract import Contract, Promise, Tolerance, Watch
from verifier.fact import Fact, FactKind
from verifier.incidents.review import World, review
from verifier.incidents.standing import Standing
from verifier.observation import Observation, RateSeen, WorkSeen
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY, POLL
from verifier.simulator.truth import Counts, draw
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate, Window
from verifier.verdicts.course import watch
from verifier.verdicts.evidence import Evidence, fold

Averaging: TypeAlias = Literal["rolling", "exponential"]

_SHARES: Final = 60.0
_TOLERANCE: Final = 0.02
_SHARE: Final = 65_536.0 * HASHES_PER_DIFFICULTY
_DAYS: Final = 30
#: The fall comes after 20 of the 30 days.
_FALL: Final = 20 * DAY
_START: Final = datetime.fromtimestamp(BEGIN, UTC)
_RHYTHMS: Final = {"pool": timedelta(seconds=POLL)}
_CONTRACT: Final = Contract(
    name="north",
    seller="Northhash",
    starts=_START,
    ends=None,
    promises=(
        Promise(
            since=_START,
            rate=Hashrate(per_second=_SHARES * _SHARE / POLL),
            tolerance=Tolerance(fraction=_TOLERANCE),
        ),
    ),
    watch=(Watch(account="pool"),),
)


class Trouble(NamedTuple):
    """What befalls answers; ``hours`` late at most, clock ``seconds`` off at most, restarts ``every`` so many hours."""

    late: float = 0.0
    hours: float = 1.0
    twice: float = 0.0
    seconds: float = 0.0
    every: float = 0.0
    slots: bool = False


_TROUBLES: Final = {
    "counter restarts every 3 days": Trouble(every=72.0),
    "20 % of answers up to 3 h late, 10 % repeated": Trouble(late=0.2, hours=3.0, twice=0.1),
    "all answers shuffled within 12 h, 30 % repeated": Trouble(late=1.0, hours=12.0, twice=0.3),
    "slots, 20 % up to 3 h late, 10 % repeated": Trouble(late=0.2, hours=3.0, twice=0.1, slots=True),
    "the pool's clock set anew twice a day, ± 60 s": Trouble(seconds=60.0),
    "the pool's clock set anew twice a day, ± 4 min": Trouble(seconds=240.0),
}
_AVERAGES: Final[Mapping[str, tuple[float, Averaging]]] = {
    "1 h rolling": (1.0, "rolling"),
    "24 h rolling": (24.0, "rolling"),
    "1 h exponential": (1.0, "exponential"),
}


def _at(step: float, off: float = 0.0) -> datetime:
    return datetime.fromtimestamp(BEGIN + POLL * step + off, UTC)


def _fact(number: int, learned: datetime, *seen: Observation) -> Fact:
    return Fact(
        id=number,
        kind=FactKind.OBSERVATION,
        subject="pool",
        question="work",
        true=Window(start=learned - timedelta(seconds=POLL), end=learned),
        learned_at=learned,
        digest=str(number),
        observations=seen,
    )


def _answers(chance: np.random.Generator, shares: Counts, trouble: Trouble) -> list[Fact]:
    """One answer a poll, learned in disorder: a counter of work and shares, or the slot of the poll."""
    steps = len(shares)
    counter = sellers.counters(chance, shares[None, :], every=trouble.every)[0]
    off = sellers.clock_steps(chance, steps + 1, every=12.0, seconds=trouble.seconds)
    order = sellers.disorder(chance, steps + 1, late=trouble.late, hours=trouble.hours, twice=trouble.twice)
    facts, now = [], 0
    for number, step in enumerate(order.tolist()):
        now = max(now, step)
        end, work = _at(step, float(off[step])), float(counter[step])
        if not trouble.slots:
            one = WorkSeen(end=end, hashes=work * _SHARE, shares=work)
        elif step == 0:
            continue
        else:
            work -= float(counter[step - 1])
            one = WorkSeen(start=end - timedelta(seconds=POLL), end=end, hashes=work * _SHARE, shares=work)
        facts.append(_fact(number + 1, _at(now, trouble.seconds), one))
    return facts


def _openings(facts: Sequence[Fact]) -> list[float]:
    """Seconds from the start to every opening, by the fold and the kernel."""
    now = _at(_DAYS * DAY, 3600.0)
    intervals = fold(_CONTRACT, _RHYTHMS, Evidence(), facts, now).intervals
    shares = np.array([[one.shares or 0.0 for one in intervals]])
    begin = np.array([[one.start.timestamp() for one in intervals]])
    seconds = np.array([[one.end.timestamp() for one in intervals]]) - begin
    boundary = _SHARES * (1.0 - _TOLERANCE) / POLL
    promise: Values = np.array([1.0 / (1.0 - _TOLERANCE)])
    course = watch(
        shares, boundary * seconds, begin, seconds, promise=promise, false_alarm_seconds=FALSE_ALARM, state=None
    )
    return [one.at - BEGIN for one in course.openings]


def _troubled(seed: int, name: str, batch: int) -> tuple[int, float | None]:
    """False alarms in a month at the boundary, and hours until a fall by a quarter is found."""
    chance = draw(seed, "answers", name, batch)
    boundary = _SHARES * (1.0 - _TOLERANCE)
    honest = sellers.counted(chance, sellers.steady(1, _DAYS * DAY), boundary)[0]
    fallen = sellers.from_then_on(1, _DAYS * DAY, begins=_FALL, level=0.75)
    short = sellers.counted(chance, fallen, _SHARES)[0]
    alarms = len(_openings(_answers(chance, honest, _TROUBLES[name])))
    found = [one for one in _openings(_answers(chance, short, _TROUBLES[name])) if one > _FALL * POLL]
    return alarms, min(found) / 3600.0 - _FALL * POLL / 3600.0 if found else None


def _troubled_rows(name: str, parts: list[tuple[int, float | None]]) -> list[Row]:
    waits = [wait for _, wait in parts if wait is not None]
    late = len(parts) - len(waits)
    note = f"25 % short found after {np.mean(waits):.2f} h" if waits else "25 % short never found"
    note += f", {late} of {len(parts)} not in 10 d" if late and waits else ""
    years = len(parts) * _DAYS / 365.25
    return [rate("6", f"false alarms: through the fold, {name}", sum(one for one, _ in parts), years, 0.1, note)]


def _averages(shares: Counts, hours: float, averaging: Averaging) -> Iterable[Fact]:
    """What a page shows every poll, with three digits."""
    mean = (sellers.rolling if averaging == "rolling" else sellers.decaying)(shares[None, :], hours=hours)
    for step, value in enumerate(sellers.shown(mean * _SHARE / POLL)[0].tolist()):
        end = _at(step + 1)
        window = timedelta(hours=hours)
        seen = RateSeen(at=end, per_second=value, window=window, averaging=averaging, quantisation=5e-3)
        yield _fact(step + 1, end, seen)


def _shown_only(seed: int, name: str, level: float, batch: int) -> tuple[int, Counter[str]]:
    """Problems of the hashrate told in ten days by day-long turns, and the outcome at each day's end."""
    chance = draw(seed, "averages", name, level, batch)
    hours, averaging = _AVERAGES[name]
    shares = sellers.counted(chance, sellers.steady(1, 10 * DAY, level), _SHARES * (1.0 - _TOLERANCE))[0]
    facts = list(_averages(shares, hours, averaging))
    standing, told, outcomes = Standing(subject="north"), 0, Counter[str]()
    for day in range(10):
        new = facts[day * DAY : (day + 1) * DAY]
        result = review(_CONTRACT, standing, new, _at((day + 1) * DAY), World(rhythms=_RHYTHMS))
        standing = result.standing
        told += sum(one.check == "hashrate" and one.change.value == "opened" for one in result.transitions)
        outcomes[standing.verdicts["hashrate"].outcome.value] += 1
    return told, outcomes


def _shown_rows(name: str, parts: list[tuple[int, Counter[str]]], fallen: bool) -> list[Row]:
    outcomes = sum((one for _, one in parts), Counter[str]())
    said = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
    years = len(parts) * 10 / 365.25
    scenario = (
        f"averages only, {name}, 3 digits: {'openings, half missing' if fallen else 'false alarms at the boundary'}"
    )
    return [rate("6", scenario, sum(told for told, _ in parts), years, None if fallen else 0.1, f"each day: {said}")]


def _honest_shown(name: str, parts: list[tuple[int, Counter[str]]]) -> list[Row]:
    return _shown_rows(name, parts, fallen=False)


def _fallen_shown(name: str, parts: list[tuple[int, Counter[str]]]) -> list[Row]:
    return _shown_rows(name, parts, fallen=True)


def jobs(seed: int, size: Size) -> list[Job]:
    """Each trouble over some contract-months, and pages that show averages only."""
    found = [
        Job(work=partial(_troubled, seed, name), batches=size.month_contracts, rows=partial(_troubled_rows, name))
        for name in _TROUBLES
    ]
    for name in _AVERAGES:
        for level, rows in ((1.0, _honest_shown), (0.5, _fallen_shown)):
            batches = max(1, size.month_contracts // 6)
            found.append(Job(work=partial(_shown_only, seed, name, level), batches=batches, rows=partial(rows, name)))
    return found
