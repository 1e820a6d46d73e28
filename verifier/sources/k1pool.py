"""K1Pool: averages, workers, balance and payments of an address, read without a key."""

from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    PayoutClaimed,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Count,
    Name,
    Number,
    UnixTime,
    UnixTimeOrNever,
    amount,
    not_future,
    read,
    silence,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Source, Talk, of_its_pool
from verifier.units import Window

#: The coins that are known, each also mined solo under a name of its own.
POOLS: Final = {
    name: {"url": f"https://k1pool.com/api/miner/{name}", "coin": coin, "algorithm": algorithm}
    for short, coin, algorithm in (
        ("rvn", "RVN", "kawpow"),
        ("etc", "ETC", "etchash"),
        ("ethw", "ETHW", "ethash"),
        ("erg", "ERG", "autolykos2"),
    )
    for name in (short, f"{short}solo")
}
#: Spans by which relatives of the software average; a client calls the second one three hours.
SMALL: Final = timedelta(minutes=30)
LARGE: Final = timedelta(hours=3)

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_8_MB: Final = 8_388_608


class K1PoolAccount(Account):
    """An address at one coin of K1Pool."""

    pool: Annotated[str, Field(description=f"the coin as the pool calls it: {', '.join(POOLS)}")] = ""
    url: str = POOLS["rvn"]["url"]
    coin: CoinName = "RVN"
    algorithm: AlgorithmName = "kawpow"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Worker(BaseModel):
    last: Annotated[UnixTimeOrNever, Field(alias="lastBeat")] = None
    small: Annotated[Number, Field(alias="hr")]
    large: Annotated[Number, Field(alias="hr2")]
    day: Annotated[Number, Field(alias="hr24")]
    offline: bool


# PHP writes an empty map as an empty list.
_Workers: TypeAlias = Annotated[
    dict[Name, _Worker], BeforeValidator(lambda value: {} if value == [] else value), Field(max_length=MOST_WORKERS)
]


class _Miner(BaseModel):
    workers: _Workers
    small: Annotated[Number, Field(alias="curHashrate")]
    large: Annotated[Number, Field(alias="avgHashrate")]
    day: Annotated[Number, Field(alias="dayHashrate")]
    last_share: Annotated[UnixTimeOrNever, Field(alias="lastShare")]
    total: Annotated[Count, Field(alias="paymentsTotal")]
    immature: Annotated[Coins, Field(alias="immatureBalance", ge=0)]
    pending: Annotated[Coins, Field(alias="pendingBalance", ge=0)]
    paid: Annotated[Coins, Field(alias="paidBalance", ge=0)]
    threshold: Annotated[Coins | None, Field(alias="payoutThreshold", ge=0)] = None

    @property
    def never_seen(self) -> bool:
        """An address that the pool does not know is answered with zeros and HTTP 200."""
        return not (self.last_share or self.total or self.paid or self.pending or self.immature or self.workers)


class _Page(BaseModel):
    miner: _Miner


class _Payment(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    at: Annotated[UnixTime, Field(alias="timestamp")]
    tx: Name


class _Payments(BaseModel):
    payments: Annotated[list[_Payment], Field(max_length=10_000)]


class _PaymentsPage(BaseModel):
    miner: _Payments


def now(account: K1PoolAccount, _window: Window) -> Talk:
    """The rates of the address and per worker, the workers, the balance, and the threshold of payouts."""
    reply = yield Http(path=f"/{account.address}")
    miner, at = read(_Page, reply).miner, reply.received_at
    if miner.never_seen:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has never seen a share of this address")
    shown: list[tuple[str | None, _Miner | _Worker]] = [(None, miner), *miner.workers.items()]
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.OFFLINE if worker.offline else WorkerPresence.ONLINE,
            last_share=worker.last and not_future(worker.last, reply),
        )
        for name, worker in miner.workers.items()
    )
    return (
        # What the spans are is not documented: these rates are shown and decide nothing.
        *(
            RateSeen(
                worker=name,
                at=at,
                per_second=rate,
                window=span,
                averaging="unsure",
                algorithm=account.algorithm,
            )
            for name, one in shown
            for span, rate in ((SMALL, one.small), (LARGE, one.large), (_DAY, one.day))
        ),
        WorkersSeen(at=at, workers=states),
        BalanceSeen(at=at, amount=amount(miner.pending + miner.immature, account.coin)),
        AccountSeen(
            at=at,
            payout_address=account.address,
            threshold=None if miner.threshold is None else amount(miner.threshold, account.coin),
        ),
    )


def payouts(account: K1PoolAccount, _window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield Http(path=f"/{account.address}")
    return [
        PayoutClaimed(
            id=one.tx,
            at=not_future(one.at, reply),
            amount=amount(one.amount, account.coin),
            address=account.address,
            txid=one.tx,
        )
        for one in read(_PaymentsPage, reply).miner.payments
    ]


SOURCE: Final = Source(
    kind="k1pool",
    title="K1Pool",
    Account=K1PoolAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, BalanceSeen, AccountSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=_HOUR,
            reach=timedelta(days=7),
            talk=payouts,
            cap=_8_MB,
        ),
    ),
)
