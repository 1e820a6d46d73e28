"""Poolin: work per hour, workers, credited days, payouts and the balance, read with the token of a watcher link."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
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
    ZonelessTime,
    decode,
    fit,
    not_future,
    presence,
)
from verifier.talk import Account, Ask, Http, Question, Reply, Source, Talk
from verifier.units import Amount, Window

REACH: Final = timedelta(days=30)
#: An hour is read this long after its end at the earliest.
SETTLED: Final = timedelta(minutes=10)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: Payouts are written without a zone: it may be that of Beijing, 8 hours ahead of UTC.
ZONE_UNKNOWN: Final = timedelta(hours=8, minutes=10)
PER_PAGE: Final = 50
MOST_PAGES: Final = 500

_15_MINUTES: Final = timedelta(minutes=15)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_MOST_ATOMS: Final = 2_100_000_000_000_000


class PoolinAccount(Account):
    """A sub-account at Poolin: `puid` and the read token stand in its watcher link."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)

    url: str = "https://api-prod.poolin.me/api/public/v2"
    puid: Annotated[str, Field(pattern=r"^\d{1,20}$", description="number of the sub-account in the watcher link")]


Atoms: TypeAlias = Annotated[Count, Field(le=_MOST_ATOMS)]


class _Envelope(BaseModel):
    err_no: Count
    err_msg: Name | None = None
    data: Any = None


class _Chart(BaseModel):
    unit: Prefix
    # A point of which the pool has nothing bears null, as at its relative BTC.com.
    tickers: Annotated[list[tuple[UnixTime, Number | None, Number | None]], Field(max_length=10_000)]


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="worker_name")]
    m15: Annotated[Number, Field(alias="shares_15m")]
    h24: Annotated[Number, Field(alias="shares_24h")]
    unit: Annotated[Prefix, Field(alias="shares_unit")]
    last: Annotated[UnixTimeOrNever, Field(alias="last_share_time")] = None
    status: Name


class _Workers(BaseModel):
    pages: Annotated[Count, Field(alias="page_count")]
    data: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Credit(BaseModel):
    date: CompactDay
    amount: Atoms
    rate: Annotated[Number, Field(alias="share_accept")]
    unit: Annotated[Prefix, Field(alias="share_unit")]


class _Credits(BaseModel):
    pages: Annotated[Count, Field(alias="last_page")]
    data: Annotated[list[_Credit], Field(max_length=10_000)]


class _Payout(BaseModel):
    txid: Annotated[Name, Field(alias="txhash")]
    amount: Atoms
    at: Annotated[ZonelessTime, Field(alias="pay_time")]


class _Payouts(BaseModel):
    rows: Annotated[list[_Payout], Field(max_length=10_000)]


class _Stats(BaseModel):
    balance: Atoms


_PageModel = TypeVar("_PageModel", _Workers, _Credits)


def history(account: PoolinAccount, window: Window) -> Talk:
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
            start=start,
            end=start + _HOUR,
            hashes=rate * chart.unit * _HOUR.total_seconds(),
            exactness=Exactness.DISPLAY,
        )
        for start, rate, _rejected in chart.tickers
        if rate is not None and window.start - SETTLED < not_future(start, reply) + _HOUR <= reply.received_at - SETTLED
    ]


def workers(account: PoolinAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages of a quarter of an hour and a day."""
    reply, pages = yield from _all(_Workers, account, "worker", status="ALL", pagesize=str(PER_PAGE))
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
        RateSeen(worker=worker.name, at=at, per_second=shown * worker.unit, window=span)
        for worker in listed
        for span, shown in ((_15_MINUTES, worker.m15), (_DAY, worker.h24))
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(account: PoolinAccount, window: Window) -> Talk:
    """What was credited for each day, paid or not, with the rate it was for."""
    reply, pages = yield from _all(_Credits, account, "payment/history", start_date=_since(window))
    return [
        EarningClaimed(
            id=f"{row.date:%Y-%m-%d}",
            start=row.date,
            end=row.date + _DAY,
            amount=Amount(atoms=row.amount),
            work_hashes=row.rate * row.unit * _DAY.total_seconds(),
        )
        for page in pages
        for row in page.data
        if window.start - BOOKED_LATE - _DAY < row.date <= reply.received_at - _DAY
    ]


def payouts(account: PoolinAccount, window: Window) -> Talk:
    """What was sent."""
    reply = yield _ask(account, "payment/payout-history", start_date=_since(window))
    return [
        PayoutClaimed(
            id=row.txid,
            at=min(not_future(row.at, reply, ZONE_UNKNOWN), reply.received_at),
            amount=Amount(atoms=row.amount),
            txid=row.txid,
        )
        for row in fit(_Payouts, {"rows": _data(reply)}).rows
        if row.txid and row.at > window.start - BOOKED_LATE
    ]


def balance(account: PoolinAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid."""
    reply = yield _ask(account, "payment/stats")
    return (BalanceSeen(at=reply.received_at, amount=Amount(atoms=fit(_Stats, _data(reply)).balance)),)


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with the token as its bearer (RFC 6750)."""
    if not isinstance(ask, Http) or "token" not in secrets:
        return ask
    return replace(ask, headers={**ask.headers, "authorization": f"Bearer {secrets['token']}"})


def _all(
    model: type[_PageModel], account: PoolinAccount, what: str, **query: str
) -> Generator[Ask, Reply, tuple[Reply, list[_PageModel]]]:
    """Every page of an answer. Raises Misread when there are more than any account has."""
    pages: list[_PageModel] = []
    while len(pages) < MOST_PAGES:
        reply = yield _ask(account, what, **query, page=str(len(pages) + 1))
        pages.append(fit(model, _data(reply)))
        if len(pages) >= pages[-1].pages:
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _since(window: Window) -> str:
    return f"{window.start - BOOKED_LATE - _DAY:%Y%m%d}"


def _data(reply: Reply) -> object:
    """The data of an answer. Raises Misread with the pool's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.err_no:
        raise Misread(f"{envelope.err_no}: {envelope.err_msg or 'no words'}")
    return envelope.data


def _ask(account: PoolinAccount, what: str, **query: str) -> Http:
    return Http(path=f"/{what}", query={"puid": account.puid, "coin_type": "btc", **query})


SOURCE: Final = Source(
    kind="poolin",
    title="Poolin",
    Account=PoolinAccount,
    support="experimental",
    pace=2.0,
    sign=signed,
    questions=(
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
