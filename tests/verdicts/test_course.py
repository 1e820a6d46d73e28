import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.verdicts.wanderers import wandering
from verifier.verdicts.alarm import Alarm, look
from verifier.verdicts.course import Course, Opening, Track, follow, watch
from verifier.verdicts.spans import Span
from verifier.verdicts.statistics import Array, Counts

YEARS = 10 * 365.25 * 86_400
POLL = 300.0
DAY = 288
MEAN = 60.0
STATE = TypeAdapter(Alarm)


def course(shares: Array, state: Course | None = None, begin: int = 0, mean: float = MEAN, **seen: Array) -> Course:
    """Contracts polled every 5 minutes, promised 2 % more than the boundary."""
    start = np.broadcast_to((begin + np.arange(shares.shape[1], dtype=np.float64)) * POLL, shares.shape)
    return watch(
        shares,
        np.full(shares.shape, mean),
        start,
        seen.get("seconds", np.full(shares.shape, POLL)),
        promise=np.full(len(shares), 1.02),
        false_alarm_seconds=YEARS,
        state=None if state is None else state.state,
    )


def sold(level: Array, seed: int, contracts: int = 1, mean: float = MEAN) -> Array:
    """Shares of sellers at a level of the boundary, step by step."""
    shares = np.random.default_rng(seed).poisson(mean * level, size=(contracts, len(level)))
    return shares.astype(np.float64)


def fallen(before: int, level: float, after: int, end: int = 0) -> Array:
    """Days at the promise, at a level of the boundary, at the promise again."""
    parts = ((before, 1.02), (after, level), (end, 1.02))
    return np.concatenate([np.full(days * DAY, at) for days, at in parts])


def test_an_honest_seller_at_the_boundary_raises_no_alarm_in_a_year() -> None:
    assert course(sold(np.ones(365 * DAY), seed=1)).openings == ()


@pytest.mark.parametrize("noise", [((0.03, 3600.0),), ((0.1, 600.0),)], ids=["3 % for 1 h", "10 % for 10 min"])
def test_an_honest_miner_who_wanders_raises_no_alarm_in_half_a_year(noise: tuple[tuple[float, float], ...]) -> None:
    chance = np.random.default_rng(2)
    level = np.array([wandering(chance, 91 * DAY, POLL, noise) for _ in range(2)])
    assert course(chance.poisson(MEAN * level).astype(np.float64)).openings == ()


@pytest.mark.parametrize(("level", "hours"), [(0.92, 14.0), (0.77, 1.6), (0.5, 0.4), (0.0, 0.09)])
def test_a_shortfall_after_a_month_is_found_about_as_soon_as_counting_allows(level: float, hours: float) -> None:
    found = course(sold(fallen(30, level, 5), seed=3, contracts=4)).openings
    delays = [(one.at - 30 * 86_400.0) / 3600.0 for one in found if one.at > 30 * 86_400.0]
    assert len(delays) == len(found) == 4
    assert np.mean(delays) <= hours


def test_an_opening_says_since_when_how_much_and_how_sure() -> None:
    (one,) = course(sold(fallen(30, 0.8, 2, end=1), seed=4)).openings
    assert abs(one.since - 30 * 86_400.0) < 3600.0
    assert one.size == pytest.approx(1.0 - 0.8 / 1.02, abs=one.size_error)
    assert 0.0 < one.size_error < 0.2
    assert one.evidence >= YEARS
    assert 1.0 <= one.dispersion < 2.0
    assert one.resolved_at is not None
    assert 0.0 < one.resolved_at - 32 * 86_400.0 < 4 * 3600.0


def test_a_seller_who_comes_and_goes_is_found_at_each_first_poll() -> None:
    level = np.full(40 * DAY, 1.02)
    level.reshape(40, DAY)[30:, 240:] = 0.0
    found = course(sold(level, seed=5)).openings
    assert [one.at for one in found] == [(30 + day) * 86_400.0 + 241 * POLL for day in range(10)]
    backs = [one.resolved_at - (31 + day) * 86_400.0 for day, one in enumerate(found) if one.resolved_at is not None]
    assert len(backs) == 9
    assert max(backs) <= 3 * POLL


def test_a_part_of_every_night_does_not_blind_the_alarm() -> None:
    level = np.full(60 * DAY, 1.02)
    level.reshape(60, DAY)[:, :96] *= 0.64
    found = course(sold(level, seed=6)).openings
    nights = {int(one.at // 86_400.0) for one in found}
    assert found[0].at < 7 * 3600.0
    assert len(nights) == 60


def test_a_steady_seller_under_the_line_opens_once() -> None:
    (one,) = course(sold(np.full(120 * DAY, 0.96), seed=7)).openings
    assert one.resolved_at is None


def test_half_hours_up_and_down_around_the_boundary_are_no_shortfall() -> None:
    chance = np.random.default_rng(8)
    halves = np.array([chance.permutation(np.repeat([0.9, 1.1], 24)) for _ in range(60)]).ravel()
    assert course(sold(np.repeat(halves, 6), seed=8)).openings == ()


def test_a_large_farm_that_swings_with_the_sun_is_no_shortfall() -> None:
    # Hour by hour such a swing hardly shows, and of 1,200 shares a minute a dip of 2 % for hours is no chance.
    swing = 1.0 + 0.02 * np.sin(2.0 * math.pi * np.arange(90 * DAY) / DAY)
    assert course(sold(swing, seed=11, mean=6000.0), mean=6000.0).openings == ()


FEW = settings(max_examples=20)
LIVES = st.lists(
    st.tuples(st.sampled_from([1.0, 1.02, 0.9, 0.5, 0.0]), st.integers(min_value=1, max_value=200)),
    min_size=1,
    max_size=5,
)


def lived(life: list[tuple[float, int]], seed: int) -> Array:
    return sold(np.concatenate([np.full(steps, level) for level, steps in life]), seed)


def alike(one: Course, other: Course, earlier: tuple[Opening, ...] = ()) -> None:
    for (track, _), (expected, _) in zip(one.state, other.state, strict=True):
        assert (track.closing or 0.0) == pytest.approx(expected.closing or 0.0, rel=1e-9)
        assert track.evidence == pytest.approx(expected.evidence, rel=1e-9, abs=1e-9)
        assert track.wander == expected.wander
        if track.detector is None or expected.detector is None:
            assert track.detector is expected.detector
            continue
        for field in ("log_evidence", "cusum", "shares", "expected"):
            got, want = getattr(track.detector, field), getattr(expected.detector, field)
            assert got == pytest.approx(want, rel=1e-9, abs=1e-9), field
    told = (*(opening for opening in earlier if opening.resolved_at is not None), *one.openings)
    assert [(opening.at, opening.resolved_at) for opening in told] == [(o.at, o.resolved_at) for o in other.openings]
    assert [o.evidence for o in told] == pytest.approx([o.evidence for o in other.openings], rel=1e-9)


@FEW
@given(life=LIVES, seed=st.integers(0, 9), cut=st.floats(0.0, 1.0))
def test_watching_in_two_calls_equals_one(life: list[tuple[float, int]], seed: int, cut: float) -> None:
    shares = lived(life, seed)
    middle = round(cut * shares.shape[1])
    first = course(shares[:, :middle])
    alike(course(shares[:, middle:], first, begin=middle), course(shares), first.openings)


@FEW
@given(life=LIVES, seed=st.integers(0, 9))
def test_what_is_not_seen_adds_nothing(life: list[tuple[float, int]], seed: int) -> None:
    shares = np.hstack((lived(life, seed), np.full((1, 7), 1e6), lived([(0.5, 9)], seed)))
    seconds = np.full(shares.shape, POLL)
    seconds[:, -16:-9] = 0.0
    before = course(shares[:, :-16])
    after = course(shares[:, -9:], before, begin=shares.shape[1] - 9)
    alike(after, course(shares, seconds=seconds), before.openings)


def test_contracts_do_not_touch_one_another() -> None:
    one, other = sold(fallen(3, 0.5, 1), seed=9), sold(fallen(4, 1.0, 0), seed=10)
    both = course(np.vstack((one, other)))
    assert [replace(opening, contract=0) for opening in both.openings] == [*course(one).openings]
    assert both.state[1][0].wander == course(other).state[0][0].wander


def test_nothing_to_follow_changes_nothing() -> None:
    none = np.empty(0)
    track = Track(evidence=1.0)
    assert list(follow(track, Counts(shares=none, expected=none, start=none, seconds=none), 1.0, 20.0)) == [
        (track, None)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_daemon_step_by_step_and_through_its_memory_equals_the_batch(seed: int) -> None:
    shares = sold(fallen(2, 0.6, 1, end=1), seed)
    alarm, opened, evidence = Alarm(), [], []
    for number, x in enumerate(shares[0].tolist()):
        span = Span(
            start=number * POLL,
            end=(number + 1) * POLL,
            seen=POLL,
            hashes=x * 7.0,
            promised=1.02 * MEAN * 7.0,
            boundary=MEAN * 7.0,
            noise=MEAN * 49.0,
        )
        before = alarm.problem
        alarm = STATE.validate_json(STATE.dump_json(look(alarm, span, YEARS)))
        if before is None and alarm.problem is not None:
            opened.append(alarm.problem)
        evidence.append(alarm.evidence)
    whole = course(shares)
    ((track, _),) = whole.state
    assert [one.opened_at.timestamp() for one in opened] == [one.at for one in whole.openings]
    assert [one.delivered.start for one in opened] == [one.since for one in whole.openings]
    assert [one.dispersion for one in opened] == pytest.approx([one.dispersion for one in whole.openings], rel=1e-9)
    assert alarm.evidence == pytest.approx(track.evidence, rel=1e-9)
    assert alarm.wander == track.wander
    assert math.isfinite(sum(evidence))
