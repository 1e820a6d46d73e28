"""Prices of bitcoin as Kraken, Coinbase Exchange and mempool.space tell them, a little apart from each other."""

from datetime import UTC, datetime
from decimal import Decimal
from math import sin
from typing import Final

from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World, draw

_USD: Final = 91_000.0
_SWING: Final = 0.05
_MONTH: Final = 30 * 86_400
_RATES: Final = {"USD": 1.0, "EUR": 0.865, "GBP": 0.764, "CAD": 1.405, "CHF": 0.806, "AUD": 1.545, "JPY": 157.3}
_AT_COINBASE: Final = ("USD", "EUR", "GBP")


def price(world: World, exchange: str, currency: str, now: datetime) -> Decimal:
    """A slow wave of 5 % around 91,000 USD; each exchange is up to 0.05 % off, anew each hour."""
    seconds = int(now.timestamp())
    wave = 1 + _SWING * sin(seconds / _MONTH)
    off = 1 + draw(world.seed, exchange, currency, seconds // 3600).uniform(-0.0005, 0.0005)
    return round(Decimal(_USD * _RATES[currency] * wave * off), 2)


def kraken(world: World, asked: Asked, now: datetime) -> Page:
    """``Ticker?pair=XBTUSD``; the answer names most pairs in its own way, and an error comes with status 200."""
    pair = asked.query.get("pair", "")
    currency = pair.removeprefix("XBT")
    if pair == currency or currency not in _RATES:
        return Page(documents=({"error": ["EQuery:Unknown asset pair"]},))
    last = f"{price(world, 'kraken', currency, now):.5f}"
    name = pair if currency in {"CHF", "AUD"} else f"XXBTZ{currency}"
    ticker = {"a": [last, "1", "1.000"], "b": [last, "3", "3.000"], "c": [last, "0.00120000"], "o": last}
    return Page(documents=({"error": [], "result": {name: ticker}},))


def coinbase(world: World, asked: Asked, now: datetime) -> Page:
    """``products/BTC-USD/ticker``: the last trade and its time."""
    coin, _, currency = asked.parts["pair"].partition("-")
    if coin != "BTC" or currency not in _AT_COINBASE:
        return Page(documents=({"message": "NotFound"},), status=404)
    last = f"{price(world, 'coinbase', currency, now)}"
    at = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return Page(documents=({"trade_id": 843_439_001, "price": last, "size": "0.00120000", "time": at},))


def mempool(world: World, _asked: Asked, now: datetime) -> Page:
    """``v1/prices``: whole units of each currency."""
    listed = {currency: round(price(world, "mempool", currency, now)) for currency in _RATES}
    return Page(documents=({"time": int(now.timestamp()), **listed},))


def _missing(_method: str, _path: str) -> Page:
    return Page(documents=({"message": "NotFound"},), status=404)


FACES: Final[tuple[Face, ...]] = (
    Face(name="kraken", routes=(Route(path="/0/public/Ticker", answer=kraken),), missing=_missing),
    Face(name="coinbase", routes=(Route(path="/products/{pair}/ticker", answer=coinbase),), missing=_missing),
    Face(name="mempool-space", routes=(Route(path="/api/v1/prices", answer=mempool),), missing=_missing),
)
