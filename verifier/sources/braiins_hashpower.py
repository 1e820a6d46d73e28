"""Braiins Hashpower: what a bid bought, what of it was accepted and rejected, and what it was charged.

Work is told in millions of difficulty-1 shares. The market bills what it calls purchased, which is accepted and
rejected work together, at a price in satoshi for 1 EH/s over a day. Committed counters are read: they lag some minutes
behind the estimates, and unlike them are not taken back.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from itertools import pairwise
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, Field

from verifier.errors import Implausible, Misread
from verifier.observation import (
    OfferSeen,
    PoolSeen,
    SharesSeen,
    SilenceReason,
    SpendSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import Coins, IsoTime, Name, Number, amount, not_future, read, silence
from verifier.talk import Account, Http, Question, Secret, Source, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window

#: Hashes behind a million difficulty-1 shares.
MILLION: Final = 1_000_000 * HASHES_PER_DIFFICULTY
PH: Final = 1e15
#: An hour is read this long after its end: committed counters follow the estimates by some minutes.
SETTLED: Final = timedelta(minutes=15)
REACH: Final = timedelta(days=2)

_HOUR: Final = timedelta(hours=1)
_MOST: Final = 1000
_FEW: Final = 3
_ACTIVE: Final = "BID_STATUS_ACTIVE"


class BraiinsHashpowerAccount(Account):
    """One bid, or with `bid` left out all bids of the account; read with a read-only token."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)

    url: str = "https://hashpower.braiins.com/v1"
    bid: Annotated[str | None, Field(pattern=r"^B\d{1,20}$", description="id of the bid that is watched")] = None


class _Bid(BaseModel):
    id: Name
    limit: Annotated[Number, Field(alias="speed_limit_ph")] = 0.0
    price: Annotated[Coins, Field(alias="price_sat", ge=0)]
    status: Name
    created: IsoTime | None = None


class _Shares(BaseModel):
    purchased: Annotated[Number, Field(alias="shares_purchased_m")]
    accepted: Annotated[Number, Field(alias="shares_accepted_m")]
    rejected: Annotated[Number, Field(alias="shares_rejected_m")]


class _Counters(_Shares):
    consumed: Annotated[Coins, Field(alias="amount_consumed_sat", ge=0)]


class _State(BaseModel):
    speed: Annotated[Number, Field(alias="avg_speed_ph")]


class _Detail(BaseModel):
    bid: _Bid
    counters: Annotated[_Counters, Field(alias="counters_committed")]
    state: Annotated[_State, Field(alias="state_estimate")]


class _Bids(BaseModel):
    items: Annotated[list[_Detail], Field(max_length=_MOST)]


class _Slot(_Shares):
    end: Annotated[IsoTime, Field(alias="timestamp")]


class _Delivery(BaseModel):
    items: Annotated[list[_Slot], Field(max_length=_MOST)]


class _Balance(BaseModel):
    currency: Name
    spent: Annotated[Coins, Field(alias="total_spot_spent_sat", ge=0)]


class _Balances(BaseModel):
    accounts: Annotated[list[_Balance], Field(max_length=_MOST)]


class _Stats(BaseModel):
    matched: Annotated[Number, Field(alias="hash_rate_matched_10m_ph")]


def bid(account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """The counters of one bid, its limit, price and state."""
    reply = yield _ask(f"/spot/bid/detail/{account.bid}")
    if reply.status == HTTPStatus.NOT_FOUND:
        return silence(reply, SilenceReason.NEVER_SEEN, "the market does not know this bid")
    shown, at = read(_Detail, reply), reply.received_at
    if shown.bid.id != account.bid:
        raise Misread("bid.id: another bid was answered")
    return (
        _work(None, shown, at),
        SpendSeen(at=at, amount=_sats(shown.counters.consumed)),
        OfferSeen(
            at=at,
            per_second=shown.state.speed * PH,
            limit=shown.bid.limit * PH or None,
            price=_sats(shown.bid.price),
            start=shown.bid.created,
            state=shown.bid.status,
        ),
    )


def delivery(account: BraiinsHashpowerAccount, window: Window) -> Talk:
    """Accepted and rejected work of each settled hour, named by its end."""
    since = window.start - _HOUR
    reply = yield _ask(
        f"/spot/bid/delivery/{account.bid}",
        aggregation_period="PERIOD_1_HOUR",
        datetime_from=f"{since:%Y-%m-%dT%H:00:00Z}",
        limit=str(_MOST),
    )
    if reply.status == HTTPStatus.NOT_FOUND:
        return silence(reply, SilenceReason.NEVER_SEEN, "the market does not know this bid")
    slots = sorted(read(_Delivery, reply).items, key=lambda slot: slot.end)
    # A client in use took these rows for counters; work per hour goes down now and then, a counter never does.
    if len(slots) > _FEW and all(0 < a.purchased < b.purchased for a, b in pairwise(slots)):
        raise Implausible("items: counters where the work of each hour was expected")
    return [
        SharesSeen(
            start=slot.end - _HOUR,
            end=slot.end,
            accepted=slot.accepted * MILLION,
            rejected=slot.rejected * MILLION,
        )
        for slot in slots
        if window.start < not_future(slot.end, reply) + SETTLED <= reply.received_at
    ]


def bids(_account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """All bids of the account and the work accepted of each."""
    reply = yield _ask("/spot/bid", limit=str(_MOST))
    listed, at = read(_Bids, reply).items, reply.received_at
    if not listed:
        return silence(reply, SilenceReason.NEVER_SEEN, "the account has no bids")
    states = tuple(
        WorkerState(
            name=one.bid.id,
            presence=WorkerPresence.ONLINE if one.bid.status == _ACTIVE else WorkerPresence.OFFLINE,
        )
        for one in listed
    )
    return (WorkersSeen(at=at, workers=states), *(_work(one.bid.id, one, at) for one in listed))


def spent(_account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """What all bids of the account were charged together."""
    reply = yield _ask("/account/balance")
    shown = [one for one in read(_Balances, reply).accounts if one.currency == "BTC"]
    if not shown:
        return silence(reply, SilenceReason.NEVER_SEEN, "the account holds no bitcoin")
    return (SpendSeen(at=reply.received_at, amount=_sats(sum((one.spent for one in shown), Decimal(0)))),)


def market(_account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """The hashrate that the market sold in the last ten minutes."""
    reply = yield Http(path="/spot/stats")
    return (PoolSeen(at=reply.received_at, per_second=read(_Stats, reply).matched * PH),)


def _work(worker: str | None, shown: _Detail, at: datetime) -> WorkSeen:
    return WorkSeen(worker=worker, end=at, hashes=shown.counters.accepted * MILLION)


def _sats(satoshi: Decimal) -> Amount:
    return amount(satoshi.scaleb(-8))


def _ask(path: str, **query: str) -> Http:
    return Http(path=path, query=query, headers={"apikey": Secret("token")})


def _of_a_bid(account: Account) -> bool:
    return getattr(account, "bid", None) is not None


def _of_an_account(account: Account) -> bool:
    return not _of_a_bid(account)


SOURCE: Final = Source(
    kind="braiins_hashpower",
    title="Braiins Hashpower",
    Account=BraiinsHashpowerAccount,
    support="documented",
    independence="seller_page",
    pace=1.0,
    questions=(
        Question(
            name="bid",
            sees=frozenset({WorkSeen, SpendSeen, OfferSeen}),
            every=timedelta(minutes=1),
            talk=bid,
            asked_of=_of_a_bid,
        ),
        Question(
            name="delivery",
            sees=frozenset({SharesSeen}),
            every=_HOUR,
            phase=SETTLED + timedelta(seconds=15),
            reach=REACH,
            talk=delivery,
            asked_of=_of_a_bid,
        ),
        Question(
            name="bids",
            sees=frozenset({WorkersSeen, WorkSeen}),
            every=timedelta(minutes=5),
            talk=bids,
            cap=8_388_608,
            asked_of=_of_an_account,
        ),
        Question(
            name="spent", sees=frozenset({SpendSeen}), every=timedelta(minutes=10), talk=spent, asked_of=_of_an_account
        ),
        Question(name="market", sees=frozenset({PoolSeen}), every=timedelta(minutes=10), talk=market),
    ),
)
