"""WoolyPooly: averages, workers, balance and payments of an address, read without a key."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, model_validator

from verifier.observation import (
    BalanceSeen,
    PayoutClaimed,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Name,
    Number,
    UnixTime,
    amount,
    not_future,
    read,
    silence,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Source, Talk, of_its_pool
from verifier.units import Window

#: The coins that are known; the pool's name of one is not its ticker.
POOLS: Final = {
    name: {"url": f"https://api.woolypooly.com/api/{name}", "coin": coin, "algorithm": algorithm}
    for name, coin, algorithm in (
        ("raven-1", "RVN", "kawpow"),
        ("etc-1", "ETC", "etchash"),
        ("kas-1", "KAS", "kheavyhash"),
        ("alph-1", "ALPH", "blake3"),
        ("cfx-1", "CFX", "octopus"),
        ("ergo-1", "ERG", "autolykos2"),
        ("xna-1", "XNA", "kawpow"),
    )
}
#: A worker without a sign of life for this long is shown as off.
OFF: Final = timedelta(minutes=30)
#: The pool does not say over which spans it averages; relatives of its software use these.
SMALL: Final = timedelta(minutes=30)
LARGE: Final = timedelta(hours=3)

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_8_MB: Final = 8_388_608


class WoolyPoolyAccount(Account):
    """An address at one coin of WoolyPooly."""

    pool: Annotated[str, Field(description=f"the coin as the pool calls it: {', '.join(POOLS)}")] = ""
    url: str = POOLS["raven-1"]["url"]
    coin: CoinName = "RVN"
    algorithm: AlgorithmName = "kawpow"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Stats(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]
    immature: Annotated[Coins, Field(alias="immature_balance", ge=0)]
    paid: Annotated[Coins, Field(ge=0)]


class _Rates(BaseModel):
    small: Annotated[Number, Field(alias="currentHashrate")]
    large: Annotated[Number, Field(alias="hashrate")]
    day: Annotated[Number, Field(alias="dayHashrate")]


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="worker")]
    rate: Annotated[Number, Field(alias="hr")]
    # 0 before the first one.
    last: Annotated[UnixTime, Field(alias="lastBeat")]


class _Payment(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    at: Annotated[UnixTime, Field(alias="timestamp")]
    tx: Name


class _Page(BaseModel):
    stats: _Stats
    # By mode (pplns, solo) and by algorithm or port.
    modes: Annotated[dict[Name, dict[Name, _Rates]], Field(alias="mode_stats", max_length=20)]
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Paid(BaseModel):
    payments: Annotated[list[_Payment], Field(max_length=10_000)]


def now(account: WoolyPoolyAccount, _window: Window) -> Talk:
    """The rates of all modes together, the workers, and the balance; `mode_stats` is empty before the first share."""
    reply = yield Http(path=f"/accounts/{account.address}")
    page, at = read(_Page, reply), reply.received_at
    if not (page.modes or page.stats.balance or page.stats.immature or page.stats.paid):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has never seen a share of this address")
    parts = [rates for mode in page.modes.values() for rates in mode.values()]
    rates: list[tuple[str | None, float, timedelta]] = []
    if parts:
        rates += [
            (None, sum(one.small for one in parts), SMALL),
            (None, sum(one.large for one in parts), LARGE),
            (None, sum(one.day for one in parts), _DAY),
        ]
    found: dict[str, list[_Worker]] = {}
    for worker in page.workers:
        found.setdefault(worker.name, []).append(worker)
    rates += [(name, sum(one.rate for one in same), SMALL) for name, same in found.items()]
    last = {name: max(not_future(one.last, reply) for one in same) for name, same in found.items()}
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if at - last[name] < OFF else WorkerPresence.OFFLINE,
            sessions=len(same),
            last_share=last[name] if last[name] > _NEVER else None,
        )
        for name, same in found.items()
    )
    return (
        # What the spans are is not documented: these rates are shown and decide nothing.
        *(
            RateSeen(
                worker=name,
                at=at,
                per_second=rate,
                window=span,
                averaging="unsure",
                algorithm=account.algorithm,
            )
            for name, rate, span in rates
        ),
        WorkersSeen(at=at, workers=states),
        BalanceSeen(at=at, amount=amount(page.stats.balance + page.stats.immature, account.coin)),
    )


def payouts(account: WoolyPoolyAccount, _window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield Http(path=f"/accounts/{account.address}")
    return [
        PayoutClaimed(
            id=one.tx,
            at=not_future(one.at, reply),
            amount=amount(one.amount, account.coin),
            address=account.address,
            txid=one.tx,
        )
        for one in read(_Paid, reply).payments
    ]


SOURCE: Final = Source(
    kind="woolypooly",
    title="WoolyPooly",
    Account=WoolyPoolyAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=_HOUR,
            reach=timedelta(days=7),
            talk=payouts,
            cap=_8_MB,
        ),
    ),
)
