"""The renter's side: what an order was charged, and what the market says of it."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import OfferSeen, SilenceReason, SpendSeen, WorkersSeen, WorkerState
from verifier.reading import Coins, Name, Number, amount, silence
from verifier.sources.nicehash.speech import (
    PER_PAGE,
    Factor,
    Moment,
    NicehashAccount,
    answer,
    presence,
    private,
    told_time,
)
from verifier.talk import Talk
from verifier.units import Window

#: A price is told for 1 EH/s over a day, whatever unit the market shows it in.
PRICED: Final = Decimal(10) ** 18

_ACTIVE: Final = "ACTIVE"


class _Code(BaseModel):
    code: Name


class _Order(BaseModel):
    id: Name
    paid: Annotated[Coins, Field(alias="payedAmount", ge=0)]
    start: Annotated[Moment | None, Field(alias="startTs")] = None
    end: Annotated[Moment | None, Field(alias="endTs")] = None
    status: _Code
    price: Annotated[Coins, Field(ge=0)]
    limit: Number
    unit: Annotated[Factor, Field(alias="marketFactor")]
    price_unit: Annotated[Factor, Field(alias="priceFactor")]
    speed: Annotated[Number, Field(alias="acceptedCurrentSpeed")]


class _Orders(BaseModel):
    list: Annotated[list[_Order], Field(max_length=1000)]


def order(account: NicehashAccount, _window: Window) -> Talk:
    """The counter of what the order was charged, and what the market says it delivers, limits and costs."""
    yield from told_time()
    reply = yield private(account, f"/main/api/v2/hashpower/order/{account.order}")
    if reply.status == HTTPStatus.NOT_FOUND:
        return silence(reply, SilenceReason.NEVER_SEEN, "the market does not know this order")
    one, at = answer(_Order, reply), reply.received_at
    if one.id != account.order:
        raise Misread("id: another order was answered")
    unit = float(one.unit)
    return (
        SpendSeen(at=at, amount=amount(one.paid)),
        OfferSeen(
            at=at,
            per_second=one.speed * unit,
            limit=one.limit * unit or None,
            price=amount(one.price * PRICED / one.price_unit),
            start=one.start,
            end=one.end,
            state=one.status.code,
        ),
    )


def orders(account: NicehashAccount, window: Window) -> Talk:
    """The orders of the account, so that the one to be watched can be named."""
    yield from told_time()
    until = f"{window.end.timestamp() * 1000:.0f}"
    reply = yield private(account, "/main/api/v2/hashpower/myOrders", ts=until, op="LT", limit=str(PER_PAGE))
    listed = answer(_Orders, reply).list
    if not listed:
        return silence(reply, SilenceReason.NEVER_SEEN, "the account has no orders")
    states = tuple(WorkerState(name=one.id, presence=presence(one.status.code == _ACTIVE)) for one in listed)
    return (WorkersSeen(at=reply.received_at, workers=states),)
