"""What a coin costs: the median of what several sources say, leaving out those whose price is too old.

mempool.space's own price is such a median (price-updater.ts); a source is as old as its own time says. A median is
right while more than half of the sources are, so it needs answers from more than half of those that are asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from verifier.observation import PriceSeen
from verifier.units import COIN_DECIMALS, Amount, Money

#: A price older than this, by its own time, is not one of now.
OLDEST: Final = timedelta(hours=1)
#: Hours of a day in which somebody must have told a price, for the day to have one.
LEAST_HOURS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One coin's price in a currency; ``value`` None when too few sources have one of now, and ``because`` says so.

    ``at`` is the oldest moment among the ``sources`` it rests on, ``last`` the newest that anybody told, also when
    there is no price; ``stale`` are those that were left out, ``spread`` is how far the sources lie apart as a part.
    """

    value: Decimal | None
    currency: str = "USD"
    coin: str = "BTC"
    at: datetime | None = None
    last: datetime | None = None
    spread: Decimal = Decimal(0)
    sources: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    because: str | None = None


def price(
    seen: Mapping[str, PriceSeen],
    coin: str,
    currency: str,
    now: datetime,
    *,
    asked: Collection[str] = (),
    oldest: timedelta = OLDEST,
) -> Price:
    """The median of the newest price of each source; a source that tells another coin or currency is not counted.

    ``asked`` are all sources that could tell one; more than half of them must (none named: one is enough).
    """
    told = {name: one for name, one in sorted(seen.items()) if (one.coin, one.currency) == (coin, currency)}
    fresh = {name: one for name, one in told.items() if now - one.at <= oldest}
    stale = tuple(name for name in told if name not in fresh)
    last = max((one.at for one in told.values()), default=None)
    if len(fresh) < _needed(asked):
        because = f"{_few(len(fresh), len(asked))} a price in {currency} of the last hour"
        sources = tuple(fresh)
        return Price(value=None, currency=currency, coin=coin, last=last, sources=sources, stale=stale, because=because)
    prices = [one.price for one in fresh.values()]
    middle = median(prices)
    return Price(
        value=middle,
        currency=currency,
        coin=coin,
        at=min(one.at for one in fresh.values()),
        last=last,
        spread=(max(prices) - min(prices)) / middle,
        sources=tuple(fresh),
        stale=stale,
    )


def _needed(asked: Collection[str]) -> int:
    return len(asked) // 2 + 1


def _few(fresh: int, asked: int) -> str:
    return f"only {fresh} of {asked} sources of prices tells" if fresh else "no source of prices tells"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrice:
    """The price of one UTC day; ``spread`` is how far the prices of that day lie apart, as a part of it."""

    value: Decimal
    spread: Decimal


def day_price(told: Mapping[str, Mapping[int, Decimal]], asked: Collection[str] = ()) -> DayPrice | None:
    """The median of each source's median over a day, of prices by hour; None where too little of it was told."""
    known = {name: hours for name, hours in told.items() if hours}
    if len(known) < _needed(asked) or len({hour for hours in known.values() for hour in hours}) < LEAST_HOURS:
        return None
    every = [one for hours in known.values() for one in hours.values()]
    middle = median(median(hours.values()) for hours in known.values())
    return DayPrice(value=middle, spread=(max(every) - min(every)) / middle)


def worth(amount: Amount, at: Price) -> Money | None:
    """What coins cost at a price; None without one. Raises ValueError for another coin than the price is of."""
    if amount.coin != at.coin:
        raise ValueError(f"{amount.coin} has no price in a price of {at.coin}")
    return None if at.value is None else Money(value=amount.coins * at.value, currency=at.currency)


def atoms_for(money: Decimal, price_of_coin: Decimal, coin: str = "BTC") -> Decimal:
    """Base units, not rounded, that a sum of money buys."""
    return (money / price_of_coin).scaleb(COIN_DECIMALS[coin])
