"""Prices of work as people write them, and what does not belong into a contract by which money buys work."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.settings.quantities import QuantityError
from verifier.settings.work import misplaced, price, price_text
from verifier.units import Amount, Money


@pytest.mark.parametrize(
    "text",
    [
        "0.000465 BTC per PH/day",
        "0.465 BTC per EH/day",
        "0.465 BTC/EH/s/day",
        "0.000000465 BTC/TH/day",
        "0.465 BTC per EH/s/d",
    ],
)
def test_a_price_of_work_is_kept_for_one_exahash_over_a_day(text: str) -> None:
    assert price(text) == Amount(atoms=46_500_000)


def test_a_sum_is_a_sum_still() -> None:
    assert price("1800 USD") == Money(value=Decimal(1800), currency="USD")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0.0004 USD per PH/day", "in no coin that is known"),
        ("0.00000000000001 BTC per PH/day", "finer than the coin"),
        ("0.0004 BTC per PH", "not a sum of money"),
        ("0,0004 BTC per PH/day", "comma"),
    ],
)
def test_what_is_no_price_says_what_to_write(text: str, problem: str) -> None:
    with pytest.raises(QuantityError, match=problem):
        price(text)


@given(st.integers(0, 10**12))
def test_a_price_that_is_shown_reads_back_as_the_same(atoms: int) -> None:
    assert price(price_text(Amount(atoms=atoms))) == Amount(atoms=atoms)


def test_each_basis_has_its_own_keys() -> None:
    assert list(misplaced("rate", {"promised": "1 PH/s"})) == []
    assert [key for key, _ in misplaced("rate", {"limit": "1 PH/s"})] == ["limit"]
    assert list(misplaced("work", {"limit": "1 PH/s"})) == []
    told = dict(misplaced("work", {"tolerance": "5 %", "uptime": "x"}))
    assert set(told) == {"", "tolerance", "uptime"}
    assert "`limit` is missing" in told[""]
