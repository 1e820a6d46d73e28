"""Coinbase Exchange: the last trade of bitcoin in each currency that is asked for, and closes of hours and days."""

from http import HTTPStatus
from typing import Final, NamedTuple

from pydantic import BaseModel

from verifier.fields import Coins, IsoTime, UnixTime
from verifier.observation import Observation, PriceSeen
from verifier.prices import REACH, Currencies, Paid, closes, of_now, priced, step_of, untraded
from verifier.reading import decode, read, rows
from verifier.talk import Account, Http, Source, Talk, asks
from verifier.units import DAY, MINUTE, Window

#: The newest candles that are sent when no span is asked for.
MOST_CANDLES: Final = 300


class CoinbaseAccount(Account):
    """Coinbase Exchange's public market data; nothing about you is sent."""

    url: str = "https://api.exchange.coinbase.com"
    currencies: Currencies = ("USD",)


class _Ticker(BaseModel):
    price: Paid
    time: IsoTime


class _Candle(NamedTuple):
    start: UnixTime
    low: Paid
    high: Paid
    open: Paid
    close: Paid
    volume: Coins


@asks(PriceSeen, every=10 * MINUTE)
def prices(account: CoinbaseAccount, _window: Window) -> Talk:
    """The price of the last trade, at its own time; a currency that is not traded is left out."""
    told: list[Observation] = []
    for currency in account.currencies:
        reply = yield Http(path=f"/products/BTC-{currency}/ticker")
        if reply.status == HTTPStatus.NOT_FOUND:
            told += untraded(reply, "Coinbase", currency)
            continue
        last = read(_Ticker, reply)
        seen = PriceSeen(at=last.time, coin="BTC", currency=currency, price=last.price)
        told += of_now(seen, reply, f"the last trade in {currency}")
    return priced(told)


@asks(PriceSeen, every=DAY, phase=5 * MINUTE, reach=REACH)
def history(account: CoinbaseAccount, window: Window) -> Talk:
    """The close of each hour that is over, or of each day where those are too many; the newest come first."""
    told: list[Observation] = []
    step = step_of(window, MOST_CANDLES)
    for currency in account.currencies:
        reply = yield Http(
            path=f"/products/BTC-{currency}/candles", query={"granularity": f"{step.total_seconds():.0f}"}
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            told += untraded(reply, "Coinbase", currency)
            continue
        candles = rows(_Candle, decode(reply), most=1000)
        told += closes(((one.start, one.close) for one in candles), step, currency, window, reply)
    return priced(told)


SOURCE: Final = Source(
    kind="coinbase", title="Coinbase", Account=CoinbaseAccount, support="documented", questions=(prices, history)
)
