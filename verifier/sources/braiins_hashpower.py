"""Braiins Hashpower: what a bid bought, what of it was accepted and rejected, and what it was charged.

Work is told in millions of difficulty-1 shares. The market bills what it calls purchased, which is accepted and
rejected work together, at a price in satoshi for 1 EH/s over a day. Committed counters are read: they lag some minutes
behind the estimates, and unlike them are not taken back.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from verifier.errors import Implausible, Misread
from verifier.fields import Funds, IsoTime, Name, Number
from verifier.observation import OfferSeen, PoolSeen, SharesSeen, SpendSeen, WorkersSeen, WorkSeen
from verifier.phrases import known
from verifier.reading import decode, not_future, read, rows
from verifier.talk import LARGE, Account, Http, Quiet, Secret, Source, Talk, asks, leaves_out, names
from verifier.told import amount, listed
from verifier.units import DAY, HASHES_PER_DIFFICULTY, HOUR, MINUTE, Window

#: What is told in millions of difficulty-1 shares, in PH/s and in satoshi.
_Shared: TypeAlias = Annotated[Number, AfterValidator(lambda millions: millions * (1_000_000 * HASHES_PER_DIFFICULTY))]
_Speed: TypeAlias = Annotated[Number, AfterValidator(lambda petahashes: petahashes * 1e15)]
_Sats: TypeAlias = Annotated[Funds, AfterValidator(lambda satoshi: satoshi.scaleb(-8))]
#: An hour is read this long after its end: committed counters follow the estimates by some minutes.
SETTLED: Final = 15 * MINUTE
#: Rows of one answer.
MOST: Final = 1000


class BraiinsHashpowerAccount(Account):
    """One bid, or with `bid` left out all bids of the account; read with a read-only token."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    url: str = "https://hashpower.braiins.com/v1"
    bid: Annotated[str | None, Field(pattern=r"^B\d{1,20}$", description="id of the bid that is watched")] = None


class _Bid(BaseModel):
    id: Name
    speed_limit_ph: _Speed = 0.0
    price_sat: _Sats
    status: Name
    created: IsoTime | None = None


class _Shares(BaseModel):
    shares_purchased_m: _Shared
    shares_accepted_m: _Shared
    shares_rejected_m: _Shared


class _Counters(_Shares):
    amount_consumed_sat: _Sats


class _State(BaseModel):
    avg_speed_ph: _Speed


class _Detail(BaseModel):
    bid: _Bid
    counters_committed: _Counters
    state_estimate: _State

    def work(self, at: datetime, worker: str | None = None) -> WorkSeen:
        return WorkSeen(worker=worker, end=at, hashes=self.counters_committed.shares_accepted_m)


class _Slot(_Shares):
    timestamp: IsoTime


class _Balance(BaseModel):
    currency: Name
    total_spot_spent_sat: _Sats


@asks(WorkSeen, SpendSeen, OfferSeen, every=MINUTE, asked_of=names("bid"))
def bid(account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """The counters of one bid, its limit, price and state."""
    reply = yield _ask(f"/spot/bid/detail/{account.bid}")
    shown, at = read(_Detail, known(reply, "the market does not know this bid")), reply.received_at
    if shown.bid.id != account.bid:
        raise Misread("bid.id: another bid was answered")
    return (
        shown.work(at),
        SpendSeen(at=at, amount=amount(shown.counters_committed.amount_consumed_sat)),
        OfferSeen(
            at=at, per_second=shown.state_estimate.avg_speed_ph, limit=shown.bid.speed_limit_ph or None,
            price=amount(shown.bid.price_sat), start=shown.bid.created, state=shown.bid.status,
        ),
    )  # fmt: skip


@asks(SharesSeen, every=HOUR, phase=SETTLED + timedelta(seconds=15), reach=2 * DAY, asked_of=names("bid"))
def delivery(account: BraiinsHashpowerAccount, window: Window) -> Talk:
    """Accepted and rejected work of each settled hour, named by its end."""
    since = f"{window.start - HOUR:%Y-%m-%dT%H:00:00Z}"
    query = {"aggregation_period": "PERIOD_1_HOUR", "datetime_from": since, "limit": str(MOST)}
    reply = yield _ask(f"/spot/bid/delivery/{account.bid}", **query)
    page = decode(known(reply, "the market does not know this bid"))
    slots = sorted(rows(_Slot, page, "items", most=MOST), key=lambda slot: slot.timestamp)
    # A client in use took these rows for counters; work per hour goes down now and then, a counter never does.
    if len(slots) > 3 and all(0 < a.shares_purchased_m < b.shares_purchased_m for a, b in pairwise(slots)):
        raise Implausible("items: counters where the work of each hour was expected")
    return [
        SharesSeen(start=end - HOUR, end=end, accepted=slot.shares_accepted_m, rejected=slot.shares_rejected_m)
        for slot in slots
        for end in [not_future(slot.timestamp, reply)]
        if window.start < end + SETTLED <= reply.received_at
    ]


@asks(WorkersSeen, WorkSeen, every=5 * MINUTE, cap=LARGE, asked_of=leaves_out("bid"))
def bids(_account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """All bids of the account and the work accepted of each."""
    reply = yield _ask("/spot/bid", limit=str(MOST))
    found = rows(_Detail, decode(reply), "items", most=MOST)
    if not found:
        raise Quiet(reply, "the account has no bids")
    workers = listed(reply, ((one.bid.id, one.bid.status == "BID_STATUS_ACTIVE", None) for one in found))
    return (workers, *(one.work(reply.received_at, one.bid.id) for one in found))


@asks(SpendSeen, every=10 * MINUTE, asked_of=leaves_out("bid"))
def spent(_account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """What all bids of the account were charged together."""
    reply = yield _ask("/account/balance")
    balances = rows(_Balance, decode(reply), "accounts", most=MOST)
    sums = [one.total_spot_spent_sat for one in balances if one.currency == "BTC"]
    if not sums:
        raise Quiet(reply, "the account holds no bitcoin")
    return (SpendSeen(at=reply.received_at, amount=amount(sum(sums, Decimal(0)))),)


@asks(PoolSeen, every=10 * MINUTE)
def market(_account: BraiinsHashpowerAccount, _window: Window) -> Talk:
    """The hashrate that the market sold in the last ten minutes."""
    reply = yield Http(path="/spot/stats")
    return (PoolSeen(at=reply.received_at, per_second=read(_Speed, reply, "hash_rate_matched_10m_ph")),)


def _ask(path: str, **query: str) -> Http:
    return Http(path=path, query=query, headers={"apikey": Secret("token")})


SOURCE: Final = Source(
    kind="braiins_hashpower", title="Braiins Hashpower", Account=BraiinsHashpowerAccount, support="documented",
    independence="seller_page", questions=(bid, delivery, bids, spent, market),
)  # fmt: skip
