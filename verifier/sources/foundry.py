"""Foundry USA Pool: work per hour with its stale and rejected part, workers, daily earnings and withdrawals."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, Field, RootModel

from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Observation,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SharesSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import MOST_WORKERS, Coins, IsoTime, Name, Number, amount, not_future, read, silence
from verifier.talk import Account, Http, Part, Question, Reply, Secret, Source, Talk
from verifier.units import Window

#: Hashrates are whole GH/s everywhere (OpenAPI 6.0.0 of the pool).
_GH: Final = 1e9
#: What the pool gives by default: hours of a week, days of a month.
HOURS: Final = timedelta(days=7)
REACH: Final = timedelta(days=30)
#: An hour is read this long after its end at the earliest.
SETTLED: Final = timedelta(minutes=10)
#: Hours are told again for this long: a later figure takes the place of an earlier one.
TOLD_AGAIN: Final = timedelta(hours=4)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: The pool itself counts a worker as offline after this long.
QUIET: Final = timedelta(minutes=15)
#: Figures older than this stand still.
STALE: Final = timedelta(minutes=30)

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608


class FoundryAccount(Account):
    """A sub-account at Foundry USA Pool, read with the key of a viewer link."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.foundryusapool.com"
    subaccount: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the sub-account")]


class _Stats(BaseModel):
    m5: Annotated[Number, Field(alias="hashrate5minAvg")]
    m15: Annotated[Number, Field(alias="hashrate15minAvg")]
    h1: Annotated[Number, Field(alias="hashrate1hrAvg")]
    h24: Annotated[Number, Field(alias="hashrate24hrAvg")]
    stale: Annotated[Number, Field(alias="stale1hrAvg")]
    rejected: Annotated[Number, Field(alias="reject1hrAvg")]
    updated: Annotated[IsoTime, Field(alias="updatedAt")]


class _Slot(BaseModel):
    start: Annotated[IsoTime, Field(alias="time")]
    end: Annotated[IsoTime, Field(alias="endTime")]
    accepted: Annotated[Number, Field(alias="hashrateAccepted")]
    stale: Annotated[Number, Field(alias="hashrateStale")]
    rejected: Annotated[Number, Field(alias="hashrateRejected")]


class _Slots(RootModel[Annotated[list[_Slot], Field(max_length=10_000)]]):
    pass


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="workerName")]
    m15: Annotated[Number, Field(alias="hashrate_15m")]
    h1: Annotated[Number, Field(alias="hashrate_1h")]
    last_share: Annotated[IsoTime | None, Field(alias="lastShareTime")] = None


class _Workers(BaseModel):
    workers: Annotated[list[_Worker], Field(alias="workersList", max_length=MOST_WORKERS)]


class _Earning(BaseModel):
    start: Annotated[IsoTime, Field(alias="startTime")]
    end: Annotated[IsoTime, Field(alias="endTime")]
    total: Annotated[Coins, Field(alias="totalAmount", ge=0)]
    rate: Annotated[Number, Field(alias="hashrate")]
    fee: Annotated[Number, Field(alias="feeRatePercent", le=100)]


class _Earnings(RootModel[Annotated[list[_Earning], Field(max_length=10_000)]]):
    pass


class _Transaction(BaseModel):
    time: IsoTime
    broadcast: Annotated[IsoTime | None, Field(alias="broadcastTime")] = None
    amount: Coins
    txid: Annotated[Name | None, Field(alias="txId")] = None
    address: Name | None = None


class _Transactions(RootModel[Annotated[list[_Transaction], Field(max_length=10_000)]]):
    pass


class _Balance(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]


class _PoolRate(RootModel[Number]):
    pass


def now(account: FoundryAccount, _window: Window) -> Talk:
    """The averages from five minutes to a day, and the last hour's accepted, stale and rejected work."""
    reply = yield _ask(account, "subaccount_stats")
    stats = read(_Stats, reply)
    at = not_future(stats.updated, reply)
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")
    spans = (
        (timedelta(minutes=5), stats.m5),
        (QUIET, stats.m15),
        (_HOUR, stats.h1),
        (_DAY, stats.h24),
    )
    rates = [RateSeen(at=at, per_second=shown * _GH, window=span) for span, shown in spans]
    return (*rates, _shares(at - _HOUR, at, stats.h1, stats.stale, stats.rejected))


def history(account: FoundryAccount, window: Window) -> Talk:
    """Work per settled hour of the last week, per UTC day before it; with its stale and rejected part."""
    hours_from = window.start - TOLD_AGAIN
    if hours_from < window.end - HOURS:  # whole days until a midnight, hours from there
        hours_from = (window.end - HOURS + _DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    seen: list[Observation] = []
    if window.start < hours_from:
        days = {"start": f"{window.start:%Y-%m-%d}", "end": f"{hours_from - _DAY:%Y-%m-%d}"}
        reply = yield _ask(account, "subaccount_hashrate_day", **days)
        for slot in read(_Slots, reply).root:
            if window.start <= slot.start and slot.end <= hours_from:
                seen += _work(slot, _DAY)
    reply = yield _ask(account, "subaccount_hashrate_hour", startDateUnixMs=str(int(hours_from.timestamp()) * 1000))
    for slot in read(_Slots, reply).root:
        if slot.start >= hours_from and slot.end <= reply.received_at - SETTLED:
            seen += _work(slot, _HOUR)
    return sorted(seen, key=lambda one: getattr(one, "end", reply.received_at))


def workers(account: FoundryAccount, _window: Window) -> Talk:
    """The workers listed, each with averages of a quarter of an hour and an hour."""
    reply = yield _ask(account, "workers", status="all", pageNumber="0", pageSize="-1")
    at, listed = reply.received_at, read(_Workers, reply).workers
    states = tuple(_state(worker, at, reply) for worker in listed)
    rates = [
        RateSeen(worker=worker.name, at=at, per_second=shown * _GH, window=span)
        for worker in listed
        for span, shown in ((QUIET, worker.m15), (_HOUR, worker.h1))
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(account: FoundryAccount, window: Window) -> Talk:
    """What was credited per day, with the rate it was worked out from and the fee."""
    reply = yield _ask(account, "earnings", **_since(window))
    return [
        EarningClaimed(
            id=f"{day.start:%Y-%m-%d}",
            start=day.start,
            end=day.end,
            amount=amount(day.total),
            scheme="FPPS",
            fee_rate=day.fee / 100,
            work_hashes=day.rate * _GH * (day.end - day.start).total_seconds(),
        )
        for day in read(_Earnings, reply).root
        if day.start < day.end <= reply.received_at
    ]


def payouts(account: FoundryAccount, window: Window) -> Talk:
    """What was sent in a transaction; other bookings have none."""
    reply = yield _ask(account, "transactions", **_since(window))
    return [
        PayoutClaimed(
            id=f"{entry.txid}/{entry.address or ''}",
            at=not_future(entry.broadcast or entry.time, reply),
            amount=amount(abs(entry.amount)),  # whether what leaves is written negative is not documented
            address=entry.address or None,
            txid=entry.txid,
        )
        for entry in read(_Transactions, reply).root
        if entry.txid
    ]


def balance(account: FoundryAccount, _window: Window) -> Talk:
    """Coins earned and not yet withdrawn."""
    reply = yield _ask(account, "balance")
    return (BalanceSeen(at=reply.received_at, amount=amount(read(_Balance, reply).balance)),)


def pool(_account: FoundryAccount, _window: Window) -> Talk:
    """The whole pool's rate, a bare number."""
    reply = yield Http(path="/pool_hashrate", query={"coin": "BTC"})
    return (PoolSeen(at=reply.received_at, per_second=read(_PoolRate, reply).root * _GH, scheme="FPPS"),)


def _state(worker: _Worker, at: datetime, reply: Reply) -> WorkerState:
    last = None if worker.last_share is None else not_future(worker.last_share, reply)
    online = at - last <= QUIET if last is not None else worker.m15 > 0
    presence = WorkerPresence.ONLINE if online else WorkerPresence.OFFLINE
    return WorkerState(name=worker.name, presence=presence, last_share=last)


def _work(slot: _Slot, span: timedelta) -> tuple[Observation, ...]:
    if slot.end - slot.start != span:
        return ()  # the running hour or day
    return (
        WorkSeen(start=slot.start, end=slot.end, hashes=slot.accepted * _GH * span.total_seconds()),
        _shares(slot.start, slot.end, slot.accepted, slot.stale, slot.rejected),
    )


def _shares(start: datetime, end: datetime, accepted: float, stale: float, rejected: float) -> SharesSeen:
    hashes = _GH * (end - start).total_seconds()
    return SharesSeen(
        start=start, end=end, accepted=accepted * hashes, rejected=rejected * hashes, stale=stale * hashes
    )


def _since(window: Window) -> dict[str, str]:
    return {"startDateUnixMs": str(int((window.start - BOOKED_LATE).timestamp()) * 1000)}


def _ask(account: FoundryAccount, what: str, **query: Part) -> Http:
    return Http(
        path=f"/{what}/{account.subaccount}",
        query={"coin": "BTC", **query},
        headers={"X-API-KEY": Secret("key")},
    )


SOURCE: Final = Source(
    kind="foundry",
    title="Foundry USA Pool",
    Account=FoundryAccount,
    support="documented",
    pace=2.0,
    questions=(
        Question(name="now", sees=frozenset({RateSeen, SharesSeen}), every=timedelta(minutes=5), talk=now),
        Question(
            name="history",
            sees=frozenset({WorkSeen, SharesSeen}),
            every=_HOUR,
            phase=SETTLED + timedelta(seconds=15),
            reach=REACH,
            talk=history,
            cap=_LARGE,
        ),
        Question(
            name="workers",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=timedelta(minutes=5),
            talk=workers,
            cap=_LARGE,
        ),
        Question(
            name="earnings", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=earnings, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
        Question(name="balance", sees=frozenset({BalanceSeen}), every=_HOUR, talk=balance),
        Question(name="pool", sees=frozenset({PoolSeen}), every=_HOUR, talk=pool),
    ),
)
