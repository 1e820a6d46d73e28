"""Coinbase Exchange: the last trade of bitcoin in each currency that is asked for."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.observation import Observation, PriceSeen, SilenceReason
from verifier.reading import Coins, IsoTime, not_future, read, silence
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window

#: A last trade older than this is no price of now.
STALE: Final = timedelta(hours=1)


class CoinbaseAccount(Account):
    """Coinbase Exchange's public market data; nothing about you is sent."""

    url: str = "https://api.exchange.coinbase.com"
    currencies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...],
        Field(min_length=1, max_length=10, description="codes of three letters, like `[USD, EUR]`"),
    ] = ("USD",)


class _Ticker(BaseModel):
    price: Annotated[Coins, Field(gt=0)]
    time: IsoTime


def prices(account: CoinbaseAccount, _window: Window) -> Talk:
    """The price of the last trade, at its own time; a currency that is not traded is left out."""
    seen: list[Observation] = []
    missing: list[Observation] = []
    for currency in account.currencies:
        reply = yield Http(path=f"/products/BTC-{currency}/ticker")
        if reply.status == HTTPStatus.NOT_FOUND:
            missing += silence(reply, SilenceReason.NEVER_SEEN, f"Coinbase does not trade bitcoin in {currency}")
            continue
        ticker = read(_Ticker, reply)
        at = not_future(ticker.time, reply)
        if reply.received_at - at > STALE:
            detail = f"the last trade in {currency} is of {at:%Y-%m-%d %H:%M} UTC"
            missing += silence(reply, SilenceReason.STALE, detail)
            continue
        seen.append(PriceSeen(at=at, coin="BTC", currency=currency, price=ticker.price))
    return seen or missing


SOURCE: Final = Source(
    kind="coinbase",
    title="Coinbase",
    Account=CoinbaseAccount,
    support="documented",
    questions=(Question(name="prices", sees=frozenset({PriceSeen}), every=timedelta(minutes=10), talk=prices),),
)
