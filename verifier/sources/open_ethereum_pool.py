"""open-ethereum-pool and its relatives 2Miners and SoloPool.org: averages per worker, rewards, payments, the pool."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.fields import Camel, Count, Name, Number, UnixMilliseconds, UnixTime, UnixTimeOrNever
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed, PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import stale, unknown
from verifier.reading import MOST_WORKERS, not_future, read
from verifier.talk import LARGE, Account, FamilyAccount, Http, Source, Talk, asks
from verifier.told import amount, just_ended, listed, rates, recent, rewarded, sent
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

#: `hr` and `hr2` are sums of share difficulty over these spans, a young worker's over at least ten minutes
#: (hashrateWindow and hashrateLargeWindow of the shipped configuration, storage/redis.go); idle time counts as zero.
SMALL: Final = 30 * MINUTE
LONG: Final = 3 * HOUR
#: The pool itself counts a worker as offline after this long (storage/redis.go).
QUIET: Final = 15 * MINUTE
#: An answer this near to the half hour speaks for the half hour before.
APART: Final = 2 * MINUTE
#: Figures of 2Miners older than this (`updatedAt`) stand still.
STALE: Final = 30 * MINUTE

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


class OpenEthereumPoolAccount(FamilyAccount):
    """An address at one pool of the family."""

    members = POOLS
    url: str = POOLS["2miners-etc"]["url"]
    decimals: Annotated[int, Field(ge=0, le=18, description="9 where the pool counts coins in 1e-9")] = 9


class _Worker(Camel):
    hr: Number | None = None
    hr2: Number | None = None
    last_beat: UnixTimeOrNever = None
    offline: bool = False


class _Stats(BaseModel):
    balance: Count | None = None  # keys are missing until they are first set


class _Shown(Camel):
    current_hashrate: Number
    hashrate: Number
    updated_at: UnixMilliseconds | None = None
    stats: _Stats
    workers: Annotated[dict[Name, _Worker], Field(max_length=MOST_WORKERS)]


class _Payment(BaseModel):
    timestamp: UnixTime
    amount: Count
    tx: Name


class _Paid(BaseModel):
    stats: _Stats  # told of an account alone: the list of everybody's payments has the same shape otherwise
    payments: Annotated[list[_Payment] | None, Field(max_length=100_000)]


class _Reward(BaseModel):
    timestamp: UnixTime
    blockhash: Name
    reward: Count
    orphan: bool = False


class _Rewarded(BaseModel):
    rewards: Annotated[list[_Reward] | None, Field(max_length=100_000)]


class _Pool(Camel):
    hashrate: Number
    workers_total: Count | None = None


@asks(RateSeen, WorkSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE, phase=timedelta(seconds=10), cap=LARGE)
def now(account: OpenEthereumPoolAccount, window: Window) -> Talk:
    """The averages of half an hour and three hours, the workers, the balance; at each half hour the work of it."""
    reply = yield _account(account)
    if reply.status == 404:
        return unknown(reply)
    page = read(_Shown, reply)
    at = not_future(page.updated_at or reply.received_at, reply)
    if still := stale(reply, at, STALE):
        return still
    each = [(name, [(SMALL, one.hr), (LONG, one.hr2)]) for name, one in page.workers.items()]
    whole = (None, [(SMALL, page.current_hashrate), (LONG, page.hashrate)])
    # 2Miners and SoloPool.org do not state their spans: nothing but the halves of hours is taken from them.
    unsure = {SMALL, LONG} if account.algorithm in UNSURE or account.pool else ()
    seen = rates(at, [*each, whole], algorithm=account.algorithm, unsure=unsure)
    # The half hour before, as the trailing average at its end says; told when it is asked for near that end.
    halves = () if account.algorithm in UNSURE else [one for one in seen if one.window == SMALL]
    # As the pool says it of itself: offline without a share for 15 minutes; the mark alone where no time is shown.
    workers = ((name, one.last_beat, not one.offline) for name, one in page.workers.items())
    states = ((name, recent(last, at, QUIET, busy), last) for name, last, busy in workers)
    due = () if page.stats.balance is None else (page.stats.balance,)
    return (
        *seen,
        *just_ended(halves, APART, window),
        listed(reply, states, at),
        *(BalanceSeen(at=at, amount=_coins(account, figure)) for figure in due),
    )


def _is_2miners(account: Account) -> bool:
    return isinstance(account, OpenEthereumPoolAccount) and account.pool.startswith("2miners")


@asks(EarningClaimed, every=HOUR, reach=30 * DAY, cap=LARGE, asked_of=_is_2miners)
def earnings(account: OpenEthereumPoolAccount, window: Window) -> Talk:
    """What 2Miners credited per block; what an orphaned block would have brought is not told."""
    reply = yield _account(account)
    if reply.status == 404:
        return unknown(reply)
    return [
        rewarded(reply, one.timestamp, _coins(account, one.reward), id=one.blockhash)
        for one in read(_Rewarded, reply).rewards or ()
        if not one.orphan and one.timestamp >= window.start - HOUR
    ]


@asks(PayoutClaimed, every=HOUR, reach=30 * DAY, cap=LARGE)
def payouts(account: OpenEthereumPoolAccount, _window: Window) -> Talk:
    """The newest payments; null where there was none."""
    reply = yield _account(account)
    if reply.status == 404:
        return unknown(reply)
    return [
        sent(reply, one.timestamp, _coins(account, one.amount), txid=one.tx, address=account.address)
        for one in read(_Paid, reply).payments or ()
    ]


@asks(PoolSeen, every=HOUR)
def pool(_account: OpenEthereumPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate and workers."""
    reply = yield Http(path="/stats")
    shown = read(_Pool, reply)
    return (PoolSeen(at=reply.received_at, per_second=shown.hashrate, workers=shown.workers_total),)


def _account(account: OpenEthereumPoolAccount) -> Http:
    return Http(path=f"/accounts/{account.address}")


def _coins(account: OpenEthereumPoolAccount, figure: int) -> Amount:
    return amount(Decimal(figure).scaleb(-account.decimals), account.coin)


SOURCE: Final = Source(
    kind="open_ethereum_pool", title="open-ethereum-pool, 2Miners, SoloPool.org", Account=OpenEthereumPoolAccount,
    support="documented", pace=2.0, questions=(now, earnings, payouts, pool),
)  # fmt: skip
