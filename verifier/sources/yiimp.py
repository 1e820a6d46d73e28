"""yiimp (Zpool, Zergpool): rates of connected workers, balance and payouts in the coin that the pool exchanges into."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel, model_validator

from verifier.errors import Misread, Unreachable
from verifier.observation import (
    BalanceSeen,
    Exactness,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Count,
    Name,
    Number,
    UnixTime,
    amount,
    not_future,
    read,
    silence,
    slots,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Reply, Source, Talk, of_its_pool
from verifier.units import Window

#: Rates are over five minutes (yaamp_hashrate_step, web/yaamp/core/functions/yaamp.php).
WINDOW: Final = timedelta(minutes=5)
#: An answer this near to the end of five minutes speaks for them.
APART: Final = timedelta(minutes=2)
#: What the pool shows for each true hash: difficulty is multiplied with 2^42 / 1000 / 2^32 (yaamp_hashrate_constant).
FACTOR: Final = 1.024
#: What the software calls an algorithm, where that differs.
SHOWN: Final = {"sha256d": "sha256"}
#: How a worker without an ID is called here.
UNNAMED: Final = "unnamed"
#: The members that are known.
POOLS: Final = {"zpool": {"url": "https://www.zpool.ca/api"}, "zergpool": {"url": "https://zergpool.com/api"}}

_8_MB: Final = 8_388_608


class YiimpAccount(Account):
    """An address that is paid by a yiimp pool; one algorithm of what is mined to it."""

    pool: Annotated[str, Field(description=f"a known pool: {', '.join(POOLS)}")] = ""
    url: str = POOLS["zpool"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:]{3,128}$", description="the address that is paid")]
    coin: Annotated[CoinName, Field(description="the coin that is paid, whatever was mined")]
    algorithm: AlgorithmName

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="ID")] = ""
    algorithm: Annotated[Name, Field(alias="algo")]
    accepted: Number


class _Payout(BaseModel):
    time: UnixTime
    coins: Annotated[Coins, Field(alias="amount", ge=0)]
    tx: Name


class _Wallet(BaseModel):
    currency: Name
    unpaid: Annotated[Coins, Field(ge=0)]
    miners: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]
    payouts: Annotated[list[_Payout], Field(max_length=10_000)] = []


class _Algorithm(BaseModel):
    hashrate: Number
    workers: Count | None = None
    fees: Number | None = None


class _Status(RootModel[Annotated[dict[Name, _Algorithm], Field(max_length=1000)]]):
    pass


def now(account: YiimpAccount, window: Window) -> Talk:
    """The connected workers with their rates, the balance, and payouts of the last day where the pool shows them.

    Nobody connected is zero only while the pool lists workers of others.
    """
    reply = yield Http(path="/walletEx", query={"address": account.address})
    _refuse_empty(reply)
    wallet, at = read(_Wallet, reply), reply.received_at
    if wallet.currency != account.coin:
        raise Misread(f"currency: the pool pays {wallet.currency[:16]}, the account says {account.coin}")
    rates: dict[str | None, float] = {}
    for worker in wallet.miners:
        if worker.algorithm == SHOWN.get(account.algorithm, account.algorithm):
            for name in (None, worker.name or UNNAMED):
                rates[name] = rates.get(name, 0.0) + worker.accepted / FACTOR
    if not rates:
        status = yield Http(path="/status")
        _refuse_empty(status)
        whole = _of(account, status)
        if whole is None or not whole.workers:
            return silence(status, SilenceReason.STALE, f"the pool lists no worker of anybody in {account.algorithm}")
        rates[None] = 0.0
    states = tuple(WorkerState(name=name, presence=WorkerPresence.ONLINE) for name in rates if name is not None)
    return (
        *(
            RateSeen(worker=name, at=at, per_second=rate, window=WINDOW, algorithm=account.algorithm)
            for name, rate in rates.items()
        ),
        *(
            WorkSeen(
                worker=name,
                start=end - WINDOW,
                end=end,
                hashes=rate * WINDOW.total_seconds(),
                exactness=Exactness.AVERAGE,
                algorithm=account.algorithm,
            )
            for name, rate in rates.items()
            for end in slots({at: rate}, WINDOW, APART)
            if end <= window.end
        ),
        WorkersSeen(at=at, workers=states),
        BalanceSeen(at=at, amount=amount(wallet.unpaid, account.coin)),
        *(
            PayoutClaimed(
                id=payout.tx,
                at=not_future(payout.time, reply),
                amount=amount(payout.coins, account.coin),
                address=account.address,
                txid=payout.tx,
            )
            for payout in wallet.payouts
        ),
    )


def pool(account: YiimpAccount, _window: Window) -> Talk:
    """The pool's rate, workers and fee in the account's algorithm."""
    reply = yield Http(path="/status")
    _refuse_empty(reply)
    shown = _of(account, reply)
    if shown is None:
        return silence(reply, SilenceReason.NEVER_SEEN, f"the pool does not mine {account.algorithm}")
    return (
        PoolSeen(
            at=reply.received_at,
            per_second=shown.hashrate / FACTOR,
            workers=shown.workers,
            fee_rate=None if shown.fees is None else shown.fees / 100,
        ),
    )


def _of(account: YiimpAccount, reply: Reply) -> _Algorithm | None:
    return read(_Status, reply).root.get(SHOWN.get(account.algorithm, account.algorithm))


def _refuse_empty(reply: Reply) -> None:
    """Too many questions, an unknown address and a locked account are all answered with nothing (ApiController.php)."""
    if reply.status == 200 and not reply.body.strip():
        raise Unreachable("the pool answered nothing: asked too often, or it does not know the address")


SOURCE: Final = Source(
    kind="yiimp",
    title="yiimp: Zpool, Zergpool",
    Account=YiimpAccount,
    support="documented",
    pace=60.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkSeen, WorkersSeen, BalanceSeen, PayoutClaimed}),
            every=timedelta(minutes=5),
            phase=timedelta(seconds=10),
            talk=now,
            cap=_8_MB,
        ),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(hours=1), talk=pool),
    ),
)
