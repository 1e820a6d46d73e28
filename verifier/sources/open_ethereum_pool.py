"""open-ethereum-pool and its relatives 2Miners and SoloPool.org: averages per worker, rewards, payments, the pool."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, Field, model_validator

from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Exactness,
    PayoutClaimed,
    PoolSeen,
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
    Count,
    Name,
    Number,
    UnixMilliseconds,
    UnixTime,
    UnixTimeOrNever,
    amount,
    not_future,
    read,
    silence,
    slots,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Reply, Source, Talk, of_its_pool
from verifier.units import Amount, Window

#: `hr` and `hr2` are sums of share difficulty over these spans, a young worker's over at least ten minutes
#: (hashrateWindow and hashrateLargeWindow of the shipped configuration, storage/redis.go); idle time counts as zero.
SMALL: Final = timedelta(minutes=30)
LARGE: Final = timedelta(hours=3)
#: The pool itself counts a worker as offline after this long (storage/redis.go).
QUIET: Final = timedelta(minutes=15)
#: An answer this near to the half hour speaks for the half hour before.
APART: Final = timedelta(minutes=2)
#: Figures of 2Miners older than this (`updatedAt`) stand still.
STALE: Final = timedelta(minutes=30)

_2MINERS: Final = (
    # coin, algorithm, decimals of the coin figures (base software: Shannon, 1e-9; clients of the API for the others)
    ("etc", "ETC", "etchash", "9"),
    ("erg", "ERG", "autolykos2", "9"),
    ("rvn", "RVN", "kawpow", "8"),
    ("zec", "ZEC", "equihash", "8"),
    ("kas", "KAS", "kheavyhash", "8"),
    ("ckb", "CKB", "eaglesong", "8"),
    ("bch", "BCH", "sha256d", "8"),
    ("zeph", "ZEPH", "randomx", "12"),
)
_SOLOPOOL: Final = (("btc", "BTC", "sha256d", "8"), ("bch", "BCH", "sha256d", "8"), ("xmr", "XMR", "randomx", "12"))


def _row(host: str, coin: str, algorithm: str, decimals: str) -> dict[str, str]:
    return {"url": f"https://{host}/api", "coin": coin, "algorithm": algorithm, "decimals": decimals}


#: The members that are known.
POOLS: Final = {
    **{f"2miners-{short}": _row(f"{short}.2miners.com", *rest) for short, *rest in _2MINERS},
    **{f"2miners-solo-{short}": _row(f"solo-{short}.2miners.com", *rest) for short, *rest in _2MINERS},
    **{f"solopool-{short}": _row(f"{short}.solopool.org", *rest) for short, *rest in _SOLOPOOL},
}
#: Pools show up to 4.86 % more solutions than there are (2^33/10^6 per difficulty instead of 2^13); which of these do
#: is not known, so that their averages are shown and do not decide.
UNSURE: Final = frozenset({"equihash"})

_5_MINUTES: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)
_REACH: Final = timedelta(days=30)
_MOST_ROWS: Final = 100_000
_8_MB: Final = 8_388_608


class OpenEthereumPoolAccount(Account):
    """An address at one pool of the family."""

    pool: Annotated[str, Field(description="a known pool, like `2miners-etc`, `2miners-solo-rvn`, `solopool-btc`")] = ""
    url: str = "https://etc.2miners.com/api"
    coin: CoinName = "ETC"
    algorithm: AlgorithmName = "etchash"
    decimals: Annotated[int, Field(ge=0, le=18, description="9 where the pool counts coins in 1e-9")] = 9
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Worker(BaseModel):
    small: Annotated[Number | None, Field(alias="hr")] = None
    large: Annotated[Number | None, Field(alias="hr2")] = None
    last: Annotated[UnixTimeOrNever, Field(alias="lastBeat")] = None
    offline: bool = False


class _Stats(BaseModel):
    balance: Count | None = None  # keys are missing until they are first set
    last_share: Annotated[UnixTimeOrNever, Field(alias="lastShare")] = None


class _Shown(BaseModel):
    small: Annotated[Number, Field(alias="currentHashrate")]
    large: Annotated[Number, Field(alias="hashrate")]
    updated: Annotated[UnixMilliseconds | None, Field(alias="updatedAt")] = None
    stats: _Stats
    workers: Annotated[dict[Name, _Worker], Field(max_length=MOST_WORKERS)]


class _Payment(BaseModel):
    at: Annotated[UnixTime, Field(alias="timestamp")]
    amount: Count
    tx: Name


class _Paid(BaseModel):
    stats: _Stats  # told of an account alone: the list of everybody's payments has the same shape otherwise
    payments: Annotated[list[_Payment] | None, Field(max_length=_MOST_ROWS)]


class _Reward(BaseModel):
    at: Annotated[UnixTime, Field(alias="timestamp")]
    block: Annotated[Name, Field(alias="blockhash")]
    reward: Count
    orphan: bool = False


class _Rewarded(BaseModel):
    rewards: Annotated[list[_Reward] | None, Field(max_length=_MOST_ROWS)]


class _Pool(BaseModel):
    rate: Annotated[Number, Field(alias="hashrate")]
    workers: Annotated[Count | None, Field(alias="workersTotal")] = None


def now(account: OpenEthereumPoolAccount, window: Window) -> Talk:
    """The averages of half an hour and three hours, the workers, the balance; at each half hour the work of it."""
    reply = yield _account(account)
    if reply.status == 404:
        return _never_seen(reply)
    page = read(_Shown, reply)
    at = reply.received_at
    if page.updated is not None:
        at = not_future(page.updated, reply)
        if reply.received_at - at > STALE:
            return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")
    balance = page.stats.balance
    small: dict[str | None, float | None] = {name: one.small for name, one in page.workers.items()}
    large: dict[str | None, float | None] = {name: one.large for name, one in page.workers.items()}
    small[None], large[None] = page.small, page.large
    states = tuple(
        WorkerState(
            name=name,
            presence=_presence(one, at),
            last_share=None if one.last is None else not_future(one.last, reply),
        )
        for name, one in page.workers.items()
    )
    return (
        *_rates(account, at, small, SMALL),
        *_rates(account, at, large, LARGE),
        *_work(account, at, small, window),
        WorkersSeen(at=at, workers=states),
        *(() if balance is None else (BalanceSeen(at=at, amount=_coins(account, balance)),)),
    )


def earnings(account: OpenEthereumPoolAccount, window: Window) -> Talk:
    """What 2Miners credited per block; what an orphaned block would have brought is not told."""
    reply = yield _account(account)
    if reply.status == 404:
        return _never_seen(reply)
    return [
        EarningClaimed(id=one.block, start=not_future(one.at, reply), end=one.at, amount=_coins(account, one.reward))
        for one in read(_Rewarded, reply).rewards or ()
        if not one.orphan and one.at >= window.start - _HOUR
    ]


def payouts(account: OpenEthereumPoolAccount, _window: Window) -> Talk:
    """The newest payments; null where there was none."""
    reply = yield _account(account)
    if reply.status == 404:
        return _never_seen(reply)
    return [
        PayoutClaimed(
            id=one.tx,
            at=not_future(one.at, reply),
            amount=_coins(account, one.amount),
            address=account.address,
            txid=one.tx,
        )
        for one in read(_Paid, reply).payments or ()
    ]


def pool(_account: OpenEthereumPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate and workers."""
    reply = yield Http(path="/stats")
    shown = read(_Pool, reply)
    return (PoolSeen(at=reply.received_at, per_second=shown.rate, workers=shown.workers),)


def _account(account: OpenEthereumPoolAccount) -> Http:
    return Http(path=f"/accounts/{account.address}")


def _never_seen(reply: Reply) -> tuple[Silence]:
    return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")


def _presence(worker: _Worker, at: datetime) -> WorkerPresence:
    """As the pool says it of itself: offline without a share for 15 minutes; the mark alone where no time is shown."""
    idle = worker.offline if worker.last is None else at - worker.last > QUIET
    return WorkerPresence.OFFLINE if idle else WorkerPresence.ONLINE


def _coins(account: OpenEthereumPoolAccount, figure: int) -> Amount:
    return amount(Decimal(figure).scaleb(-account.decimals), account.coin)


def _rates(
    account: OpenEthereumPoolAccount, at: datetime, shown: Mapping[str | None, float | None], span: timedelta
) -> list[RateSeen]:
    return [
        RateSeen(
            worker=name,
            at=at,
            per_second=rate,
            window=span,
            # 2Miners and SoloPool.org do not state their spans: nothing but the halves of hours is taken from them.
            averaging="unsure" if account.algorithm in UNSURE or account.pool else "rolling",
            algorithm=account.algorithm,
        )
        for name, rate in shown.items()
        if rate is not None
    ]


def _work(
    account: OpenEthereumPoolAccount, at: datetime, shown: Mapping[str | None, float | None], window: Window
) -> list[WorkSeen]:
    """The half hour before, as the trailing average at its end says; told when it is asked for near that end."""
    return [
        WorkSeen(
            worker=name,
            start=end - SMALL,
            end=end,
            hashes=rate * SMALL.total_seconds(),
            exactness=Exactness.AVERAGE,
            algorithm=account.algorithm,
        )
        for name, rate in shown.items()
        if rate is not None and account.algorithm not in UNSURE
        for end in slots({at: rate}, SMALL, APART)
        if end <= window.end
    ]


SOURCE: Final = Source(
    kind="open_ethereum_pool",
    title="open-ethereum-pool, 2Miners, SoloPool.org",
    Account=OpenEthereumPoolAccount,
    support="documented",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkSeen, WorkersSeen, BalanceSeen}),
            every=_5_MINUTES,
            phase=timedelta(seconds=10),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="earnings",
            sees=frozenset({EarningClaimed}),
            every=_HOUR,
            reach=_REACH,
            talk=earnings,
            cap=_8_MB,
            asked_of=lambda account: (
                isinstance(account, OpenEthereumPoolAccount) and account.pool.startswith("2miners")
            ),
        ),
        Question(name="payouts", sees=frozenset({PayoutClaimed}), every=_HOUR, reach=_REACH, talk=payouts, cap=_8_MB),
        Question(name="pool", sees=frozenset({PoolSeen}), every=_HOUR, talk=pool),
    ),
)
