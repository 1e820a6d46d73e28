"""Intervals of a count: how often they miss, for one look and for all looks together."""

from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.verdicts.confidence import exact, gamma_above, gamma_below, running, sequence, smallest_visible
from verifier.verdicts.statistics import poisson_interval

counts = st.floats(min_value=0.0, max_value=1e7)
alphas = st.floats(min_value=1e-6, max_value=0.3)
sizes = st.floats(min_value=1.0, max_value=1e7)


def at_most(count: int, mean: float) -> float:
    return sum(exp(-mean) * mean**k / factorial(k) for k in range(count + 1))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 20, 60])
@pytest.mark.parametrize("alpha", [0.05, 0.01, 1e-5])
def test_the_ends_of_one_look_leave_half_of_alpha_outside_each(count: int, alpha: float) -> None:
    low, high = exact(count, alpha)
    assert at_most(count, high) == pytest.approx(alpha / 2, rel=1e-8)
    if count:
        assert at_most(count - 1, low) == pytest.approx(1 - alpha / 2, rel=1e-9)
    else:
        assert low == 0.0


def test_published_limits_are_met() -> None:
    # Garwood 1936, 95 % and 99 % limits of a Poisson mean.
    assert exact(3, 0.05) == pytest.approx((0.6187, 8.7673), abs=1e-4)
    assert exact(10, 0.01) == pytest.approx((3.7169, 21.3978), abs=1e-4)


def test_the_approximation_of_other_intervals_errs_to_the_safe_side() -> None:
    for count in (0, 1, 2, 3, 5, 10, 100, 1_000, 50_000):
        low, high = exact(count, 0.01)
        rough = poisson_interval(count)
        assert rough[0] <= low
        assert high <= rough[1] <= 1.0075 * high


def test_hardly_more_than_nothing_has_a_lower_end_too() -> None:
    low, high = exact(0.5, 0.05)
    assert gamma_below(0.5, low) == pytest.approx(0.025)
    assert gamma_above(1.5, high) == pytest.approx(0.025)


def test_where_counts_are_large_the_approximation_takes_over_without_a_step() -> None:
    below, above = exact(99_990, 0.01), exact(100_010, 0.01)
    assert above[0] - below[0] == pytest.approx(20, rel=0.01)
    assert above[1] - below[1] == pytest.approx(20, rel=0.01)


@given(shape=st.floats(min_value=0.01, max_value=5e3), part=st.floats(min_value=0.01, max_value=3.0))
@settings(max_examples=50)
def test_what_is_not_below_is_above(shape: float, part: float) -> None:
    below, above = gamma_below(shape, shape * part), gamma_above(shape, shape * part)
    assert below + above == pytest.approx(1.0)
    assert -1e-12 <= below <= 1.0 + 1e-12


def test_nothing_is_below_zero() -> None:
    assert (gamma_below(2.0, 0.0), gamma_above(2.0, 0.0)) == (0.0, 1.0)


@given(count=counts, alpha=alphas, tuned_to=sizes)
@settings(max_examples=50)
def test_an_interval_holds_its_own_count(count: float, alpha: float, tuned_to: float) -> None:
    for low, high in (exact(count, alpha), sequence(count, alpha, tuned_to), running(count, alpha, tuned_to)):
        assert 0.0 <= low <= count <= high


@given(count=counts, alpha=alphas, tuned_to=sizes)
@settings(max_examples=50)
def test_a_smaller_error_rate_makes_a_wider_interval(count: float, alpha: float, tuned_to: float) -> None:
    for narrow, wide in (
        (exact(count, alpha), exact(count, alpha / 2)),
        (sequence(count, alpha, tuned_to), sequence(count, alpha / 2, tuned_to)),
    ):
        assert wide[0] <= narrow[0]
        assert narrow[1] <= wide[1]


@given(count=counts, more=st.floats(min_value=0.0, max_value=1e5), alpha=alphas, tuned_to=sizes)
@settings(max_examples=50)
def test_more_shares_move_both_ends_up(count: float, more: float, alpha: float, tuned_to: float) -> None:
    for one, other in (
        (exact(count, alpha), exact(count + more, alpha)),
        (sequence(count, alpha, tuned_to), sequence(count + more, alpha, tuned_to)),
    ):
        assert one[0] <= other[0] * (1 + 1e-9) + 1e-9
        assert one[1] <= other[1] * (1 + 1e-9) + 1e-9


@given(alpha=alphas, tuned_to=sizes)
@settings(max_examples=30)
def test_one_look_is_narrower_than_all_looks(alpha: float, tuned_to: float) -> None:
    one, every = exact(tuned_to, alpha), sequence(tuned_to, alpha, tuned_to)
    assert one[1] - one[0] < every[1] - every[0] < 2.2 * (one[1] - one[0]) + 8.0


def test_columns_give_what_each_row_gives() -> None:
    count, tuned_to = np.array([[0.0, 7.0], [300.0, 4e5]]), np.array([[10.0], [1e5]])
    low, high = sequence(count, 0.01, tuned_to)
    for row, column in np.ndindex(2, 2):
        alone = sequence(count[row, column], 0.01, tuned_to[row, 0])
        assert (low[row, column], high[row, column]) == pytest.approx((float(alone[0]), float(alone[1])))
        assert running(float(count[row, column]), 0.01, float(tuned_to[row, 0])) == pytest.approx(alone)


@pytest.mark.parametrize("alpha", [0.01, 0.1])
def test_watched_at_every_look_the_truth_is_missed_no_more_often_than_promised(alpha: float) -> None:
    """Wandering honest rates: the truth is the work that was really done, not the rate that brought it."""
    chance = np.random.default_rng(7)
    contracts, looks = 1_000, 600
    wander = 1.0 + 0.2 * np.sin(np.arange(looks) / 40.0) * chance.normal(size=(contracts, 1))
    means = 3.0 * np.maximum(wander, 0.1)
    counted, truth = chance.poisson(means).cumsum(axis=1), means.cumsum(axis=1)
    low, high = sequence(counted, alpha, 3.0 * looks)
    missed = ((truth < low) | (truth > high)).any(axis=1).mean()
    assert missed <= alpha
    once = ((truth < low) | (truth > high)).mean()
    assert once < missed or missed == 0.0


@given(
    expected=st.floats(min_value=5.0, max_value=1e5), alpha=st.floats(min_value=1e-5, max_value=0.05),
    running=st.booleans(),
)  # fmt: skip
@settings(max_examples=40)
def test_the_smallest_visible_shortfall_is_the_one_that_is_just_seen(
    expected: float, alpha: float, running: bool
) -> None:
    tuned_to = 10 * expected if running else None
    visible = smallest_visible(expected, alpha, tuned_to)
    if visible == 1.0:
        return

    def top(shares: float) -> float:
        return exact(shares, alpha)[1] if tuned_to is None else float(sequence(shares, alpha, tuned_to)[1])

    assert top(expected * (1.0 - visible)) <= expected * (1 + 1e-9)
    assert top(expected * (1.0 - visible + 1e-4)) > expected


def test_a_span_that_could_show_nothing_says_so() -> None:
    assert smallest_visible(0.0, 0.01) == 1.0
    assert smallest_visible(4.0, 0.01) == 1.0
    assert smallest_visible(4.0, 0.01, tuned_to=1e5) == 1.0
    assert smallest_visible(2e6, 0.01) == pytest.approx(2.576 / 2e6**0.5, rel=0.01)
