"""Quantities carry their unit and refuse to be mixed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.units import Amount, Hashrate, Money, Window, Work, scaled

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_rate_for_a_time_is_work_and_back() -> None:
    work = Hashrate(per_second=5e12) * HOUR
    assert work == Work(hashes=1.8e16)
    assert work / HOUR == Hashrate(per_second=5e12)
    assert work / (work + work) == 0.5
    assert work - work == Work(hashes=0.0)


def test_algorithms_are_never_mixed() -> None:
    one, other = Work(hashes=1.0), Work(hashes=1.0, algorithm="scrypt")
    for mixed in (lambda: one + other, lambda: one - other, lambda: one / other):
        with pytest.raises(ValueError, match="sha256d and scrypt cannot be mixed"):
            mixed()


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 H/s"), (12.0, "12 H/s"), (9.41e15, "9.41 PH/s"), (1e12, "1 TH/s"), (5e20, "500 EH/s")]
)
def test_rates_are_written_for_people(value: float, text: str) -> None:
    assert str(Hashrate(per_second=value)) == text
    assert scaled(value, "H/s") == text


def test_solutions_are_counted_as_such() -> None:
    assert str(Hashrate(per_second=420e3, algorithm="equihash")) == "420 kSol/s"


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_coins_never_pass_through_a_float(one: int, other: int) -> None:
    total = Amount(atoms=one) + Amount(atoms=other)
    assert total.atoms == one + other
    assert (total - Amount(atoms=other)).atoms == one
    assert Amount.of(Amount(atoms=one).coins) == Amount(atoms=one)


def test_coins_are_written_with_all_their_places_and_refuse_finer_ones() -> None:
    assert str(Amount(atoms=1754)) == "0.00001754 BTC"
    assert str(Amount.of(Decimal("1.5"), "XMR")) == "1.500000000000 XMR"
    with pytest.raises(ValueError, match="finer than the base unit"):
        Amount.of(Decimal("0.000000001"))
    with pytest.raises(ValueError, match="BTC and LTC"):
        Amount(atoms=1) + Amount(atoms=1, coin="LTC")
    with pytest.raises(ValueError, match="BTC and LTC"):
        Amount(atoms=1) - Amount(atoms=1, coin="LTC")


def test_money_is_written_with_two_places() -> None:
    assert str(Money(value=Decimal(6800), currency="EUR")) == "6800.00 EUR"


def test_windows_are_half_open() -> None:
    window = Window(start=START, end=START + 2 * HOUR)
    assert window.span == 2 * HOUR
    assert window.overlap(Window(start=START + HOUR, end=START + 3 * HOUR)) == Window(
        start=START + HOUR, end=START + 2 * HOUR
    )
    assert window.overlap(Window(start=START + 2 * HOUR, end=START + 3 * HOUR)) is None
    assert window.split(START) == (window,)
    assert [part.span for part in window.split(START + HOUR)] == [HOUR, HOUR]


def test_moments_carry_their_zone_and_windows_do_not_run_backwards() -> None:
    naive = START.replace(tzinfo=None)
    for start, end in ((naive, START), (START, naive)):
        with pytest.raises(ValueError, match="time zone"):
            Window(start=start, end=end)
    with pytest.raises(ValueError, match="before it starts"):
        Window(start=START + HOUR, end=START)
