"""Kraken: the last trade of bitcoin in each currency that is asked for, and closes of hours and days."""

from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, Field

from verifier.errors import Misread, Unreachable
from verifier.fields import Coins, Count, Name, UnixTime
from verifier.observation import Observation, PriceSeen
from verifier.prices import REACH, Currencies, Paid, closes, priced, step_of, untraded
from verifier.reading import decode, read, rows
from verifier.talk import Account, Http, Reply, Source, Talk, asks
from verifier.units import DAY, MINUTE, Window

#: The most candles that are sent.
MOST_CANDLES: Final = 720


class KrakenAccount(Account):
    """Kraken's public market data; nothing about you is sent."""

    url: str = "https://api.kraken.com"
    currencies: Currencies = ("USD",)


class _Answer(BaseModel):
    error: Annotated[list[Name], Field(max_length=20)]
    result: dict[str, object] = {}


class _Ticker(BaseModel):
    c: Annotated[list[Paid], Field(min_length=1)]


class _Tickers(BaseModel):
    result: dict[str, _Ticker]


class _Candle(NamedTuple):
    start: UnixTime
    open: Paid
    high: Paid
    low: Paid
    close: Paid
    mean: Coins
    volume: Coins
    trades: Count


@asks(PriceSeen, every=10 * MINUTE)
def prices(account: KrakenAccount, _window: Window) -> Talk:
    """The price of the last trade; it bears no time."""
    told: list[Observation] = []
    for currency in account.currencies:
        reply = yield Http(path="/0/public/Ticker", query={"pair": f"XBT{currency}"})
        if (pair := _pair(reply)) is None:
            told += untraded(reply, "Kraken", currency)
            continue
        price = read(_Tickers, reply).result[pair].c[0]
        told.append(PriceSeen(at=reply.received_at, coin="BTC", currency=currency, price=price))
    return priced(told)


@asks(PriceSeen, every=DAY, phase=5 * MINUTE, reach=REACH)
def history(account: KrakenAccount, window: Window) -> Talk:
    """The close of each hour that is over, or of each day where those are too many; the last candle always runs."""
    told: list[Observation] = []
    step = step_of(window, MOST_CANDLES)
    query = {"interval": str(step // MINUTE), "since": f"{(window.start - 2 * step).timestamp():.0f}"}
    for currency in account.currencies:
        reply = yield Http(path="/0/public/OHLC", query={"pair": f"XBT{currency}", **query})
        if (pair := _pair(reply)) is None:
            told += untraded(reply, "Kraken", currency)
            continue
        candles = rows(_Candle, decode(reply), "result", pair, most=1000)
        told += closes(((one.start, one.close) for one in candles), step, currency, window, reply)
    return priced(told)


def _pair(reply: Reply) -> str | None:
    """What the answer calls the pair, like XXBTZUSD for XBTUSD; None where it is not traded.

    A failure comes with HTTP 200 and a list of errors. Raises Unreachable or Misread.
    """
    answer = read(_Answer, reply)
    trouble = ", ".join(answer.error)
    if "Unknown asset pair" in trouble:
        return None
    if trouble:
        raise Unreachable(trouble)
    pairs = [name for name in answer.result if "XBT" in name]
    if len(pairs) != 1:
        raise Misread("result: a price was expected")
    return pairs[0]


SOURCE: Final = Source(
    kind="kraken", title="Kraken", Account=KrakenAccount, support="documented", questions=(prices, history)
)
