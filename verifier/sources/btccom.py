"""BTC.com's pool (documentation of 2018): averages, work per hour, workers, credited days, payouts, balance."""

from collections.abc import Generator
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Exactness,
    PayoutClaimed,
    RateSeen,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    CompactDay,
    Count,
    Name,
    Number,
    Prefix,
    UnixTime,
    UnixTimeOrNever,
    decode,
    fit,
    not_future,
    presence,
)
from verifier.talk import Account, Ask, Http, Part, Question, Reply, Secret, Source, Talk
from verifier.units import Amount, Window

REACH: Final = timedelta(days=30)
#: An hour is read this long after its end at the earliest.
SETTLED: Final = timedelta(minutes=10)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
PER_PAGE: Final = 50
MOST_PAGES: Final = 1000

_15_MINUTES: Final = timedelta(minutes=15)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_MOST_ATOMS: Final = 2_100_000_000_000_000


class BtccomAccount(Account):
    """A sub-account at BTC.com's pool, read with its access key."""

    secrets: ClassVar[tuple[str, ...]] = ("access_key",)

    url: str = "https://pool.api.btc.com/v1"
    puid: Annotated[str, Field(pattern=r"^\d{1,20}$", description="number of the sub-account")]


Atoms: TypeAlias = Annotated[Count, Field(le=_MOST_ATOMS)]


class _Envelope(BaseModel):
    err_no: Count
    err_msg: Name | None = None
    data: Any = None


class _Rates(BaseModel):
    m15: Annotated[Number, Field(alias="shares_15m")]
    m15_unit: Annotated[Prefix, Field(alias="shares_15m_unit")]
    d1: Annotated[Number, Field(alias="shares_1d")]
    d1_unit: Annotated[Prefix, Field(alias="shares_1d_unit")]


class _Chart(BaseModel):
    unit: Annotated[Prefix, Field(alias="shares_unit")]
    # A point of which the pool has nothing bears null.
    tickers: Annotated[list[tuple[UnixTime, Number | None, Number | None]], Field(max_length=10_000)]


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="worker_name")]
    m15: Annotated[Number, Field(alias="shares_15m")]
    unit: Annotated[Prefix, Field(alias="shares_unit")]
    d1: Annotated[Number, Field(alias="shares_1d")]
    d1_unit: Annotated[Prefix, Field(alias="shares_1d_unit")]
    last: Annotated[UnixTimeOrNever, Field(alias="last_share_time")] = None
    status: Name


class _Workers(BaseModel):
    pages: Annotated[Count, Field(alias="page_count")]
    data: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Credit(BaseModel):
    date: CompactDay
    earned: Annotated[Atoms, Field(alias="earnings")]
    paid: Annotated[Atoms, Field(alias="paid_amount")] = 0
    paid_at: Annotated[UnixTime | None, Field(alias="payment_time")] = None
    txid: Annotated[Name | None, Field(alias="payment_tx")] = None
    address: Name | None = None


class _Credits(BaseModel):
    pages: Annotated[Count, Field(alias="page_count")]
    data: Annotated[list[_Credit], Field(alias="list", max_length=10_000)]


class _Stats(BaseModel):
    unpaid: Atoms


_PageModel = TypeVar("_PageModel", _Workers, _Credits)


def now(account: BtccomAccount, _window: Window) -> Talk:
    """The averages of a quarter of an hour and of a day."""
    reply = yield _ask(account, "realtime/hashrate")
    shown, at = fit(_Rates, _data(reply)), reply.received_at
    return (
        RateSeen(at=at, per_second=shown.m15 * shown.m15_unit, window=_15_MINUTES),
        RateSeen(at=at, per_second=shown.d1 * shown.d1_unit, window=_DAY),
    )


def history(account: BtccomAccount, window: Window) -> Talk:
    """Work per settled hour, each named by its start, from the start asked for."""
    start = (window.start - SETTLED - _HOUR).replace(minute=0, second=0, microsecond=0)
    query = {
        "dimension": "1h",
        "start_ts": str(int(start.timestamp())),
        "count": str((window.end - start) // _HOUR + 1),
    }
    reply = yield _ask(account, "worker/share-history", **query)
    chart = fit(_Chart, _data(reply))
    return [
        WorkSeen(
            start=begun,
            end=begun + _HOUR,
            hashes=rate * chart.unit * _HOUR.total_seconds(),
            exactness=Exactness.DISPLAY,
        )
        for begun, rate, _rejected in chart.tickers
        if rate is not None and window.start - SETTLED < not_future(begun, reply) + _HOUR <= reply.received_at - SETTLED
    ]


def workers(account: BtccomAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""
    reply, pages = yield from _all(_Workers, account, "worker", status="all")
    at, listed = reply.received_at, [worker for page in pages for worker in page.data]
    states = tuple(
        WorkerState(
            name=worker.name,
            presence=presence(worker.status, "ACTIVE"),
            last_share=worker.last and not_future(worker.last, reply),
        )
        for worker in listed
    )
    rates = [
        RateSeen(worker=worker.name, at=at, per_second=shown, window=span)
        for worker in listed
        for span, shown in ((_15_MINUTES, worker.m15 * worker.unit), (_DAY, worker.d1 * worker.d1_unit))
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(account: BtccomAccount, window: Window) -> Talk:
    """What was credited for each day."""
    reply, pages = yield from _all(_Credits, account, "account/earn-history")
    return [
        EarningClaimed(id=f"{row.date:%Y-%m-%d}", start=row.date, end=row.date + _DAY, amount=Amount(atoms=row.earned))
        for page in pages
        for row in page.data
        if window.start - BOOKED_LATE - _DAY < row.date <= reply.received_at - _DAY
    ]


def payouts(account: BtccomAccount, window: Window) -> Talk:
    """What was sent for a credited day; a day that was not paid yet has no transaction."""
    reply, pages = yield from _all(_Credits, account, "account/earn-history")
    return [
        PayoutClaimed(
            id=f"{row.txid}/{row.date:%Y-%m-%d}",
            at=not_future(row.paid_at, reply),
            amount=Amount(atoms=row.paid),
            address=row.address or None,
            txid=row.txid,
        )
        for page in pages
        for row in page.data
        if row.txid and row.paid and row.paid_at is not None and row.paid_at > window.start - BOOKED_LATE
    ]


def balance(account: BtccomAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid."""
    reply = yield _ask(account, "account/earn-stats")
    return (BalanceSeen(at=reply.received_at, amount=Amount(atoms=fit(_Stats, _data(reply)).unpaid)),)


def _all(
    model: type[_PageModel], account: BtccomAccount, what: str, **query: str
) -> Generator[Ask, Reply, tuple[Reply, list[_PageModel]]]:
    """Every page of an answer. Raises Misread when there are more than any account has."""
    pages: list[_PageModel] = []
    while len(pages) < MOST_PAGES:
        reply = yield _ask(account, what, **query, page=str(len(pages) + 1), page_size=str(PER_PAGE))
        pages.append(fit(model, _data(reply)))
        if len(pages) >= pages[-1].pages:
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _data(reply: Reply) -> object:
    """The data of an answer. Raises Misread with the pool's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.err_no:
        raise Misread(f"{envelope.err_no}: {envelope.err_msg or 'no words'}")
    return envelope.data


def _ask(account: BtccomAccount, what: str, **query: str) -> Http:
    named: dict[str, Part] = {"access_key": Secret("access_key"), "puid": account.puid}
    return Http(path=f"/{what}", query={**named, **query})


SOURCE: Final = Source(
    kind="btccom",
    title="BTC.com pool",
    Account=BtccomAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(name="now", sees=frozenset({RateSeen}), every=timedelta(minutes=5), talk=now),
        Question(
            name="history",
            sees=frozenset({WorkSeen}),
            every=_HOUR,
            phase=SETTLED + timedelta(seconds=15),
            reach=REACH,
            talk=history,
        ),
        Question(
            name="workers",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=timedelta(minutes=10),
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
    ),
)
