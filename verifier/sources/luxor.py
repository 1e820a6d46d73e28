"""Luxor: work per hour and per worker and day, workers, daily revenue and payouts, read with a key (REST v2)."""

import re
from collections.abc import Generator
from datetime import timedelta
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Observation,
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
    IsoTime,
    Name,
    Number,
    amount,
    not_future,
    presence,
    read,
)
from verifier.talk import Account, Ask, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Window

#: How far back the pool answers, as a client found by asking; hours more than 30 days old are refused (HTTP 400).
REACH: Final = timedelta(days=45)
HOURS: Final = timedelta(days=28)
#: A slot is read this long after its end at the earliest.
SETTLED: Final = timedelta(minutes=10)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: The pool gives 10 rows a page unless more are asked for; what it allows is not told.
PER_PAGE: Final = 100
MOST_PAGES: Final = 500

_5_MINUTES: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_TICKS: Final = {"5m": _5_MINUTES, "1h": _HOUR, "1d": _DAY}
_TXID: Final = re.compile(r"[0-9a-f]{64}")


class LuxorAccount(Account):
    """A subaccount at Luxor, read with an API key."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://app.luxor.tech/api/v2"
    subaccount: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the subaccount")]


class _Coins(BaseModel):
    currency: Annotated[Name, Field(alias="currency_type")]
    revenue: Coins


class _Summary(BaseModel):
    m5: Annotated[Number, Field(alias="hashrate_5m")]
    h24: Annotated[Number, Field(alias="hashrate_24h")]
    balance: Annotated[list[_Coins], Field(max_length=100)]


class _Page(BaseModel):
    items: Annotated[Count, Field(alias="item_count")]
    following: Annotated[Name | None, Field(alias="next_page_url")] = None

    def ends(self, told: int) -> bool:
        """Whether nothing follows so many rows: clients go by the one field or the other."""
        return self.following is None and told >= self.items


class _Paged(BaseModel):
    pagination: _Page


class _Slot(BaseModel):
    start: Annotated[IsoTime, Field(alias="date_time")]
    rate: Annotated[Number, Field(alias="hashrate")]


class _History(_Paged):
    tick: Annotated[Name, Field(alias="tick_size")]
    slots: Annotated[list[_Slot], Field(alias="hashrate_efficiency", max_length=10_000)]


class _ByWorker(BaseModel):
    tick: Annotated[Name, Field(alias="tick_size")] = "1d"
    pagination: _Page | None = None
    workers: Annotated[
        dict[Name, Annotated[list[_Slot], Field(max_length=1000)]],
        Field(alias="hashrate_efficiency_revenue", max_length=MOST_WORKERS),
    ]


class _Worker(BaseModel):
    name: Name
    rate: Annotated[Number, Field(alias="hashrate")]
    last_share: Annotated[IsoTime | None, Field(alias="last_share_time")] = None
    status: Name


class _Workers(_Paged):
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Mined(_Coins):
    kind: Annotated[Name, Field(alias="revenue_type")]
    revenue: Annotated[Coins, Field(ge=0)]


class _Day(BaseModel):
    start: Annotated[IsoTime, Field(alias="date_time")]
    revenue: _Mined


class _Revenue(BaseModel):
    revenue: Annotated[list[_Day], Field(max_length=10_000)]


class _Transaction(BaseModel):
    currency: Annotated[Name, Field(alias="currency_type")]
    at: Annotated[IsoTime, Field(alias="date_time")]
    category: Annotated[Name, Field(alias="transaction_category")]
    amount: Annotated[Coins, Field(alias="currency_amount")]
    id: Annotated[Name | None, Field(alias="transaction_id")] = None


class _Transactions(_Paged):
    transactions: Annotated[list[_Transaction], Field(max_length=10_000)]


_PagedModel = TypeVar("_PagedModel", bound=_Paged)


def now(account: LuxorAccount, _window: Window) -> Talk:
    """The averages of five minutes and of a day, and the balance."""
    reply = yield _ask(account, "summary/BTC")
    shown, at = read(_Summary, reply), reply.received_at
    return (
        RateSeen(at=at, per_second=shown.m5, window=_5_MINUTES),
        RateSeen(at=at, per_second=shown.h24, window=_DAY),
        *(BalanceSeen(at=at, amount=amount(one.revenue)) for one in shown.balance if one.currency == "BTC"),
    )


def history(account: LuxorAccount, window: Window) -> Talk:
    """Work per settled hour, each named by its start."""
    days = _days(window, _HOUR)
    reply, pages = yield from _all(_History, "slots", account, "hashrate-efficiency/BTC", tick_size="1h", **days)
    seen: list[Observation] = []
    for page in pages:
        span = _TICKS.get(page.tick)
        if span is None:
            raise Misread(f"tick_size: {page.tick} was not asked for")
        seen += _work(None, page.slots, span, window, reply)
    return seen


def worker_days(account: LuxorAccount, window: Window) -> Talk:
    """Work per worker and settled UTC day."""
    path = f"workers-hashrate-efficiency/BTC/{account.subaccount}"
    found: dict[str, list[_Slot]] = {}
    for page in range(1, MOST_PAGES + 1):
        asked = {"page_number": str(page), "page_size": str(PER_PAGE), "tick_size": "1d", **_days(window, _DAY)}
        reply = yield _ask(account, path, **asked)
        part = read(_ByWorker, reply)
        if part.tick != "1d":
            raise Misread(f"tick_size: {part.tick} was not asked for")
        found |= part.workers
        if not part.workers or part.pagination is None or part.pagination.ends(len(found)):
            return [one for name, slots in found.items() for one in _work(name, slots, _DAY, window, reply)]
    raise Misread(f"more than {MOST_PAGES} pages")


def workers(account: LuxorAccount, _window: Window) -> Talk:
    """The workers listed with their state and rate; the pool calls active what sent a share within 15 minutes."""
    reply, pages = yield from _all(_Workers, "workers", account, "workers/BTC")
    at, listed = reply.received_at, [worker for page in pages for worker in page.workers]
    states = tuple(
        WorkerState(
            name=worker.name,
            presence=presence(worker.status, "ACTIVE"),
            last_share=worker.last_share and not_future(worker.last_share, reply),
        )
        for worker in listed
    )
    # Over which span it is taken is not told.
    rates = [
        RateSeen(worker=one.name, at=at, per_second=one.rate, window=_5_MINUTES, averaging="unsure") for one in listed
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def revenue(account: LuxorAccount, window: Window) -> Talk:
    """What was credited for each UTC day of mining."""
    reply = yield _ask(account, "revenue/BTC", **_days(window, BOOKED_LATE))
    return [
        EarningClaimed(
            id=f"{day.start:%Y-%m-%d}", start=day.start, end=day.start + _DAY, amount=amount(day.revenue.revenue),
            scheme="FPPS",
        )
        for day in read(_Revenue, reply).revenue
        if day.revenue.kind == "MINING" and day.revenue.currency == "BTC" and day.start <= reply.received_at - _DAY
    ]  # fmt: skip


def payouts(account: LuxorAccount, window: Window) -> Talk:
    """What was sent in a transaction of the chain; whether a row is a debit the pool does not tell reliably."""
    reply, pages = yield from _all(
        _Transactions, "transactions", account, "transactions/BTC", **_days(window, BOOKED_LATE)
    )
    return [
        PayoutClaimed(id=row.id, at=not_future(row.at, reply), amount=amount(abs(row.amount)), txid=row.id)
        for page in pages
        for row in page.transactions
        if row.currency == "BTC" and row.id is not None and _TXID.fullmatch(row.id)
    ]


def _all(
    model: type[_PagedModel], rows: str, account: LuxorAccount, path: str, **query: str
) -> Generator[Ask, Reply, tuple[Reply, list[_PagedModel]]]:
    """Every page of an answer. Raises Misread when there are more than any account has."""
    pages: list[_PagedModel] = []
    told = 0
    while len(pages) < MOST_PAGES:
        reply = yield _ask(account, path, page_number=str(len(pages) + 1), page_size=str(PER_PAGE), **query)
        pages.append(read(model, reply))
        here = len(getattr(pages[-1], rows))
        told += here
        if not here or pages[-1].pagination.ends(told):
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _work(worker: str | None, slots: list[_Slot], span: timedelta, window: Window, reply: Reply) -> list[WorkSeen]:
    return [
        WorkSeen(worker=worker, start=slot.start, end=slot.start + span, hashes=slot.rate * span.total_seconds())
        for slot in sorted(slots, key=lambda slot: slot.start)
        if window.start < not_future(slot.start, reply) + span + SETTLED <= reply.received_at
    ]


def _days(window: Window, overlap: timedelta) -> dict[str, str]:
    return {"start_date": f"{window.start - overlap:%Y-%m-%d}", "end_date": f"{window.end:%Y-%m-%d}"}


def _ask(account: LuxorAccount, path: str, **query: str) -> Http:
    named = {"subaccount_names": account.subaccount, **query}
    return Http(path=f"/pool/{path}", query=named, headers={"Authorization": Secret("key")})


SOURCE: Final = Source(
    kind="luxor",
    title="Luxor",
    Account=LuxorAccount,
    support="documented",
    pace=0.5,
    questions=(
        Question(name="now", sees=frozenset({RateSeen, BalanceSeen}), every=_5_MINUTES, talk=now),
        Question(
            name="history",
            sees=frozenset({WorkSeen}),
            every=_HOUR,
            phase=SETTLED + timedelta(seconds=15),
            reach=HOURS,
            talk=history,
            cap=_LARGE,
        ),
        Question(
            name="worker_days", sees=frozenset({WorkSeen}), every=_6_HOURS, reach=REACH, talk=worker_days, cap=_LARGE
        ),
        Question(name="workers", sees=frozenset({WorkersSeen, RateSeen}), every=_5_MINUTES, talk=workers, cap=_LARGE),
        Question(
            name="revenue", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=revenue, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
    ),
)
