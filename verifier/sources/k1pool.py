"""K1Pool: averages, workers, balance and payments of an address, read without a key."""

from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field

from verifier.fields import Coins, Name, Number, UnixTime, UnixTimeOrNever
from verifier.observation import AccountSeen, BalanceSeen, PayoutClaimed, RateSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, decode, fit, rows
from verifier.talk import LARGE, AlgorithmName, CoinName, FamilyAccount, Http, Source, Talk, asks
from verifier.told import amount, listed, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Window

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
SPANS: Final = (30 * MINUTE, 3 * HOUR, DAY)


class K1PoolAccount(FamilyAccount):
    """An address at one coin of K1Pool."""

    members = POOLS

    url: str = POOLS["rvn"]["url"]
    coin: CoinName = "RVN"
    algorithm: AlgorithmName = "kawpow"


class _Worker(BaseModel):
    lastBeat: UnixTimeOrNever = None
    hr: Number
    hr2: Number
    hr24: Number
    offline: bool


# PHP writes an empty map as an empty list.
_Workers: TypeAlias = Annotated[
    dict[Name, _Worker], BeforeValidator(lambda value: {} if value == [] else value), Field(max_length=MOST_WORKERS)
]


class _Miner(BaseModel):
    workers: _Workers
    curHashrate: Number
    avgHashrate: Number
    dayHashrate: Number
    lastShare: UnixTimeOrNever
    paymentsTotal: Number
    immatureBalance: Annotated[Coins, Field(ge=0)]
    pendingBalance: Annotated[Coins, Field(ge=0)]
    paidBalance: Annotated[Coins, Field(ge=0)]
    payoutThreshold: Annotated[Coins | None, Field(ge=0)] = None


class _Page(BaseModel):
    miner: _Miner


class _Payment(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    timestamp: UnixTime
    tx: Name


@asks(RateSeen, WorkersSeen, BalanceSeen, AccountSeen, every=5 * MINUTE, cap=LARGE)
def now(account: K1PoolAccount, _window: Window) -> Talk:
    """The rates of the address and per worker, the workers, the balance, and the threshold of payouts."""
    reply = yield Http(path=f"/{account.address}")
    miner, at = fit(_Page, decode(reply)).miner, reply.received_at
    unpaid = miner.pendingBalance + miner.immatureBalance
    # An address that the pool does not know is answered with zeros and HTTP 200.
    if not (miner.lastShare or miner.paymentsTotal or miner.paidBalance or unpaid or miner.workers):
        return unknown(reply, "the pool has never seen a share of this address")
    whole = (miner.curHashrate, miner.avgHashrate, miner.dayHashrate)
    shown = [(None, whole), *((name, (one.hr, one.hr2, one.hr24)) for name, one in miner.workers.items())]
    threshold = None if miner.payoutThreshold is None else amount(miner.payoutThreshold, account.coin)
    return (
        # What the spans are is not documented: these rates are shown and decide nothing.
        *rates(at, ((name, zip(SPANS, three, strict=True)) for name, three in shown), "unsure", account.algorithm),
        listed(reply, ((name, not one.offline, one.lastBeat) for name, one in miner.workers.items())),
        BalanceSeen(at=at, amount=amount(unpaid, account.coin)),
        AccountSeen(at=at, payout_address=account.address, threshold=threshold),
    )


@asks(PayoutClaimed, every=HOUR, reach=7 * DAY, cap=LARGE)
def payouts(account: K1PoolAccount, _window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield Http(path=f"/{account.address}")
    return [
        sent(reply, one.timestamp, one.amount, account.coin, txid=one.tx, id=one.tx, address=account.address)
        for one in rows(_Payment, decode(reply), "miner", "payments")
    ]


SOURCE: Final = Source(
    kind="k1pool", title="K1Pool", Account=K1PoolAccount, support="experimental", pace=2.0, questions=(now, payouts)
)
