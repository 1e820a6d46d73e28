"""Foundry USA Pool: work per hour with its stale and rejected part, workers, daily earnings and withdrawals."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import AfterValidator, Field, RootModel

from verifier.fields import Camel, Coins, IsoTime, Name, Number, Percent
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SharesSeen,
    WorkersSeen,
    WorkSeen,
)
from verifier.phrases import stale
from verifier.reading import decode, not_future, read, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Http, Part, Secret, Source, Talk, asks
from verifier.told import amount, listed, rates, recent, sent
from verifier.units import DAY, HOUR, MINUTE, Window

#: What the pool gives by default: hours of a week, days of a month.
HOURS: Final = timedelta(days=7)
REACH: Final = timedelta(days=30)
#: An hour is read this long after its end at the earliest.
SETTLED: Final = 10 * MINUTE
#: Hours are told again for this long: a later figure takes the place of an earlier one.
TOLD_AGAIN: Final = 4 * HOUR
#: The pool itself counts a worker as offline after this long.
QUIET: Final = 15 * MINUTE

#: Hashrates are whole GH/s everywhere (OpenAPI 6.0.0 of the pool).
_Rate: TypeAlias = Annotated[Number, AfterValidator(lambda gigahashes: gigahashes * 1e9)]


class FoundryAccount(Account):
    """A sub-account at Foundry USA Pool, read with the key of a viewer link."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.foundryusapool.com"
    subaccount: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the sub-account")]


class _Stats(Camel):
    m5: Annotated[_Rate, Field(alias="hashrate5minAvg")]
    m15: Annotated[_Rate, Field(alias="hashrate15minAvg")]
    h1: Annotated[_Rate, Field(alias="hashrate1hrAvg")]
    h24: Annotated[_Rate, Field(alias="hashrate24hrAvg")]
    stale: Annotated[_Rate, Field(alias="stale1hrAvg")]
    rejected: Annotated[_Rate, Field(alias="reject1hrAvg")]
    updated_at: IsoTime


class _Slot(Camel):
    time: IsoTime
    end_time: IsoTime
    hashrate_accepted: _Rate
    hashrate_stale: _Rate
    hashrate_rejected: _Rate


class _Worker(Camel):
    worker_name: Name
    m15: Annotated[_Rate, Field(alias="hashrate_15m")]
    h1: Annotated[_Rate, Field(alias="hashrate_1h")]
    last_share_time: IsoTime | None = None


class _Earning(Camel):
    start_time: IsoTime
    end_time: IsoTime
    total_amount: Annotated[Coins, Field(ge=0)]
    hashrate: _Rate
    fee_rate_percent: Annotated[Percent, Field(le=1)]


class _Transaction(Camel):
    time: IsoTime
    broadcast_time: IsoTime | None = None
    amount: Coins
    tx_id: Name | None = None
    address: Name | None = None


class _Balance(Camel):
    balance: Annotated[Coins, Field(ge=0)]


class _PoolRate(RootModel[_Rate]):
    pass


@asks(RateSeen, SharesSeen, every=5 * MINUTE)
def now(account: FoundryAccount, _window: Window) -> Talk:
    """The averages from five minutes to a day, and the last hour's accepted, stale and rejected work."""
    reply = yield _ask(account, "subaccount_stats")
    stats = read(_Stats, reply)
    at = not_future(stats.updated_at, reply)
    spans = [(5 * MINUTE, stats.m5), (15 * MINUTE, stats.m15), (HOUR, stats.h1), (DAY, stats.h24)]
    last_hour = _shares(at - HOUR, at, stats.h1, stats.stale, stats.rejected)
    return stale(reply, at, 30 * MINUTE) or (*rates(at, [(None, spans)]), last_hour)


@asks(WorkSeen, SharesSeen, every=HOUR, phase=SETTLED + timedelta(seconds=15), reach=REACH, cap=LARGE)
def history(account: FoundryAccount, window: Window) -> Talk:
    """Work per settled hour of the last week, per UTC day before it; with its stale and rejected part."""
    hours_from = window.start - TOLD_AGAIN
    if hours_from < window.end - HOURS:  # whole days until a midnight, hours from there
        hours_from = (window.end - HOURS + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    slots: list[_Slot] = []
    if window.start < hours_from:
        days = {"start": f"{window.start:%Y-%m-%d}", "end": f"{hours_from - DAY:%Y-%m-%d}"}
        reply = yield _ask(account, "subaccount_hashrate_day", **days)
        slots += _between(rows(_Slot, decode(reply)), DAY, window.start, hours_from)
    reply = yield _ask(account, "subaccount_hashrate_hour", **_since(hours_from))
    slots += _between(rows(_Slot, decode(reply)), HOUR, hours_from, reply.received_at - SETTLED)
    return [one for slot in sorted(slots, key=lambda slot: slot.end_time) for one in _work(slot)]


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE)
def workers(account: FoundryAccount, _window: Window) -> Talk:
    """The workers listed, each with averages of a quarter of an hour and an hour."""
    reply = yield _ask(account, "workers", status="all", pageNumber="0", pageSize="-1")
    told, at = rows(_Worker, decode(reply), "workersList"), reply.received_at
    of = [(one, recent(one.last_share_time, at, QUIET, one.m15 > 0)) for one in told]
    return (
        listed(reply, ((one.worker_name, here, one.last_share_time) for one, here in of)),
        *rates(at, ((one.worker_name, [(15 * MINUTE, one.m15), (HOUR, one.h1)]) for one in told)),
    )


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(account: FoundryAccount, window: Window) -> Talk:
    """What was credited per day, with the rate it was worked out from and the fee."""
    reply = yield _ask(account, "earnings", **_since(window.start - BOOKED_LATE))
    return [
        EarningClaimed(
            id=f"{day.start_time:%Y-%m-%d}", start=day.start_time, end=day.end_time, amount=amount(day.total_amount),
            scheme="FPPS", fee_rate=day.fee_rate_percent,
            work_hashes=day.hashrate * (day.end_time - day.start_time).total_seconds(),
        )
        for day in rows(_Earning, decode(reply))
        if day.start_time < day.end_time <= reply.received_at
    ]  # fmt: skip


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: FoundryAccount, window: Window) -> Talk:
    """What was sent in a transaction; other bookings have none."""
    reply = yield _ask(account, "transactions", **_since(window.start - BOOKED_LATE))
    return [
        sent(
            reply, one.broadcast_time or one.time,
            abs(one.amount),  # whether what leaves is written negative is not documented
            id=f"{one.tx_id}/{one.address or ''}", txid=one.tx_id, address=one.address,
        )
        for one in rows(_Transaction, decode(reply))
        if one.tx_id
    ]  # fmt: skip


@asks(BalanceSeen, every=HOUR)
def balance(account: FoundryAccount, _window: Window) -> Talk:
    """Coins earned and not yet withdrawn."""
    reply = yield _ask(account, "balance")
    return (BalanceSeen(at=reply.received_at, amount=amount(read(_Balance, reply).balance)),)


@asks(PoolSeen, every=HOUR)
def pool(_account: FoundryAccount, _window: Window) -> Talk:
    """The whole pool's rate, a bare number."""
    reply = yield Http(path="/pool_hashrate", query={"coin": "BTC"})
    return (PoolSeen(at=reply.received_at, per_second=read(_PoolRate, reply).root, scheme="FPPS"),)


def _between(slots: list[_Slot], span: timedelta, start: datetime, end: datetime) -> list[_Slot]:
    """Those that lie there and are whole; the running hour or day is shorter."""
    return [one for one in slots if start <= one.time and one.end_time <= end and one.end_time - one.time == span]


def _work(slot: _Slot) -> tuple[WorkSeen, SharesSeen]:
    start, end = slot.time, slot.end_time
    shares = _shares(start, end, slot.hashrate_accepted, slot.hashrate_stale, slot.hashrate_rejected)
    return WorkSeen(start=start, end=end, hashes=shares.accepted), shares


def _shares(start: datetime, end: datetime, accepted: float, stale: float, rejected: float) -> SharesSeen:
    span = (end - start).total_seconds()
    return SharesSeen(start=start, end=end, accepted=accepted * span, rejected=rejected * span, stale=stale * span)


def _since(start: datetime) -> dict[str, str]:
    return {"startDateUnixMs": str(int(start.timestamp()) * 1000)}


def _ask(account: FoundryAccount, what: str, **query: Part) -> Http:
    headers = {"X-API-KEY": Secret("key")}
    return Http(path=f"/{what}/{account.subaccount}", query={"coin": "BTC", **query}, headers=headers)


SOURCE: Final = Source(
    kind="foundry", title="Foundry USA Pool", Account=FoundryAccount, support="documented", pace=2.0,
    questions=(now, history, workers, earnings, payouts, balance, pool),
)  # fmt: skip
