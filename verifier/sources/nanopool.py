"""Nanopool: averages per worker, rates of ten minutes, payments and balance of an address, read without a key."""

from typing import Annotated, Any, Final

from pydantic import AliasChoices, BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Funds, Name, Number, UnixTime
from verifier.observation import BalanceSeen, Exactness, PayoutClaimed, RateSeen, WorkersSeen, WorkSeen
from verifier.reading import Many, fit, not_future, read, rows
from verifier.talk import LARGE, FamilyAccount, Http, Quiet, Reply, Source, Talk, asks
from verifier.told import Averages, Over, amount, lately, listed, rates, sent, settled
from verifier.units import DAY, HOUR, MINUTE, Window

#: The coins that are known: what a shown rate is to be multiplied with, to be hashes (or solutions) per second. Of Ergo
#: clients disagree (H/s and MH/s), so that it must be said.
POOLS: Final = {
    name: {"url": f"https://api.nanopool.org/v1/{name}", "coin": name.upper(), "algorithm": algorithm, "unit": unit}
    for name, algorithm, unit in (
        ("rvn", "kawpow", "1e6"), ("cfx", "octopus", "1e6"), ("xmr", "randomx", "1"), ("etc", "etchash", "1e6"),
        ("zec", "equihash", "1"),
    )
}  # fmt: skip
#: Points of the history are this far apart.
SLOT: Final = 10 * MINUTE


class NanopoolAccount(FamilyAccount):
    """An address at one coin of Nanopool."""

    members = POOLS
    url: str = POOLS["rvn"]["url"]
    unit: Annotated[float, Field(gt=0, le=1e12, description="hashes per second behind a shown rate of 1")] = 1e6


class _Averages(Averages):
    h1: Annotated[Number, Over(HOUR)]
    h3: Annotated[Number, Over(3 * HOUR)]
    h6: Annotated[Number, Over(6 * HOUR)]
    h12: Annotated[Number, Over(12 * HOUR)]
    h24: Annotated[Number, Over(DAY)]


class _Worker(_Averages):
    id: Name
    last: Annotated[UnixTime, Field(validation_alias=AliasChoices("lastShare", "lastshare"))]  # clients met both


class _User(BaseModel):
    balance: Funds
    averages: Annotated[_Averages, Field(validation_alias=AliasChoices("avgHashrate", "avghashrate"))]
    workers: Many[_Worker]


class _Point(BaseModel):
    date: UnixTime
    hashrate: Number
    shares: None = None  # another list of the pool has these beside rates in another unit


class _Payment(BaseModel):
    date: UnixTime
    txid: Annotated[Name, Field(alias="txHash")]
    amount: Funds
    confirmed: bool = True


@asks(RateSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE, cap=LARGE)
def now(account: NanopoolAccount, _window: Window) -> Talk:
    """The averages of an hour to a day, shown only (whether idle time counts is not known), workers and the balance."""
    reply = yield Http(path=f"/user/{account.address}")
    user, at = fit(_User, _data(reply)), reply.received_at
    # Who is connected is not told; 0 stands before the first share.
    here = (lately(one.id, one.last if one.last.timestamp() else None, at, 30 * MINUTE) for one in user.workers)
    shown = [(None, user.averages), *((one.id, one) for one in user.workers)]
    return (
        *rates(at, ((name, one.over(account.unit)) for name, one in shown), "unsure", account.algorithm),
        listed(reply, here),
        BalanceSeen(at=at, amount=amount(user.balance, account.coin)),
    )


@asks(WorkSeen, every=SLOT, reach=DAY, cap=LARGE)
def history(account: NanopoolAccount, window: Window) -> Talk:
    """Work per ten minutes that became known in the window; a missing point is not known, and no zero.

    The newest two points are left out: whether one stands for the ten minutes before or after it, and when it is
    final, is not documented.
    """
    reply = yield Http(path=f"/history/{account.address}")
    points = rows(_Point, _data(reply), most=100_000)
    slots = ((not_future(one.date, reply) - SLOT, one.hashrate * account.unit) for one in points)
    return settled(slots, SLOT, window, reply, after=2 * SLOT, exactness=Exactness.AVERAGE, algorithm=account.algorithm)


@asks(PayoutClaimed, every=HOUR, reach=30 * DAY)
def payouts(account: NanopoolAccount, _window: Window) -> Talk:
    """What the pool says it has sent and what the chain has confirmed since: the newest hundred."""
    reply = yield Http(path=f"/payments/{account.address}/0/100")
    return [
        sent(reply, one.date, one.amount, account.coin, txid=one.txid, address=account.address)
        for one in rows(_Payment, _data(reply))
        if one.confirmed
    ]


def _data(reply: Reply) -> object:
    """The data of an answer; an error comes with HTTP 200 and is never a zero."""
    answer = read(dict[str, Any], reply)
    if fit(bool, answer, "status"):
        return answer.get("data")
    says = fit(Name, answer, "error")
    unknown = says.lower() in {"account not found", "no data found"}
    raise Quiet(reply, f"the pool says: {says}") if unknown else Misread(f"the pool says: {says}")


SOURCE: Final = Source(
    kind="nanopool", title="Nanopool", Account=NanopoolAccount, support="documented", pace=2.0,  # 30 calls a minute
    questions=(now, history, payouts),
)  # fmt: skip
