"""Kryptex Pool: averages per worker, balance and payouts of an address, read without a key."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Coins, Name, Number, UnixMilliseconds, UnixTime
from verifier.observation import BalanceSeen, PayoutClaimed, PoolSeen, RateSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, decode, read, rows
from verifier.talk import LARGE, AlgorithmName, CoinName, FamilyAccount, Http, Source, Talk, asks
from verifier.told import amount, listed, presence, rates, sent, together
from verifier.units import DAY, HOUR, MINUTE, Window

#: The coins that are known.
POOLS: Final = {
    name: {"url": f"https://pool.kryptex.com/{name}/api", "coin": coin, "algorithm": algorithm}
    for name, coin, algorithm in (
        ("etc", "ETC", "etchash"),
        ("rvn", "RVN", "kawpow"),
        ("xmr", "XMR", "randomx"),
        ("erg", "ERG", "autolykos2"),
        ("kas", "KAS", "kheavyhash"),
        ("xna", "XNA", "kawpow"),
    )
}


class KryptexAccount(FamilyAccount):
    """An address at one coin of Kryptex Pool."""

    members = POOLS

    url: str = POOLS["etc"]["url"]
    coin: CoinName = "ETC"
    algorithm: AlgorithmName = "etchash"


class _Balance(BaseModel):
    confirmed: Annotated[Coins, Field(ge=0)]
    unconfirmed: Annotated[Coins, Field(ge=0)]


class _Worker(BaseModel):
    worker: Name
    status: Name
    avg_hashrate_30m: Number
    avg_hashrate_3h: Number
    avg_hashrate_24h: Number
    last_share: UnixMilliseconds | None = None

    def over(self) -> list[tuple[timedelta, float]]:
        """Each average with its span."""
        return [(30 * MINUTE, self.avg_hashrate_30m), (3 * HOUR, self.avg_hashrate_3h), (DAY, self.avg_hashrate_24h)]


class _Payout(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    date: UnixTime
    txid: Name | None = None
    status: Name = "FINISHED"


class _Pool(BaseModel):
    hashrate: Number


@asks(RateSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE, cap=LARGE)
def now(account: KryptexAccount, _window: Window) -> Talk:
    """The averages per worker and of all, the workers, and the balance.

    They count the time before a worker's session as zero (clients in use correct for it): whoever connects anew would
    look short for half an hour, so that they are shown and decide nothing.
    """
    paid = yield Http(path=f"/v1/miner/balance/{account.address}")
    balance = read(_Balance, paid)
    unpaid = balance.confirmed + balance.unconfirmed
    reply = yield Http(path=f"/v3/miner/workers/{account.address}")
    workers = rows(_Worker, decode(reply), "results", most=MOST_WORKERS)
    if not (workers or unpaid):
        return unknown(reply, "the pool lists no worker and no balance of this address")
    if len({one.worker for one in workers}) < len(workers):
        raise Misread("results: a worker is listed twice")
    whole = together(average for one in workers for average in one.over())
    shown = [(None, whole.items()), *((one.worker, one.over()) for one in workers)]
    return (
        *rates(reply.received_at, shown, "unsure", account.algorithm),
        listed(reply, ((one.worker, presence(one.status, "online"), one.last_share) for one in workers)),
        BalanceSeen(at=paid.received_at, amount=amount(unpaid, account.coin)),
    )


@asks(PayoutClaimed, every=HOUR, reach=7 * DAY)
def payouts(account: KryptexAccount, _window: Window) -> Talk:
    """What the pool says it has sent, the newest page; what is under way or has failed was not sent."""
    reply = yield Http(path=f"/v1/miner/payouts/{account.address}")
    return [
        sent(
            reply, one.date, one.amount, account.coin, txid=one.txid, id=one.txid or f"{one.date:%Y-%m-%dT%H:%M:%SZ}",
            address=account.address,
        )
        for one in rows(_Payout, decode(reply), "results")
        if one.status.upper() == "FINISHED"
    ]  # fmt: skip


@asks(PoolSeen, every=HOUR)
def pool(_account: KryptexAccount, _window: Window) -> Talk:
    """The whole pool's rate; its fee is not told, since clients read it as percent and as a fraction."""
    reply = yield Http(path="/v1/pool/stats")
    return (PoolSeen(at=reply.received_at, per_second=read(_Pool, reply).hashrate),)


SOURCE: Final = Source(
    kind="kryptex", title="Kryptex Pool", Account=KryptexAccount, support="experimental", pace=2.0,
    questions=(now, payouts, pool),
)  # fmt: skip
