"""Bitstamp: the last trade of bitcoin in each currency that is asked for, and the close of each day."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.observation import Observation, PriceSeen, SilenceReason
from verifier.reading import Coins, UnixTime, not_future, read, silence
from verifier.talk import Account, Http, Question, Reply, Source, Talk
from verifier.units import Window

#: A last trade older than this is no price of now.
STALE: Final = timedelta(hours=1)
#: The most days that one page of candles holds.
MOST_DAYS: Final = 1000

_DAY: Final = timedelta(days=1)


class BitstampAccount(Account):
    """Bitstamp's public market data; nothing about you is sent."""

    url: str = "https://www.bitstamp.net/api/v2"
    currencies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...],
        Field(min_length=1, max_length=10, description="codes of three letters, like `[USD, EUR]`"),
    ] = ("USD",)


class _Ticker(BaseModel):
    last: Annotated[Coins, Field(gt=0)]
    at: Annotated[UnixTime, Field(alias="timestamp")]


class _Candle(BaseModel):
    start: Annotated[UnixTime, Field(alias="timestamp")]
    close: Annotated[Coins, Field(gt=0)]


class _Candles(BaseModel):
    ohlc: Annotated[list[_Candle], Field(max_length=MOST_DAYS)]


class _Answer(BaseModel):
    data: _Candles


def prices(account: BitstampAccount, _window: Window) -> Talk:
    """The price of the last trade, at the page's own time."""
    seen: list[Observation] = []
    missing: list[Observation] = []
    for currency in account.currencies:
        reply = yield Http(path=f"/ticker/btc{currency.lower()}/")
        if reply.status == HTTPStatus.NOT_FOUND:
            missing += _untraded(reply, currency)
            continue
        ticker = read(_Ticker, reply)
        if reply.received_at - not_future(ticker.at, reply) > STALE:
            detail = f"the last trade in {currency} is of {ticker.at:%Y-%m-%d %H:%M} UTC"
            missing += silence(reply, SilenceReason.STALE, detail)
            continue
        seen.append(PriceSeen(at=ticker.at, coin="BTC", currency=currency, price=ticker.last))
    return seen or missing


def days(account: BitstampAccount, window: Window) -> Talk:
    """The close of each day that is over, at its end: a candle bears the time of its start."""
    seen: list[Observation] = []
    missing: list[Observation] = []
    wanted = min(window.span // _DAY + 2, MOST_DAYS)
    for currency in account.currencies:
        query = {"step": f"{_DAY.total_seconds():.0f}", "limit": str(wanted)}
        reply = yield Http(path=f"/ohlc/btc{currency.lower()}/", query=query)
        if reply.status == HTTPStatus.NOT_FOUND:
            missing += _untraded(reply, currency)
            continue
        seen += [
            PriceSeen(at=candle.start + _DAY, coin="BTC", currency=currency, price=candle.close)
            for candle in sorted(read(_Answer, reply).data.ohlc, key=lambda candle: candle.start)
            if not_future(candle.start, reply) + _DAY <= reply.received_at
        ]
    return seen or missing


def _untraded(reply: Reply, currency: str) -> tuple[Observation, ...]:
    return silence(reply, SilenceReason.NEVER_SEEN, f"Bitstamp does not trade bitcoin in {currency}")


SOURCE: Final = Source(
    kind="bitstamp",
    title="Bitstamp",
    Account=BitstampAccount,
    support="documented",
    questions=(
        Question(name="prices", sees=frozenset({PriceSeen}), every=timedelta(minutes=10), talk=prices),
        Question(
            name="days",
            sees=frozenset({PriceSeen}),
            every=_DAY,
            phase=timedelta(minutes=5),
            reach=timedelta(days=60),
            talk=days,
        ),
    ),
)
