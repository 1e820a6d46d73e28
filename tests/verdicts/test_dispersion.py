import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.wanderers import wandering
from verifier.verdicts.dispersion import (
    ALLOWED,
    HOUR,
    SLOT,
    Wander,
    bounds,
    broken_off,
    dispersions,
    learnt,
    slot_of,
    turned,
    watched,
)
from verifier.verdicts.statistics import RETURNS, SHORTFALLS, Array, Counts

TEN_YEARS = math.log(10 * 365.25 * 86_400)
POLL = 300.0
PER_SLOT = int(SLOT / POLL)


def polls(shares: Array, mean: float, begin: float = 0.0) -> Counts:
    steps = np.arange(len(shares), dtype=np.float64)
    ones = np.ones(len(shares))
    return Counts(shares=shares, expected=mean * ones, start=begin + steps * POLL, seconds=POLL * ones)


def taught(shares: Array, mean: float, begin: float = 0.0, allowed: float = ALLOWED) -> Wander:
    """What is known when the slot after the last poll begins."""
    wander, seen = Wander(), polls(shares, mean, begin)
    for first in range(0, len(shares), PER_SLOT):
        part = seen.part(first, min(first + PER_SLOT, len(shares)))
        wander = watched(turned(wander, slot_of(float(part.start[0])), allowed), part)
    return turned(wander, wander.slot + 1, allowed)


def days(number: int, seed: int, *noise: tuple[float, float], mean: float = 60.0) -> Array:
    """Shares of a seller at the boundary whose rate wanders by (standard deviation, correlation in seconds)."""
    chance = np.random.default_rng(seed)
    rate = wandering(chance, number * 4 * PER_SLOT, POLL, noise)
    return chance.poisson(mean * rate).astype(np.float64)


def test_a_stranger_is_believed_to_wander_as_much_as_is_allowed() -> None:
    sigma2, omega = learnt(Wander(), ALLOWED)
    assert omega == pytest.approx(14.7, abs=0.1)
    assert 0.0009 < sigma2 < 0.0025
    assert learnt(Wander(), 0.01) == pytest.approx(bounds(0.01))
    assert bounds(0.03) == pytest.approx((0.0144, 19.44))


@pytest.mark.parametrize(
    ("noise", "most", "least"),
    [((), 6.5, 0.0), (((0.03, 3600.0),), 12.0, 5.9), (((0.1, 600.0),), 19.0, 11.8), (((0.3, 3600.0),), 19.45, 19.43)],
    ids=["chance alone", "3 % within an hour", "10 % within ten minutes", "above what is allowed"],
)
def test_slow_wander_is_learnt_within_a_month(
    noise: tuple[tuple[float, float], ...], most: float, least: float
) -> None:
    found = [learnt(taught(days(30, seed, *noise), 60.0), ALLOWED)[1] for seed in range(6)]
    assert least <= np.mean(found) <= most


def test_wander_within_the_hour_is_told_from_none() -> None:
    restless, steady = (
        np.mean([learnt(taught(days(14, seed, *noise), 60.0), ALLOWED)[0] for seed in range(4)])
        for noise in (((0.1, 600.0),), ())
    )
    assert restless > 0.002
    assert steady < 0.0003


def test_a_level_that_is_not_the_boundary_is_no_wander() -> None:
    for level in (0.7, 1.3):
        found = [learnt(taught(days(30, seed, mean=60.0 * level), 60.0), ALLOWED)[1] for seed in range(6)]
        assert np.mean(found) < 8.0


def test_one_switch_teaches_little() -> None:
    switch = days(20, 3)
    switch[len(switch) // 2 :] *= 1.2
    assert learnt(taught(switch, 60.0), ALLOWED)[1] < learnt(taught(days(20, 3), 60.0), ALLOWED)[1] + 4.0


def test_bursts_teach_no_more_than_is_allowed() -> None:
    bursts = days(20, 4)
    bursts.reshape(-1, 288)[:, :96] *= 0.64
    assert learnt(taught(bursts, 60.0), ALLOWED)[1] <= bounds(ALLOWED)[1]
    assert learnt(taught(bursts, 60.0, allowed=0.0), 0.0) == (0.0, 0.0)


def test_what_is_learnt_takes_effect_when_the_quarter_of_the_day_is_over() -> None:
    wander = turned(taught(days(3, 5), 60.0), 12, ALLOWED)
    seen = watched(wander, polls(days(1, 6, (0.3, 3600.0))[: PER_SLOT - 1], 60.0, begin=12 * SLOT))
    assert learnt(seen, ALLOWED) == learnt(wander, ALLOWED)
    after = turned(seen, 13, ALLOWED)
    assert after.short.count > wander.short.count
    assert learnt(after, ALLOWED) != learnt(wander, ALLOWED)


def test_a_quarter_seen_less_than_half_or_after_a_gap_or_a_problem_has_no_neighbour() -> None:
    known = taught(days(4, 7), 60.0)
    some = polls(days(1, 8)[: PER_SLOT // 3], 60.0, begin=known.slot * SLOT)
    assert turned(watched(known, some), known.slot + 1, ALLOWED).quarter is None
    assert turned(known, known.slot + 3, ALLOWED).half is None
    off = broken_off(watched(known, polls(days(1, 8)[:PER_SLOT], 60.0, begin=known.slot * SLOT)))
    later = turned(off, known.slot + 1, ALLOWED)
    assert (later.hour, later.quarter, later.half) == (None, None, None)
    assert later.long.count < known.long.count


def test_two_months_of_silence_let_what_was_learnt_fade() -> None:
    known = taught(days(20, 9), 60.0)
    assert turned(known, known.slot + 240, ALLOWED).long.weight == pytest.approx(known.long.weight / math.e)


def test_hours_are_filled_by_their_time_and_not_by_the_rhythm_of_polling() -> None:
    shares = days(1, 10)[:PER_SLOT]
    coarse = Counts(
        shares=shares.reshape(-1, 12).sum(axis=1),
        expected=np.full(6, 720.0),
        start=np.arange(6, dtype=np.float64) * HOUR,
        seconds=np.full(6, HOUR),
    )
    one, other = (turned(watched(turned(Wander(), 0, 0.03), c), 1, 0.03) for c in (polls(shares, 60.0), coarse))
    assert one == other


@given(
    sigma2=st.floats(0.0, 0.0144),
    omega=st.floats(0.0, 60.0),
    mean=st.floats(0.01, 1e5),
    grid=st.sampled_from([SHORTFALLS, RETURNS]),
)
def test_dispersion_is_bounded_by_slow_wander_and_a_larger_change_has_less(
    sigma2: float, omega: float, mean: float, grid: Array
) -> None:
    (phi,) = dispersions(grid, TEN_YEARS, (sigma2, omega), polls(np.array([mean]), mean))
    assert np.all(phi >= 1.0)
    assert np.all(phi <= 1.0 + omega * mean / POLL + 1e-9)
    assert np.all(np.diff(phi) <= 1e-9)


def test_dispersion_is_one_without_wander_and_one_row_where_all_steps_are_alike() -> None:
    seen = polls(np.full(5, 60.0), 60.0)
    assert np.array_equal(dispersions(SHORTFALLS, TEN_YEARS, (0.0, 0.0), seen), np.ones((1, 24)))
    changed = replace(seen, expected=np.array([60.0, 60.0, 60.0, 60.0, 30.0]))
    rows = dispersions(SHORTFALLS, TEN_YEARS, (0.001, 5.0), changed)
    assert rows.shape == (5, 24)
    assert np.array_equal(rows[:1], dispersions(SHORTFALLS, TEN_YEARS, (0.001, 5.0), seen))


def test_big_drops_are_not_dulled_by_slow_wander() -> None:
    (phi,) = dispersions(SHORTFALLS, TEN_YEARS, (0.0005, 19.0), polls(np.array([6000.0]), 6000.0))
    assert phi[0] == pytest.approx(1 + 19 * 20)
    assert phi[-1] < 20.0
