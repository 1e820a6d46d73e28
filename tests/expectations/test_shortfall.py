"""A shortfall in every unit: each figure by its own rule, and a reason where there is none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.contract import Contract, Promise
from verifier.expectations.price import Price
from verifier.expectations.schemes import Expected
from verifier.expectations.shortfall import at_price_paid, shortfall
from verifier.units import Amount, Hashrate, Money, Window

START = datetime(2026, 11, 1, tzinfo=UTC)
TERM = Window(start=START, end=START + timedelta(days=10))
TERAHASH_DAY = 1e12 * 86_400
NOW = Price(value=Decimal(90_000), currency="EUR", sources=("kraken",))
EARNED = Expected(amount=Amount(atoms=2_000), spread=Amount(atoms=7))


def contract(price: str | None = "1000", ends: datetime | None = TERM.end) -> Contract:
    return Contract(
        name="north",
        seller="Northhash",
        starts=START,
        ends=ends,
        promises=(Promise(since=START, rate=Hashrate(per_second=100e12), tolerance=None),),
        price=None if price is None else Money(value=Decimal(price), currency="USD"),
        watch=(),
    )


def test_the_price_paid_is_spread_over_all_promised_work_and_the_market_pays_for_coins() -> None:
    found = shortfall(contract(), 10 * TERAHASH_DAY, EARNED, NOW)
    assert found.at_price_paid is not None
    assert (round(found.at_price_paid.value, 6), found.at_price_paid.currency) == (Decimal(10), "USD")
    assert (found.coins, found.spread) == (EARNED.amount, EARNED.spread)
    assert found.at_market == Money(value=Decimal("1.8"), currency="EUR")
    assert found.coins_unknown is found.market_unknown is None


def test_unknown_coins_have_their_reason_and_no_market_price() -> None:
    found = shortfall(contract(price=None), 1.0, "Scheme not modelled yet: tides.", NOW)
    assert (found.coins, found.coins_unknown) == (None, "Scheme not modelled yet: tides.")
    assert (found.at_market, found.at_price_paid) == (None, None)
    assert found.market_unknown == "the coins are not known"


@pytest.mark.parametrize(
    ("price", "why"),
    [(None, "no source of prices is named"), (Price(value=None, because="too old"), "too old")],
)
def test_without_a_price_of_now_there_are_coins_and_no_money(price: Price | None, why: str) -> None:
    found = shortfall(contract(), 1.0, EARNED, price)
    assert (found.coins, found.at_market, found.market_unknown) == (EARNED.amount, None, why)


def test_an_open_ended_contract_has_no_price_of_its_work() -> None:
    assert at_price_paid(contract(ends=None), 1.0) is None
    assert at_price_paid(contract(ends=START), 1.0) is None


@given(st.floats(0, 1e22), st.floats(0, 1e22))
def test_money_at_the_price_paid_is_linear_in_the_work(one: float, other: float) -> None:
    money = [at_price_paid(contract(), hashes) for hashes in (one, other, one + other)]
    values = [float(found.value) for found in money if found is not None]
    assert values[0] + values[1] == pytest.approx(values[2])
