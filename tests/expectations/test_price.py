from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.expectations.price import OLDEST, Price, atoms_for, day_price, price, worth
from verifier.observation import PriceSeen
from verifier.units import Amount, Money

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def told(usd: str, *, minutes_ago: int = 0, currency: str = "USD") -> PriceSeen:
    at = NOON - timedelta(minutes=minutes_ago)
    return PriceSeen(at=at, coin="BTC", currency=currency, price=Decimal(usd))


def test_the_median_of_three_is_the_one_in_the_middle() -> None:
    found = price({"b": told("91352"), "a": told("91300"), "c": told("70000")}, "BTC", "USD", NOON)
    assert found.value == Decimal(91300)
    assert found.sources == ("a", "b", "c")
    assert round(found.spread, 3) == Decimal("0.234")


def test_of_two_it_is_the_mean_and_one_is_enough() -> None:
    assert price({"a": told("90000"), "b": told("91001")}, "BTC", "USD", NOON).value == Decimal("90500.5")
    assert price({"a": told("90000")}, "BTC", "USD", NOON).value == Decimal(90000)


def test_a_price_that_is_too_old_by_its_own_time_is_named_and_not_counted() -> None:
    found = price({"a": told("90000", minutes_ago=61), "b": told("91000", minutes_ago=60)}, "BTC", "USD", NOON)
    assert (found.value, found.sources, found.stale) == (Decimal(91000), ("b",), ("a",))


def test_without_a_price_of_now_there_is_none() -> None:
    assert price({}, "BTC", "USD", NOON).value is None
    found = price({"a": told("90000", minutes_ago=600), "b": told("80000", currency="EUR")}, "BTC", "USD", NOON)
    assert (found.value, found.stale) == (None, ("a",))


@given(st.lists(st.decimals(min_value=1, max_value=10**6, places=2), min_size=1, max_size=9))
def test_a_median_lies_among_the_prices_and_depends_on_no_order(prices: list[Decimal]) -> None:
    named = {f"s{i}": told(str(one)) for i, one in enumerate(prices)}
    turned = dict(reversed(list(named.items())))
    found = price(named, "BTC", "USD", NOON)
    assert found == price(turned, "BTC", "USD", NOON)
    assert found.value is not None
    assert min(prices) <= found.value <= max(prices)


PRICES = st.decimals(min_value=1, max_value=10**6, places=2)


def test_more_than_half_of_the_sources_that_are_asked_must_tell_one() -> None:
    asked = ("a", "b", "c")
    alone = price({"a": told("90000")}, "BTC", "USD", NOON, asked=asked)
    assert (alone.value, alone.because) == (None, "only 1 of 3 sources of prices tells a price in USD of the last hour")
    two = {"a": told("90000"), "b": told("91000", minutes_ago=30), "c": told("80000", minutes_ago=99)}
    found = price(two, "BTC", "USD", NOON, asked=asked)
    assert (found.value, found.because) == (Decimal(90500), None)
    assert found.at == NOON - timedelta(minutes=30)
    assert found.last == NOON


def test_the_newest_moment_is_known_also_when_there_is_no_price() -> None:
    found = price({"a": told("90000", minutes_ago=99)}, "BTC", "USD", NOON, asked=("a",))
    assert (found.value, found.last) == (None, NOON - timedelta(minutes=99))
    assert found.because == "no source of prices tells a price in USD of the last hour"


@given(st.lists(st.tuples(PRICES, st.integers(0, 600)), min_size=1, max_size=9))
def test_a_price_that_is_too_old_never_counts(prices: list[tuple[Decimal, int]]) -> None:
    named = {f"s{i}": told(str(one), minutes_ago=ago) for i, (one, ago) in enumerate(prices)}
    found = price(named, "BTC", "USD", NOON, asked=tuple(named))
    fresh = {name: one for name, one in named.items() if NOON - one.at <= OLDEST}
    assert set(found.sources) == set(fresh)
    assert found == price(fresh | {n: named[n] for n in found.stale}, "BTC", "USD", NOON, asked=tuple(named))
    if found.value is not None:
        kept = [one.price for one in fresh.values()]
        assert min(kept) <= found.value <= max(kept)
        assert 2 * len(kept) > len(named)


def hours(*prices: str) -> dict[int, Decimal]:
    return {hour: Decimal(one) for hour, one in enumerate(prices)}


def test_the_price_of_a_day_is_the_median_of_the_sources_medians_and_knows_how_far_it_moved() -> None:
    found = day_price({"a": hours(*["90000"] * 12), "b": hours(*["92000"] * 12), "c": hours("100", "100")}, "abc")
    assert found is not None
    assert found.value == Decimal(90000)
    assert round(found.spread, 2) == Decimal("1.02")


def test_a_day_of_which_half_was_not_told_has_no_price() -> None:
    assert day_price({"a": hours(*["90000"] * 11)}, "a") is None
    assert day_price({"a": hours(*["90000"] * 12), "b": {}}, "abc") is None
    assert day_price({}) is None


def test_coins_and_money_of_different_coins_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="LTC"):
        worth(Amount(atoms=1, coin="LTC"), Price(value=Decimal(1)))
    assert worth(Amount(atoms=1), Price(value=None)) is None


@given(st.integers(0, 10**12), st.integers(0, 10**12), PRICES)
def test_what_coins_are_worth_is_linear(one: int, other: int, at: Decimal) -> None:
    now = Price(value=at, currency="EUR")
    sums = [worth(Amount(atoms=atoms), now) for atoms in (one, other, one + other)]
    values = [found.value for found in sums if found is not None]
    assert values[0] + values[1] == values[2]
    assert sums[2] == Money(value=Decimal(one + other).scaleb(-8) * at, currency="EUR")


@given(st.integers(1, 10**12), PRICES)
def test_money_buys_what_it_was_paid_for(atoms: int, at: Decimal) -> None:
    money = worth(Amount(atoms=atoms), Price(value=at))
    assert money is not None
    assert abs(atoms_for(money.value, at) - atoms) < Decimal("0.001")
