"""miningcore: averages and slots of ten minutes per worker, the ledger of credits, payments, and the pool itself."""

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field

from verifier.fields import Camel, Coins, IsoTime, Name, Number, Percent
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkersSeen,
    WorkSeen,
)
from verifier.phrases import paged, stale, unknown
from verifier.reading import MOST_WORKERS, decode, not_future, read, rows, silence
from verifier.talk import LARGE, AlgorithmName, Ask, CoinName, FamilyAccount, Http, Reply, Source, Talk, asks
from verifier.told import amount, charted, listed, rates, rewarded, sent
from verifier.units import DAY, HOUR, MINUTE, Window

#: Hashrates are sums of share difficulty over ten minutes (statistics.hashrateCalculationWindow, StatsRecorder.cs).
WINDOW: Final = 10 * MINUTE
#: Samples of the last hour are averages over three minutes, so one lies this near to the end of every slot.
APART: Final = timedelta(seconds=90)
#: `performance` is left out when it is older than 20 minutes (PoolApiController.cs); later it stands still.
STALE: Final = 30 * MINUTE
#: How many others are looked at for a sign that the pool still writes samples down.
MOST_OTHERS: Final = 4
#: How far back credits and payments are read, and how many rows and pages of them at most.
REACH: Final = 180 * DAY
ROWS: Final = 100
MOST_PAGES: Final = 20
#: What the pool shows for each true hash: 8589.93 instead of 8192 solutions per difficulty; a flat bonus for Ergo
#: (HashrateFromShares of the equihash and ergo pools).
FACTORS: Final = {"equihash": 8589.934592 / 8192, "autolykos2": 1.15}
#: The members that are known: their address.
POOLS: Final = {"vipor": {"url": "https://master.vipor.net/api"}}

_SAMPLE: Final = 3 * MINUTE


class MiningcoreAccount(FamilyAccount):
    """An address at one coin of a miningcore server."""

    members = POOLS
    url: str = POOLS["vipor"]["url"]
    pool_id: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="how the server calls the coin's pool")]
    coin: CoinName
    algorithm: AlgorithmName


def _zoned(value: object) -> object:
    """Old databases leave the zone out (issue 953); the server writes UTC, and one that does not shows as stale."""
    return f"{value}Z" if isinstance(value, str) and value[-1:].isdigit() and "+" not in value else value


_Time: TypeAlias = Annotated[IsoTime, BeforeValidator(_zoned)]


class _Worker(BaseModel):
    hashrate: Number


class _Sample(BaseModel):
    created: _Time
    workers: Annotated[dict[Name, _Worker], Field(min_length=1, max_length=MOST_WORKERS)]


class _Miner(Camel):
    pending_shares: Number
    pending_balance: Annotated[Coins, Field(ge=0)]
    total_paid: Annotated[Coins, Field(ge=0)]
    performance: _Sample | None = None
    performance_samples: Annotated[list[_Sample], Field(default_factory=list, max_length=1000)]

    def ever_seen(self) -> bool:
        """Whether the pool has seen a share or payment of the address: it answers for any."""
        known = self.pending_shares or self.pending_balance or self.total_paid
        return bool(known or self.performance or self.performance_samples)


class _Other(BaseModel):
    # The pattern of an account's address: it becomes a part of a path.
    miner: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$")]


class _Entry(Camel):
    amount: Coins
    created: _Time
    usage: Name = ""
    txid: Annotated[Name | None, Field(alias="transactionConfirmationData")] = None


class _Payout(Camel):
    minimum_payment: Coins | None = None
    payout_scheme: Name | None = None


class _Stats(Camel):
    pool_hashrate: Number


class _Pool(Camel):
    pool_fee_percent: Percent | None = None
    payment_processing: _Payout
    pool_stats: _Stats


class _PoolPage(BaseModel):
    pool: _Pool


@asks(RateSeen, WorkersSeen, WorkSeen, BalanceSeen, every=5 * MINUTE, reach=HOUR, cap=LARGE)
def now(account: MiningcoreAccount, window: Window) -> Talk:
    """The newest averages per worker, slots of the last hour, the workers, and the balance.

    An idle worker has one sample of zero and then none, so a mean over the samples shown would hide that it was off:
    no mean is read, and a worker that two samples in a row leave out did nothing then. An address without samples did
    nothing at the moments at which somebody else has one; otherwise the pool may have stopped writing them down.
    """
    reply = yield Http(path=_miner(account), query={"perfMode": "Hour"})
    miner = read(_Miner, reply)
    if not miner.ever_seen():
        return unknown(reply, "the pool has never seen a share or payment of this address")
    samples = {not_future(one.created, reply): _rates(account, one) for one in miner.performance_samples}
    if miner.performance is not None:
        at, shown = not_future(miner.performance.created, reply), _rates(account, miner.performance)
        if still := stale(reply, at, STALE):
            return still
    else:
        at, written = reply.received_at, (yield from _written(account))
        if not written:
            return silence(reply, SilenceReason.STALE, "the pool shows no new hashrate of anybody")
        last = max(samples, default=at - HOUR)
        samples |= {moment: {} for moment in written if moment > last}
        shown = dict.fromkeys(_names(samples), 0.0)
    over = ((name, [(WINDOW, rate)]) for name, rate in (*shown.items(), (None, sum(shown.values()))))
    return (
        *rates(at, over, algorithm=account.algorithm),
        listed(reply, ((name, rate > 0, None) for name, rate in shown.items()), at),
        *_worked(account, window, reply, samples),
        BalanceSeen(at=reply.received_at, amount=amount(miner.pending_balance, account.coin)),
    )


@asks(EarningClaimed, every=HOUR, reach=REACH, cap=LARGE)
def credits(account: MiningcoreAccount, window: Window) -> Talk:  # noqa: A001 - the question's own name
    """What was credited per block; payouts are the negative entries of the same ledger."""
    reply, entries = yield from _entries(f"{_miner(account)}/balancechanges", window)
    known = ((f"{one.created:%Y-%m-%dT%H:%M:%S.%fZ}/{one.usage.rpartition(' ')[2]}", one) for one in entries)
    return [rewarded(reply, one.created, one.amount, account.coin, id=name) for name, one in known]


@asks(PayoutClaimed, every=HOUR, reach=REACH, cap=LARGE)
def payouts(account: MiningcoreAccount, window: Window) -> Talk:
    """What the pool says it has sent."""
    reply, entries = yield from _entries(f"{_miner(account)}/payments", window)
    known = ((one.txid or f"{one.created:%Y-%m-%dT%H:%M:%S.%fZ}", one) for one in entries)
    return [
        sent(reply, one.created, one.amount, account.coin, id=name, txid=one.txid, address=account.address)
        for name, one in known
    ]


@asks(PoolSeen, every=HOUR)
def pool(account: MiningcoreAccount, _window: Window) -> Talk:
    """The whole pool's rate, its scheme, fee and smallest payout."""
    reply = yield Http(path=f"/pools/{account.pool_id}")
    if reply.status == 404:
        return unknown(reply, "the server has no pool of this name")
    shown = read(_PoolPage, reply).pool
    rate, smallest = shown.pool_stats.pool_hashrate, shown.payment_processing.minimum_payment
    return (
        PoolSeen(
            at=reply.received_at, per_second=rate / FACTORS.get(account.algorithm, 1.0),
            scheme=shown.payment_processing.payout_scheme, fee_rate=shown.pool_fee_percent,
            minimum_payout=None if smallest is None else amount(smallest, account.coin),
        ),
    )  # fmt: skip


def _miner(account: MiningcoreAccount) -> str:
    return f"/pools/{account.pool_id}/miners/{account.address}"


def _rates(account: MiningcoreAccount, sample: _Sample) -> dict[str, float]:
    factor = FACTORS.get(account.algorithm, 1.0)
    return {name or "unnamed": worker.hashrate / factor for name, worker in sample.workers.items()}


def _written(account: MiningcoreAccount) -> Generator[Http, Reply, list[datetime]]:
    """The moments of the last hour at which the pool wrote a sample of somebody who mines now; none: nobody does."""
    query = {"page": "0", "pageSize": str(MOST_OTHERS + 1), "topMinersRange": "1"}
    page = yield Http(path=f"/pools/{account.pool_id}/miners", query=query)
    others = [one.miner for one in rows(_Other, decode(page)) if one.miner.lower() != account.address.lower()]
    for address in others[:MOST_OTHERS]:
        reply = yield Http(path=f"/pools/{account.pool_id}/miners/{address}", query={"perfMode": "Hour"})
        other = read(_Miner, reply)
        if other.performance and not stale(reply, not_future(other.performance.created, reply), STALE):
            return [not_future(one.created, reply) for one in other.performance_samples]
    return []


def _rates_of(name: str, samples: Mapping[datetime, Mapping[str, float]]) -> dict[datetime, float]:
    """A worker's rates at the samples; one that is missing once is not known, twice in a row zero."""
    ordered = sorted(samples)
    idle = [name not in samples[at] for at in ordered]
    around = zip([False, *idle[:-1]], idle, [*idle[1:], False], strict=True)
    twice = [one and (before or after) for before, one, after in around]
    return {
        at + _SAMPLE / 2: samples[at].get(name, 0.0)
        for at, missing, off in zip(ordered, idle, twice, strict=True)
        if off or not missing
    }


def _worked(
    account: MiningcoreAccount, window: Window, reply: Reply, samples: Mapping[datetime, Mapping[str, float]]
) -> list[WorkSeen]:
    """Slots of ten minutes that ended in the window; a sample is named after the start of its three minutes.

    A server that shows hours or days instead (older versions know no ``perfMode``) shows means of what was there.
    """
    if not any(later - sooner < WINDOW for sooner, later in pairwise(sorted(samples))):
        return []
    whole = {at + _SAMPLE / 2: sum(shown.values()) for at, shown in samples.items()}
    found = [(None, whole), *((name, _rates_of(name, samples)) for name in _names(samples))]
    each = (charted(shown, WINDOW, APART, window, reply, name, account.algorithm) for name, shown in found)
    return list(chain.from_iterable(each))


def _names(samples: Mapping[datetime, Mapping[str, float]]) -> list[str]:
    return sorted({name for one in samples.values() for name in one})


def _entries(path: str, window: Window) -> Generator[Ask, Reply, tuple[Reply, list[_Entry]]]:
    """Coins that came. Newest first; `pageCount` of version 2 leaves the last page out, so a short page ends it."""
    reply, pages = yield from paged(
        lambda page: Http(path=path, query={"page": str(page), "pageSize": str(ROWS)}),
        lambda reply: rows(_Entry, decode(reply)),
        lambda pages: len(pages[-1]) < ROWS or pages[-1][-1].created < window.start,
        MOST_PAGES,
    )
    return reply, [one for page in pages for one in page if one.amount > 0]


SOURCE: Final = Source(
    kind="miningcore", title="miningcore pools", Account=MiningcoreAccount, support="documented",
    share_interval=timedelta(seconds=15),  # varDiff.targetTime of the shipped configuration
    questions=(now, credits, payouts, pool),
)  # fmt: skip
