"""NOMP, s-nomp, z-nomp and their descendants: rates and slots per worker from the pool's own samples, payments."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Camel, Coins, Name, Number, Percent, UnixMilliseconds, UnixTime
from verifier.observation import BalanceSeen, Observation, PayoutClaimed, PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import stale, unknown
from verifier.reading import MOST_WORKERS, decode, not_future, read, rows
from verifier.talk import LARGE, Account, AlgorithmName, CoinName, Http, Source, Talk, asks
from verifier.told import amount, charted, listed, rates, sent, together
from verifier.units import DAY, HOUR, MINUTE, Window

#: How far back the pool's samples go at least (stats.historicalRetention of s-nomp).
REACH: Final = 4 * HOUR
#: The pool samples every 15 to 300 seconds (website.stats.updateInterval); older figures stand still.
SLOWEST: Final = 6 * MINUTE
STALE: Final = 15 * MINUTE
#: `hashrate` is shares x 2^32 / multiplier / window (libs/stats.js). For Equihash it is shown as hashrate / 10^6 x 2
#: Sol/s, which is 1.048576 times too high: a share of difficulty 1 is 2^13 solutions.
SCALES: Final = {"equihash": 2**13 / 2**32}
#: What the software calls an algorithm, where that differs.
SHOWN: Final = {"sha256d": {"sha256", "sha256d"}}


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


_Coins: TypeAlias = Annotated[Coins, Field(ge=0)]


class _Worker(BaseModel):
    shares: Number


class _Pool(BaseModel):
    name: Name
    algorithm: Name
    hashrate: Number
    fee: Percent | None = None
    workers: Annotated[dict[Name, _Worker], Field(max_length=MOST_WORKERS)]


class _Stats(BaseModel):
    time: UnixTime
    pools: Annotated[dict[Name, _Pool], Field(max_length=500)]


class _Moment(BaseModel):
    time: UnixTime


class _Sample(_Moment):
    hashrate: Number


class _Miner(Camel):
    total_hash: Number
    total_shares: Number
    immature: _Coins
    balance: _Coins
    paid: _Coins
    history: Annotated[
        dict[Name, Annotated[list[_Sample], Field(min_length=1, max_length=5000)]], Field(max_length=MOST_WORKERS)
    ]

    def known(self, account: "NompAccount") -> bool:
        """Whether the pool knows the address: it also answers for addresses that only begin like it."""
        if self.history:
            return any(_is_of(account, name) for name in self.history)
        return bool(self.total_shares or self.immature or self.balance or self.paid)


class _Payment(BaseModel):
    time: UnixMilliseconds
    txid: Name
    amounts: Annotated[dict[Name, object], Field(max_length=MOST_WORKERS)]


class _Payer(BaseModel):
    payments: Annotated[list[_Payment], Field(max_length=1000)]


@asks(RateSeen, WorkersSeen, every=5 * MINUTE, cap=LARGE)
def now(account: NompAccount, _window: Window) -> Talk:
    """The rates of the workers listed. A worker that is gone fades within one window and then leaves the list.

    Rates per worker come from their shares, since the base software shows them as text; what is not listed is zero
    only for an address that the pool is known to know.
    """
    reply = yield Http(path="/stats")
    stats = read(_Stats, reply)
    at = not_future(stats.time, reply)
    if still := stale(reply, at, STALE):
        return still
    workers = together(
        (_named(account, name), pool.hashrate * (worker.shares / whole) * _scale(account))
        for pool in stats.pools.values()
        if _is_ours(account, pool) and (whole := sum(one.shares for one in pool.workers.values()))
        for name, worker in pool.workers.items()
        if _is_of(account, name)
    )
    if not workers and account.dialect == "nomp":
        return unknown(reply, "the pool lists no worker of this address")
    if not workers:
        page = yield _miner(account)
        if not read(_Miner, page).known(account):
            return unknown(page)
    span = timedelta(seconds=account.hashrate_window)
    shown = [*workers.items(), (None, sum(workers.values()))]
    return (
        *rates(at, ((name, [(span, rate)]) for name, rate in shown), algorithm=account.algorithm),
        listed(reply, ((name, rate > 0, None) for name, rate in workers.items()), at),
    )


def _has_pages(account: Account) -> bool:
    return isinstance(account, NompAccount) and account.dialect != "nomp"


@asks(WorkSeen, BalanceSeen, every=5 * MINUTE, reach=REACH, cap=LARGE, asked_of=_has_pages)
def history(account: NompAccount, window: Window) -> Talk:
    """Slots as long as the pool's window, and the balance.

    The samples of a worker leave zeros out; the pool's own samples, taken at the same moments, do not. So a moment
    at which the pool was sampled and a worker was not is zero; a slot through which the pool was not sampled is not
    known.
    """
    reply = yield _miner(account)
    miner = read(_Miner, reply)
    if not miner.known(account):
        return unknown(reply)
    page, span = (yield Http(path="/pool_stats")), timedelta(seconds=account.hashrate_window)
    moments = sorted({not_future(one.time, page) for one in rows(_Moment, decode(page))})
    sampled, apart = _sampled_through(moments, span), _apart(moments)
    samples = {
        _named(account, name): {one.time: one.hashrate * _scale(account) for one in found}
        for name, found in miner.history.items()
        if _is_of(account, name)
    }
    own = {at for one in samples.values() for at in one} - set(moments)
    if moments and any(moments[0] < at < moments[-1] for at in own):
        raise Misread("history: samples at moments at which the pool has none")
    seen: list[Observation] = [BalanceSeen(at=reply.received_at, amount=amount(miner.balance, account.coin))]
    for worker in (None, *samples) if samples or not miner.total_hash else ():
        told = tuple(samples.values()) if worker is None else (samples[worker],)
        shown = {moment: sum(one.get(moment, 0.0) for one in told) for moment in sampled}
        seen += charted(shown, span, apart, window, page, worker, account.algorithm)
    return seen


@asks(PayoutClaimed, every=HOUR, reach=30 * DAY, cap=LARGE, asked_of=_has_pages)
def payouts(account: NompAccount, _window: Window) -> Talk:
    """What the pool says it has sent to the address, of the last hundred payments to everybody."""
    reply = yield Http(path="/payments")
    address = account.address
    return [
        sent(reply, one.time, coins, account.coin, txid=one.txid, address=address)
        for payer in rows(_Payer, decode(reply))
        for one in payer.payments
        if address in one.amounts
        for coins in rows(_Coins, [one.amounts[address]])
    ]


@asks(PoolSeen, every=HOUR, cap=LARGE)
def pool(account: NompAccount, _window: Window) -> Talk:
    """The whole pool's rate, its workers and its fee."""
    reply = yield Http(path="/stats")
    stats = read(_Stats, reply)
    found = [one for one in stats.pools.values() if _is_ours(account, one)]
    if not found:
        return unknown(reply, f"the server has no pool of {account.algorithm}")
    return (
        PoolSeen(
            at=not_future(stats.time, reply), per_second=sum(one.hashrate for one in found) * _scale(account),
            workers=sum(len(one.workers) for one in found), fee_rate=None if len(found) > 1 else found[0].fee,
        ),
    )  # fmt: skip


def _apart(moments: Sequence[datetime]) -> timedelta:
    """How near to the end of a slot its sample lies: half of the usual step of sampling, and what a timer is late."""
    steps = sorted(later - sooner for sooner, later in pairwise(moments))
    return (steps[len(steps) // 2] / 2 if steps else timedelta(0)) + timedelta(seconds=2)


def _sampled_through(moments: Sequence[datetime], span: timedelta) -> list[datetime]:
    """The moments before which the pool was sampled without a break for a whole window."""
    found: list[datetime] = []
    since = next(iter(moments), datetime.max.replace(tzinfo=UTC))
    for before, moment in pairwise(moments):
        if moment - before > max(span, SLOWEST):
            since = moment
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
    return stripped(name, account) or "unnamed"


def _scale(account: NompAccount) -> float:
    return SCALES.get(account.algorithm, 1.0)


def stripped(name: str, account: Account) -> str:
    """A worker's name without the address."""
    return name.removeprefix(account.address).removeprefix(".") if isinstance(account, NompAccount) else name


SOURCE: Final = Source(
    kind="nomp", title="NOMP, s-nomp, z-nomp", Account=NompAccount, support="verified", pace=2.0, naming=stripped,
    questions=(now, history, payouts, pool),
)  # fmt: skip
