"""OCEAN: averages, workers, earnings per block by TIDES, payouts, and the unpaid balance of an address."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, Field

from verifier.errors import SourceError
from verifier.fields import Coins, Count, Name, Number, UnixTime, UnixTimeOrNever
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SharesSeen,
    SilenceReason,
    WorkersSeen,
)
from verifier.phrases import stale, unknown
from verifier.reading import MOST_WORKERS, decode, not_future, read, rows, silence
from verifier.talk import LARGE, Account, Ask, Http, Reply, Source, Talk, asks
from verifier.told import amount, listed, rates
from verifier.units import DAY, HASHES_PER_DIFFICULTY, HOUR, MINUTE, Amount, Window

#: Rows are told again for this long: a partial answer once left a client without some of them for ever.
TOLD_AGAIN: Final = timedelta(days=7)
REACH: Final = timedelta(days=366)
#: A snapshot older than this stands still.
STALE: Final = 30 * MINUTE

_SPANS: Final = tuple(timedelta(seconds=s) for s in (60, 300, 600, 1800, 3600, 10_800, 43_200, 86_400))
#: Whoever did nothing in the shortest of them is shown as offline.
_OF_A_WORKER: Final = (10 * MINUTE, HOUR, DAY)
_SHORT: Final = 200

_Atoms: TypeAlias = Annotated[Count, Field(le=2_100_000_000_000_000)]


class OceanAccount(Account):
    """An address that is mined to at OCEAN."""

    url: str = "https://api.ocean.xyz/v1"
    address: Annotated[str, Field(
        pattern=r"^[A-Za-z0-9]{14,90}$", description="the address that is mined to",
        json_schema_extra={"format": "bitcoin-address"},
    )]  # fmt: skip


class _Rates(BaseModel):
    hashrate_60s: Number
    hashrate_300s: Number
    hashrate_600s: Number
    hashrate_1800s: Number
    hashrate_3600s: Number
    hashrate_10800s: Number
    hashrate_43200s: Number
    hashrate_86400s: Number

    def over(self, span: timedelta) -> float:
        return float(getattr(self, f"hashrate_{span.total_seconds():.0f}s"))


class _Hashrate(_Rates):
    snap_ts: UnixTime


class _Workers(BaseModel):
    snap_ts: UnixTime
    workers: Annotated[
        dict[Name, Annotated[list[_Rates], Field(min_length=1, max_length=100)]], Field(max_length=MOST_WORKERS)
    ]


class _Share(BaseModel):
    lastest_share_ts: UnixTimeOrNever  # so it is spelt


class _Snapshot(BaseModel):
    snap_ts: UnixTime
    shares_300s: Number
    unpaid: Coins


class _Earning(BaseModel):
    block_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    ts: UnixTime
    shares_in_window: Number
    fees: Annotated[_Atoms, Field(alias="fees_collected_satoshis")]
    net: Annotated[_Atoms, Field(alias="satoshis_net_earned")]


class _Payout(BaseModel):
    ts: UnixTime
    txid: Annotated[Name | None, Field(alias="on_chain_txid")] = None
    net: Annotated[_Atoms, Field(alias="total_satoshis_net_paid")]


class _Earnpay(BaseModel):
    # A partial answer was seen: whoever asks for one list wants the other to be there too.
    earnings: Annotated[list[_Earning], Field(max_length=20_000)]
    payouts: Annotated[list[_Payout], Field(max_length=20_000)]


class _PoolRate(BaseModel):
    pool_300s: Number


class _Pool(BaseModel):
    active_workers: Count


@asks(RateSeen, SharesSeen, every=5 * MINUTE)
def now(account: OceanAccount, _window: Window) -> Talk:
    """The averages from one minute to one day, and the accepted work of the last five minutes."""
    reply = yield Http(path=f"/user_hashrate/{account.address}")
    if _never_seen(reply):
        return unknown(reply)
    shown = read(_Hashrate, reply, "result")
    reply = yield Http(path=f"/statsnap/{account.address}")
    snapshot = read(_Snapshot, reply, "result")
    at, until = not_future(shown.snap_ts, reply), not_future(snapshot.snap_ts, reply)
    accepted = snapshot.shares_300s * HASHES_PER_DIFFICULTY
    return stale(reply, min(at, until), STALE) or (
        *rates(at, [(None, ((span, shown.over(span)) for span in _SPANS))]),
        SharesSeen(start=until - 5 * MINUTE, end=until, accepted=accepted),
    )


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE)
def workers(account: OceanAccount, _window: Window) -> Talk:
    """The workers listed with their last share, and their averages of ten minutes, an hour and a day."""
    reply = yield Http(path=f"/user_hashrate_full/{account.address}")
    if _never_seen(reply):
        return unknown(reply)
    page = read(_Workers, reply, "result")
    at, found = not_future(page.snap_ts, reply), page.workers.items()
    if standing := stale(reply, at, STALE):
        return standing
    last = yield from _last_shares(account)
    shown = rates(at, ((name, [(s, sum(one.over(s) for one in parts)) for s in _OF_A_WORKER]) for name, parts in found))
    here = {one.worker or "": one.per_second > 0 for one in shown if one.window == _OF_A_WORKER[0]}
    return (listed(reply, ((name, there, last.get(name)) for name, there in here.items()), at), *shown)


@asks(EarningClaimed, every=HOUR, reach=REACH, cap=LARGE)
def earnings(account: OceanAccount, window: Window) -> Talk:
    """What was credited per block of the pool."""
    reply = yield _earnpay(account, window)
    if _never_seen(reply):
        return unknown(reply)
    return [
        EarningClaimed(
            id=one.block_hash,
            start=not_future(one.ts, reply),
            end=one.ts,
            amount=Amount(atoms=one.net),
            scheme="TIDES",
            fee_rate=one.fees / (one.net + one.fees) if one.fees else 0.0,
            work_hashes=one.shares_in_window * HASHES_PER_DIFFICULTY,
        )
        for one in read(_Earnpay, reply, "result").earnings
    ]


@asks(PayoutClaimed, every=HOUR, reach=REACH, cap=LARGE)
def payouts(account: OceanAccount, window: Window) -> Talk:
    """What the pool says it has sent, in a transaction of its own or as an output of its block."""
    reply = yield _earnpay(account, window)
    if _never_seen(reply):
        return unknown(reply)
    return [
        PayoutClaimed(
            id=one.txid or f"{one.ts:%Y-%m-%dT%H:%M:%SZ}/{one.net}",
            at=not_future(one.ts, reply),
            amount=Amount(atoms=one.net),
            address=account.address,
            txid=one.txid or None,
            rail="chain" if one.txid else "lightning",
        )
        for one in read(_Earnpay, reply, "result").payouts
    ]


@asks(BalanceSeen, every=HOUR)
def balance(account: OceanAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid; a negative figure, which was seen, is no figure."""
    reply = yield Http(path=f"/statsnap/{account.address}")
    if _never_seen(reply):
        return unknown(reply)
    snapshot = read(_Snapshot, reply, "result")
    if snapshot.unpaid < 0:
        return silence(reply, SilenceReason.IMPLAUSIBLE, f"an unpaid balance of {snapshot.unpaid:f} BTC")
    return (BalanceSeen(at=not_future(snapshot.snap_ts, reply), amount=amount(snapshot.unpaid)),)


@asks(PoolSeen, every=HOUR)
def pool(_account: OceanAccount, _window: Window) -> Talk:
    """What the whole pool says of itself: its rate over five minutes, and the workers that are connected."""
    reply = yield Http(path="/pool_hashrate")
    rate = read(_PoolRate, reply, "result").pool_300s
    reply = yield Http(path="/pool_stat")
    there = read(_Pool, reply, "result").active_workers
    return (PoolSeen(at=reply.received_at, per_second=rate, workers=there, scheme="TIDES"),)


def _last_shares(account: OceanAccount) -> Generator[Ask, Reply, dict[str, datetime | None]]:
    """Each worker's last share, from a page that brings nothing else; without it the rest is told all the same."""
    try:
        reply = yield Http(path=f"/userinfo_full/{account.address}")
        told = rows(dict[Name, _Share], decode(reply), "result", "workers", most=MOST_WORKERS)
    except SourceError:
        return {}
    return {name: one.lastest_share_ts for few in told for name, one in few.items()}


def _earnpay(account: OceanAccount, window: Window) -> Http:
    start, end = window.start - TOLD_AGAIN, window.end + DAY
    return Http(path=f"/earnpay/{account.address}/{start.timestamp():.0f}/{end.timestamp():.0f}")


def _never_seen(reply: Reply) -> bool:
    """The words are known, the status and the shape around them are not; a worker may be called like this."""
    return len(reply.body) <= _SHORT and b"no such user" in reply.body.lower()


SOURCE: Final = Source(
    kind="ocean", title="OCEAN", Account=OceanAccount, support="documented",
    questions=(now, workers, earnings, payouts, balance, pool),
)  # fmt: skip
