"""Luxor: work per hour and per worker and day, workers, daily revenue and payouts, read with a key (REST v2)."""

import re
from datetime import timedelta
from functools import partial
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Coins, Count, IsoTime, Name, Number
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import Listing, paged
from verifier.reading import MOST_WORKERS, decode, read, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Reply, Secret, Source, Talk, asks
from verifier.told import amount, credited_day, listed, presence, rates, sent, settled
from verifier.units import DAY, HOUR, MINUTE, Window

#: How far back the pool answers, as a client found by asking; hours more than 30 days old are refused (HTTP 400).
REACH: Final = timedelta(days=45)
HOURS: Final = timedelta(days=28)
#: A slot is read this long after its end at the earliest.
SETTLED: Final = 10 * MINUTE

_TICKS: Final = {"5m": 5 * MINUTE, "1h": HOUR, "1d": DAY}
_TXID: Final = re.compile(r"[0-9a-f]{64}")


class LuxorAccount(Account):
    """A subaccount at Luxor, read with an API key."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://app.luxor.tech/api/v2"
    subaccount: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the subaccount")]


class _Coins(BaseModel):
    currency_type: Name
    revenue: Coins


class _Summary(BaseModel):
    hashrate_5m: Number
    hashrate_24h: Number
    balance: list[_Coins]


class _Mined(_Coins):
    revenue_type: Name
    revenue: Annotated[Coins, Field(ge=0)]


class _Day(BaseModel):
    date_time: IsoTime
    revenue: _Mined


class _Slot(BaseModel):
    date_time: IsoTime
    hashrate: Number


class _Worker(BaseModel):
    name: Name
    hashrate: Number
    last_share_time: IsoTime | None = None
    status: Name


class _Transaction(BaseModel):
    currency_type: Name
    date_time: IsoTime
    currency_amount: Coins
    transaction_id: Name | None = None


class _Pagination(BaseModel):
    item_count: Count
    next_page_url: Name | None = None


class _Paged(BaseModel):
    pagination: _Pagination


class _History(_Paged):
    tick_size: Name
    rows: Annotated[list[_Slot], Field(alias="hashrate_efficiency", max_length=10_000)]


class _Workers(_Paged):
    rows: Annotated[list[_Worker], Field(alias="workers", max_length=MOST_WORKERS)]


class _Transactions(_Paged):
    rows: Annotated[list[_Transaction], Field(alias="transactions", max_length=10_000)]


class _ByWorker(BaseModel):
    tick_size: Name = "1d"
    pagination: _Pagination | None = None
    rows: Annotated[dict[Name, list[_Slot]], Field(alias="hashrate_efficiency_revenue", max_length=MOST_WORKERS)]


_Page = TypeVar("_Page", _History, _Workers, _Transactions, _ByWorker)


@asks(RateSeen, BalanceSeen, every=5 * MINUTE)
def now(account: LuxorAccount, _window: Window) -> Talk:
    """The averages of five minutes and of a day, and the balance."""
    reply = yield _ask(account, "summary/BTC")
    shown, at = read(_Summary, reply), reply.received_at
    return (
        *rates(at, [(None, [(5 * MINUTE, shown.hashrate_5m), (DAY, shown.hashrate_24h)])]),
        *(BalanceSeen(at=at, amount=amount(one.revenue)) for one in shown.balance if one.currency_type == "BTC"),
    )


@asks(WorkSeen, every=HOUR, phase=SETTLED + timedelta(seconds=15), reach=HOURS, cap=LARGE)
def history(account: LuxorAccount, window: Window) -> Talk:
    """Work per settled hour, each named by its start."""
    query = {"tick_size": "1h", **_days(window, HOUR)}
    reply, pages = yield from _all(_History, account, "hashrate-efficiency/BTC", **query)
    told = [(page.rows, _span(page.tick_size, *_TICKS)) for page in pages]
    return [work for slots, span in told for work in _work(None, slots, span, window, reply)]


@asks(WorkSeen, every=6 * HOUR, reach=REACH, cap=LARGE)
def worker_days(account: LuxorAccount, window: Window) -> Talk:
    """Work per worker and settled UTC day."""
    path, query = f"workers-hashrate-efficiency/BTC/{account.subaccount}", {"tick_size": "1d", **_days(window, DAY)}
    reply, pages = yield from _all(_ByWorker, account, path, **query)
    told = [(name, slots, _span(page.tick_size, "1d")) for page in pages for name, slots in page.rows.items()]
    return [work for name, slots, span in told for work in _work(name, slots, span, window, reply)]


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE)
def workers(account: LuxorAccount, _window: Window) -> Talk:
    """The workers listed with their state and rate; the pool calls active what sent a share within 15 minutes."""
    reply, pages = yield from _all(_Workers, account, "workers/BTC")
    told = [worker for page in pages for worker in page.rows]
    return (
        listed(reply, ((one.name, presence(one.status, "ACTIVE"), one.last_share_time) for one in told)),
        # Over which span it is taken is not told.
        *rates(reply.received_at, ((one.name, [(5 * MINUTE, one.hashrate)]) for one in told), "unsure"),
    )


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def revenue(account: LuxorAccount, window: Window) -> Talk:
    """What was credited for each UTC day of mining."""
    reply = yield _ask(account, "revenue/BTC", **_days(window, BOOKED_LATE))
    return [
        credited_day(start, mined.revenue, scheme="FPPS")
        for start, mined in ((day.date_time, day.revenue) for day in rows(_Day, decode(reply), "revenue"))
        if mined.revenue_type == "MINING" and mined.currency_type == "BTC" and start <= reply.received_at - DAY
    ]


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: LuxorAccount, window: Window) -> Talk:
    """What was sent in a transaction of the chain; whether a row is a debit the pool does not tell reliably."""
    reply, pages = yield from _all(_Transactions, account, "transactions/BTC", **_days(window, BOOKED_LATE))
    return [
        sent(reply, row.date_time, abs(row.currency_amount), txid=row.transaction_id)
        for page in pages
        for row in page.rows
        if row.currency_type == "BTC" and row.transaction_id and _TXID.fullmatch(row.transaction_id)
    ]


def _all(model: type[_Page], account: LuxorAccount, path: str, **query: str) -> Listing[_Page]:
    """Every page of an answer."""

    def ask(before: int) -> Ask:
        # The pool gives 10 rows a page unless more are asked for; what it allows is not told.
        return _ask(account, path, page_number=str(before + 1), page_size="100", **query)

    def last(pages: list[_Page]) -> bool:
        return not pages[-1].rows or _whole(pages[-1].pagination, sum(len(page.rows) for page in pages))

    return (yield from paged(ask, partial(read, model), last))


def _whole(pagination: _Pagination | None, told: int) -> bool:
    """Whether nothing follows so many rows: clients go by the one field or the other."""
    return pagination is None or (pagination.next_page_url is None and told >= pagination.item_count)


def _work(worker: str | None, slots: list[_Slot], span: timedelta, window: Window, reply: Reply) -> list[WorkSeen]:
    told = ((slot.date_time, slot.hashrate) for slot in slots)
    return settled(told, span, window, reply, after=SETTLED, worker=worker)


def _span(tick: str, *asked: str) -> timedelta:
    if tick not in asked:
        raise Misread(f"tick_size: {tick} was not asked for")
    return _TICKS[tick]


def _days(window: Window, overlap: timedelta) -> dict[str, str]:
    return {"start_date": f"{window.start - overlap:%Y-%m-%d}", "end_date": f"{window.end:%Y-%m-%d}"}


def _ask(account: LuxorAccount, path: str, **query: str) -> Http:
    named = {"subaccount_names": account.subaccount, **query}
    return Http(path=f"/pool/{path}", query=named, headers={"Authorization": Secret("key")})


SOURCE: Final = Source(
    kind="luxor", title="Luxor", Account=LuxorAccount, support="documented", pace=0.5,
    questions=(now, history, worker_days, workers, revenue, payouts),
)  # fmt: skip
