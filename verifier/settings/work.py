"""Contracts by which money buys work: what belongs into one and what does not, and the price of work."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from verifier.contract import Basis
from verifier.settings.quantities import PREFIXES, QuantityError, money
from verifier.units import COIN_DECIMALS, Amount, Money

_PRICE: Final = re.compile(
    r"([0-9]{1,12}(?:\.[0-9]{1,18})?) ?([A-Z]{3,5}) ?(?:per|/) ?([kMGTPE])H(?:/s)? ?/ ?(?:day|d)", re.ASCII
)
#: Prices are kept for 1 EH/s over a day, so that no market's unit loses a digit; written for 1 PH/s.
_KEPT: Final = 18
_WRITTEN: Final = 15
#: Clauses about a promised rate, which nobody promises where money buys work.
_OF_A_RATE: Final = ("promised", "tolerance", "tell_me_below", "uptime", "amendments")


def price(text: str) -> Money | Amount:
    """What was paid, ``1800 USD``; or the price of work, ``0.000465 BTC per PH/day``, as that of 1 EH/s over a day."""
    found = _PRICE.fullmatch(text.strip())
    if found is None:
        return money(text)
    if found[2] not in COIN_DECIMALS:
        raise QuantityError(f"`{text[:40]}` is in no coin that is known, write it like `0.000465 BTC per PH/day`")
    try:
        return Amount.of(Decimal(found[1]).scaleb(_KEPT - PREFIXES[found[3].lower()]), found[2])
    except ValueError:
        raise QuantityError(f"`{text[:40]}` is finer than the coin, write fewer places") from None


def price_text(value: Amount) -> str:
    """A price of work that reads back as the same."""
    coins = f"{value.coins.scaleb(_WRITTEN - _KEPT):f}"
    return f"{coins.rstrip('0').rstrip('.') if '.' in coins else coins} {value.coin} per PH/day"


def misplaced(basis: str, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys that are missing or do not belong into a contract of this basis, each with what to write instead."""
    if basis != Basis.WORK:
        if "limit" in written:
            yield "limit", "belongs to a contract with `basis: work`, write `promised` for a hashrate that is owed"
        return
    if "limit" not in written:
        yield "", "`limit` is missing, write the most hashrate that the order lets through, like `limit: 10 PH/s`"
    for key in _OF_A_RATE:
        if key in written:
            yield key, "is about a promised rate, leave it out of a contract with `basis: work`"
