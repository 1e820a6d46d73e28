"""The renter's side: what an order was charged, and what the market says of it."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Coins, Name, Number
from verifier.observation import OfferSeen, SpendSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import fit, rows
from verifier.sources.nicehash.speech import PER_PAGE, Factor, Moment, NicehashAccount, answer, private, told_time
from verifier.talk import Talk, asks, leaves_out, names
from verifier.told import amount, listed
from verifier.units import MINUTE, Window

#: A price is told for 1 EH/s over a day, whatever unit the market shows it in.
PRICED: Final = Decimal(10) ** 18


class _Code(BaseModel):
    code: Name


class _Order(BaseModel):
    id: Name
    payedAmount: Annotated[Coins, Field(ge=0)]
    startTs: Moment | None = None
    endTs: Moment | None = None
    status: _Code
    price: Annotated[Coins, Field(ge=0)]
    limit: Number
    marketFactor: Factor
    priceFactor: Factor
    acceptedCurrentSpeed: Number


@asks(SpendSeen, OfferSeen, every=MINUTE, asked_of=names("order"))
def order(account: NicehashAccount, _window: Window) -> Talk:
    """The counter of what the order was charged, and what the market says it delivers, limits and costs."""
    yield from told_time()
    reply = yield private(account, f"/main/api/v2/hashpower/order/{account.order}")
    if reply.status == HTTPStatus.NOT_FOUND:
        return unknown(reply, "the market does not know this order")
    one, at = fit(_Order, answer(reply)), reply.received_at
    if one.id != account.order:
        raise Misread("id: another order was answered")
    unit = float(one.marketFactor)
    return (
        SpendSeen(at=at, amount=amount(one.payedAmount)),
        OfferSeen(
            at=at,
            per_second=one.acceptedCurrentSpeed * unit,
            limit=one.limit * unit or None,
            price=amount(one.price * PRICED / one.priceFactor),
            start=one.startTs,
            end=one.endTs,
            state=one.status.code,
        ),
    )


@asks(WorkersSeen, every=10 * MINUTE, asked_of=leaves_out("order"))
def orders(account: NicehashAccount, window: Window) -> Talk:
    """The orders of the account, so that the one to be watched can be named."""
    yield from told_time()
    until = f"{window.end.timestamp() * 1000:.0f}"
    reply = yield private(account, "/main/api/v2/hashpower/myOrders", ts=until, op="LT", limit=str(PER_PAGE))
    found = rows(_Order, answer(reply), "list", most=1000)
    if not found:
        return unknown(reply, "the account has no orders")
    return (listed(reply, ((one.id, one.status.code == "ACTIVE", None) for one in found)),)
