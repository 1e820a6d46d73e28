"""Nanopool: averages per worker, rates of ten minutes, payments and balance of an address, read without a key."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, RootModel, model_validator

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    Exactness,
    PayoutClaimed,
    RateSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Name,
    Number,
    UnixTime,
    amount,
    fit,
    not_future,
    read,
    silence,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Reply, Source, Talk, of_its_pool
from verifier.units import Window

_BASE: Final = "https://api.nanopool.org/v1"
#: The coins that are known: what a shown rate is to be multiplied with, to be hashes (or solutions) per second. Of Ergo
#: clients disagree (H/s and MH/s), so that it must be said.
POOLS: Final = {
    name: {"url": f"{_BASE}/{name}", "coin": coin, "algorithm": algorithm, "unit": unit}
    for name, coin, algorithm, unit in (
        ("rvn", "RVN", "kawpow", "1e6"),
        ("cfx", "CFX", "octopus", "1e6"),
        ("xmr", "XMR", "randomx", "1"),
        ("etc", "ETC", "etchash", "1e6"),
        ("zec", "ZEC", "equihash", "1"),
    )
}
#: A worker without a share for this long is shown as off; the pool itself does not say who is connected.
OFF: Final = timedelta(minutes=30)
#: Points of the history are this far apart.
SLOT: Final = timedelta(minutes=10)
#: So long after its ten minutes a point is told: when it is final is not documented.
SETTLED: Final = timedelta(minutes=10)
#: Payments asked for at once, newest first.
MOST_PAYMENTS: Final = 100

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_REACH: Final = timedelta(days=30)
_LARGE: Final = 8_388_608
_SPANS: Final = (("h1", _HOUR), ("h3", 3 * _HOUR), ("h6", 6 * _HOUR), ("h12", 12 * _HOUR), ("h24", 24 * _HOUR))
#: Words of the error that mean that nothing was ever mined to the address.
_UNKNOWN: Final = frozenset({"account not found", "no data found"})


class NanopoolAccount(Account):
    """An address at one coin of Nanopool."""

    pool: Annotated[str, Field(description=f"the coin as the pool calls it: {', '.join(POOLS)}")] = ""
    url: str = POOLS["rvn"]["url"]
    coin: CoinName = "RVN"
    algorithm: AlgorithmName = "kawpow"
    unit: Annotated[float, Field(gt=0, le=1e12, description="hashes per second behind a shown rate of 1")] = 1e6
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Answer(BaseModel):
    status: bool
    error: Name = ""
    data: Any = None


def _small(value: object) -> object:
    """Clients met ``lastShare`` and ``lastshare``: keys are read without regard to case."""
    return {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, Mapping) else value


class _Averages(BaseModel):
    h1: Number
    h3: Number
    h6: Number
    h12: Number
    h24: Number


class _Worker(_Averages):
    name: Annotated[Name, Field(alias="id")]
    # 0 before the first one.
    last_share: Annotated[UnixTime, Field(alias="lastshare")]

    _small = model_validator(mode="before")(_small)


class _User(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]
    averages: Annotated[_Averages, Field(alias="avghashrate")]
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]

    _small = model_validator(mode="before")(_small)


class _Point(BaseModel):
    at: Annotated[UnixTime, Field(alias="date")]
    rate: Annotated[Number, Field(alias="hashrate")]
    # Another list of the pool has these beside rates in another unit.
    shares: None = None


class _History(RootModel[Annotated[list[_Point], Field(max_length=100_000)]]):
    pass


class _Payment(BaseModel):
    at: Annotated[UnixTime, Field(alias="date")]
    txid: Annotated[Name, Field(alias="txHash")]
    amount: Annotated[Coins, Field(ge=0)]
    confirmed: bool = True


class _Payments(RootModel[Annotated[list[_Payment], Field(max_length=10_000)]]):
    pass


_Model = TypeVar("_Model", bound=BaseModel)


def now(account: NanopoolAccount, _window: Window) -> Talk:
    """The averages of one hour to one day per worker and of the address, the workers, and the balance."""
    reply = yield Http(path=f"/user/{account.address}")
    user = _data(_User, reply)
    if isinstance(user, Silence):
        return (user,)
    at = reply.received_at
    shown: list[tuple[str | None, _Averages]] = [(None, user.averages), *((one.name, one) for one in user.workers)]
    states = tuple(
        WorkerState(
            name=one.name,
            presence=_presence(one.last_share, at),
            last_share=not_future(one.last_share, reply) if one.last_share > _NEVER else None,
        )
        for one in user.workers
    )
    return (
        *(
            RateSeen(
                worker=name,
                at=at,
                per_second=getattr(averages, key) * account.unit,
                window=span,
                # Whether time without shares counts in these means is not known: they are shown and decide nothing.
                averaging="unsure",
                algorithm=account.algorithm,
            )
            for name, averages in shown
            for key, span in _SPANS
        ),
        WorkersSeen(at=at, workers=states),
        BalanceSeen(at=at, amount=amount(user.balance, account.coin)),
    )


def history(account: NanopoolAccount, window: Window) -> Talk:
    """Work per ten minutes that became known in the window; a missing point is not known, and no zero.

    The newest two points are left out: whether one stands for the ten minutes before or after it is not documented.
    """
    reply = yield Http(path=f"/history/{account.address}")
    points = _data(_History, reply)
    if isinstance(points, Silence):
        return (points,)
    return [
        WorkSeen(
            start=point.at - SLOT,
            end=point.at,
            hashes=point.rate * account.unit * SLOT.total_seconds(),
            exactness=Exactness.AVERAGE,
            algorithm=account.algorithm,
        )
        for point in sorted(points.root, key=lambda one: one.at)
        if window.start < not_future(point.at, reply) + SLOT + SETTLED <= reply.received_at
    ]


def payouts(account: NanopoolAccount, _window: Window) -> Talk:
    """What the pool says it has sent and what the chain has confirmed since."""
    reply = yield Http(path=f"/payments/{account.address}/0/{MOST_PAYMENTS}")
    payments = _data(_Payments, reply)
    if isinstance(payments, Silence):
        return (payments,)
    return [
        PayoutClaimed(
            id=one.txid,
            at=not_future(one.at, reply),
            amount=amount(one.amount, account.coin),
            address=account.address,
            txid=one.txid,
        )
        for one in payments.root
        if one.confirmed
    ]


def _data(model: type[_Model], reply: Reply) -> _Model | Silence:
    """The data of an answer; an error comes with HTTP 200 and is never a zero."""
    answer = read(_Answer, reply)
    if answer.status:
        return fit(model, answer.data)
    if answer.error.lower() in _UNKNOWN:
        return silence(reply, SilenceReason.NEVER_SEEN, f"the pool says: {answer.error}")[0]
    raise Misread(f"the pool says: {answer.error[:120]}")


def _presence(last_share: datetime, now: datetime) -> WorkerPresence:
    return WorkerPresence.ONLINE if now - last_share < OFF else WorkerPresence.OFFLINE


SOURCE: Final = Source(
    kind="nanopool",
    title="Nanopool",
    Account=NanopoolAccount,
    support="documented",
    # 30 calls a minute at most, says its interface page.
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_LARGE,
        ),
        Question(name="history", sees=frozenset({WorkSeen}), every=SLOT, reach=_HOUR * 24, talk=history, cap=_LARGE),
        Question(name="payouts", sees=frozenset({PayoutClaimed}), every=_HOUR, reach=_REACH, talk=payouts),
    ),
)
