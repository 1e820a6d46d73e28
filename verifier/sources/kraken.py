"""Kraken: the last trade of bitcoin in each currency that is asked for."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread, Unreachable
from verifier.observation import Observation, PriceSeen, SilenceReason
from verifier.reading import Coins, Name, read, silence
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window


class KrakenAccount(Account):
    """Kraken's public market data; nothing about you is sent."""

    url: str = "https://api.kraken.com"
    currencies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...],
        Field(min_length=1, max_length=10, description="codes of three letters, like `[USD, EUR]`"),
    ] = ("USD",)


class _Ticker(BaseModel):
    last: Annotated[list[Annotated[Coins, Field(gt=0)]], Field(alias="c", min_length=1)]


class _Answer(BaseModel):
    error: Annotated[list[Name], Field(max_length=20)]
    result: Annotated[dict[str, _Ticker], Field(max_length=1)] = {}


def prices(account: KrakenAccount, _window: Window) -> Talk:
    """The price of the last trade; a failure comes with HTTP 200 and a list of errors."""
    seen: list[Observation] = []
    missing: list[Observation] = []
    for currency in account.currencies:
        reply = yield Http(path="/0/public/Ticker", query={"pair": f"XBT{currency}"})
        answer = read(_Answer, reply)
        trouble = ", ".join(answer.error)
        if "Unknown asset pair" in trouble:
            missing += silence(reply, SilenceReason.NEVER_SEEN, f"Kraken does not trade bitcoin in {currency}")
            continue
        if trouble:
            raise Unreachable(trouble)
        if not answer.result:
            raise Misread("result: a price was expected")
        # The answer names the pair in its own way: XXBTZUSD for XBTUSD.
        (ticker,) = answer.result.values()
        seen.append(PriceSeen(at=reply.received_at, coin="BTC", currency=currency, price=ticker.last[0]))
    return seen or missing


SOURCE: Final = Source(
    kind="kraken",
    title="Kraken",
    Account=KrakenAccount,
    support="documented",
    questions=(Question(name="prices", sees=frozenset({PriceSeen}), every=timedelta(minutes=10), talk=prices),),
)
