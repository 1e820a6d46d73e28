from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.expectations.coins import expected_atoms, expected_coins, height_at, subsidy
from verifier.units import Amount, Window

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = Window(start=START, end=START + timedelta(days=1))
ONE_SHARE = 2.0**32


@pytest.mark.parametrize(
    ("height", "atoms"),
    [(0, 5_000_000_000), (209_999, 5_000_000_000), (210_000, 2_500_000_000), (840_000, 312_500_000), (13_440_000, 0)],
)
def test_the_subsidy_halves_every_210000_blocks(height: int, atoms: int) -> None:
    assert subsidy(height) == atoms


def test_no_block_lies_below_the_first() -> None:
    with pytest.raises(ValueError, match="-1"):
        subsidy(-1)


def test_heights_go_on_from_the_nearest_one_seen() -> None:
    seen = ((START, 900_000), (START + timedelta(hours=1), 900_010))
    assert height_at(seen, START + timedelta(minutes=25)) == 900_002
    assert height_at(seen, START + timedelta(hours=2)) == 900_016
    assert height_at(seen, START - timedelta(minutes=10)) == 899_999
    assert height_at((), datetime(2024, 4, 20, 0, 9, 27, tzinfo=UTC)) == 840_000


def test_one_difficulty_of_work_earns_one_block() -> None:
    earned = expected_coins(1e6 * ONE_SHARE, DAY, ((START, 1e6),), ((START, 900_000),))
    assert earned == Amount(atoms=312_500_000)


def test_a_retarget_inside_the_window_splits_it() -> None:
    steps = ((START, 1e6), (START + timedelta(hours=12), 2e6))
    assert expected_coins(1e6 * ONE_SHARE, DAY, steps, ((START, 900_000),)) == Amount(atoms=234_375_000)


def test_a_halving_inside_the_window_splits_it() -> None:
    heights = ((START, 1_049_928), (START + timedelta(hours=12), 1_050_000))
    assert expected_coins(1e6 * ONE_SHARE, DAY, ((START, 1e6),), heights) == Amount(atoms=234_375_000)


def test_an_unknown_difficulty_is_no_expectation() -> None:
    assert expected_coins(1.0, DAY, ()) is None
    assert expected_coins(1.0, DAY, ((START + timedelta(hours=1), 1e6),)) is None


def test_half_a_base_unit_is_rounded_once_to_even() -> None:
    heights = ((START, 900_000),)
    half = expected_atoms(ONE_SHARE, DAY, ((START, 312_500_000 / 2.5),), heights)
    assert half == Decimal("2.5")
    assert expected_coins(ONE_SHARE, DAY, ((START, 312_500_000 / 2.5),), heights) == Amount(atoms=2)


@given(cut=st.integers(min_value=1, max_value=1439), hashes=st.floats(min_value=1e9, max_value=1e20))
def test_splitting_a_window_conserves_expected_coins(cut: int, hashes: float) -> None:
    steps = ((START, 1e9), (START + timedelta(hours=7), 3e9))
    parts = DAY.split(START + timedelta(minutes=cut))
    summed = sum(
        expected_atoms(hashes * (part.span / DAY.span), part, steps, ((START, 900_000),)) or Decimal(0)
        for part in parts
    )
    assert float(summed) == pytest.approx(float(expected_atoms(hashes, DAY, steps, ((START, 900_000),)) or 0))
