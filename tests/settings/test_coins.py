"""Clauses about coins as people write them."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from verifier.contract import Fee, PayoutPlan
from verifier.settings import coins
from verifier.settings.quantities import QuantityError
from verifier.units import Amount, Money


def test_amounts_are_counted_in_base_units() -> None:
    assert coins.amount("0.005 BTC") == Amount(atoms=500_000)
    assert coins.amount("1XMR") == Amount(atoms=10**12, coin="XMR")


@pytest.mark.parametrize(
    "fee",
    [
        Fee(fraction=Decimal("0.02")),
        Fee(fraction=Decimal("0.015")),
        Fee(per_terahash_day=Money(value=Decimal("0.012"), currency="USD")),
    ],
)
def test_a_fee_reads_back_as_the_same(fee: Fee) -> None:
    assert coins.fee(coins.fee_text(fee)) == fee


@pytest.mark.parametrize("text", ["UTC", "+08:00", "-05:30"])
def test_a_pools_day_reads_back_as_the_same(text: str) -> None:
    assert coins.pool_day_text(coins.pool_day(text)) == text


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (coins.amount, "0.005"),
        (coins.amount, "1 DOLLAR"),
        (coins.amount, "0.000000001 BTC"),
        (coins.fee, "2"),
        (coins.fee, "101 %"),
        (coins.fee, "1 USD"),
        (coins.pool_day, "+8"),
        (coins.scheme, "guess"),
    ],
)
def test_other_texts_are_refused_with_what_to_write(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(QuantityError, match="write"):
        read(text)


def test_a_plan_is_made_of_whole_days_or_parts_of_one() -> None:
    for hours, fits in ((24, True), (168, True), (12, True), (36, False), (5, False)):
        assert (coins.plan_fits(PayoutPlan(every=timedelta(hours=hours))) is None) is fits
    assert coins.plan_fits(PayoutPlan()) is None
