from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from verifier.expectations.price import price
from verifier.observation import PriceSeen

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
