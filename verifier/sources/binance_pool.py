"""Binance Pool: averages, workers, credited days and resold hashrate, asked with signed requests."""

import hmac
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused, Unreachable
from verifier.observation import (
    EarningClaimed,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    CompactDay,
    Count,
    Name,
    Number,
    UnixMilliseconds,
    UnixMillisecondsOrNever,
    amount,
    document,
    fit,
    not_future,
    refuse_status,
)
from verifier.talk import Account, Ask, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=30)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
MOST_PAGES: Final = 500
#: Of the lists of income; that of workers is paged as the pool likes (20 rows).
MOST_ROWS: Final = "200"

_15_MINUTES: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
#: Income for own work: sent to the mining wallet, to an address, to pool savings.
_OWN: Final = {0, 5, 7}
#: Wrong time of the signature; too many requests.
_PASSING: Final = {-1003, -1021}
#: Wrong signature, wrong form of key, key not accepted or without the right (Binance's error codes).
_NOT_ACCEPTED: Final = {-1022, -2014, -2015}


class BinancePoolAccount(Account):
    """A mining account at Binance Pool, read with a key that may only read."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://api.binance.com"
    user: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the mining account")]
    transfer: Annotated[
        int | None, Field(ge=0, description="configId of hashrate resold inside the pool to or by this account")
    ] = None


class _Envelope(BaseModel):
    code: int
    msg: Name = ""
    data: Any = None


class _Status(BaseModel):
    m15: Annotated[Number, Field(alias="fifteenMinHashRate")]
    d1: Annotated[Number, Field(alias="dayHashRate")]
    unit: Annotated[str, Field(pattern=r"^[hH]/s$")]


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="workerName")]
    status: Count
    rate: Annotated[Number, Field(alias="hashRate")]
    day: Annotated[Number, Field(alias="dayHashRate")]
    last: Annotated[UnixMillisecondsOrNever, Field(alias="lastShareTime")] = None


class _Paged(BaseModel):
    total: Annotated[Count, Field(alias="totalNum")]


class _Workers(_Paged):
    rows: Annotated[list[_Worker], Field(alias="workerDatas", max_length=MOST_WORKERS)]


class _Profit(BaseModel):
    time: UnixMilliseconds
    type: Count
    coin: Annotated[Name, Field(alias="coinName")]
    rate: Annotated[Number | None, Field(alias="dayHashRate")] = None
    amount: Annotated[Coins, Field(alias="profitAmount", ge=0)]


class _Profits(_Paged):
    rows: Annotated[list[_Profit], Field(alias="accountProfits", max_length=10_000)]


class _Resold(BaseModel):
    seller: Annotated[Name, Field(alias="poolUsername")]
    buyer: Annotated[Name, Field(alias="toPoolUsername")]
    rate: Annotated[Number, Field(alias="hashRate")]
    day: CompactDay
    amount: Annotated[Coins, Field(ge=0)]
    coin: Annotated[Name, Field(alias="coinName")]


class _Transfers(_Paged):
    rows: Annotated[list[_Resold], Field(alias="profitTransferDetails", max_length=10_000)]


_Model = TypeVar("_Model", bound=BaseModel)


def now(account: BinancePoolAccount, _window: Window) -> Talk:
    """The averages of a quarter of an hour and of a day."""
    reply = yield _ask(account, "statistics/user/status")
    shown, at = _answer(_Status, reply), reply.received_at
    return (
        RateSeen(at=at, per_second=shown.m15, window=_15_MINUTES),
        RateSeen(at=at, per_second=shown.d1, window=_DAY),
    )


def workers(account: BinancePoolAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share, rate and average of a day."""
    reply, rows = yield from _all(_Workers, account, "worker/list")
    at, listed = reply.received_at, [(stripped(worker.name, account), worker) for worker in rows]
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if worker.status == 1 else WorkerPresence.OFFLINE,
            last_share=worker.last and not_future(worker.last, reply),
        )
        for name, worker in listed
    )
    rates = [
        rate
        for name, worker in listed
        for rate in (
            # Called real-time; over which span it is taken is not told.
            RateSeen(worker=name, at=at, per_second=worker.rate, window=_15_MINUTES, averaging="unsure"),
            RateSeen(worker=name, at=at, per_second=worker.day, window=_DAY),
        )
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(account: BinancePoolAccount, window: Window) -> Talk:
    """What was credited for each UTC day of mining, paid or not; other kinds of income are not for own work."""
    reply, rows = yield from _all(_Profits, account, "payment/list", coin="BTC", pageSize=MOST_ROWS, **_since(window))
    return [
        EarningClaimed(
            id=f"{row.time:%Y-%m-%d}/{row.type}",
            start=row.time,
            end=row.time + _DAY,
            amount=amount(row.amount),
            work_hashes=None if row.rate is None else row.rate * _DAY.total_seconds(),
        )
        for row in rows
        if row.coin == "BTC" and row.type in _OWN and row.time <= reply.received_at - _DAY
    ]


def transfers(account: BinancePoolAccount, _window: Window) -> Talk:
    """What hashrate resold inside the pool brought its buyer for each UTC day."""
    what = "hash-transfer/profit/details"
    reply, rows = yield from _all(_Transfers, account, what, configId=str(account.transfer), pageSize=MOST_ROWS)
    return [
        EarningClaimed(
            id=f"{row.day:%Y-%m-%d}/from {row.seller}",
            start=row.day,
            end=row.day + _DAY,
            amount=amount(row.amount),
            work_hashes=row.rate * _DAY.total_seconds(),
        )
        for row in rows
        if row.coin == "BTC" and row.buyer == account.user and row.day <= reply.received_at - _DAY
    ]


def stripped(name: str, account: Account) -> str:
    """A worker's name without the account; some answers leave it away already."""
    return name.removeprefix(f"{account.user}.") if isinstance(account, BinancePoolAccount) else name


def signature(secret: str, query: str) -> str:
    """HMAC-SHA256 over the query as it is sent, in hexadecimal (Binance, signed endpoint security)."""
    return hmac.new(secret.encode(), query.encode(), "sha256").hexdigest()


def signed(ask: Ask, secrets: Mapping[str, str], now: datetime, _nonce: int) -> Ask:
    """The ask with its time in milliseconds and, last in the query, its signature."""
    if not isinstance(ask, Http) or "secret" not in secrets:
        return ask
    query = {**ask.query, "recvWindow": "10000", "timestamp": str(int(now.timestamp() * 1000))}
    return replace(ask, query={**query, "signature": signature(secrets["secret"], urlencode(query))})


def _all(
    model: type[_Model], account: BinancePoolAccount, what: str, **query: str
) -> Generator[Ask, Reply, tuple[Reply, list[Any]]]:
    """The rows of every page. Raises Misread when there are more than any account has."""
    rows: list[Any] = []
    for page in range(1, MOST_PAGES + 1):
        reply = yield _ask(account, what, **query, pageIndex=str(page))
        told: Any = fit(model, _data(reply))
        rows += told.rows
        if not told.rows or len(rows) >= told.total:
            return reply, rows
    raise Misread(f"more than {MOST_PAGES} pages")


def _answer(model: type[_Model], reply: Reply) -> _Model:
    return fit(model, _data(reply))


def _data(reply: Reply) -> object:
    """The data of an answer. Raises what Binance's own number means, which comes with HTTP 200 or 400."""
    if reply.status == HTTPStatus.IM_A_TEAPOT:
        raise Unreachable("the address is banned for some time for asking too often (HTTP 418)")
    if reply.status != HTTPStatus.BAD_REQUEST:
        refuse_status(reply)
    envelope = fit(_Envelope, document(reply))
    says = f"{envelope.code}: {envelope.msg}"
    if envelope.code in _PASSING:
        raise Unreachable(says)
    if envelope.code in _NOT_ACCEPTED:
        raise Refused(says)
    if envelope.code or reply.status != HTTPStatus.OK:
        raise Misread(says)
    return envelope.data


def _since(window: Window) -> dict[str, str]:
    start, end = window.start - BOOKED_LATE, window.end
    return {"startDate": str(int(start.timestamp() * 1000)), "endDate": str(int(end.timestamp() * 1000))}


def _ask(account: BinancePoolAccount, what: str, **query: str) -> Http:
    return Http(
        path=f"/sapi/v1/mining/{what}",
        query={"algo": "sha256", "userName": account.user, **query},
        headers={"X-MBX-APIKEY": Secret("key")},
    )


SOURCE: Final = Source(
    kind="binance_pool",
    title="Binance Pool",
    Account=BinancePoolAccount,
    support="documented",
    pace=1.0,
    naming=stripped,
    sign=signed,
    questions=(
        Question(name="now", sees=frozenset({RateSeen}), every=timedelta(minutes=5), talk=now),
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
            name="transfers",
            sees=frozenset({EarningClaimed}),
            every=_6_HOURS,
            reach=REACH,
            talk=transfers,
            cap=_LARGE,
            asked_of=lambda account: isinstance(account, BinancePoolAccount) and account.transfer is not None,
        ),
    ),
)
