"""Prices as the daemon folds them: in any order, of now for what is shown, by the day where a fee is in money."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.daemon.judged import START, slot
from verifier.daemon.prices import Prices
from verifier.fact import Fact
from verifier.observation import PriceSeen

ASKED = ("kraken", "coinbase", "mempool_space")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def told(account: str, at: datetime, usd: int, currency: str = "USD") -> Fact:
    seen = PriceSeen(at=at, coin="BTC", currency=currency, price=Decimal(usd))
    return replace(slot(0), subject=account, learned_at=at, observations=(seen,))


def prices(*facts: Fact, fees_in: tuple[str, ...] = ()) -> Prices:
    found = Prices()
    found.configure(ASKED, fees_in)
    found.fold(facts)
    return found


def day(number: int = 0, usd: int = 90_000, hours: int = 24) -> list[Fact]:
    return [told(name, START + number * DAY + hour * HOUR, usd) for hour in range(hours) for name in ASKED[:2]]


def test_the_price_of_now_is_the_median_of_what_each_source_told_last() -> None:
    found = prices(told("kraken", START, 90_000), told("kraken", START - HOUR, 1), told("coinbase", START, 90_500))
    (now,) = found.now(("USD",), START).values()
    assert (now.value, now.sources) == (Decimal(90_250), ("coinbase", "kraken"))
    assert found.now(("USD",), START + 2 * HOUR)["USD"].value is None
    assert found.now(("EUR",), START)["EUR"].because == "no source of prices tells a price in EUR of the last hour"


def test_nobody_who_is_not_asked_is_believed() -> None:
    found = prices(told("somebody", START, 1))
    assert found.now(("USD",), START)["USD"].value is None
    assert Prices().now(("USD",), START) == {}


def test_a_price_alone_is_no_news_for_anybody_who_is_judged() -> None:
    found = Prices()
    found.configure(ASKED, ())
    assert not found.fold([*day(), *day(1)])
    assert found.days == {}


def test_a_day_has_a_price_once_it_is_over_and_is_no_news_after_that() -> None:
    found = prices(*day(), fees_in=("USD",))
    assert found.days == {}
    assert found.fold([told("kraken", START + DAY, 1)])
    assert found.days["USD"][START].value == Decimal(90_000)
    assert not found.fold([told("kraken", START + DAY + HOUR, 95_000)])
    assert not found.fold([told("kraken", START + 23.5 * HOUR, 1)]), "of each hour the first price counts"
    assert found.days["USD"][START].value == Decimal(90_000)


def test_closes_of_hours_price_a_day_on_which_nobody_asked_and_change_no_other() -> None:
    """Exchanges tell a close of the last second of its hour."""
    ends = [START + hour * HOUR - timedelta(seconds=1) for hour in range(1, 25)]
    closes = [told(name, at, 80_000) for at in ends for name in ASKED[:2]]
    over = told("kraken", START + DAY, 1)
    assert prices(*closes, over, fees_in=("USD",)).days["USD"][START].value == Decimal(80_000)
    assert prices(*day(), *closes, over, fees_in=("USD",)).days["USD"][START].value == Decimal(90_000)


def test_days_that_are_no_longer_worked_out_are_forgotten() -> None:
    found = prices(*day(), told("kraken", START + DAY, 1), fees_in=("USD",))
    assert found.fold([told("kraken", START + 70 * DAY, 1), told("kraken", START + 71 * DAY, 1)])
    assert found.days == {"USD": {}}


@settings(max_examples=20)
@given(st.permutations(day(hours=13)))
def test_the_price_of_a_day_depends_on_no_order(facts: list[Fact]) -> None:
    found = prices(*facts, told("kraken", START + DAY, 1), fees_in=("USD",))
    assert found.days["USD"][START].value == Decimal(90_000)
