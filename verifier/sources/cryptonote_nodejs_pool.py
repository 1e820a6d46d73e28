"""cryptonote-nodejs-pool (HeroMiners and others): a counter of hashes per worker, rates, payments, the pool itself."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field

from verifier.errors import Misread, Unreachable
from verifier.fields import Camel, Count, Name, Number, Percent, UnixTime, UnixTimeOrNever
from verifier.observation import BalanceSeen, PayoutClaimed, PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, decode, fit, read, rows
from verifier.talk import LARGE, FamilyAccount, Http, Reply, Source, Talk, asks
from verifier.told import amount, just_ended, listed, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

#: `hashrate` is the difficulty of the shares of this span over the span (hashrateWindow 600, lib/api.js); idle is 0.
WINDOW: Final = 10 * MINUTE
#: An answer this near to a multiple of ten minutes speaks for the ten minutes before.
APART: Final = 2 * MINUTE
#: `hashes` adds up share difficulty, and only CryptoNote's difficulty counts single hashes; elsewhere its unit is not
#: known, and the rates are used.
COUNTED: Final = frozenset({"randomx"})

#: The members that are known.
POOLS: Final = {
    f"herominers-{name}": {"url": f"https://{name}.herominers.com/api", "coin": coin, "algorithm": algorithm}
    for name, coin, algorithm in (
        ("monero", "XMR", "randomx"),
        ("zephyr", "ZEPH", "randomx"),
        ("ravencoin", "RVN", "kawpow"),
        ("kaspa", "KAS", "kheavyhash"),
        ("etc", "ETC", "etchash"),
        ("ergo", "ERG", "autolykos2"),
        ("alephium", "ALPH", "blake3"),
    )
}


class CryptonoteNodejsPoolAccount(FamilyAccount):
    """An address at one pool of the family; `solo:` before it where one mines alone."""

    members = POOLS
    url: str = POOLS["herominers-monero"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._+-]{3,256}$", description="the address that is mined to")]


def _listed(value: object) -> object:
    """Some coins of HeroMiners name the workers by key instead of listing them."""
    if isinstance(value, Mapping):
        return [{"name": name, **one} if isinstance(one, Mapping) else one for name, one in value.items()]
    return value


class _Figures(Camel):
    hashrate: Number
    hashes: Number | None = None
    # HeroMiners counts what was mined alone beside it, or within it: clients have both, and none says which.
    alone: Annotated[Number, Field(alias="solo_hashes")] = 0.0
    last_share: UnixTimeOrNever = None


class _Worker(_Figures):
    name: Name


class _Stats(_Figures):
    balance: Count | None = None  # fields are missing until they are first set


class _Miner(BaseModel):
    stats: _Stats
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS), BeforeValidator(_listed)]
    payments: Annotated[list[Name], Field(max_length=10_000)]


class _Config(Camel):
    symbol: Name
    coin_units: Annotated[Count, Field(gt=0)]
    fee: Percent | None = None
    min_payment_threshold: Count | None = None


class _Whole(BaseModel):
    hashrate: Number
    workers: Count | None = None


class _PoolPage(BaseModel):
    config: _Config
    pool: _Whole


class _Error(BaseModel):
    error: Name | None = None


@asks(RateSeen, WorkSeen, WorkersSeen, every=5 * MINUTE, phase=timedelta(seconds=10), cap=LARGE)
def now(account: CryptonoteNodejsPoolAccount, window: Window) -> Talk:
    """The counters of hashes, the rates of ten minutes, the workers.

    The means of an hour, six and 24 hours and the charts leave idle time out (zeros are not stored) and are not read.
    """
    reply = yield _miner(account)
    page, at, algorithm = _answer(reply), reply.received_at, account.algorithm
    if page is None:
        return unknown(reply)
    if len({one.name for one in page.workers}) < len(page.workers):
        raise Misread("workers: a name is listed twice")
    shown = [(None, page.stats), *((one.name, one) for one in page.workers)]
    seen = rates(at, ((name, [(WINDOW, one.hashrate)]) for name, one in shown), algorithm=algorithm)
    if algorithm in COUNTED and not any(one.alone for _, one in shown):
        counters = ((name, one.hashes) for name, one in shown)
        work = [WorkSeen(worker=name, end=at, hashes=n, algorithm=algorithm) for name, n in counters if n is not None]
    else:
        work = just_ended(seen, APART, window)
    return (*seen, *work, listed(reply, ((one.name, one.hashrate > 0, one.last_share) for one in page.workers)))


@asks(PayoutClaimed, BalanceSeen, every=HOUR, reach=30 * DAY, cap=LARGE)
def payouts(account: CryptonoteNodejsPoolAccount, _window: Window) -> Talk:
    """The newest payments and the balance, in the unit that the pool says it counts in."""
    told = yield Http(path="/stats")
    config = _pool(account, told).config
    reply = yield _miner(account)
    page = _answer(reply)
    if page is None:
        return unknown(reply)
    due = () if page.stats.balance is None else (page.stats.balance,)
    # A flat list: what was paid ("transaction:amount:fee:mixin") and when, in turns.
    paid = [entry.split(":") for entry in page.payments[::2]]
    times = rows(UnixTime, page.payments[1::2])
    if len(paid) != len(times) or any(len(one) < 2 or not one[1].isdecimal() for one in paid):
        raise Misread("payments: pairs of a payment and its time were expected")
    return (
        *(BalanceSeen(at=reply.received_at, amount=_coins(account, config, figure)) for figure in due),
        *(
            sent(reply, at, _coins(account, config, int(one[1][:40])), txid=one[0], address=account.address)
            for one, at in zip(paid, times, strict=True)
        ),
    )


@asks(PoolSeen, every=HOUR, cap=LARGE)
def pool(account: CryptonoteNodejsPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate and workers, its fee and its smallest payout."""
    reply = yield Http(path="/stats")
    page, at = _pool(account, reply), reply.received_at
    config, whole, least = page.config, page.pool, page.config.min_payment_threshold
    smallest = None if least is None else _coins(account, config, least)
    return (
        PoolSeen(at=at, per_second=whole.hashrate, workers=whole.workers, fee_rate=config.fee, minimum_payout=smallest),
    )


def _miner(account: CryptonoteNodejsPoolAccount) -> Http:
    # Without longpoll=false the server may hold the connection until something changes.
    return Http(path="/stats_address", query={"address": account.address, "longpoll": "false"})


def _answer(reply: Reply) -> _Miner | None:
    """The page, None for an address that is not known; errors come with HTTP 200."""
    document = decode(reply)
    trouble = fit(_Error, document).error
    if trouble is None:
        return fit(_Miner, document)
    if trouble.lower() == "not found":
        return None
    raise Unreachable(trouble)


def _pool(account: CryptonoteNodejsPoolAccount, reply: Reply) -> _PoolPage:
    page = read(_PoolPage, reply)
    if page.config.symbol.upper() != account.coin:
        raise Misread(f"config.symbol: the pool pays {page.config.symbol}, the account says {account.coin}")
    return page


def _coins(account: CryptonoteNodejsPoolAccount, config: _Config, figure: int) -> Amount:
    return amount(Decimal(figure) / config.coin_units, account.coin)


SOURCE: Final = Source(
    kind="cryptonote_nodejs_pool", title="cryptonote-nodejs-pool, HeroMiners", Account=CryptonoteNodejsPoolAccount,
    support="documented", pace=2.0, questions=(now, payouts, pool),
)  # fmt: skip
