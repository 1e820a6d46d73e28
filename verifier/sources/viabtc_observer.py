"""ViaBTC's observer links, and pools that run on its service: read without a key, with what stands in the link."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, Field, model_validator

from verifier.errors import Misread
from verifier.fields import Day, Funds, Grouped, Name, Number, Placed, Prefix, UnixTime, UnixTimeOrNever
from verifier.observation import BalanceSeen, EarningClaimed, Exactness, PayoutClaimed, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import Envelope, Listing, Row, every_row
from verifier.reading import fit, not_future
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Part, Secret, Source, Talk, asks
from verifier.told import Averages, Over, amount, credited_day, listed, presence, rates, sent, settled
from verifier.units import DAY, HOUR, MINUTE, Window

REACH: Final = 90 * DAY

#: The pools of the family, and where the pages of observers lie there; others are added to both.
POOLS: Final = {"viabtc": "https://www.viabtc.net", "trustpool": "https://trustpool.cc"}
PATHS: Final = {"viabtc": "/res/observer", "trustpool": "/res/saas/observer"}

_ENVELOPE: Final = Envelope(code="code", good="0", words="message")


class ObserverAccount(Account):
    """An observer link: it holds `access_key` (kept as a secret) and `user_id`."""

    secrets: ClassVar[tuple[str, ...]] = ("access_key",)
    url: str = POOLS["viabtc"]
    pool: Annotated[Literal["viabtc", "trustpool"], Field(description="which pool of the family")] = "viabtc"
    user_id: Annotated[str, Field(pattern=r"^\d{1,20}$", description="number of the user in the observer link")]

    @model_validator(mode="before")
    @classmethod
    def _at_its_pool(cls, given: Any) -> Any:
        known = isinstance(given, dict) and given.get("pool") in POOLS
        return {"url": POOLS[given["pool"]], **given} if known else given


class _Rates(Averages):
    hashrate_10min: Annotated[Placed, Over(10 * MINUTE)]
    hashrate_1hour: Annotated[Placed, Over(HOUR)]
    hashrate_1day: Annotated[Placed, Over(DAY)]


class _Home(_Rates):
    account_balance: Funds


class _Chart(BaseModel):
    start: UnixTime
    unit: Prefix
    hashrate: Annotated[list[Number], Field(max_length=10_000)]


class _Worker(_Rates):
    name: Name
    status: Name
    last_active: UnixTimeOrNever = None


class _Profit(BaseModel):
    date: Day
    pps_profit: Grouped
    pplns_profit: Grouped
    solo_profit: Grouped


class _Payment(BaseModel):
    address: Name | None = None
    amount: Funds
    coin: Name
    status: Name
    time: UnixTime
    txid: Name | None = None


@asks(RateSeen, BalanceSeen, every=5 * MINUTE)
def now(account: ObserverAccount, _window: Window) -> Talk:
    """The averages of ten minutes, an hour and a day, and the balance."""
    reply = yield _ask(account, "home")
    home, at = fit(_Home, _ENVELOPE.open(reply)), reply.received_at
    return (*rates(at, [(None, home.over())]), BalanceSeen(at=at, amount=amount(home.account_balance)))


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: ObserverAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""
    reply, told = yield from _all(_Worker, account, "worker", group_id="-1")
    return (
        listed(reply, ((one.name, presence(one.status, "active"), one.last_active) for one in told)),
        *rates(reply.received_at, ((one.name, one.over()) for one in told)),
    )


@asks(WorkSeen, every=6 * HOUR, reach=REACH, cap=LARGE)
def daily(account: ObserverAccount, window: Window) -> Talk:
    """Work per settled UTC day, from a chart of its averages; a chart that starts within a day is refused.

    It is told for another day, as a later figure replaces an earlier one.
    """
    reply = yield _ask(account, "hashrate/chart", interval="day", utc="true")
    chart = fit(_Chart, _ENVELOPE.open(reply))
    if chart.start.time() != datetime.min.time():
        raise Misread("start: the chart's days do not begin at 00:00 UTC")
    days = ((not_future(chart.start, reply) + i * DAY, rate * chart.unit) for i, rate in enumerate(chart.hashrate))
    return settled(days, DAY, window, reply, after=HOUR, again=DAY, exactness=Exactness.DISPLAY)


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(account: ObserverAccount, window: Window) -> Talk:
    """What was credited for each UTC day, by scheme; which of FPPS and PPS+ it was is not told."""
    reply, told = yield from _all(_Profit, account, "profit/detail", utc="true")
    return [
        credited_day(day.date, coins, part=part, scheme=scheme)
        for day in told
        if window.start - BOOKED_LATE - DAY < day.date <= reply.received_at - DAY
        for part, scheme, coins in (
            ("pps", None, day.pps_profit), ("pplns", "PPLNS", day.pplns_profit), ("solo", "SOLO", day.solo_profit),
        )
        if coins
    ]  # fmt: skip


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: ObserverAccount, window: Window) -> Talk:
    """What was sent; what is not completed was not."""
    reply, told = yield from _all(_Payment, account, "payment/detail", utc="true")
    return [
        sent(reply, one.time, one.amount, txid=one.txid, address=one.address)
        for one in told
        if one.coin == "BTC" and one.status == "completed" and one.time > window.start - BOOKED_LATE
    ]


def _all(row: type[Row], account: ObserverAccount, what: str, **query: str) -> Listing[Row]:
    def ask(before: int) -> Ask:
        return _ask(account, what, **query, page=str(before + 1), limit="200")

    return every_row(
        row, dict[str, Any], ask, _ENVELOPE.open, lambda page, _told: not fit(bool, page, "has_next"), "data"
    )


def _ask(account: ObserverAccount, what: str, **query: str) -> Http:
    named: dict[str, Part] = {"access_key": Secret("access_key"), "user_id": account.user_id, "coin": "BTC"}
    return Http(path=f"{PATHS[account.pool]}/{what}", query={**named, **query})


SOURCE: Final = Source(
    kind="viabtc_observer", title="ViaBTC and Trustpool, observer link", Account=ObserverAccount,
    support="documented", pace=2.0, questions=(now, workers, daily, earnings, payouts),
)  # fmt: skip
