"""Sellers in numbers: what each of them delivers on average, how it varies, and what polling makes of it."""

import numpy as np
import pytest

from verifier.simulator import sellers
from verifier.simulator.sellers import DAY, HOUR
from verifier.simulator.truth import draw

WEEK = 7 * DAY


def test_the_same_key_is_the_same_seller_for_ever() -> None:
    one, again = (sellers.wander(draw(7, "north"), 3, DAY, spread=0.03, hours=1) for _ in range(2))
    other = sellers.wander(draw(8, "north"), 3, DAY, spread=0.03, hours=1)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_shares_are_counted_by_chance_around_the_level() -> None:
    shares = sellers.counted(draw(1, "shares"), sellers.steady(50, WEEK, 0.9), 60.0)
    assert shares.shape == (50, WEEK)
    assert shares.mean() == pytest.approx(54.0, abs=0.1)
    assert shares.var() == pytest.approx(54.0, rel=0.03)


@pytest.mark.parametrize(("spread", "hours"), [(0.03, 1.0), (0.10, 1 / 6), (0.03, 3.0)])
def test_wander_has_the_spread_and_the_memory_it_is_asked_for(spread: float, hours: float) -> None:
    level = sellers.wander(draw(2, spread), 60, 4 * WEEK, spread=spread, hours=hours)
    lag = round(hours * HOUR)
    apart = level - 1.0
    assert level.mean() == pytest.approx(1.0, abs=0.003)
    assert level.std() == pytest.approx(spread, rel=0.05)
    assert (apart[:, lag:] * apart[:, :-lag]).mean() / spread**2 == pytest.approx(np.exp(-1.0), abs=0.05)


def test_a_day_goes_up_and_down_and_is_full_in_the_mean() -> None:
    level = sellers.daily(draw(3), 20, WEEK, depth=0.02)
    assert level.max() == pytest.approx(1.02, abs=1e-4)
    assert np.allclose(level.reshape(20, 7, DAY).mean(axis=2), 1.0)


def test_even_days_are_exact_in_the_mean_of_every_day_and_no_two_alike() -> None:
    level = sellers.even_days(draw(4), 5, 10 * DAY, spread=0.1)
    assert np.allclose(level.reshape(5, 10, DAY).mean(axis=2), 1.0)
    assert np.allclose(level.reshape(5, -1, 6), level.reshape(5, -1, 6)[:, :, :1])
    assert not np.array_equal(level[:, :DAY], level[:, DAY : 2 * DAY])


@pytest.mark.parametrize(
    ("every", "short", "level", "mean"),
    [(24, 4, 0.0, 5 / 6), (24, 8, 0.64, 0.88), (8, 1, 0.36, 0.92), (192, 24, 0.36, 0.92), (168, 48, 0.72, 0.92)],
)
def test_sellers_that_come_and_go_deliver_their_mean(every: float, short: float, level: float, mean: float) -> None:
    delivered = sellers.part_time(2, round(every * HOUR) * 6, every=every, short=short, level=level, begins=1.0)
    assert delivered.mean() == pytest.approx(mean)
    assert delivered[0, 0] == (1.0 if short < every - 1 else level)
    assert delivered[0, HOUR] == level


def test_a_slide_and_a_change_do_what_they_say() -> None:
    assert sellers.slide(1, 11 * DAY, per_day=0.01)[0, 10 * DAY] == pytest.approx(0.9)
    assert sellers.slide(1, 11 * DAY, per_day=0.5).min() == 0.0
    assert sellers.from_then_on(1, 10, begins=4, level=0.5)[0].tolist() == [1.0] * 4 + [0.5] * 6


@pytest.mark.parametrize("part", [0.05, 0.6])
def test_gaps_take_the_part_of_time_they_are_asked_for_and_lose_no_counter(part: float) -> None:
    seen = sellers.gaps(draw(5, part), 40, 4 * WEEK, part=part)
    shares = sellers.counted(draw(6), sellers.steady(40, 4 * WEEK), 60.0)
    counted = sellers.across_gaps(shares, seen)
    assert seen.mean() == pytest.approx(1.0 - part, abs=0.02)
    assert not counted[~seen].any()
    for row, mask, truth in zip(counted, seen, shares, strict=True):
        assert row.sum() == truth[: np.flatnonzero(mask)[-1] + 1].sum()


def test_a_counter_counts_all_and_one_that_starts_anew_loses_about_half_a_poll() -> None:
    shares = sellers.counted(draw(7), sellers.steady(40, 4 * WEEK), 60.0)
    assert np.array_equal(np.diff(sellers.counters(draw(8), shares), axis=1), shares)
    counter = sellers.counters(draw(8), shares, every=10.0)
    since = np.where(np.diff(counter, axis=1) < 0, counter[:, 1:], np.diff(counter, axis=1))
    assert (since <= shares).all()
    assert 1.0 - since.sum() / shares.sum() == pytest.approx(0.5 / 120, rel=0.1)


def test_disorder_tells_every_answer_and_some_of_them_twice() -> None:
    order = sellers.disorder(draw(9), WEEK, late=0.2, hours=3.0, twice=0.1)
    assert set(order) == set(range(WEEK))
    assert len(order) / WEEK == pytest.approx(1.1, abs=0.03)
    assert (np.diff(order) < 0).any()
    assert sellers.disorder(draw(9), 10).tolist() == list(range(10))


def test_a_clock_that_is_set_anew_stays_within_its_bounds() -> None:
    off = sellers.clock_steps(draw(10), WEEK, every=12.0, seconds=90.0)
    assert np.abs(off).max() <= 90.0
    assert 5 <= (np.diff(off) != 0).sum() <= 30


def test_averages_lag_and_are_rounded() -> None:
    level = sellers.from_then_on(1, 2 * DAY, begins=DAY, level=0.5)
    rolling, decaying = sellers.rolling(level, hours=1), sellers.decaying(level, hours=1)
    assert rolling[0, DAY - 1] == pytest.approx(1.0)
    assert rolling[0, DAY + 5] == pytest.approx(0.75)
    assert rolling[0, -1] == pytest.approx(0.5)
    assert decaying[0, 11] == pytest.approx(1.0 - np.exp(-1.0))
    assert decaying[0, -1] == pytest.approx(0.5, abs=1e-9)
    values = np.array([0.0, 9.4149, 94149.0, 0.0094151])
    assert sellers.shown(values).tolist() == pytest.approx([0.0, 9.41, 94100.0, 0.00942])
