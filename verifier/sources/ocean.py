"""OCEAN: averages, workers, earnings per block by TIDES, payouts, and the unpaid balance of an address."""

from datetime import timedelta
from typing import Annotated, Final, Generic, TypeVar

from pydantic import BaseModel, Field

from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    SharesSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import MOST_WORKERS, Coins, Count, Name, Number, UnixTime, amount, not_future, read, silence
from verifier.talk import Account, Http, Question, Reply, Source, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window

#: Rows are told again for this long: a partial answer once left a client without some of them for ever.
TOLD_AGAIN: Final = timedelta(days=7)
REACH: Final = timedelta(days=366)
#: A snapshot older than this stands still.
STALE: Final = timedelta(minutes=30)
#: A worker that did nothing for this long is shown as offline; the pool does not say when its last share was.
QUIET: Final = timedelta(minutes=10)

_WINDOWS: Final = (60, 300, 600, 1800, 3600, 10_800, 43_200, 86_400)
_SHOWN_PER_WORKER: Final = (600, 3600, 86_400)
_5_MINUTES: Final = timedelta(minutes=5)
_LARGE: Final = 8_388_608
_SHORT: Final = 200
_UNKNOWN: Final = "the pool does not know this address"
_MOST_ATOMS: Final = 2_100_000_000_000_000


class OceanAccount(Account):
    """An address that is mined to at OCEAN."""

    url: str = "https://api.ocean.xyz/v1"
    address: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9]{14,90}$",
            description="the address that is mined to",
            json_schema_extra={"format": "bitcoin-address"},
        ),
    ]


_Result = TypeVar("_Result", bound=BaseModel)


class _Envelope(BaseModel, Generic[_Result]):
    result: _Result


class _Rates(BaseModel):
    s60: Annotated[Number, Field(alias="hashrate_60s")]
    s300: Annotated[Number, Field(alias="hashrate_300s")]
    s600: Annotated[Number, Field(alias="hashrate_600s")]
    s1800: Annotated[Number, Field(alias="hashrate_1800s")]
    s3600: Annotated[Number, Field(alias="hashrate_3600s")]
    s10800: Annotated[Number, Field(alias="hashrate_10800s")]
    s43200: Annotated[Number, Field(alias="hashrate_43200s")]
    s86400: Annotated[Number, Field(alias="hashrate_86400s")]

    def over(self, seconds: int) -> float:
        return float(getattr(self, f"s{seconds}"))


class _Hashrate(_Rates):
    snap_ts: UnixTime


class _Workers(BaseModel):
    snap_ts: UnixTime
    workers: Annotated[
        dict[Name, Annotated[list[_Rates], Field(min_length=1, max_length=100)]], Field(max_length=MOST_WORKERS)
    ]


class _Snapshot(BaseModel):
    snap_ts: UnixTime
    shares: Annotated[Number, Field(alias="shares_300s")]
    unpaid: Coins


class _Earning(BaseModel):
    block_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    ts: UnixTime
    shares: Annotated[Number, Field(alias="shares_in_window")]
    fees: Annotated[Count, Field(alias="fees_collected_satoshis", le=_MOST_ATOMS)]
    net: Annotated[Count, Field(alias="satoshis_net_earned", le=_MOST_ATOMS)]


class _Payout(BaseModel):
    ts: UnixTime
    txid: Annotated[Name | None, Field(alias="on_chain_txid")] = None
    net: Annotated[Count, Field(alias="total_satoshis_net_paid", le=_MOST_ATOMS)]


class _Earnpay(BaseModel):
    earnings: Annotated[list[_Earning], Field(max_length=20_000)]
    payouts: Annotated[list[_Payout], Field(max_length=20_000)]


def now(account: OceanAccount, _window: Window) -> Talk:
    """The averages from one minute to one day, and the accepted work of the last five minutes."""
    reply = yield Http(path=f"/user_hashrate/{account.address}")
    if _never_seen(reply):
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    shown = read(_Envelope[_Hashrate], reply).result
    reply = yield Http(path=f"/statsnap/{account.address}")
    snapshot = read(_Envelope[_Snapshot], reply).result
    at, until = not_future(shown.snap_ts, reply), not_future(snapshot.snap_ts, reply)
    if reply.received_at - min(at, until) > STALE:
        return silence(reply, SilenceReason.STALE, f"the figures are of {min(at, until):%Y-%m-%d %H:%M} UTC")
    accepted = snapshot.shares * HASHES_PER_DIFFICULTY
    rates = [RateSeen(at=at, per_second=shown.over(span), window=timedelta(seconds=span)) for span in _WINDOWS]
    return (*rates, SharesSeen(start=until - _5_MINUTES, end=until, accepted=accepted))


def workers(account: OceanAccount, _window: Window) -> Talk:
    """The workers listed, with their averages of ten minutes, an hour and a day."""
    reply = yield Http(path=f"/user_hashrate_full/{account.address}")
    if _never_seen(reply):
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    page = read(_Envelope[_Workers], reply).result
    at = not_future(page.snap_ts, reply)
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")
    rates = [
        RateSeen(worker=name, at=at, per_second=sum(part.over(span) for part in parts), window=timedelta(seconds=span))
        for name, parts in page.workers.items()
        for span in _SHOWN_PER_WORKER
    ]
    listed = {rate.worker or "": rate.per_second > 0 for rate in rates if rate.window == QUIET}
    states = tuple(
        WorkerState(name=name, presence=WorkerPresence.ONLINE if active else WorkerPresence.OFFLINE)
        for name, active in listed.items()
    )
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(account: OceanAccount, window: Window) -> Talk:
    """What was credited per block of the pool."""
    reply = yield _earnpay(account, window)
    if _never_seen(reply):
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    return [
        EarningClaimed(
            id=entry.block_hash,
            start=not_future(entry.ts, reply),
            end=entry.ts,
            amount=Amount(atoms=entry.net),
            scheme="TIDES",
            fee_rate=entry.fees / (entry.net + entry.fees) if entry.fees else 0.0,
            work_hashes=entry.shares * HASHES_PER_DIFFICULTY,
        )
        for entry in read(_Envelope[_Earnpay], reply).result.earnings
    ]


def payouts(account: OceanAccount, window: Window) -> Talk:
    """What the pool says it has sent, in a transaction of its own or as an output of its block."""
    reply = yield _earnpay(account, window)
    if _never_seen(reply):
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    return [
        PayoutClaimed(
            id=entry.txid or f"{entry.ts:%Y-%m-%dT%H:%M:%SZ}/{entry.net}",
            at=not_future(entry.ts, reply),
            amount=Amount(atoms=entry.net),
            address=account.address,
            txid=entry.txid or None,
            rail="chain" if entry.txid else "lightning",
        )
        for entry in read(_Envelope[_Earnpay], reply).result.payouts
    ]


def balance(account: OceanAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid; a negative figure, which was seen, is no figure."""
    reply = yield Http(path=f"/statsnap/{account.address}")
    if _never_seen(reply):
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    snapshot = read(_Envelope[_Snapshot], reply).result
    if snapshot.unpaid < 0:
        return silence(reply, SilenceReason.IMPLAUSIBLE, f"an unpaid balance of {snapshot.unpaid:f} BTC")
    return (BalanceSeen(at=not_future(snapshot.snap_ts, reply), amount=amount(snapshot.unpaid)),)


def _earnpay(account: OceanAccount, window: Window) -> Http:
    start, end = window.start - TOLD_AGAIN, window.end + timedelta(days=1)
    return Http(path=f"/earnpay/{account.address}/{start.timestamp():.0f}/{end.timestamp():.0f}")


def _never_seen(reply: Reply) -> bool:
    """The words are known, the status and the shape around them are not; a worker may be called like this."""
    return len(reply.body) <= _SHORT and b"no such user" in reply.body.lower()


SOURCE: Final = Source(
    kind="ocean",
    title="OCEAN",
    Account=OceanAccount,
    support="documented",
    questions=(
        Question(name="now", sees=frozenset({RateSeen, SharesSeen}), every=_5_MINUTES, talk=now),
        Question(
            name="workers",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=_5_MINUTES,
            talk=workers,
            cap=_LARGE,
        ),
        Question(
            name="earnings",
            sees=frozenset({EarningClaimed}),
            every=timedelta(hours=1),
            reach=REACH,
            talk=earnings,
            cap=_LARGE,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=timedelta(hours=1),
            reach=REACH,
            talk=payouts,
            cap=_LARGE,
        ),
        Question(name="balance", sees=frozenset({BalanceSeen}), every=timedelta(hours=1), talk=balance),
    ),
)
