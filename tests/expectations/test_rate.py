from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.contract import Contract, Exclusion, Promise, Tolerance
from verifier.expectations.rate import in_term, owed
from verifier.units import Hashrate, Window

START = datetime(2026, 11, 1, tzinfo=UTC)
CONTRACT = Contract(
    name="north",
    seller="Northhash",
    starts=START,
    ends=START + timedelta(days=30),
    promises=(
        Promise(since=START, rate=Hashrate(per_second=100e12), tolerance=Tolerance(fraction=0.05)),
        Promise(since=START + timedelta(days=10), rate=Hashrate(per_second=120e12), tolerance=None),
    ),
    watch=(),
)
minutes = st.integers(min_value=-2_000, max_value=50_000)


def window(start: int, end: int) -> Window:
    return Window(start=START + timedelta(minutes=start), end=START + timedelta(minutes=end))


def test_owed_is_rate_times_time() -> None:
    due = owed(CONTRACT, window(0, 60))
    assert due.promised == 100e12 * 3600
    assert due.boundary == pytest.approx(95e12 * 3600)
    assert due.seconds == 3600


def test_an_amendment_splits_the_window() -> None:
    due = owed(CONTRACT, window(14_400 - 60, 14_400 + 60))
    assert due.promised == pytest.approx(220e12 * 3600)
    assert due.boundary == pytest.approx((95e12 + 120e12) * 3600), "a tolerance not stated is zero"


def test_nothing_is_owed_outside_the_term() -> None:
    assert owed(CONTRACT, window(-120, -60)).promised == 0
    assert owed(CONTRACT, window(-60, 60)) == owed(CONTRACT, window(0, 60))
    assert in_term(CONTRACT, window(43_200, 43_300)) is None
    assert in_term(replace(CONTRACT, ends=None), window(43_200, 43_300)) == window(43_200, 43_300)


@given(start=minutes, length=st.integers(min_value=0, max_value=50_000), cut=minutes)
def test_splitting_a_window_conserves_what_is_owed(start: int, length: int, cut: int) -> None:
    whole = window(start, start + length)
    parts = [owed(CONTRACT, part) for part in whole.split(START + timedelta(minutes=cut))]
    due = owed(CONTRACT, whole)
    assert sum(part.promised for part in parts) == pytest.approx(due.promised)
    assert sum(part.boundary for part in parts) == pytest.approx(due.boundary)
    assert sum(part.seconds for part in parts) == pytest.approx(due.seconds)


def left_out(*spans: tuple[int, int]) -> Contract:
    return replace(CONTRACT, exclusions=tuple(Exclusion(window=window(*span), why="maintenance") for span in spans))


def test_what_the_tolerance_leaves_is_owed_whatever_the_user_wishes_to_hear_of() -> None:
    wish = replace(CONTRACT, tell_me_below=0.99)
    assert owed(wish, window(0, 60)).boundary == pytest.approx(99e12 * 3600)
    assert owed(wish, window(0, 60)).least == pytest.approx(95e12 * 3600)
    assert owed(CONTRACT, window(14_400, 14_460)).least == pytest.approx(120e12 * 3600), "not stated leaves all of it"


def test_nothing_is_owed_in_time_that_is_left_out() -> None:
    what = left_out((30, 60), (90, 120))
    assert owed(what, window(40, 50)).seconds == owed(what, window(40, 50)).promised == 0.0
    assert owed(what, window(0, 120)).promised == pytest.approx(100e12 * 3600)
    assert owed(what, window(0, 120)).seconds == 3600
    assert owed(what, window(45, 100)).seconds == 30 * 60
    assert owed(what, window(60, 90)) == owed(CONTRACT, window(60, 90))


@given(start=minutes, length=st.integers(min_value=0, max_value=50_000), cut=minutes, gap=minutes)
def test_splitting_conserves_what_is_owed_beside_time_that_is_left_out(
    start: int, length: int, cut: int, gap: int
) -> None:
    what = left_out((gap, gap + 700), (gap + 700, gap + 900), (gap + 5_000, gap + 5_001))
    whole = window(start, start + length)
    parts = [owed(what, part) for part in whole.split(START + timedelta(minutes=cut))]
    assert sum(part.promised for part in parts) == pytest.approx(owed(what, whole).promised)
    assert sum(part.least for part in parts) == pytest.approx(owed(what, whole).least)
    assert sum(part.seconds for part in parts) == pytest.approx(owed(what, whole).seconds)
