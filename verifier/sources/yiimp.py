"""yiimp (Zpool, Zergpool): rates of connected workers, balance and payouts in the coin that the pool exchanges into."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread, Unreachable
from verifier.fields import Coins, Count, Name, Number, Percent, UnixTime
from verifier.observation import BalanceSeen, PayoutClaimed, PoolSeen, RateSeen, SilenceReason, WorkersSeen, WorkSeen
from verifier.phrases import unknown
from verifier.reading import Many, Named, decode, fit, silence
from verifier.talk import LARGE, AlgorithmName, CoinName, FamilyAccount, Http, Reply, Source, Talk, asks
from verifier.told import amount, just_ended, listed, rates, sent, together
from verifier.units import HOUR, MINUTE, Window

#: Rates are over five minutes (yaamp_hashrate_step, web/yaamp/core/functions/yaamp.php).
WINDOW: Final = 5 * MINUTE
#: An answer this near to the end of five minutes speaks for them.
APART: Final = 2 * MINUTE
#: What the pool shows for each true hash: difficulty is multiplied with 2^42 / 1000 / 2^32 (yaamp_hashrate_constant).
FACTOR: Final = 1.024
#: What the software calls an algorithm, where that differs.
SHOWN: Final = {"sha256d": "sha256"}
#: The members that are known.
POOLS: Final = {"zpool": {"url": "https://www.zpool.ca/api"}, "zergpool": {"url": "https://zergpool.com/api"}}


class YiimpAccount(FamilyAccount):
    """An address that is paid by a yiimp pool; one algorithm of what is mined to it."""

    members = POOLS
    url: str = POOLS["zpool"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:]{3,128}$", description="the address that is paid")]
    coin: Annotated[CoinName, Field(description="the coin that is paid, whatever was mined")]
    algorithm: AlgorithmName


class _Worker(BaseModel):
    ID: Name = ""
    algo: Name
    accepted: Number


class _Payout(BaseModel):
    time: UnixTime
    amount: Annotated[Coins, Field(ge=0)]
    tx: Name


class _Wallet(BaseModel):
    currency: Name
    unpaid: Annotated[Coins, Field(ge=0)]
    miners: Many[_Worker]
    payouts: Annotated[list[_Payout], Field(max_length=10_000)] = []


class _Algorithm(BaseModel):
    hashrate: Number
    workers: Count | None = None
    fees: Percent | None = None


@asks(RateSeen, WorkSeen, WorkersSeen, BalanceSeen, PayoutClaimed, every=WINDOW, phase=timedelta(seconds=10), cap=LARGE)
def now(account: YiimpAccount, window: Window) -> Talk:
    """The connected workers with their rates, the balance, and payouts of the last day where the pool shows them.

    Nobody connected is zero only while the pool lists workers of others.
    """
    reply = yield Http(path="/walletEx", query={"address": account.address})
    wallet, at = fit(_Wallet, _told(reply)), reply.received_at
    if wallet.currency != account.coin:
        raise Misread(f"currency: the pool pays {wallet.currency[:16]}, the account says {account.coin}")
    mined = [one for one in wallet.miners if one.algo == SHOWN.get(account.algorithm, account.algorithm)]
    shown = together((name, one.accepted / FACTOR) for one in mined for name in (None, one.ID or "unnamed"))
    if not shown:
        status = yield Http(path="/status")
        whole = _of(account, status)
        if whole is None or not whole.workers:
            return silence(status, SilenceReason.STALE, f"the pool lists no worker of anybody in {account.algorithm}")
        shown[None] = 0.0
    told = rates(at, ((name, [(WINDOW, rate)]) for name, rate in shown.items()), algorithm=account.algorithm)
    coin, address = account.coin, account.address
    return (
        *told,
        *just_ended(told, APART, window),
        listed(reply, ((name, True, None) for name in shown if name is not None)),
        BalanceSeen(at=at, amount=amount(wallet.unpaid, coin)),
        *(sent(reply, one.time, one.amount, coin, txid=one.tx, address=address) for one in wallet.payouts),
    )


@asks(PoolSeen, every=HOUR)
def pool(account: YiimpAccount, _window: Window) -> Talk:
    """The pool's rate, workers and fee in the account's algorithm."""
    reply = yield Http(path="/status")
    shown = _of(account, reply)
    if shown is None:
        return unknown(reply, f"the pool does not mine {account.algorithm}")
    at, rate = reply.received_at, shown.hashrate / FACTOR
    return (PoolSeen(at=at, per_second=rate, workers=shown.workers, fee_rate=shown.fees),)


def _of(account: YiimpAccount, reply: Reply) -> _Algorithm | None:
    return fit(Named[_Algorithm], _told(reply)).get(SHOWN.get(account.algorithm, account.algorithm))


def _told(reply: Reply) -> object:
    """Too many questions, an unknown address and a locked account are all answered with nothing (ApiController.php)."""
    if reply.status == 200 and not reply.body.strip():
        raise Unreachable("the pool answered nothing: asked too often, or it does not know the address")
    return decode(reply)


SOURCE: Final = Source(
    kind="yiimp", title="yiimp: Zpool, Zergpool", Account=YiimpAccount, support="documented", pace=60.0,
    questions=(now, pool),
)  # fmt: skip
