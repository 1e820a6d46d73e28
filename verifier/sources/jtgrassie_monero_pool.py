"""monero-pool by jtgrassie: exponential averages, connected workers and the balance of an address."""

from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Coins, Count, Name, Number
from verifier.observation import BalanceSeen, PoolSeen, RateSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, decode, fit, read, rows
from verifier.talk import Account, Http, Source, Talk, asks
from verifier.told import amount, listed, rates, together
from verifier.units import DAY, HOUR, MINUTE, Window

COIN: Final = "XMR"
ALGORITHM: Final = "randomx"
#: Spans of the exponential averages (hr_intervals, src/pool.c); they are renewed only when a share arrives.
SPANS: Final = (2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, DAY, 7 * DAY)
#: Which of them the list of workers shows.
OF_A_WORKER: Final = 10 * MINUTE


class JtgrassieMoneroPoolAccount(Account):
    """A Monero address at a pool of this software."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,128}$", description="the address that is mined to")]


class _Whole(BaseModel):
    pool_hashrate: Number
    pool_fee: Number | None = None
    connected_miners: Count | None = None
    payment_threshold: Coins | None = None


class _Miner(BaseModel):
    miner_hashrate_stats: Annotated[list[Number], Field(min_length=len(SPANS), max_length=len(SPANS))]
    miner_balance: Annotated[Coins, Field(ge=0)]
    worker_count: Count


class _Worker(BaseModel):
    name: Name
    rate: Number


@asks(RateSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE)
def now(account: JtgrassieMoneroPoolAccount, _window: Window) -> Talk:
    """The averages, the connected workers and the balance.

    The averages stand still when shares stop, so they are shown and never decide; a worker that is connected may be
    idle, one that is not is missing.
    """
    reply = yield _ask(account, "/stats")
    miner = read(_Miner, reply)
    if not (miner.worker_count or miner.miner_balance or any(miner.miner_hashrate_stats)):
        return unknown(reply, "the pool shows neither workers nor coins of this address")
    page = yield _ask(account, "/workers")
    # A flat list of names and rates in turns.
    flat = rows(object, decode(page), most=2 * MOST_WORKERS)
    if len(flat) % 2:
        raise Misread("workers: names and rates in turns were expected")
    workers = [fit(_Worker, {"name": name, "rate": rate}) for name, rate in zip(flat[::2], flat[1::2], strict=True)]
    whole = zip(SPANS, miner.miner_hashrate_stats, strict=True)
    of_workers = together((one.name, one.rate) for one in workers).items()
    shown = [(None, whole), *((name, [(OF_A_WORKER, rate)]) for name, rate in of_workers)]
    return (
        *rates(page.received_at, shown, "unsure", ALGORITHM),
        listed(reply, ((one.name, True, None) for one in workers)),
        BalanceSeen(at=reply.received_at, amount=amount(miner.miner_balance, COIN)),
    )


@asks(PoolSeen, every=HOUR)
def pool(account: JtgrassieMoneroPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate, connected miners, fee and smallest payout."""
    reply = yield _ask(account, "/stats")
    shown = read(_Whole, reply)
    least = None if shown.payment_threshold is None else amount(shown.payment_threshold, COIN)
    return (
        PoolSeen(
            at=reply.received_at, per_second=shown.pool_hashrate, workers=shown.connected_miners,
            fee_rate=shown.pool_fee, minimum_payout=least,
        ),
    )  # fmt: skip


def _ask(account: JtgrassieMoneroPoolAccount, path: str) -> Http:
    # The address is asked for in a cookie; without it the miner's figures are zero.
    return Http(path=path, headers={"Cookie": f"wa={account.address}"})


SOURCE: Final = Source(
    kind="jtgrassie_monero_pool", title="monero-pool by jtgrassie", Account=JtgrassieMoneroPoolAccount,
    support="documented", algorithm=ALGORITHM, pace=2.0, questions=(now, pool),
)  # fmt: skip
