"""ViaBTC with an API key: averages, workers, work per UTC day, credited days, payments and the balance."""

import hmac
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused, Unreachable
from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Count,
    Day,
    Name,
    Number,
    UnixTime,
    UnixTimeOrNever,
    amount,
    decode,
    fit,
    not_future,
    presence,
)
from verifier.talk import Account, Ask, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=90)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: A day is read this long after its end at the earliest.
SETTLED: Final = timedelta(hours=1)
#: And told again for this long: a later figure takes the place of an earlier one.
TOLD_AGAIN: Final = timedelta(days=1)
PER_PAGE: Final = 100
MOST_PAGES: Final = 500

_10_MINUTES: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
#: Key, signature, time of the signature, address not on the key's list (ViaBTC's own numbers).
_NOT_ACCEPTED: Final = {12001, 12002, 12004}
_WRONG_TIME: Final = 12003
_SCHEMES: Final = (("pps", None), ("pplns", "PPLNS"), ("solo", "SOLO"))


class ViabtcAccount(Account):
    """A user of ViaBTC. Its key answers only from addresses that were allowed when it was made."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)
    optional_secrets: ClassVar[tuple[str, ...]] = ("secret",)

    url: str = "https://www.viabtc.net/res/openapi/v1"


class _Envelope(BaseModel):
    code: Count
    message: Name = ""
    data: Any = None


class _Rates(BaseModel):
    m10: Annotated[Number, Field(alias="hashrate_10min")]
    h1: Annotated[Number, Field(alias="hashrate_1hour")]
    h24: Annotated[Number, Field(alias="hashrate_24hour")]

    def over(self) -> tuple[tuple[timedelta, float], ...]:
        """Each average with its span."""
        return (_10_MINUTES, self.m10), (_HOUR, self.h1), (_DAY, self.h24)


class _Page(BaseModel):
    has_next: bool


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="worker_name")]
    status: Annotated[Name, Field(alias="worker_status")]
    m10: Annotated[Number, Field(alias="hashrate_10min")]
    h1: Annotated[Number | None, Field(alias="hashrate_1hour")] = None
    h24: Annotated[Number | None, Field(alias="hashrate_24hour")] = None
    last_active: UnixTimeOrNever = None


class _Workers(_Page):
    data: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Worked(BaseModel):
    date: Day
    rate: Annotated[Number, Field(alias="hashrate")]


class _Days(_Page):
    data: Annotated[list[_Worked], Field(max_length=10_000)]


class _Profit(BaseModel):
    date: Day
    pps: Annotated[str, Field(alias="pps_profit")]
    pplns: Annotated[str, Field(alias="pplns_profit")]
    solo: Annotated[str, Field(alias="solo_profit")]


class _Coins(BaseModel):
    coins: Annotated[Coins, Field(ge=0)]


class _Profits(_Page):
    data: Annotated[list[_Profit], Field(max_length=10_000)]


class _Payment(BaseModel):
    id: Count | Name
    coin: Name
    amount: Annotated[Coins, Field(ge=0)]
    address: Name | None = None
    tx: Name | None = None
    created: Annotated[UnixTime, Field(alias="create_time")]


class _Payments(_Page):
    data: Annotated[list[_Payment], Field(max_length=10_000)]


class _Balance(BaseModel):
    coin: Name
    amount: Annotated[Coins, Field(ge=0)]


class _Target(BaseModel):
    coin: Name
    address: Name


class _Account(BaseModel):
    balance: Annotated[list[_Balance], Field(max_length=1000)]
    targets: Annotated[list[_Target], Field(alias="withdraw_address", max_length=1000)] = []


_Model = TypeVar("_Model", bound=BaseModel)
_PageModel = TypeVar("_PageModel", bound=_Page)


def now(_account: ViabtcAccount, _window: Window) -> Talk:
    """The averages of ten minutes, an hour and a day."""
    reply = yield _ask("hashrate")
    rates = _answer(_Rates, reply).over()
    return [RateSeen(at=reply.received_at, per_second=shown, window=span) for span, shown in rates]


def workers(_account: ViabtcAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""
    reply, pages = yield from _all(_Workers, "hashrate/worker")
    at, listed = reply.received_at, [worker for page in pages for worker in page.data]
    states = tuple(
        WorkerState(
            name=worker.name,
            presence=presence(worker.status, "active"),
            last_share=worker.last_active and not_future(worker.last_active, reply),
        )
        for worker in listed
    )
    rates = [
        RateSeen(worker=worker.name, at=at, per_second=shown, window=span)
        for worker in listed
        for span, shown in ((_10_MINUTES, worker.m10), (_HOUR, worker.h1), (_DAY, worker.h24))
        if shown is not None
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def daily(_account: ViabtcAccount, window: Window) -> Talk:
    """Work per settled UTC day, from its average."""
    reply, pages = yield from _all(_Days, "hashrate/history", **_since(window))
    return [
        WorkSeen(start=day.date, end=day.date + _DAY, hashes=day.rate * _DAY.total_seconds())
        for page in pages
        for day in page.data
        if window.start - SETTLED - TOLD_AGAIN < not_future(day.date, reply) + _DAY <= reply.received_at - SETTLED
    ]


def earnings(_account: ViabtcAccount, window: Window) -> Talk:
    """What was credited for each UTC day, by scheme; which of FPPS and PPS+ it was is not told."""
    reply, pages = yield from _all(_Profits, "profit/history", **_since(window))
    return [
        EarningClaimed(
            id=f"{day.date:%Y-%m-%d}/{field}",
            start=day.date,
            end=day.date + _DAY,
            amount=amount(coins),
            scheme=scheme,
        )
        for page in pages
        for day in page.data
        for field, scheme in _SCHEMES
        if (coins := _coins(getattr(day, field))) and day.date <= reply.received_at - _DAY
    ]


def payouts(_account: ViabtcAccount, window: Window) -> Talk:
    """What was sent."""
    reply, pages = yield from _all(_Payments, "wallet/payment/history")
    return [
        PayoutClaimed(
            id=str(payment.id),
            at=not_future(payment.created, reply),
            amount=amount(payment.amount),
            address=payment.address or None,
            txid=payment.tx or None,
        )
        for page in pages
        for payment in page.data
        if payment.coin == "BTC" and payment.created > window.start - BOOKED_LATE
    ]


def balance(_account: ViabtcAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid, and where they will be paid to."""
    reply = yield _ask("account")
    told, at = _answer(_Account, reply), reply.received_at
    return (
        *(BalanceSeen(at=at, amount=amount(one.amount)) for one in told.balance if one.coin == "BTC"),
        *(AccountSeen(at=at, payout_address=one.address) for one in told.targets if one.coin == "BTC"),
    )


def signature(secret: str, query: str) -> str:
    """HMAC-SHA256 over the query as it is sent, in lower-case hexadecimal (ViaBTC's wiki)."""
    return hmac.new(secret.encode(), query.encode(), "sha256").hexdigest()


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Ask:
    """The ask with tonce (milliseconds) and signature, where the account has a secret; the key alone will do."""
    if not isinstance(ask, Http) or "secret" not in secrets:
        return ask
    query = {**ask.query, "tonce": str(nonce)}
    return replace(
        ask, query=query, headers={**ask.headers, "X-SIGNATURE": signature(secrets["secret"], urlencode(query))}
    )


def _coins(written: str) -> Decimal:
    """Coins that may be written with commas between thousands."""
    return fit(_Coins, {"coins": written.replace(",", "")}).coins


def _since(window: Window) -> dict[str, str]:
    start, end = window.start - BOOKED_LATE, window.end
    return {"start_date": f"{start:%Y-%m-%d}", "end_date": f"{end:%Y-%m-%d}", "utc": "true"}


def _all(model: type[_PageModel], what: str, **query: str) -> Generator[Ask, Reply, tuple[Reply, list[_PageModel]]]:
    """Every page of an answer. Raises Misread when there are more than any account has."""
    pages: list[_PageModel] = []
    while len(pages) < MOST_PAGES:
        reply = yield _ask(what, **query, page=str(len(pages) + 1), limit=str(PER_PAGE))
        pages.append(_answer(model, reply))
        if not pages[-1].has_next:
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The data of an answer. Raises what the pool's own number means for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.code in _NOT_ACCEPTED:
        raise Refused(f"{envelope.code}: {envelope.message}")
    if envelope.code == _WRONG_TIME:
        raise Unreachable(f"{envelope.code}: {envelope.message}")
    if envelope.code:
        raise Misread(f"{envelope.code}: {envelope.message}")
    return fit(model, envelope.data)


def _ask(what: str, **query: str) -> Http:
    return Http(path=f"/{what}", query={"coin": "BTC", **query}, headers={"X-API-KEY": Secret("key")})


SOURCE: Final = Source(
    kind="viabtc",
    title="ViaBTC",
    Account=ViabtcAccount,
    support="documented",
    pace=1.0,
    sign=signed,
    questions=(
        Question(name="now", sees=frozenset({RateSeen}), every=timedelta(minutes=5), talk=now),
        Question(name="workers", sees=frozenset({WorkersSeen, RateSeen}), every=_10_MINUTES, talk=workers, cap=_LARGE),
        Question(name="daily", sees=frozenset({WorkSeen}), every=_6_HOURS, reach=REACH, talk=daily, cap=_LARGE),
        Question(
            name="earnings", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=earnings, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
        Question(name="balance", sees=frozenset({BalanceSeen, AccountSeen}), every=_HOUR, talk=balance),
    ),
)
