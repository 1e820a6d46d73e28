"""HashVault: the counter of hashes of a wallet, its workers, its balance and its payments, read without a key."""

from typing import Annotated, Final, TypeAlias

from pydantic import Field

from verifier.fields import Camel, Count, Name, Number, UnixMilliseconds, UnixTime
from verifier.observation import AccountSeen, BalanceSeen, PayoutClaimed, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import unknown
from verifier.reading import decode, read, rows
from verifier.talk import LARGE, FamilyAccount, Http, Source, Talk, asks
from verifier.told import listed, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

#: The coins that are known. All are of Monero's kind: a share's difficulty is the number of hashes behind it.
POOLS: Final = {
    name: {"url": f"https://api.hashvault.pro/v3/{name}", "coin": coin, "algorithm": "randomx"}
    for name, coin in (("monero", "XMR"), ("zephyr", "ZEPH"))
}

_Atoms: TypeAlias = Annotated[Count, Field(le=10**20)]


class HashVaultAccount(FamilyAccount):
    """A wallet at one coin of HashVault."""

    members = POOLS
    url: str = POOLS["monero"]["url"]


class _Side(Camel):
    """What was mined together with others, or solo."""

    total_hashes: Number
    avg1: Annotated[Number, Field(alias="avg1hashRate")]
    avg3: Annotated[Number, Field(alias="avg3hashRate")]
    avg6: Annotated[Number, Field(alias="avg6hashRate")]
    avg24: Annotated[Number, Field(alias="avg24hashRate")]


class _Revenue(Camel):
    confirmed_balance: _Atoms
    total_paid: _Atoms
    payout_threshold: _Atoms | None = None


class _Stats(Camel):
    collective: _Side
    solo: _Side
    revenue: _Revenue


class _Worker(Camel):
    name: Name
    offline: bool
    last_share: UnixMilliseconds | None = None


class _Payment(Camel):
    ts: UnixTime
    amount: _Atoms
    txn_hash: Name | None = None


@asks(WorkSeen, RateSeen, BalanceSeen, AccountSeen, every=5 * MINUTE)
def now(account: HashVaultAccount, _window: Window) -> Talk:
    """The counter of hashes, the averages, and the balance; mined with others and solo taken together."""
    query = {"chart": "false", "poolType": "false", "workers": "false"}
    reply = yield Http(path=f"/wallet/{account.address}/stats", query=query)
    if reply.status == 404:
        return unknown(reply)
    stats, at = read(_Stats, reply), reply.received_at
    one, other, revenue = stats.collective, stats.solo, stats.revenue
    hashes = one.total_hashes + other.total_hashes
    if not (hashes or revenue.total_paid or revenue.confirmed_balance):
        return unknown(reply, "the pool has never seen a share of this address")
    shown = {1: one.avg1 + other.avg1, 3: one.avg3 + other.avg3, 6: one.avg6 + other.avg6, 24: one.avg24 + other.avg24}
    threshold = revenue.payout_threshold
    least = None if threshold is None else Amount(atoms=threshold, coin=account.coin)
    return (
        WorkSeen(end=at, hashes=hashes, algorithm=account.algorithm),
        # Relatives of the software leave idle time out of such means, so that these decide nothing.
        *rates(at, [(None, ((hours * HOUR, rate) for hours, rate in shown.items()))], "unsure", account.algorithm),
        BalanceSeen(at=at, amount=Amount(atoms=revenue.confirmed_balance, coin=account.coin)),
        AccountSeen(at=at, payout_address=account.address, threshold=least),
    )


@asks(WorkersSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: HashVaultAccount, _window: Window) -> Talk:
    """The workers listed."""
    reply = yield Http(path=f"/wallet/{account.address}/workers")
    if reply.status == 404:
        return unknown(reply)
    page = decode(reply)
    found = [one for side in ("collective", "solo") for one in rows(_Worker, page, side)]
    return (listed(reply, ((one.name, not one.offline, one.last_share) for one in found)),)


@asks(PayoutClaimed, every=HOUR, reach=30 * DAY)
def payouts(account: HashVaultAccount, _window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield Http(path=f"/wallet/{account.address}/payments", query={"poolType": "false"})
    if reply.status == 404:
        return unknown(reply)
    return [
        sent(
            reply, one.ts, Amount(atoms=one.amount, coin=account.coin), txid=one.txn_hash, address=account.address,
            id=one.txn_hash or f"{one.ts:%Y-%m-%dT%H:%M:%SZ}/{one.amount}",
        )
        for one in rows(_Payment, decode(reply))
    ]  # fmt: skip


SOURCE: Final = Source(
    kind="hashvault", title="HashVault", Account=HashVaultAccount, support="experimental", pace=2.0,
    questions=(now, workers, payouts),
)  # fmt: skip
