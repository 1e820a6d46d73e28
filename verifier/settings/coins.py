"""Clauses about coins as people write them: ``0.005 BTC``, ``2 %``, ``0.012 USD/TH/day``, ``+08:00``.

Every reader takes text and gives a value, or raises QuantityError saying what to write instead; nothing else.
"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Final

from verifier.contract import Fee, PayoutPlan
from verifier.expectations.schemes import NAMES
from verifier.settings.quantities import QuantityError
from verifier.units import COIN_DECIMALS, Amount, Money

_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,18})?) ?([A-Z]{3,5})", re.ASCII)
_PART: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%", re.ASCII)
_DAILY: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,12})?) ?([A-Z]{3,5}) ?/ ?TH(?:/s)? ?/ ?(?:day|d)", re.ASCII)
_OFFSET: Final = re.compile(r"UTC|([+-])([01][0-9]):([0-5][0-9])", re.ASCII)
_DAY: Final = timedelta(days=1)


def amount(text: str) -> Amount:
    """``0.005 BTC``: coins, with no more places than the coin has."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or found[2] not in COIN_DECIMALS:
        known = ", ".join(COIN_DECIMALS)
        raise QuantityError(f"`{text[:40]}` is no amount of coins, write it like `0.005 BTC` ({known})")
    try:
        return Amount.of(Decimal(found[1]), found[2])
    except ValueError:
        places = COIN_DECIMALS[found[2]]
        raise QuantityError(f"`{text[:40]}` is finer than the coin, write at most {places} places") from None


def fee(text: str) -> Fee:
    """``2 %`` of the income, or ``0.012 USD/TH/day`` for each TH/s."""
    part, daily = _PART.fullmatch(text.strip()), _DAILY.fullmatch(text.strip())
    if part is not None and Decimal(part[1]) <= 100:
        return Fee(fraction=Decimal(part[1]) / 100)
    if daily is not None:
        return Fee(per_terahash_day=Money(value=Decimal(daily[1]), currency=daily[2]))
    raise QuantityError(f"`{text[:40]}` is no fee, write it like `2 %` or `0.012 USD/TH/day`, or `not stated`")


def pool_day(text: str) -> timedelta:
    """``UTC`` or ``+08:00``: where the pool's day begins at 00:00."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        raise QuantityError(f"`{text[:40]}` is no offset of a pool's day, write `UTC` or one like `+08:00`")
    offset = timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
    return -offset if found[1] == "-" else offset


def scheme(text: str) -> str:
    """``fpps``, ``pps``, ``solo``, ...: how the pool turns work into coins."""
    if text.lower() not in NAMES:
        raise QuantityError(f"`{text[:40]}` is not a known scheme, write one of {', '.join(NAMES)}, or `not stated`")
    return text.lower()


def amount_text(value: Amount) -> str:
    """An amount that reads back as the same."""
    return f"{value.coins:f} {value.coin}"


def fee_text(value: Fee) -> str:
    """A fee that reads back as the same."""
    if value.per_terahash_day is not None:
        return f"{value.per_terahash_day.value:f} {value.per_terahash_day.currency}/TH/day"
    percent = f"{(value.fraction or Decimal(0)) * 100:f}"
    return f"{percent.rstrip('0').rstrip('.') if '.' in percent else percent} %"


def pool_day_text(offset: timedelta) -> str:
    """An offset that reads back as the same."""
    if not offset:
        return "UTC"
    sign, minutes = ("-", -offset) if offset < timedelta(0) else ("+", offset)
    return f"{sign}{minutes // timedelta(hours=1):02d}:{minutes // timedelta(minutes=1) % 60:02d}"


def plan_fits(plan: PayoutPlan) -> str | None:
    """What is wrong with clauses that do not go together, None when they do."""
    if plan.every is not None and plan.every % _DAY and _DAY % plan.every:
        return "is neither a part of a day nor whole days, write it like `1d`, `7d` or `12h`"
    return None
