import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.verdicts.statistics import (
    RETURNS,
    SHORTFALLS,
    Array,
    Counts,
    Detector,
    advance,
    bets,
    change_point,
    gamma_quantile,
    log_likelihood_ratio,
    log_mean,
    poisson_interval,
    smallest_visible,
)

TEN_YEARS = math.log(10 * 365.25 * 86_400)
series = st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=12)


def counts(shares: object, mean: float, seconds: float = 600.0, begin: int = 0) -> Counts:
    column = np.asarray(shares, dtype=float)
    steps = begin + np.arange(len(column), dtype=np.float64)
    ones = np.ones(len(column))
    return Counts(shares=column, expected=mean * ones, start=steps * seconds, seconds=seconds * ones)


def watch(shares: object, mean: float, seconds: float = 600.0, alternatives: Array = SHORTFALLS) -> Detector:
    """All intervals at once, whatever the evidence."""
    seen = counts(shares, mean, seconds)
    return advance(Detector.fresh(0.0), seen, log_likelihood_ratio(seen, bets(alternatives)), math.inf)[0]


def evidence(detector: Detector) -> float:
    return float(log_mean(detector.log_evidence[None])[0])


def hours_to_alarm(contracts: int, slots: int, mean: float, level: float, seed: int, split: int = 1) -> Array:
    """Hours until the alarm per simulated contract, 10-minute slots polled ``split`` times each; NaN: none."""
    chance, seconds, found = np.random.default_rng(seed), 600.0 / split, []
    for shares in chance.poisson(mean * level / split, size=(contracts, slots * split)):
        seen = counts(shares, mean / split, seconds)
        gain = log_likelihood_ratio(seen, bets(SHORTFALLS))
        _, used, reached = advance(Detector.fresh(0.0), seen, gain, TEN_YEARS)
        found.append(used * seconds / 3600.0 if reached >= TEN_YEARS else math.nan)
    return np.array(found)


def test_the_grid_has_24_alternatives_from_1_to_97_percent() -> None:
    assert len(SHORTFALLS) == len(RETURNS) == 24
    assert SHORTFALLS[0] == pytest.approx(0.99)
    assert SHORTFALLS[-1] == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("level", "hours"), [(0.92 / 0.95, 60.0), (0.9, 8.0), (0.75, 1.5), (0.5, 0.5), (0.0, 10.0 / 60.0)]
)
def test_a_shortfall_is_found_about_as_soon_as_counting_allows(level: float, hours: float) -> None:
    assert hours_to_alarm(contracts=40, slots=144 * 10, mean=100.0, level=level, seed=2).mean() <= hours


def test_polling_faster_finds_no_later_and_alarms_no_more() -> None:
    slow = hours_to_alarm(contracts=25, slots=144 * 5, mean=100.0, level=0.85, seed=3).mean()
    fast = hours_to_alarm(contracts=25, slots=144 * 5, mean=100.0, level=0.85, seed=3, split=10).mean()
    assert fast <= slow
    assert fast == pytest.approx(slow, rel=0.25)
    assert np.isnan(hours_to_alarm(contracts=25, slots=144 * 5, mean=100.0, level=1.0, seed=4, split=10)).all()


@pytest.mark.parametrize("dispersion", [1.0, 1.5, 4.0])
def test_a_bet_on_the_boundary_gains_nothing_on_average(dispersion: float) -> None:
    mean, chance = 50.0, np.random.default_rng(5)
    wander = chance.normal(mean, math.sqrt(mean * (dispersion - 1.0)), size=400_000)
    shares = chance.poisson(np.maximum(wander, 0.0))
    bet = bets(np.array([0.95, 0.9]), dispersion)
    factors = np.exp(log_likelihood_ratio(counts(shares, mean), bet, dispersion)).mean(axis=0)
    assert np.all(factors < 1.02)
    assert np.all(factors > 0.9)


@given(dispersion=st.floats(min_value=1.0, max_value=50.0))
def test_more_wander_bets_less(dispersion: float) -> None:
    assert np.all(bets(SHORTFALLS, dispersion) <= bets(SHORTFALLS) + 1e-12)
    assert np.allclose(bets(SHORTFALLS, 1.0), 1.0 - SHORTFALLS)


@given(shares=series, mean=st.floats(min_value=0.1, max_value=200.0))
def test_intervals_one_by_one_equal_all_at_once(shares: list[int], mean: float) -> None:
    whole, one = watch(shares, mean), Detector.fresh(0.0)
    for number, x in enumerate(shares):
        seen = counts([x], mean, begin=number)
        one, _, _ = advance(one, seen, log_likelihood_ratio(seen, bets(SHORTFALLS)), math.inf)
    for field in ("log_evidence", "cusum", "shares", "expected"):
        assert getattr(one, field) == pytest.approx(getattr(whole, field), rel=1e-9, abs=1e-9), field


def test_the_alarm_comes_at_the_first_interval_that_says_enough() -> None:
    dead = counts([100] * 40 + [0] * 40, 100.0)
    gain = log_likelihood_ratio(dead, bets(SHORTFALLS))
    moved, used, reached = advance(Detector.fresh(0.0), dead, gain, TEN_YEARS)
    assert used == 41
    assert reached >= TEN_YEARS
    assert evidence(watch([100] * 40, 100.0)) < TEN_YEARS
    assert change_point(moved)[1:] == (40 * 600.0, 0.0, 100.0)


@given(shares=st.integers(min_value=0, max_value=500), mean=st.floats(min_value=0.1, max_value=400.0))
def test_splitting_an_interval_conserves_its_likelihood(shares: int, mean: float) -> None:
    whole = log_likelihood_ratio(counts([shares], mean), bets(SHORTFALLS))
    parts = log_likelihood_ratio(counts([shares / 4] * 4, mean / 4), bets(SHORTFALLS)).sum(axis=0)
    assert np.allclose(whole, parts)


@given(shares=series, less=st.integers(min_value=1, max_value=50))
def test_fewer_shares_are_never_less_evidence(shares: list[int], less: int) -> None:
    fewer = [max(0, x - less) for x in shares]
    assert evidence(watch(fewer, 100.0)) >= evidence(watch(shares, 100.0)) - 1e-9


@given(shares=series, unit=st.floats(min_value=0.01, max_value=1000.0))
def test_the_unit_of_time_only_shifts_the_evidence(shares: list[int], unit: float) -> None:
    one, other = (evidence(watch(shares, 100.0, seconds)) for seconds in (600.0, 600.0 * unit))
    assert other - one == pytest.approx(math.log(unit), abs=1e-6)


def test_years_of_nothing_and_of_too_much_do_not_overflow() -> None:
    detector = watch([0.0] * 100 + [5e7] * 100, 1e7)
    assert np.isfinite(detector.log_evidence).all()
    assert np.isfinite(evidence(watch([0.0] * 100, 1e7)))


def test_the_change_point_is_the_start_of_the_drop() -> None:
    _, start, shares, expected = change_point(watch([100] * 50 + [60] * 6, 100.0))
    assert start == 50 * 600.0
    assert shares / expected == pytest.approx(0.6)


def test_returns_are_found_by_the_same_kernel() -> None:
    assert evidence(watch([100] * 3, 50.0, alternatives=RETURNS)) > math.log(30 * 86_400)


# exact values: Garwood (1936), two-sided 99 %
@pytest.mark.parametrize(
    ("shares", "low", "high"),
    [(0, 0.0, 5.298), (1, 0.005, 7.430), (5, 1.078, 14.150), (10, 3.717, 21.398), (100, 76.12, 128.76)],
)
def test_the_poisson_interval_agrees_with_the_exact_one(shares: int, low: float, high: float) -> None:
    got_low, got_high = poisson_interval(shares)
    assert got_high == pytest.approx(high, rel=0.01)
    assert got_low == pytest.approx(low, rel=0.01, abs=0.06)


@given(shares=st.floats(min_value=0.0, max_value=1e9))
def test_an_interval_contains_what_was_counted(shares: float) -> None:
    low, high = poisson_interval(shares)
    assert 0.0 <= low <= shares < high


def test_gamma_quantiles_grow_with_their_probability() -> None:
    assert gamma_quantile(10.0, -1.0) < gamma_quantile(10.0, 0.0) < gamma_quantile(10.0, 1.0)


def test_the_interval_contains_the_truth_99_times_in_100() -> None:
    shares = np.random.default_rng(6).poisson(30.0, size=20_000)
    intervals = map(poisson_interval, shares.tolist())
    assert sum(low <= 30.0 <= high for low, high in intervals) >= 0.989 * len(shares)


def test_a_short_span_shows_no_small_shortfall() -> None:
    assert smallest_visible(4.0) == 1.0
    assert smallest_visible(0.0) == 1.0
    assert smallest_visible(100.0) == pytest.approx(0.24, abs=0.03)
    assert smallest_visible(14_400.0) == pytest.approx(0.0213, abs=0.001)
