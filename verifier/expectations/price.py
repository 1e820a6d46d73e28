"""What a coin costs: the median of what several sources say, leaving out those whose price is too old."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from verifier.observation import PriceSeen

#: A price older than this, by its own time, is not one of now.
OLDEST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One coin's price in a currency; ``value`` None when no source has one of now.

    ``sources`` are those it rests on, ``stale`` those that were left out, ``spread`` how far the sources lie apart as a
    part of the price.
    """

    value: Decimal | None
    spread: Decimal = Decimal(0)
    sources: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


def price(seen: Mapping[str, PriceSeen], coin: str, currency: str, now: datetime, oldest: timedelta = OLDEST) -> Price:
    """The median of the newest price of each source; a source that tells another coin or currency is not counted."""
    told = {name: one for name, one in sorted(seen.items()) if (one.coin, one.currency) == (coin, currency)}
    fresh = {name: one.price for name, one in told.items() if now - one.at <= oldest}
    stale = tuple(name for name in told if name not in fresh)
    if not fresh:
        return Price(value=None, stale=stale)
    middle = median(fresh.values())
    spread = (max(fresh.values()) - min(fresh.values())) / middle
    return Price(value=middle, spread=spread, sources=tuple(fresh), stale=stale)
