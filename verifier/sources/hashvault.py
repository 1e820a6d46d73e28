"""HashVault: the counter of hashes of a wallet, its workers, its balance and its payments, read without a key."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel, model_validator

from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    PayoutClaimed,
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
    UnixMilliseconds,
    UnixTime,
    not_future,
    read,
    silence,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Source, Talk, of_its_pool
from verifier.units import Amount, Window

_BASE: Final = "https://api.hashvault.pro/v3"
#: The coins that are known. All are of Monero's kind: a share's difficulty is the number of hashes behind it.
POOLS: Final = {
    "monero": {"url": f"{_BASE}/monero", "coin": "XMR", "algorithm": "randomx"},
    "zephyr": {"url": f"{_BASE}/zephyr", "coin": "ZEPH", "algorithm": "randomx"},
}

_MOST_ATOMS: Final = 10**20
_HOUR: Final = timedelta(hours=1)
_LARGE: Final = 8_388_608
_SPANS: Final = ((1, _HOUR), (3, 3 * _HOUR), (6, 6 * _HOUR), (24, 24 * _HOUR))


class HashVaultAccount(Account):
    """A wallet at one coin of HashVault."""

    pool: Annotated[str, Field(description=f"the coin as the pool calls it: {', '.join(POOLS)}")] = ""
    url: str = POOLS["monero"]["url"]
    coin: CoinName = "XMR"
    algorithm: AlgorithmName = "randomx"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{3,160}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Side(BaseModel):
    """What was mined together with others, or solo."""

    total: Annotated[Number, Field(alias="totalHashes")]
    h1: Annotated[Number, Field(alias="avg1hashRate")]
    h3: Annotated[Number, Field(alias="avg3hashRate")]
    h6: Annotated[Number, Field(alias="avg6hashRate")]
    h24: Annotated[Number, Field(alias="avg24hashRate")]


class _Revenue(BaseModel):
    confirmed: Annotated[Count, Field(alias="confirmedBalance", le=_MOST_ATOMS)]
    paid: Annotated[Count, Field(alias="totalPaid", le=_MOST_ATOMS)]
    threshold: Annotated[Count | None, Field(alias="payoutThreshold", le=_MOST_ATOMS)] = None


class _Stats(BaseModel):
    collective: _Side
    solo: _Side
    revenue: _Revenue


class _Worker(BaseModel):
    name: Name
    offline: bool
    last_share: Annotated[UnixMilliseconds | None, Field(alias="lastShare")] = None


class _Workers(BaseModel):
    collective: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]
    solo: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Payment(BaseModel):
    at: Annotated[UnixTime, Field(alias="ts")]
    atoms: Annotated[Count, Field(alias="amount", le=_MOST_ATOMS)]
    txid: Annotated[Name | None, Field(alias="txnHash")] = None


class _Payments(RootModel[Annotated[list[_Payment], Field(max_length=10_000)]]):
    pass


def now(account: HashVaultAccount, _window: Window) -> Talk:
    """The counter of hashes, the averages, and the balance; mined with others and solo taken together."""
    query = {"chart": "false", "poolType": "false", "workers": "false"}
    reply = yield Http(path=f"/wallet/{account.address}/stats", query=query)
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    stats, at = read(_Stats, reply), reply.received_at
    one, other = stats.collective, stats.solo
    if not (one.total or other.total or stats.revenue.paid or stats.revenue.confirmed):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has never seen a share of this address")
    threshold = stats.revenue.threshold
    return (
        WorkSeen(end=at, hashes=one.total + other.total, algorithm=account.algorithm),
        *(
            RateSeen(
                at=at,
                per_second=getattr(one, f"h{hours}") + getattr(other, f"h{hours}"),
                window=span,
                # Relatives of the software leave idle time out of such means, so that these decide nothing.
                averaging="unsure",
                algorithm=account.algorithm,
            )
            for hours, span in _SPANS
        ),
        BalanceSeen(at=at, amount=Amount(atoms=stats.revenue.confirmed, coin=account.coin)),
        AccountSeen(
            at=at,
            payout_address=account.address,
            threshold=None if threshold is None else Amount(atoms=threshold, coin=account.coin),
        ),
    )


def workers(account: HashVaultAccount, _window: Window) -> Talk:
    """The workers listed."""
    reply = yield Http(path=f"/wallet/{account.address}/workers")
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    listed = read(_Workers, reply)
    found: dict[str, list[_Worker]] = {}
    for worker in (*listed.collective, *listed.solo):
        found.setdefault(worker.name, []).append(worker)
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.OFFLINE if all(one.offline for one in same) else WorkerPresence.ONLINE,
            sessions=len(same),
            last_share=max((not_future(one.last_share, reply) for one in same if one.last_share), default=None),
        )
        for name, same in found.items()
    )
    return (WorkersSeen(at=reply.received_at, workers=states),)


def payouts(account: HashVaultAccount, _window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield Http(path=f"/wallet/{account.address}/payments", query={"poolType": "false"})
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    return [
        PayoutClaimed(
            id=one.txid or f"{one.at:%Y-%m-%dT%H:%M:%SZ}/{one.atoms}",
            at=not_future(one.at, reply),
            amount=Amount(atoms=one.atoms, coin=account.coin),
            address=account.address,
            txid=one.txid,
        )
        for one in read(_Payments, reply).root
    ]


SOURCE: Final = Source(
    kind="hashvault",
    title="HashVault",
    Account=HashVaultAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({WorkSeen, RateSeen, BalanceSeen, AccountSeen}),
            every=timedelta(minutes=5),
            talk=now,
        ),
        Question(name="workers", sees=frozenset({WorkersSeen}), every=timedelta(minutes=10), talk=workers, cap=_LARGE),
        Question(name="payouts", sees=frozenset({PayoutClaimed}), every=_HOUR, reach=timedelta(days=30), talk=payouts),
    ),
)
