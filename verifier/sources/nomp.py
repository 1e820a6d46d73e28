"""NOMP, s-nomp, z-nomp and their descendants: rates and slots per worker from the pool's own samples, payments."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, RootModel

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
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
    Name,
    Number,
    UnixMilliseconds,
    UnixTime,
    amount,
    fit,
    not_future,
    read,
    silence,
    slots,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Source, Talk
from verifier.units import Window

#: How far back the pool's samples go at least (stats.historicalRetention of s-nomp).
REACH: Final = timedelta(hours=4)
#: The pool samples every 15 to 300 seconds (website.stats.updateInterval); older figures stand still.
STALE: Final = timedelta(minutes=15)
#: `hashrate` is shares x 2^32 / multiplier / window (libs/stats.js). For Equihash it is shown as hashrate / 10^6 x 2
#: Sol/s, which is 1.048576 times too high: a share of difficulty 1 is 2^13 solutions.
SCALES: Final = {"equihash": 2**13 / 2**32}
#: What the software calls an algorithm, where that differs.
SHOWN: Final = {"sha256d": {"sha256", "sha256d"}}
#: How a worker without a name is called here.
UNNAMED: Final = "unnamed"

_LATE: Final = timedelta(seconds=2)
_SLOWEST: Final = timedelta(minutes=6)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_8_MB: Final = 8_388_608


class NompAccount(Account):
    """An address at one pool of the family."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{20,128}$", description="the whole address that is mined to")]
    coin: CoinName
    algorithm: AlgorithmName
    dialect: Annotated[
        Literal["nomp", "s-nomp"], Field(description="`nomp` where the pool has no page per address")
    ] = "s-nomp"
    hashrate_window: Annotated[
        int, Field(ge=60, le=3600, description="seconds that the pool's rates are taken over (hashrateWindow)")
    ] = 300


class _Worker(BaseModel):
    shares: Number


class _Pool(BaseModel):
    name: Name
    algorithm: Name
    hashrate: Number
    fee: Number | None = None
    workers: Annotated[dict[Name, _Worker], Field(max_length=MOST_WORKERS)]


class _Stats(BaseModel):
    time: UnixTime
    pools: Annotated[dict[Name, _Pool], Field(max_length=500)]


class _Sample(BaseModel):
    time: UnixTime
    hashrate: Number


class _Miner(BaseModel):
    rate: Annotated[Number, Field(alias="totalHash")]
    shares: Annotated[Number, Field(alias="totalShares")]
    immature: Annotated[Coins, Field(ge=0)]
    balance: Annotated[Coins, Field(ge=0)]
    paid: Annotated[Coins, Field(ge=0)]
    history: Annotated[
        dict[Name, Annotated[list[_Sample], Field(min_length=1, max_length=5000)]], Field(max_length=MOST_WORKERS)
    ]

    def known(self, account: "NompAccount") -> bool:
        """Whether the pool knows the address: it also answers for addresses that only begin like it."""
        if self.history:
            return any(_is_of(account, name) for name in self.history)
        return bool(self.shares or self.immature or self.balance or self.paid)


class _Moment(BaseModel):
    time: UnixTime


class _Moments(RootModel[Annotated[list[_Moment], Field(max_length=20_000)]]):
    pass


class _Payment(BaseModel):
    time: UnixMilliseconds
    txid: Name
    amounts: Annotated[dict[Name, object], Field(max_length=MOST_WORKERS)]


class _Paid(BaseModel):
    coins: Annotated[Coins, Field(ge=0)]


class _Payer(BaseModel):
    payments: Annotated[list[_Payment], Field(max_length=1000)]


class _Payers(RootModel[Annotated[list[_Payer], Field(max_length=500)]]):
    pass


def now(account: NompAccount, _window: Window) -> Talk:
    """The rates of the workers listed. A worker that is gone fades within one window and then leaves the list.

    Rates per worker come from their shares, since the base software shows them as text; what is not listed is zero
    only for an address that the pool is known to know.
    """
    reply = yield Http(path="/stats")
    stats = read(_Stats, reply)
    at = not_future(stats.time, reply)
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")
    rates: dict[str, float] = {}
    for pool in stats.pools.values():
        whole = sum(worker.shares for worker in pool.workers.values())
        for name, worker in pool.workers.items():
            if _is_ours(account, pool) and _is_of(account, name) and whole:
                known = rates.get(_named(account, name), 0.0)
                rates[_named(account, name)] = known + pool.hashrate * (worker.shares / whole) * _scale(account)
    if not rates:
        if account.dialect == "nomp":
            return silence(reply, SilenceReason.NEVER_SEEN, "the pool lists no worker of this address")
        page = yield _miner(account)
        if not read(_Miner, page).known(account):
            return silence(page, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    span = timedelta(seconds=account.hashrate_window)
    shown: list[tuple[str | None, float]] = [*rates.items(), (None, sum(rates.values()))]
    states = tuple(
        WorkerState(name=name, presence=WorkerPresence.ONLINE if rate > 0 else WorkerPresence.OFFLINE)
        for name, rate in rates.items()
    )
    return (
        *(
            RateSeen(worker=name, at=at, per_second=rate, window=span, algorithm=account.algorithm)
            for name, rate in shown
        ),
        WorkersSeen(at=at, workers=states),
    )


def history(account: NompAccount, window: Window) -> Talk:
    """Slots as long as the pool's window, and the balance.

    The samples of a worker leave zeros out; the pool's own samples, taken at the same moments, do not. So a moment
    at which the pool was sampled and a worker was not is zero; a slot through which the pool was not sampled is not
    known.
    """
    reply = yield _miner(account)
    miner = read(_Miner, reply)
    if not miner.known(account):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool does not know this address")
    page, span = (yield Http(path="/pool_stats")), timedelta(seconds=account.hashrate_window)
    moments = sorted({not_future(moment.time, page) for moment in read(_Moments, page).root})
    sampled, apart = _sampled_through(moments, span), _apart(moments)
    samples = {
        _named(account, name): {sample.time: sample.hashrate * _scale(account) for sample in listed}
        for name, listed in miner.history.items()
        if _is_of(account, name)
    }
    own = {at for one in samples.values() for at in one} - set(moments)
    if moments and any(moments[0] < at < moments[-1] for at in own):
        raise Misread("history: samples at moments at which the pool has none")
    seen: list[Observation] = [BalanceSeen(at=reply.received_at, amount=amount(miner.balance, account.coin))]
    for worker in (None, *samples) if samples or not miner.rate else ():
        told = tuple(samples.values()) if worker is None else (samples[worker],)
        rates = {moment: sum(one.get(moment, 0.0) for one in told) for moment in sampled}
        seen += [
            WorkSeen(
                worker=worker,
                start=end - span,
                end=end,
                hashes=rate * account.hashrate_window,
                exactness=Exactness.AVERAGE,
                algorithm=account.algorithm,
            )
            for end, rate in slots(rates, span, apart).items()
            if window.start < end + apart <= window.end
        ]
    return seen


def payouts(account: NompAccount, _window: Window) -> Talk:
    """What the pool says it has sent to the address, of the last hundred payments to everybody."""
    reply = yield Http(path="/payments")
    return [
        PayoutClaimed(
            id=one.txid,
            at=not_future(one.time, reply),
            amount=amount(fit(_Paid, {"coins": one.amounts[account.address]}).coins, account.coin),
            address=account.address,
            txid=one.txid,
        )
        for payer in read(_Payers, reply).root
        for one in payer.payments
        if account.address in one.amounts
    ]


def pool(account: NompAccount, _window: Window) -> Talk:
    """The whole pool's rate, its workers and its fee."""
    reply = yield Http(path="/stats")
    stats = read(_Stats, reply)
    found = [one for one in stats.pools.values() if _is_ours(account, one)]
    if not found:
        return silence(reply, SilenceReason.NEVER_SEEN, f"the server has no pool of {account.algorithm}")
    return (
        PoolSeen(
            at=not_future(stats.time, reply),
            per_second=sum(one.hashrate for one in found) * _scale(account),
            workers=sum(len(one.workers) for one in found),
            fee_rate=None if len(found) > 1 or found[0].fee is None else found[0].fee / 100,
        ),
    )


def _apart(moments: Sequence[datetime]) -> timedelta:
    """How near to the end of a slot its sample lies: half of the usual step of sampling, and what a timer is late."""
    steps = sorted(later - sooner for sooner, later in pairwise(moments))
    return (steps[len(steps) // 2] / 2 if steps else timedelta(0)) + _LATE


def _sampled_through(moments: Sequence[datetime], span: timedelta) -> list[datetime]:
    """The moments before which the pool was sampled without a break for a whole window."""
    found: list[datetime] = []
    since = before = next(iter(moments), _NEVER)
    for moment in moments:
        since = moment if moment - before > max(span, _SLOWEST) else since
        before = moment
        if moment - since >= span:
            found.append(moment)
    return found


def _miner(account: NompAccount) -> Http:
    # The address is the whole query: `?address=…` is answered with zeros.
    return Http(path=f"/worker_stats?{account.address}")


def _is_of(account: NompAccount, name: str) -> bool:
    """The pool looks for names that begin like the address, which may be somebody else's."""
    return name == account.address or name.startswith(f"{account.address}.")


def _is_ours(account: NompAccount, pool: _Pool) -> bool:
    return pool.algorithm.lower() in SHOWN.get(account.algorithm, {account.algorithm})


def _named(account: NompAccount, name: str) -> str:
    return stripped(name, account) or UNNAMED


def _scale(account: NompAccount) -> float:
    return SCALES.get(account.algorithm, 1.0)


def stripped(name: str, account: Account) -> str:
    """A worker's name without the address."""
    return name.removeprefix(account.address).removeprefix(".") if isinstance(account, NompAccount) else name


def _has_pages(account: Account) -> bool:
    return isinstance(account, NompAccount) and account.dialect != "nomp"


SOURCE: Final = Source(
    kind="nomp",
    title="NOMP, s-nomp, z-nomp",
    Account=NompAccount,
    support="verified",
    pace=2.0,
    naming=stripped,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="history",
            sees=frozenset({WorkSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            reach=REACH,
            talk=history,
            asked_of=_has_pages,
            cap=_8_MB,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=timedelta(hours=1),
            reach=timedelta(days=30),
            talk=payouts,
            asked_of=_has_pages,
            cap=_8_MB,
        ),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(hours=1), talk=pool, cap=_8_MB),
    ),
)
