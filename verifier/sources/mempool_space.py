"""mempool.space: prices of bitcoin, worked out by it as a median of exchanges."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel

from verifier.observation import PriceSeen, SilenceReason
from verifier.reading import Coins, UnixTime, decode, fit, not_future, silence
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window

#: The page is renewed every few minutes; one older than this stands still.
STALE: Final = timedelta(hours=1)


class MempoolSpaceAccount(Account):
    """mempool.space's public prices; nothing about you is sent."""

    url: str = "https://mempool.space/api"
    currencies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...],
        Field(min_length=1, max_length=10, description="codes of three letters, like `[USD, EUR]`"),
    ] = ("USD",)


class _Page(BaseModel):
    time: UnixTime


class _Prices(RootModel[dict[str, Coins]]):
    pass


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
        return silence(reply, SilenceReason.NEVER_SEEN, f"no price in {', '.join(account.currencies)}")
    return seen


SOURCE: Final = Source(
    kind="mempool_space",
    title="mempool.space prices",
    Account=MempoolSpaceAccount,
    support="documented",
    questions=(Question(name="prices", sees=frozenset({PriceSeen}), every=timedelta(minutes=10), talk=prices),),
)
