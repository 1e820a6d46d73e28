"""Binance Pool: averages, workers, credited days and resold hashrate, asked with signed requests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlencode

from pydantic import Field

from verifier.errors import Misread, Unreachable
from verifier.fields import Camel, CompactDay, Count, Funds, Name, Number, UnixMilliseconds, UnixMillisecondsOrNever
from verifier.observation import EarningClaimed, RateSeen, WorkersSeen
from verifier.phrases import Envelope, Listing, Row, every_row, milliseconds, proof, signing
from verifier.reading import fit
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Reply, Secret, Source, Talk, asks, names
from verifier.told import Averages, Over, credited_day, listed, rates
from verifier.units import DAY, HOUR, MINUTE, Window

REACH: Final = 30 * DAY
#: Of the lists of income; that of workers is paged as the pool likes (20 rows).
MOST_ROWS: Final = "200"

#: Binance's error codes: wrong signature, wrong form of key, key not accepted or without the right; too many requests,
#: wrong time of the signature.
_ENVELOPE: Final = Envelope(
    code="code", good="0", words="msg", refused=frozenset({"-1022", "-2014", "-2015"}),
    later=frozenset({"-1003", "-1021"}),
)  # fmt: skip


class BinancePoolAccount(Account):
    """A mining account at Binance Pool, read with a key that may only read."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")
    url: str = "https://api.binance.com"
    user: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the mining account")]
    transfer: Annotated[
        int | None, Field(ge=0, description="configId of hashrate resold inside the pool to or by this account")
    ] = None


class _Status(Camel, Averages):
    fifteen_min_hash_rate: Annotated[Number, Over(15 * MINUTE)]
    day_hash_rate: Annotated[Number, Over(DAY)]
    unit: Annotated[str, Field(pattern=r"^[hH]/s$")]


class _Worker(Camel, Averages):
    worker_name: Name
    status: Count
    # It is called real-time; its span is not told.
    hash_rate: Annotated[Number, Over(15 * MINUTE)]
    day_hash_rate: Annotated[Number, Over(DAY)]
    last_share_time: UnixMillisecondsOrNever = None


class _Profit(Camel):
    time: UnixMilliseconds
    type: Count
    coin_name: Name
    day_hash_rate: Number | None = None
    profit_amount: Funds


class _Resold(Camel):
    pool_username: Name
    to_pool_username: Name
    hash_rate: Number
    day: CompactDay
    amount: Funds
    coin_name: Name


@asks(RateSeen, every=5 * MINUTE)
def now(account: BinancePoolAccount, _window: Window) -> Talk:
    """The averages of a quarter of an hour and of a day."""
    reply = yield _ask(account, "statistics/user/status")
    return rates(reply.received_at, [(None, fit(_Status, _data(reply)).over())])


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: BinancePoolAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share, rate and average of a day."""
    reply, found = yield from _all(_Worker, "workerDatas", account, "worker/list")
    told = [(stripped(one.worker_name, account), one) for one in found]
    states = listed(reply, ((name, one.status == 1, one.last_share_time) for name, one in told))
    return (states, *rates(reply.received_at, ((name, one.over()) for name, one in told), unsure={15 * MINUTE}))


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(account: BinancePoolAccount, window: Window) -> Talk:
    """What was credited for each UTC day of mining, paid or not; other kinds of income are not for own work."""
    span = {"startDate": milliseconds(window.start - BOOKED_LATE), "endDate": milliseconds(window.end)}
    query = {"coin": "BTC", "pageSize": MOST_ROWS, **span}
    reply, told = yield from _all(_Profit, "accountProfits", account, "payment/list", **query)
    return [
        credited_day(row.time, row.profit_amount, part=str(row.type), per_second=row.day_hash_rate)
        for row in told
        # Income for own work: sent to the mining wallet, to an address, to pool savings.
        if row.coin_name == "BTC" and row.type in {0, 5, 7} and row.time <= reply.received_at - DAY
    ]


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE, asked_of=names("transfer"))
def transfers(account: BinancePoolAccount, _window: Window) -> Talk:
    """What hashrate resold inside the pool brought its buyer for each UTC day."""
    query = {"configId": str(account.transfer), "pageSize": MOST_ROWS}
    reply, told = yield from _all(_Resold, "profitTransferDetails", account, "hash-transfer/profit/details", **query)
    return [
        credited_day(row.day, row.amount, part=f"from {row.pool_username}", per_second=row.hash_rate)
        for row in told
        if row.coin_name == "BTC" and row.to_pool_username == account.user and row.day <= reply.received_at - DAY
    ]


def stripped(name: str, account: Account) -> str:
    """A worker's name without the account; some answers leave it away already."""
    return name.removeprefix(f"{account.user}.") if isinstance(account, BinancePoolAccount) else name


@signing("secret")
def signed(ask: Http, secrets: Mapping[str, str], now: datetime, _nonce: int) -> Http:
    """The ask with its time and, last, the HMAC-SHA256 of the query as it is sent (signed endpoint security)."""
    query = {**ask.query, "recvWindow": "10000", "timestamp": milliseconds(now)}
    return replace(ask, query={**query, "signature": proof(secrets["secret"], urlencode(query)).hex()})


def _all(row: type[Row], key: str, account: BinancePoolAccount, what: str, **query: str) -> Listing[Row]:
    def ask(before: int) -> Ask:
        return _ask(account, what, **query, pageIndex=str(before + 1))

    def last(page: dict[str, Any], told: list[list[Row]]) -> bool:
        total = fit(Count, page, "totalNum")
        return not told[-1] or sum(map(len, told)) >= total

    return every_row(row, dict[str, Any], ask, _data, last, key)


def _data(reply: Reply) -> object:
    """The data of an answer. Raises what Binance's own number means, which comes with HTTP 200 or 400."""
    if reply.status == HTTPStatus.IM_A_TEAPOT:
        raise Unreachable("the address is banned for some time for asking too often (HTTP 418)")
    if reply.status != HTTPStatus.BAD_REQUEST:
        return _ENVELOPE.open(reply)
    _ENVELOPE.open(replace(reply, status=HTTPStatus.OK))
    raise Misread("no error is told with HTTP 400")


def _ask(account: BinancePoolAccount, what: str, **query: str) -> Http:
    named = {"algo": "sha256", "userName": account.user, **query}
    return Http(path=f"/sapi/v1/mining/{what}", query=named, headers={"X-MBX-APIKEY": Secret("key")})


SOURCE: Final = Source(
    kind="binance_pool", title="Binance Pool", Account=BinancePoolAccount, support="documented", naming=stripped,
    sign=signed, questions=(now, workers, earnings, transfers),
)  # fmt: skip
