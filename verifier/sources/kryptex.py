"""Kryptex Pool: averages per worker, balance and payouts of an address, read without a key."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, model_validator

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    Observation,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Name,
    Number,
    UnixMilliseconds,
    UnixTime,
    amount,
    not_future,
    presence,
    read,
    silence,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Source, Talk, of_its_pool
from verifier.units import Window

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

_HOUR: Final = timedelta(hours=1)
_LARGE: Final = 8_388_608


class KryptexAccount(Account):
    """An address at one coin of Kryptex Pool."""

    pool: Annotated[str, Field(description=f"the coin as the pool calls it: {', '.join(POOLS)}")] = ""
    url: str = POOLS["etc"]["url"]
    coin: CoinName = "ETC"
    algorithm: AlgorithmName = "etchash"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Balance(BaseModel):
    confirmed: Annotated[Coins, Field(ge=0)]
    unconfirmed: Annotated[Coins, Field(ge=0)]


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="worker")]
    status: Name
    m30: Annotated[Number, Field(alias="avg_hashrate_30m")]
    h3: Annotated[Number, Field(alias="avg_hashrate_3h")]
    h24: Annotated[Number, Field(alias="avg_hashrate_24h")]
    last_share: UnixMilliseconds | None = None


class _Workers(BaseModel):
    results: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Payout(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    at: Annotated[UnixTime, Field(alias="date")]
    txid: Name | None = None
    status: Name = "FINISHED"


class _Payouts(BaseModel):
    results: Annotated[list[_Payout], Field(max_length=10_000)]


class _Pool(BaseModel):
    rate: Annotated[Number, Field(alias="hashrate")]


def now(account: KryptexAccount, _window: Window) -> Talk:
    """The averages per worker and of all, the workers, and the balance.

    They count the time before a worker's session as zero (clients in use correct for it): whoever connects anew would
    look short for half an hour, so that they are shown and decide nothing.
    """
    paid = yield Http(path=f"/v1/miner/balance/{account.address}")
    balance = read(_Balance, paid)
    reply = yield Http(path=f"/v3/miner/workers/{account.address}")
    listed, at = read(_Workers, reply).results, reply.received_at
    if not (listed or balance.confirmed or balance.unconfirmed):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool lists no worker and no balance of this address")
    names = [one.name for one in listed]
    if len(set(names)) < len(names):
        raise Misread("results: a worker is listed twice")
    spans = (
        (timedelta(minutes=30), {one.name: one.m30 for one in listed}),
        (3 * _HOUR, {one.name: one.h3 for one in listed}),
        (24 * _HOUR, {one.name: one.h24 for one in listed}),
    )
    seen: list[Observation] = []
    for span, rates in spans if listed else ():
        whole: list[tuple[str | None, float]] = [(None, sum(rates.values())), *rates.items()]
        seen += [
            RateSeen(worker=name, at=at, per_second=rate, window=span, averaging="unsure", algorithm=account.algorithm)
            for name, rate in whole
        ]
    states = tuple(
        WorkerState(
            name=one.name,
            presence=presence(one.status, "online"),
            last_share=one.last_share and not_future(one.last_share, reply),
        )
        for one in listed
    )
    unpaid = amount(balance.confirmed + balance.unconfirmed, account.coin)
    return (*seen, WorkersSeen(at=at, workers=states), BalanceSeen(at=paid.received_at, amount=unpaid))


def payouts(account: KryptexAccount, _window: Window) -> Talk:
    """What the pool says it has sent, the newest page; what is under way or has failed was not sent."""
    reply = yield Http(path=f"/v1/miner/payouts/{account.address}")
    return [
        PayoutClaimed(
            id=one.txid or f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
            at=not_future(one.at, reply),
            amount=amount(one.amount, account.coin),
            address=account.address,
            txid=one.txid,
        )
        for one in read(_Payouts, reply).results
        if one.status.upper() == "FINISHED"
    ]


def pool(_account: KryptexAccount, _window: Window) -> Talk:
    """The whole pool's rate; its fee is not told, since clients read it as percent and as a fraction."""
    reply = yield Http(path="/v1/pool/stats")
    shown = read(_Pool, reply)
    return (PoolSeen(at=reply.received_at, per_second=shown.rate),)


SOURCE: Final = Source(
    kind="kryptex",
    title="Kryptex Pool",
    Account=KryptexAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_LARGE,
        ),
        Question(name="payouts", sees=frozenset({PayoutClaimed}), every=_HOUR, reach=timedelta(days=7), talk=payouts),
        Question(name="pool", sees=frozenset({PoolSeen}), every=_HOUR, talk=pool),
    ),
)
