"""Bitstamp: the last trade of bitcoin in each currency that is asked for, and the close of each day."""

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel

from verifier.fields import UnixTime
from verifier.observation import Observation, PriceSeen
from verifier.prices import REACH, Currencies, Paid, closes, of_now, priced, untraded
from verifier.reading import decode, read, rows
from verifier.talk import Account, Http, Source, Talk, asks
from verifier.units import DAY, MINUTE, Window

#: The most days that one page of candles holds.
MOST_DAYS: Final = 1000


class BitstampAccount(Account):
    """Bitstamp's public market data; nothing about you is sent."""

    url: str = "https://www.bitstamp.net/api/v2"
    currencies: Currencies = ("USD",)


class _Ticker(BaseModel):
    last: Paid
    timestamp: UnixTime


class _Candle(BaseModel):
    timestamp: UnixTime
    close: Paid


@asks(PriceSeen, every=10 * MINUTE)
def prices(account: BitstampAccount, _window: Window) -> Talk:
    """The price of the last trade, at the page's own time."""
    told: list[Observation] = []
    for currency in account.currencies:
        reply = yield Http(path=f"/ticker/btc{currency.lower()}/")
        if reply.status == HTTPStatus.NOT_FOUND:
            told += untraded(reply, "Bitstamp", currency)
            continue
        page = read(_Ticker, reply)
        seen = PriceSeen(at=page.timestamp, coin="BTC", currency=currency, price=page.last)
        told += of_now(seen, reply, f"the last trade in {currency}")
    return priced(told)


@asks(PriceSeen, every=DAY, phase=5 * MINUTE, reach=REACH)
def days(account: BitstampAccount, window: Window) -> Talk:
    """The close of each day that is over."""
    told: list[Observation] = []
    query = {"step": f"{DAY.total_seconds():.0f}", "limit": str(min(window.span // DAY + 2, MOST_DAYS))}
    for currency in account.currencies:
        reply = yield Http(path=f"/ohlc/btc{currency.lower()}/", query=query)
        if reply.status == HTTPStatus.NOT_FOUND:
            told += untraded(reply, "Bitstamp", currency)
            continue
        candles = rows(_Candle, decode(reply), "data", "ohlc", most=MOST_DAYS)
        told += closes(((one.timestamp, one.close) for one in candles), DAY, currency, window, reply)
    return priced(told)


SOURCE: Final = Source(
    kind="bitstamp", title="Bitstamp", Account=BitstampAccount, support="documented", questions=(prices, days)
)
