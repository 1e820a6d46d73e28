"""A pool that changes its unit is not a miner that stopped."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.daemon.installed import NORTH, Pools
from tests.daemon.judged import START
from verifier.daemon.asking import Landed, Line, ask
from verifier.daemon.scales import believed, scales, shrunk
from verifier.observation import (
    Observation,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.wire import Wire

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def shown(*rates: float) -> list[Observation]:
    """Averages over an hour of so many workers."""
    return [
        RateSeen(worker=f"rig{number}", at=START, per_second=rate, window=HOUR) for number, rate in enumerate(rates)
    ]


@pytest.mark.parametrize(
    ("after", "prefixes"),
    [
        ((1e12, 2e12), 1),
        ((0.97e12, 2.6e12), 1),
        ((1e9, 2e9), 2),
        ((0.0, 2e12), 1),
        ((1e15, 2e15), None),
        ((1e12, 2e15), None),
        ((0.8e12, 1.6e12), None),
        ((0.0, 0.0), None),
        ((1e18, 2e18), None),
    ],
    ids=["a thousand", "with noise", "a million", "one is off", "the same", "one of two", "less", "stopped", "upward"],
)
def test_only_a_common_power_of_a_thousand_is_a_unit(after: tuple[float, ...], prefixes: int | None) -> None:
    assert shrunk(scales(shown(1e15, 2e15)), scales(shown(*after))) == prefixes


def test_counters_and_slots_have_a_scale_too() -> None:
    def counted(hashes: float) -> list[Observation]:
        slots = [
            WorkSeen(start=START - 2 * HOUR, end=START - HOUR, hashes=5.0),
            WorkSeen(start=START - HOUR, end=START, hashes=hashes),
        ]
        return [WorkSeen(end=START, hashes=hashes), *slots]

    assert shrunk(scales(counted(1e18)), scales(counted(1e15))) == 1


@given(st.lists(st.floats(1.0, 1e20), min_size=1, max_size=5), st.floats(0.0, 1.0))
def test_what_fell_by_less_than_half_a_thousand_is_always_believed(rates: list[float], left: float) -> None:
    assert shrunk(scales(shown(*rates)), scales(shown(*(rate * max(left, 0.002) for rate in rates)))) is None


async def answered(simulated: Pools) -> Landed:
    simulated.write(NORTH)
    line = Line.to(simulated.read().accounts["pool"])
    async with Wire(simulated.clock, read_timeout=2.0) as wire:
        return await ask(wire, line, line.configured.source.question("now"), None, simulated.clock.now())


async def test_such_an_answer_is_kept_and_not_judged(simulated: Pools) -> None:
    landed = await answered(simulated)
    before = {of: 1000 * figure for of, figure in scales(landed.observations).items()}
    assert before
    doubted = believed(landed, before)
    assert doubted.failure is SilenceReason.IMPLAUSIBLE
    fact, (answer,) = doubted.remembered(1, simulated.clock.now())
    assert answer.fate == "implausible"
    assert answer.body, "the answer itself is evidence"
    (silence,) = fact.observations
    assert "1,000 times smaller" in getattr(silence, "detail", "")
    assert believed(landed, None) is landed
    assert believed(landed, scales(landed.observations)) is landed


async def test_where_nobody_is_connected_little_may_be_true(simulated: Pools) -> None:
    landed = await answered(simulated)
    before = {of: 1000 * figure for of, figure in scales(landed.observations).items()}
    gone = WorkersSeen(at=START, workers=(WorkerState(name="rig", presence=WorkerPresence.OFFLINE),))
    others = tuple(one for one in landed.observations if not isinstance(one, WorkersSeen))
    stopped = Landed(
        line=landed.line,
        question=landed.question,
        asked_at=landed.asked_at,
        observations=(*others, gone),
        exchanges=landed.exchanges,
        failure=None,
        seconds=0.0,
    )
    assert believed(stopped, before) is stopped
