"""miningcore: averages and slots of ten minutes per worker, the ledger of credits, payments, and the pool itself."""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, RootModel, model_validator

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Exactness,
    Observation,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    IsoTime,
    Name,
    Number,
    amount,
    not_future,
    read,
    silence,
    slots,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Reply, Source, Talk, of_its_pool
from verifier.units import Window

#: Hashrates are sums of share difficulty over ten minutes (statistics.hashrateCalculationWindow, StatsRecorder.cs).
WINDOW: Final = timedelta(minutes=10)
#: Samples of the last hour are averages over three minutes, so one lies this near to the end of every slot.
APART: Final = timedelta(seconds=90)
#: `performance` is left out when it is older than 20 minutes (PoolApiController.cs); later it stands still.
STALE: Final = timedelta(minutes=30)
#: How many others are looked at for a sign that the pool still writes samples down.
MOST_OTHERS: Final = 4
#: How far back credits and payments are read, and how many pages of them at most.
REACH: Final = timedelta(days=180)
MOST_PAGES: Final = 20
#: What the pool shows for each true hash: 8589.93 instead of 8192 solutions per difficulty; a flat bonus for Ergo
#: (HashrateFromShares of the equihash and ergo pools).
FACTORS: Final = {"equihash": 8589.934592 / 8192, "autolykos2": 1.15}
#: The members that are known: their address.
POOLS: Final = {"vipor": {"url": "https://master.vipor.net/api"}}
#: How a worker without a name is called here; the pool's own name for it is empty.
UNNAMED: Final = "unnamed"

_SAMPLE: Final = timedelta(minutes=3)
_HOUR: Final = timedelta(hours=1)
_PAGE: Final = 100
_ADDRESS: Final = r"^[A-Za-z0-9:._-]{3,160}$"
_LARGE: Final = 8_388_608


class MiningcoreAccount(Account):
    """An address at one coin of a miningcore server."""

    pool: Annotated[str, Field(description=f"a known server: {', '.join(POOLS)}")] = ""
    url: str = POOLS["vipor"]["url"]
    pool_id: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="how the server calls the coin's pool")]
    address: Annotated[str, Field(pattern=_ADDRESS, description="the address that is mined to")]
    coin: CoinName
    algorithm: AlgorithmName

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


def _zoned(value: object) -> object:
    """Old databases leave the zone out (issue 953); the server writes UTC, and one that does not shows as stale."""
    return f"{value}Z" if isinstance(value, str) and value[-1:].isdigit() and "+" not in value else value


_Time: TypeAlias = Annotated[IsoTime, BeforeValidator(_zoned)]


class _Worker(BaseModel):
    hashrate: Number


class _Sample(BaseModel):
    created: _Time
    workers: Annotated[dict[Name, _Worker], Field(min_length=1, max_length=MOST_WORKERS)]


class _Miner(BaseModel):
    shares: Annotated[Number, Field(alias="pendingShares")]
    balance: Annotated[Coins, Field(alias="pendingBalance", ge=0)]
    paid: Annotated[Coins, Field(alias="totalPaid", ge=0)]
    now: Annotated[_Sample | None, Field(alias="performance")] = None
    samples: Annotated[list[_Sample], Field(alias="performanceSamples", max_length=1000)] = []


class _Other(BaseModel):
    miner: Annotated[str, Field(pattern=_ADDRESS)]


class _Others(RootModel[Annotated[list[_Other], Field(max_length=10_000)]]):
    pass


class _Entry(BaseModel):
    amount: Coins
    created: _Time


class _Change(_Entry):
    usage: Name = ""


class _Payment(_Entry):
    txid: Annotated[Name | None, Field(alias="transactionConfirmationData")] = None


class _Changes(RootModel[list[_Change]]):
    pass


class _Payments(RootModel[list[_Payment]]):
    pass


class _Payout(BaseModel):
    minimum: Annotated[Coins | None, Field(alias="minimumPayment")] = None
    scheme: Annotated[Name | None, Field(alias="payoutScheme")] = None


class _Stats(BaseModel):
    rate: Annotated[Number, Field(alias="poolHashrate")]
    miners: Annotated[Number, Field(alias="connectedMiners")] = 0


class _Pool(BaseModel):
    fee: Annotated[Number | None, Field(alias="poolFeePercent")] = None
    payout: Annotated[_Payout, Field(alias="paymentProcessing")]
    stats: Annotated[_Stats, Field(alias="poolStats")]


class _PoolPage(BaseModel):
    pool: _Pool


def now(account: MiningcoreAccount, window: Window) -> Talk:
    """The newest averages per worker, slots of the last hour, the workers, and the balance.

    An idle worker has one sample of zero and then none, so a mean over the samples shown would hide that it was off:
    no mean is read, and a worker that two samples in a row leave out did nothing then. An address without samples did
    nothing at the moments at which somebody else has one; otherwise the pool may have stopped writing them down.
    """
    reply = yield Http(path=_miner(account), query={"perfMode": "Hour"})
    miner = read(_Miner, reply)
    if not (miner.shares or miner.balance or miner.paid or miner.now or miner.samples):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has never seen a share or payment of this address")
    balance = BalanceSeen(at=reply.received_at, amount=amount(miner.balance, account.coin))
    written: Sequence[datetime] = ()
    if miner.now is not None:
        at, shown = not_future(miner.now.created, reply), _rates(account, miner.now)
        if reply.received_at - at > STALE:
            return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")
    else:
        written = yield from _written(account)
        if not written:
            return silence(reply, SilenceReason.STALE, "the pool shows no new hashrate of anybody")
        at, shown = reply.received_at, {}
    samples = {not_future(one.created, reply): _rates(account, one) for one in miner.samples}
    last = max(samples, default=at - _HOUR)
    samples |= {moment: {} for moment in written if moment > last}
    names = sorted({name for one in samples.values() for name in one})
    if miner.now is None:
        shown = dict.fromkeys(names, 0.0)
    states = tuple(WorkerState(name=name, presence=_presence(rate)) for name, rate in shown.items())
    return (
        *(_rate(account, at, name, rate) for name, rate in shown.items()),
        _rate(account, at, None, sum(shown.values())),
        WorkersSeen(at=at, workers=states),
        *_worked(account, window, samples, names),
        balance,
    )


def credits_of(account: MiningcoreAccount, window: Window) -> Talk:
    """What was credited per block; payouts are the negative entries of the same ledger."""
    seen: list[Observation] = []
    for page in range(MOST_PAGES):
        entries, reply = yield from _entries(_Changes, f"{_miner(account)}/balancechanges", page)
        seen += [
            EarningClaimed(
                id=f"{one.created:%Y-%m-%dT%H:%M:%S.%fZ}/{one.usage.rpartition(' ')[2]}",
                start=not_future(one.created, reply),
                end=one.created,
                amount=amount(one.amount, account.coin),
            )
            for one in entries
            if one.amount > 0
        ]
        if _last(entries, window):
            return seen
    raise Misread("more pages than are read")


def payouts(account: MiningcoreAccount, window: Window) -> Talk:
    """What the pool says it has sent."""
    seen: list[Observation] = []
    for page in range(MOST_PAGES):
        entries, reply = yield from _entries(_Payments, f"{_miner(account)}/payments", page)
        seen += [
            PayoutClaimed(
                id=one.txid or f"{one.created:%Y-%m-%dT%H:%M:%S.%fZ}",
                at=not_future(one.created, reply),
                amount=amount(one.amount, account.coin),
                address=account.address,
                txid=one.txid or None,
            )
            for one in entries
            if one.amount > 0
        ]
        if _last(entries, window):
            return seen
    raise Misread("more pages than are read")


def pool(account: MiningcoreAccount, _window: Window) -> Talk:
    """The whole pool's rate, its scheme, fee and smallest payout."""
    reply = yield Http(path=f"/pools/{account.pool_id}")
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "the server has no pool of this name")
    shown = read(_PoolPage, reply).pool
    smallest = shown.payout.minimum
    return (
        PoolSeen(
            at=reply.received_at,
            per_second=shown.stats.rate / FACTORS.get(account.algorithm, 1.0),
            scheme=shown.payout.scheme,
            fee_rate=None if shown.fee is None else shown.fee / 100,
            minimum_payout=None if smallest is None else amount(smallest, account.coin),
        ),
    )


def _miner(account: MiningcoreAccount) -> str:
    return f"/pools/{account.pool_id}/miners/{account.address}"


def _presence(rate: float) -> WorkerPresence:
    return WorkerPresence.ONLINE if rate > 0 else WorkerPresence.OFFLINE


def _rates(account: MiningcoreAccount, sample: _Sample) -> dict[str, float]:
    factor = FACTORS.get(account.algorithm, 1.0)
    return {name or UNNAMED: worker.hashrate / factor for name, worker in sample.workers.items()}


def _written(account: MiningcoreAccount) -> Generator[Http, Reply, list[datetime]]:
    """The moments of the last hour at which the pool wrote a sample of somebody who mines now; none: nobody does."""
    query = {"page": "0", "pageSize": str(MOST_OTHERS + 1), "topMinersRange": "1"}
    listed = yield Http(path=f"/pools/{account.pool_id}/miners", query=query)
    others = [one.miner for one in read(_Others, listed).root if one.miner.lower() != account.address.lower()]
    for address in others[:MOST_OTHERS]:
        reply = yield Http(path=f"/pools/{account.pool_id}/miners/{address}", query={"perfMode": "Hour"})
        other = read(_Miner, reply)
        if other.now is not None and reply.received_at - not_future(other.now.created, reply) <= STALE:
            return [not_future(one.created, reply) for one in other.samples]
    return []


def _totals(samples: Mapping[datetime, Mapping[str, float]]) -> dict[datetime, float]:
    return {at + _SAMPLE / 2: sum(shown.values()) for at, shown in samples.items()}


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


def _rate(account: MiningcoreAccount, at: datetime, name: str | None, rate: float) -> RateSeen:
    return RateSeen(worker=name, at=at, per_second=rate, window=WINDOW, algorithm=account.algorithm)


def _worked(
    account: MiningcoreAccount, window: Window, samples: Mapping[datetime, Mapping[str, float]], names: Sequence[str]
) -> list[WorkSeen]:
    """Slots of ten minutes that ended in the window; a sample is named after the start of its three minutes.

    A server that shows hours or days instead (older versions know no ``perfMode``) shows means of what was there.
    """
    found: list[WorkSeen] = []
    if not any(later - sooner < WINDOW for sooner, later in pairwise(sorted(samples))):
        return found
    for name in (None, *names):
        rates = _totals(samples) if name is None else _rates_of(name, samples)
        found += [
            WorkSeen(
                worker=name,
                start=end - WINDOW,
                end=end,
                hashes=rate * WINDOW.total_seconds(),
                exactness=Exactness.AVERAGE,
                algorithm=account.algorithm,
            )
            for end, rate in slots(rates, WINDOW, APART).items()
            if window.start < end + APART <= window.end
        ]
    return found


_Row = TypeVar("_Row", bound=_Entry)


def _entries(
    model: type[RootModel[list[_Row]]], path: str, page: int
) -> Generator[Http, Reply, tuple[list[_Row], Reply]]:
    reply = yield Http(path=path, query={"page": str(page), "pageSize": str(_PAGE)})
    return read(model, reply).root, reply


def _last(entries: Sequence[_Entry], window: Window) -> bool:
    """Newest first; `pageCount` of version 2 leaves the last page out, so a short page ends the list."""
    return len(entries) < _PAGE or entries[-1].created < window.start


SOURCE: Final = Source(
    kind="miningcore",
    title="miningcore pools",
    Account=MiningcoreAccount,
    support="documented",
    share_interval=timedelta(seconds=15),  # varDiff.targetTime of the shipped configuration
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, WorkSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            reach=_HOUR,
            talk=now,
            cap=_LARGE,
        ),
        Question(
            name="credits", sees=frozenset({EarningClaimed}), every=_HOUR, reach=REACH, talk=credits_of, cap=_LARGE
        ),
        Question(name="payouts", sees=frozenset({PayoutClaimed}), every=_HOUR, reach=REACH, talk=payouts, cap=_LARGE),
        Question(name="pool", sees=frozenset({PoolSeen}), every=_HOUR, talk=pool),
    ),
)
