"""ViaBTC's observer links, and pools that run on its service: read without a key, with what stands in the link."""

import re
from collections.abc import Generator
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel, Field, PlainValidator, model_validator

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
    Coins,
    Count,
    Day,
    Name,
    Number,
    Prefix,
    Shown,
    UnixTime,
    UnixTimeOrNever,
    amount,
    decode,
    fit,
    not_future,
    presence,
)
from verifier.talk import Account, Ask, Http, Part, Question, Reply, Secret, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=90)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: A day is read this long after its end at the earliest.
SETTLED: Final = timedelta(hours=1)
#: And told again for this long: a later figure takes the place of an earlier one.
TOLD_AGAIN: Final = timedelta(days=1)
PER_PAGE: Final = 200
MOST_PAGES: Final = 250

_10_MINUTES: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_SIZES: Final = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_RATE: Final = re.compile(r"(\d{1,20})(?:\.(\d{1,20}))?([KMGTPE]?)", re.ASCII)
_SCHEMES: Final = (("pps", None), ("pplns", "PPLNS"), ("solo", "SOLO"))


class Pool(NamedTuple):
    """A pool of the family: where it is, and where the pages of observers lie there."""

    url: str
    path: str


#: The pools of the family; others are added as a row.
POOLS: Final = MappingProxyType(
    {
        "viabtc": Pool("https://www.viabtc.net", "/res/observer"),
        "trustpool": Pool("https://trustpool.cc", "/res/saas/observer"),
    }
)


class ObserverAccount(Account):
    """An observer link: it holds `access_key` (kept as a secret) and `user_id`."""

    secrets: ClassVar[tuple[str, ...]] = ("access_key",)

    url: str = POOLS["viabtc"].url
    pool: Annotated[Literal["viabtc", "trustpool"], Field(description="which pool of the family")] = "viabtc"
    user_id: Annotated[str, Field(pattern=r"^\d{1,20}$", description="number of the user in the observer link")]

    @model_validator(mode="before")
    @classmethod
    def _at_its_pool(cls, given: Any) -> Any:
        if isinstance(given, dict) and "url" not in given and given.get("pool") in POOLS:
            return {**given, "url": POOLS[given["pool"]].url}
        return given


def _suffixed(value: object) -> Shown:
    match = _RATE.fullmatch(value if isinstance(value, str) else str(value))
    if match is None:
        raise ValueError("a rate such as 14.697T was expected")
    whole, places, suffix = match[1], match[2] or "", match[3]
    digits = float(f"{whole}.{places or 0}")
    return Shown(digits * _SIZES[suffix], 0.5 * 10.0 ** -len(places) / digits if digits else 0.0)


Rate: TypeAlias = Annotated[Shown, PlainValidator(_suffixed)]


class _Envelope(BaseModel):
    code: Count
    message: Name = ""
    data: Any = None


class _Home(BaseModel):
    m10: Annotated[Rate, Field(alias="hashrate_10min")]
    h1: Annotated[Rate, Field(alias="hashrate_1hour")]
    d1: Annotated[Rate, Field(alias="hashrate_1day")]
    balance: Annotated[Coins, Field(alias="account_balance", ge=0)]


class _Chart(BaseModel):
    start: UnixTime
    unit: Prefix
    hashrate: Annotated[list[Number], Field(max_length=10_000)]


class _Page(BaseModel):
    has_next: bool


class _Worker(BaseModel):
    name: Name
    status: Name
    last_active: UnixTimeOrNever = None
    m10: Annotated[Rate, Field(alias="hashrate_10min")]
    h1: Annotated[Rate, Field(alias="hashrate_1hour")]
    d1: Annotated[Rate, Field(alias="hashrate_1day")]


class _Workers(_Page):
    data: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


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
    address: Name | None = None
    amount: Annotated[Coins, Field(ge=0)]
    coin: Name
    status: Name
    time: UnixTime
    txid: Name | None = None


class _Payments(_Page):
    data: Annotated[list[_Payment], Field(max_length=10_000)]


_Model = TypeVar("_Model", bound=BaseModel)
_PageModel = TypeVar("_PageModel", bound=_Page)


def now(account: ObserverAccount, _window: Window) -> Talk:
    """The averages of ten minutes, an hour and a day, and the balance."""
    reply = yield _ask(account, "home")
    home, at = _answer(_Home, reply), reply.received_at
    return (*_rates(None, home, at), BalanceSeen(at=at, amount=amount(home.balance)))


def workers(account: ObserverAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""
    reply, pages = yield from _all(_Workers, account, "worker", group_id="-1")
    at, listed = reply.received_at, [worker for page in pages for worker in page.data]
    states = tuple(
        WorkerState(
            name=worker.name,
            presence=presence(worker.status, "active"),
            last_share=worker.last_active and not_future(worker.last_active, reply),
        )
        for worker in listed
    )
    rates = [rate for worker in listed for rate in _rates(worker.name, worker, at)]
    return (WorkersSeen(at=at, workers=states), *rates)


def daily(account: ObserverAccount, window: Window) -> Talk:
    """Work per settled UTC day, from a chart of its averages; a chart that starts within a day is refused."""
    reply = yield _ask(account, "hashrate/chart", interval="day", utc="true")
    chart = _answer(_Chart, reply)
    if chart.start.time() != datetime.min.time():
        raise Misread("start: the chart's days do not begin at 00:00 UTC")
    days = [(not_future(chart.start, reply) + i * _DAY, rate) for i, rate in enumerate(chart.hashrate)]
    return [
        WorkSeen(
            start=day, end=day + _DAY, hashes=rate * chart.unit * _DAY.total_seconds(), exactness=Exactness.DISPLAY
        )
        for day, rate in days
        if window.start - SETTLED - TOLD_AGAIN < day + _DAY <= reply.received_at - SETTLED
    ]


def earnings(account: ObserverAccount, window: Window) -> Talk:
    """What was credited for each UTC day, by scheme; which of FPPS and PPS+ it was is not told."""
    reply, pages = yield from _all(_Profits, account, "profit/detail", utc="true")
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
        if (coins := _coins(getattr(day, field)))
        and window.start - BOOKED_LATE - _DAY < day.date <= reply.received_at - _DAY
    ]


def payouts(account: ObserverAccount, window: Window) -> Talk:
    """What was sent; what is not completed was not."""
    reply, pages = yield from _all(_Payments, account, "payment/detail", utc="true")
    return [
        PayoutClaimed(
            id=payment.txid or f"{payment.time:%Y-%m-%dT%H:%M:%SZ}/{payment.amount}",
            at=not_future(payment.time, reply),
            amount=amount(payment.amount),
            address=payment.address or None,
            txid=payment.txid or None,
        )
        for page in pages
        for payment in page.data
        if payment.coin == "BTC" and payment.status == "completed" and payment.time > window.start - BOOKED_LATE
    ]


def _rates(name: str | None, shown: _Home | _Worker, at: datetime) -> list[RateSeen]:
    return [
        RateSeen(worker=name, at=at, per_second=rate.per_second, window=span, quantisation=rate.quantisation)
        for span, rate in ((_10_MINUTES, shown.m10), (_HOUR, shown.h1), (_DAY, shown.d1))
    ]


def _coins(written: str) -> Decimal:
    """Coins that may be written with commas between thousands."""
    return fit(_Coins, {"coins": written.replace(",", "")}).coins


def _all(
    model: type[_PageModel], account: ObserverAccount, what: str, **query: str
) -> Generator[Ask, Reply, tuple[Reply, list[_PageModel]]]:
    """Every page of an answer. Raises Misread when there are more than any account has."""
    pages: list[_PageModel] = []
    while len(pages) < MOST_PAGES:
        reply = yield _ask(account, what, **query, page=str(len(pages) + 1), limit=str(PER_PAGE))
        pages.append(_answer(model, reply))
        if not pages[-1].has_next:
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The data of an answer. Raises Misread with the pool's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.code:
        raise Misread(f"{envelope.code}: {envelope.message}")
    return fit(model, envelope.data)


def _ask(account: ObserverAccount, what: str, **query: str) -> Http:
    named: dict[str, Part] = {"access_key": Secret("access_key"), "user_id": account.user_id, "coin": "BTC"}
    return Http(path=f"{POOLS[account.pool].path}/{what}", query={**named, **query})


SOURCE: Final = Source(
    kind="viabtc_observer",
    title="ViaBTC and Trustpool, observer link",
    Account=ObserverAccount,
    support="documented",
    pace=2.0,
    questions=(
        Question(name="now", sees=frozenset({RateSeen, BalanceSeen}), every=timedelta(minutes=5), talk=now),
        Question(name="workers", sees=frozenset({WorkersSeen, RateSeen}), every=_10_MINUTES, talk=workers, cap=_LARGE),
        Question(name="daily", sees=frozenset({WorkSeen}), every=_6_HOURS, reach=REACH, talk=daily, cap=_LARGE),
        Question(
            name="earnings", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=earnings, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
    ),
)
