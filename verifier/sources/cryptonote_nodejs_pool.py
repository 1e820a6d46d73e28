"""cryptonote-nodejs-pool (HeroMiners and others): a counter of hashes per worker, rates, payments, the pool itself."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from verifier.errors import Misread, Unreachable
from verifier.observation import (
    BalanceSeen,
    Exactness,
    Observation,
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
    Count,
    Name,
    Number,
    UnixTime,
    UnixTimeOrNever,
    amount,
    decode,
    fit,
    not_future,
    silence,
    slots,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Reply, Source, Talk, of_its_pool
from verifier.units import Amount, Window

#: `hashrate` is the difficulty of the shares of this span over the span (hashrateWindow 600, lib/api.js); idle is 0.
WINDOW: Final = timedelta(minutes=10)
#: An answer this near to a multiple of ten minutes speaks for the ten minutes before.
APART: Final = timedelta(minutes=2)
#: `hashes` adds up share difficulty, and only CryptoNote's difficulty counts single hashes; elsewhere its unit is not
#: known, and the rates are used.
COUNTED: Final = frozenset({"randomx"})

_HEROMINERS: Final = (
    ("monero", "XMR", "randomx"),
    ("zephyr", "ZEPH", "randomx"),
    ("ravencoin", "RVN", "kawpow"),
    ("kaspa", "KAS", "kheavyhash"),
    ("etc", "ETC", "etchash"),
    ("ergo", "ERG", "autolykos2"),
    ("alephium", "ALPH", "blake3"),
)
#: The members that are known.
POOLS: Final = {
    f"herominers-{name}": {"url": f"https://{name}.herominers.com/api", "coin": coin, "algorithm": algorithm}
    for name, coin, algorithm in _HEROMINERS
}

_8_MB: Final = 8_388_608


class CryptonoteNodejsPoolAccount(Account):
    """An address at one pool of the family; `solo:` before it where one mines alone."""

    pool: Annotated[str, Field(description=f"a known pool: {', '.join(POOLS)}")] = ""
    url: str = "https://monero.herominers.com/api"
    coin: CoinName = "XMR"
    algorithm: AlgorithmName = "randomx"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._+-]{3,256}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


def _listed(value: object) -> object:
    """Some coins of HeroMiners name the workers by key instead of listing them."""
    if isinstance(value, Mapping):
        return [{"name": name, **one} if isinstance(one, Mapping) else one for name, one in value.items()]
    return value


class _Figures(BaseModel):
    hashrate: Number
    hashes: Number | None = None
    # HeroMiners counts what was mined alone beside it, or within it: clients have both, and none says which.
    alone: Annotated[Number, Field(alias="solo_hashes")] = 0.0
    last: Annotated[UnixTimeOrNever, Field(alias="lastShare")] = None


class _Worker(_Figures):
    name: Name


class _Stats(_Figures):
    balance: Count | None = None  # fields are missing until they are first set


_Workers: TypeAlias = Annotated[list[_Worker], Field(max_length=MOST_WORKERS), BeforeValidator(_listed)]


class _Miner(BaseModel):
    stats: _Stats
    workers: _Workers
    payments: Annotated[list[Name], Field(max_length=10_000)]


class _Config(BaseModel):
    symbol: Name
    units: Annotated[Count, Field(alias="coinUnits", gt=0)]
    fee: Number | None = None
    minimum: Annotated[Count | None, Field(alias="minPaymentThreshold")] = None


class _Whole(BaseModel):
    hashrate: Number
    workers: Count | None = None


class _PoolPage(BaseModel):
    config: _Config
    pool: _Whole


class _Moment(BaseModel):
    at: UnixTime


class _Error(BaseModel):
    error: Name | None = None


_Answer = TypeVar("_Answer", bound=BaseModel)


def now(account: CryptonoteNodejsPoolAccount, window: Window) -> Talk:
    """The counters of hashes, the rates of ten minutes, the workers.

    The means of an hour, six and 24 hours and the charts leave idle time out (zeros are not stored) and are not read.
    """
    reply = yield _miner(account)
    page = _answer(_Miner, reply)
    if page is None:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    at = reply.received_at
    if len({one.name for one in page.workers}) < len(page.workers):
        raise Misread("workers: a name is listed twice")
    shown: list[tuple[str | None, _Figures]] = [(None, page.stats), *((one.name, one) for one in page.workers)]
    counted = account.algorithm in COUNTED and not any(one.alone for _, one in shown)
    seen: list[Observation] = []
    for name, one in shown:
        seen.append(RateSeen(worker=name, at=at, per_second=one.hashrate, window=WINDOW, algorithm=account.algorithm))
        if counted:
            if one.hashes is not None:
                seen.append(WorkSeen(worker=name, end=at, hashes=one.hashes, algorithm=account.algorithm))
            continue
        seen += [
            WorkSeen(
                worker=name,
                start=end - WINDOW,
                end=end,
                hashes=rate * WINDOW.total_seconds(),
                exactness=Exactness.AVERAGE,
                algorithm=account.algorithm,
            )
            for end, rate in slots({at: one.hashrate}, WINDOW, APART).items()
            if end <= window.end
        ]
    states = tuple(
        WorkerState(
            name=one.name,
            presence=WorkerPresence.ONLINE if one.hashrate > 0 else WorkerPresence.OFFLINE,
            last_share=None if one.last is None else not_future(one.last, reply),
        )
        for one in page.workers
    )
    return (*seen, WorkersSeen(at=at, workers=states))


def payouts(account: CryptonoteNodejsPoolAccount, _window: Window) -> Talk:
    """The newest payments and the balance, in the unit that the pool says it counts in."""
    told = yield Http(path="/stats")
    config = _config(account, told)
    reply = yield _miner(account)
    page = _answer(_Miner, reply)
    if page is None:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    due = page.stats.balance
    # A flat list: what was paid ("transaction:amount:fee:mixin") and when, in turns.
    rows = [entry.split(":") for entry in page.payments[::2]]
    times = [fit(_Moment, {"at": entry}).at for entry in page.payments[1::2]]
    if len(rows) != len(times) or any(len(row) < 2 or not row[1].isdecimal() for row in rows):
        raise Misread("payments: pairs of a payment and its time were expected")
    return (
        *(() if due is None else (BalanceSeen(at=reply.received_at, amount=_coins(account, config, due)),)),
        *(
            PayoutClaimed(
                id=row[0],
                at=not_future(at, reply),
                amount=_coins(account, config, int(row[1][:40])),
                address=account.address,
                txid=row[0],
            )
            for row, at in zip(rows, times, strict=True)
        ),
    )


def pool(account: CryptonoteNodejsPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate and workers, its fee and its smallest payout."""
    reply = yield Http(path="/stats")
    config = _config(account, reply)
    whole = fit(_PoolPage, decode(reply)).pool
    return (
        PoolSeen(
            at=reply.received_at,
            per_second=whole.hashrate,
            workers=whole.workers,
            fee_rate=None if config.fee is None else config.fee / 100,
            minimum_payout=None if config.minimum is None else _coins(account, config, config.minimum),
        ),
    )


def _miner(account: CryptonoteNodejsPoolAccount) -> Http:
    # Without longpoll=false the server may hold the connection until something changes.
    return Http(path="/stats_address", query={"address": account.address, "longpoll": "false"})


def _answer(model: type[_Answer], reply: Reply) -> _Answer | None:
    """The page, None for an address that is not known; errors come with HTTP 200."""
    document = decode(reply)
    trouble = fit(_Error, document).error
    if trouble is None:
        return fit(model, document)
    if trouble.lower() == "not found":
        return None
    raise Unreachable(trouble)


def _config(account: CryptonoteNodejsPoolAccount, reply: Reply) -> _Config:
    config = fit(_PoolPage, decode(reply)).config
    if config.symbol.upper() != account.coin:
        raise Misread(f"config.symbol: the pool pays {config.symbol}, the account says {account.coin}")
    return config


def _coins(account: CryptonoteNodejsPoolAccount, config: _Config, figure: int) -> Amount:
    return amount(Decimal(figure) / config.units, account.coin)


SOURCE: Final = Source(
    kind="cryptonote_nodejs_pool",
    title="cryptonote-nodejs-pool, HeroMiners",
    Account=CryptonoteNodejsPoolAccount,
    support="documented",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkSeen, WorkersSeen}),
            every=timedelta(minutes=5),
            phase=timedelta(seconds=10),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed, BalanceSeen}),
            every=timedelta(hours=1),
            reach=timedelta(days=30),
            talk=payouts,
            cap=_8_MB,
        ),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(hours=1), talk=pool, cap=_8_MB),
    ),
)
