"""Prices of bitcoin as Kraken, Coinbase Exchange and mempool.space tell them, a little apart from each other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
#: Candles on a page, the running one among them.
_AT_MOST: Final = {"kraken": 720, "coinbase": 300}


def price(world: World, exchange: str, currency: str, now: datetime) -> Decimal:
    """A slow wave of 5 % around 91,000 USD; each exchange is up to 0.05 % off, anew each hour."""
    seconds = int(now.timestamp())
    wave = 1 + _SWING * sin(seconds / _MONTH)
    off = 1 + draw(world.seed, exchange, currency, seconds // 3600).uniform(-0.0005, 0.0005)
    return round(Decimal(_USD * _RATES[currency] * wave * off), 2)


def candles(
    world: World, exchange: str, currency: str, length: int, now: datetime
) -> Iterator[tuple[int, Decimal, Decimal]]:
    """Start, first and last price of each candle of so many seconds, the oldest first; the last one runs."""
    running = int(now.timestamp()) // length * length
    for number in reversed(range(_AT_MOST[exchange])):
        start = datetime.fromtimestamp(running - number * length, UTC)
        end = min(start + timedelta(seconds=length), now)
        first, last = price(world, exchange, currency, start), price(world, exchange, currency, end)
        yield running - number * length, first, last


def kraken(world: World, asked: Asked, now: datetime) -> Page:
    """``Ticker?pair=XBTUSD``; the answer names most pairs in its own way, and an error comes with status 200."""
    name, currency = _at_kraken(asked)
    if currency not in _RATES:
        return Page(documents=({"error": ["EQuery:Unknown asset pair"]},))
    last = f"{price(world, 'kraken', currency, now):.5f}"
    ticker = {"a": [last, "1", "1.000"], "b": [last, "3", "3.000"], "c": [last, "0.00120000"], "o": last}
    return Page(documents=({"error": [], "result": {name: ticker}},))


def kraken_history(world: World, asked: Asked, now: datetime) -> Page:
    """``OHLC?pair=XBTUSD&interval=60&since=…``: candles after a moment, and always the one that runs."""
    name, currency = _at_kraken(asked)
    if currency not in _RATES:
        return Page(documents=({"error": ["EQuery:Unknown asset pair"]},))
    told = [
        [start, f"{a}", f"{max(a, b)}", f"{min(a, b)}", f"{b}", f"{(a + b) / 2:.1f}", "2011.50120000", 61_230]
        for start, a, b in candles(world, "kraken", currency, 60 * int(asked.query.get("interval", "1")), now)
    ]
    after = [one for one in told[:-1] if int(str(one[0])) > int(asked.query.get("since", "0"))]
    return Page(documents=({"error": [], "result": {name: [*after, told[-1]], "last": told[-2][0]}},))


def _at_kraken(asked: Asked) -> tuple[str, str]:
    pair = asked.query.get("pair", "")
    currency = pair.removeprefix("XBT") if pair.startswith("XBT") else ""
    return pair if currency in {"CHF", "AUD"} else f"XXBTZ{currency}", currency


def coinbase(world: World, asked: Asked, now: datetime) -> Page:
    """``products/BTC-USD/ticker``: the last trade and its time."""
    coin, _, currency = asked.parts["pair"].partition("-")
    if coin != "BTC" or currency not in _AT_COINBASE:
        return Page(documents=({"message": "NotFound"},), status=404)
    last = f"{price(world, 'coinbase', currency, now)}"
    at = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return Page(documents=({"trade_id": 843_439_001, "price": last, "size": "0.00120000", "time": at},))


def coinbase_history(world: World, asked: Asked, now: datetime) -> Page:
    """``products/BTC-USD/candles``: time, low, high, open, close, volume, the newest first."""
    coin, _, currency = asked.parts["pair"].partition("-")
    if coin != "BTC" or currency not in _AT_COINBASE:
        return Page(documents=({"message": "NotFound"},), status=404)
    told = [
        [start, float(min(a, b)), float(max(a, b)), float(a), float(b), 5213.112]
        for start, a, b in candles(world, "coinbase", currency, int(asked.query["granularity"]), now)
    ]
    return Page(documents=(told[::-1],))


def mempool(world: World, _asked: Asked, now: datetime) -> Page:
    """``v1/prices``: whole units of each currency."""
    listed = {currency: round(price(world, "mempool", currency, now)) for currency in _RATES}
    return Page(documents=({"time": int(now.timestamp()), **listed},))


def _missing(_method: str, _path: str) -> Page:
    return Page(documents=({"message": "NotFound"},), status=404)


FACES: Final[tuple[Face, ...]] = (
    Face(
        name="kraken",
        routes=(Route(path="/0/public/Ticker", answer=kraken), Route(path="/0/public/OHLC", answer=kraken_history)),
        missing=_missing,
    ),
    Face(
        name="coinbase",
        routes=(
            Route(path="/products/{pair}/ticker", answer=coinbase),
            Route(path="/products/{pair}/candles", answer=coinbase_history),
        ),
        missing=_missing,
    ),
    Face(name="mempool-space", routes=(Route(path="/api/v1/prices", answer=mempool),), missing=_missing),
)
