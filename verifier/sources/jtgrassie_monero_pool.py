"""monero-pool by jtgrassie: exponential averages, connected workers and the balance of an address."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import MOST_WORKERS, Coins, Count, Name, Number, amount, fit, read, silence
from verifier.talk import Account, Http, Question, Reply, Source, Talk
from verifier.units import Window

COIN: Final = "XMR"
ALGORITHM: Final = "randomx"
#: Spans of the exponential averages (hr_intervals, src/pool.c); they are renewed only when a share arrives.
SPANS: Final = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
)
#: Which of them the list of workers shows.
OF_A_WORKER: Final = timedelta(minutes=10)


class JtgrassieMoneroPoolAccount(Account):
    """A Monero address at a pool of this software."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,128}$", description="the address that is mined to")]


class _Whole(BaseModel):
    rate: Annotated[Number, Field(alias="pool_hashrate")]
    fee: Annotated[Number | None, Field(alias="pool_fee")] = None
    miners: Annotated[Count | None, Field(alias="connected_miners")] = None
    threshold: Annotated[Coins | None, Field(alias="payment_threshold")] = None


class _Miner(BaseModel):
    rates: Annotated[list[Number], Field(alias="miner_hashrate_stats", min_length=6, max_length=6)]
    balance: Annotated[Coins, Field(alias="miner_balance", ge=0)]
    workers: Annotated[Count, Field(alias="worker_count")]


class _List(RootModel[Annotated[list[object], Field(max_length=2 * MOST_WORKERS)]]):
    pass


class _Worker(BaseModel):
    name: Name
    rate: Number


def now(account: JtgrassieMoneroPoolAccount, _window: Window) -> Talk:
    """The averages, the connected workers and the balance.

    The averages stand still when shares stop, so they are shown and never decide; a worker that is connected may be
    idle, one that is not is missing.
    """
    reply = yield _ask(account, "/stats")
    miner = read(_Miner, reply)
    if not (miner.workers or miner.balance or any(miner.rates)):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool shows neither workers nor coins of this address")
    page = yield _ask(account, "/workers")
    # A flat list of names and rates in turns.
    flat = read(_List, page).root
    if len(flat) % 2:
        raise Misread("workers: names and rates in turns were expected")
    workers = [fit(_Worker, {"name": name, "rate": rate}) for name, rate in zip(flat[::2], flat[1::2], strict=True)]
    at = reply.received_at
    sessions = Counter(one.name for one in workers)
    together: dict[str, float] = {}
    for one in workers:
        together[one.name] = together.get(one.name, 0.0) + one.rate
    states = tuple(
        WorkerState(name=name, presence=WorkerPresence.ONLINE, sessions=number) for name, number in sessions.items()
    )
    rates = [
        *(_rate(None, rate, span, page) for span, rate in zip(SPANS, miner.rates, strict=True)),
        *(_rate(name, rate, OF_A_WORKER, page) for name, rate in together.items()),
    ]
    return (*rates, WorkersSeen(at=at, workers=states), BalanceSeen(at=at, amount=amount(miner.balance, COIN)))


def pool(account: JtgrassieMoneroPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate, connected miners, fee and smallest payout."""
    reply = yield _ask(account, "/stats")
    shown = read(_Whole, reply)
    return (
        PoolSeen(
            at=reply.received_at,
            per_second=shown.rate,
            workers=shown.miners,
            fee_rate=shown.fee,
            minimum_payout=None if shown.threshold is None else amount(shown.threshold, COIN),
        ),
    )


def _rate(name: str | None, rate: float, span: timedelta, reply: Reply) -> RateSeen:
    return RateSeen(
        worker=name,
        at=reply.received_at,
        per_second=rate,
        window=span,
        averaging="unsure",
        algorithm=ALGORITHM,
    )


def _ask(account: JtgrassieMoneroPoolAccount, path: str) -> Http:
    # The address is asked for in a cookie; without it the miner's figures are zero.
    return Http(path=path, headers={"Cookie": f"wa={account.address}"})


SOURCE: Final = Source(
    kind="jtgrassie_monero_pool",
    title="monero-pool by jtgrassie",
    Account=JtgrassieMoneroPoolAccount,
    support="documented",
    algorithm=ALGORITHM,
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            talk=now,
        ),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(hours=1), talk=pool),
    ),
)
