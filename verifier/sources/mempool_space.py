"""mempool.space: prices of bitcoin, worked out by it as a median of exchanges."""

from typing import Final

from pydantic import BaseModel, RootModel

from verifier.fields import Coins, UnixTime
from verifier.observation import PriceSeen, SilenceReason
from verifier.phrases import unknown
from verifier.prices import STALE, Currencies
from verifier.reading import decode, fit, not_future, silence
from verifier.talk import Account, Http, Source, Talk, asks
from verifier.units import MINUTE, Window


class MempoolSpaceAccount(Account):
    """mempool.space's public prices; nothing about you is sent."""

    url: str = "https://mempool.space/api"
    currencies: Currencies = ("USD",)


class _Page(BaseModel):
    time: UnixTime


class _Prices(RootModel[dict[str, Coins]]):
    pass


@asks(PriceSeen, every=10 * MINUTE)
def prices(account: MempoolSpaceAccount, _window: Window) -> Talk:
    """Prices of one moment; -1 is a price that is missing."""
    reply = yield Http(path="/v1/prices")
    page = decode(reply)
    at = not_future(fit(_Page, page).time, reply)
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the prices are of {at:%Y-%m-%d %H:%M} UTC")
    listed = fit(_Prices, page).root
    seen = [
        PriceSeen(at=at, coin="BTC", currency=currency, price=listed[currency])
        for currency in account.currencies
        if listed.get(currency, 0) > 0
    ]
    if not seen:
        return unknown(reply, f"no price in {', '.join(account.currencies)}")
    return seen


SOURCE: Final = Source(
    kind="mempool_space", title="mempool.space prices", Account=MempoolSpaceAccount, support="documented",
    questions=(prices,),
)  # fmt: skip
