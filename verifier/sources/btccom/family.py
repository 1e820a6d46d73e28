"""What BTC.com's pool and Poolin, made by the same people, say alike: envelope, pages, hours and workers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, TypeAlias, TypeVar

from pydantic import AliasChoices, BaseModel, Field

from verifier.fields import Count, Name, Number, Prefix, UnixTime, UnixTimeOrNever
from verifier.observation import Exactness, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import Envelope, Listing, every_row
from verifier.reading import fit
from verifier.talk import LARGE, Account, Ask, Http, Part, Talk, asks
from verifier.told import listed, presence, rates, settled
from verifier.units import DAY, HOUR, MINUTE, Window

REACH: Final = timedelta(days=30)
#: An hour is read this long after its end at the earliest.
SETTLED: Final = 10 * MINUTE
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)

#: Both send errors with HTTP 200.
ENVELOPE: Final = Envelope(code="err_no", good="0", words="err_msg")

#: Satoshi, of which there are 21 million times 10^8.
Atoms: TypeAlias = Annotated[Count, Field(le=2_100_000_000_000_000)]
Row = TypeVar("Row", bound=BaseModel)


class Worker(BaseModel):
    """One row of the list of workers; the day's average has another name at each of them."""

    worker_name: Name
    shares_15m: Number
    shares_unit: Prefix
    last_share_time: UnixTimeOrNever = None
    status: Name

    def day(self) -> float:
        raise NotImplementedError


class SubAccount(Account):
    """A sub-account: ``always`` is a part of every query, ``all_workers`` of that for the whole list."""

    always: ClassVar[Mapping[str, Part]]
    all_workers: ClassVar[Mapping[str, str]]
    worker: ClassVar[type[Worker]]

    puid: Annotated[str, Field(pattern=r"^\d{1,20}$", description="number of the sub-account")]


class _Chart(BaseModel):
    unit: Annotated[Prefix, Field(validation_alias=AliasChoices("shares_unit", "unit"))]
    # A point of which the pool has nothing bears null.
    tickers: Annotated[list[tuple[UnixTime, Number | None, Number | None]], Field(max_length=10_000)]


class _Pages(BaseModel):
    count: Annotated[Count, Field(validation_alias=AliasChoices("page_count", "last_page"))]


@asks(WorkSeen, every=HOUR, phase=SETTLED + timedelta(seconds=15), reach=REACH)
def history(account: SubAccount, window: Window) -> Talk:
    """Work per settled hour, each named by its start, from the start asked for."""
    start = (window.start - SETTLED - HOUR).replace(minute=0, second=0, microsecond=0)
    count = (window.end - start) // HOUR + 1
    query = {"dimension": "1h", "start_ts": f"{start.timestamp():.0f}", "count": str(count)}
    reply = yield ask(account, "worker/share-history", **query)
    chart = fit(_Chart, ENVELOPE.open(reply))
    hours = [(begun, rate * chart.unit) for begun, rate, _rejected in chart.tickers if rate is not None]
    return settled(hours, HOUR, window, reply, after=SETTLED, exactness=Exactness.DISPLAY)


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: SubAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages of a quarter of an hour and a day."""
    reply, found = yield from every(account.worker, account, "worker", **account.all_workers)
    shown = ((one.worker_name, ((15 * MINUTE, one.shares_15m * one.shares_unit), (DAY, one.day()))) for one in found)
    states = ((one.worker_name, presence(one.status, "ACTIVE"), one.last_share_time) for one in found)
    return (listed(reply, states), *rates(reply.received_at, shown))


def every(row: type[Row], account: SubAccount, what: str, key: str = "data", **query: str) -> Listing[Row]:
    """The rows of every page of an answer, with the last reply."""

    def page(number: int) -> Ask:
        return ask(account, what, **query, page=str(number + 1))

    return every_row(row, _Pages, page, ENVELOPE.open, lambda page, told: len(told) >= page.count, key)


def ask(account: SubAccount, what: str, **query: str) -> Http:
    """One question about the sub-account."""
    return Http(path=f"/{what}", query={"puid": account.puid, **account.always, **query})
