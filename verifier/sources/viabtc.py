"""ViaBTC with an API key: averages, workers, work per UTC day, credited days, payments and the balance."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlencode

from pydantic import BaseModel

from verifier.fields import Count, Day, Funds, Grouped, Name, Number, UnixTime, UnixTimeOrNever
from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    WorkersSeen,
    WorkSeen,
)
from verifier.phrases import Envelope, Listing, Row, every_row, proof, signing
from verifier.reading import fit
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Secret, Source, Talk, asks
from verifier.told import Averages, Over, amount, credited_day, listed, presence, rates, sent, settled
from verifier.units import DAY, HOUR, MINUTE, Window

REACH: Final = 90 * DAY

#: ViaBTC's own numbers: key, signature, address not on the key's list; time of the signature.
_ENVELOPE: Final = Envelope(
    code="code", good="0", words="message", refused=frozenset({"12001", "12002", "12004"}), later=frozenset({"12003"})
)


class ViabtcAccount(Account):
    """A user of ViaBTC. Its key answers only from addresses that were allowed when it was made."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)
    optional_secrets: ClassVar[tuple[str, ...]] = ("secret",)

    url: str = "https://www.viabtc.net/res/openapi/v1"


class _Rates(Averages):
    hashrate_10min: Annotated[Number, Over(10 * MINUTE)]
    hashrate_1hour: Annotated[Number | None, Over(HOUR)] = None
    hashrate_24hour: Annotated[Number | None, Over(DAY)] = None


class _Account(_Rates):
    hashrate_1hour: Annotated[Number, Over(HOUR)]
    hashrate_24hour: Annotated[Number, Over(DAY)]


class _Worker(_Rates):
    worker_name: Name
    worker_status: Name
    last_active: UnixTimeOrNever = None


class _Day(BaseModel):
    date: Day
    hashrate: Number


class _Profit(BaseModel):
    date: Day
    pps_profit: Grouped
    pplns_profit: Grouped
    solo_profit: Grouped


class _Payment(BaseModel):
    id: Count | Name
    coin: Name
    amount: Funds
    address: Name | None = None
    tx: Name | None = None
    create_time: UnixTime


class _Balance(BaseModel):
    coin: Name
    amount: Funds


class _Target(BaseModel):
    coin: Name
    address: Name


class _Purse(BaseModel):
    balance: list[_Balance]
    withdraw_address: list[_Target] = []


@asks(RateSeen, every=5 * MINUTE)
def now(_account: ViabtcAccount, _window: Window) -> Talk:
    """The averages of ten minutes, an hour and a day."""
    reply = yield _ask("hashrate")
    return rates(reply.received_at, [(None, fit(_Account, _ENVELOPE.open(reply)).over())])


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(_account: ViabtcAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""
    reply, told = yield from _all(_Worker, "hashrate/worker")
    return (
        listed(reply, ((one.worker_name, presence(one.worker_status, "active"), one.last_active) for one in told)),
        *rates(reply.received_at, ((one.worker_name, one.over()) for one in told)),
    )


@asks(WorkSeen, every=6 * HOUR, reach=REACH, cap=LARGE)
def daily(_account: ViabtcAccount, window: Window) -> Talk:
    """Work per settled UTC day, from its average; told for another day, as a later figure replaces an earlier one."""
    reply, told = yield from _all(_Day, "hashrate/history", **_since(window))
    return settled(((day.date, day.hashrate) for day in told), DAY, window, reply, after=HOUR, again=DAY)


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(_account: ViabtcAccount, window: Window) -> Talk:
    """What was credited for each UTC day, by scheme; which of FPPS and PPS+ it was is not told."""
    reply, told = yield from _all(_Profit, "profit/history", **_since(window))
    return [
        credited_day(day.date, coins, part=part, scheme=scheme)
        for day in told
        for part, scheme, coins in (
            ("pps", None, day.pps_profit), ("pplns", "PPLNS", day.pplns_profit), ("solo", "SOLO", day.solo_profit),
        )
        if coins and day.date <= reply.received_at - DAY
    ]  # fmt: skip


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(_account: ViabtcAccount, window: Window) -> Talk:
    """What was sent."""
    reply, told = yield from _all(_Payment, "wallet/payment/history")
    return [
        sent(reply, one.create_time, one.amount, id=str(one.id), txid=one.tx, address=one.address)
        for one in told
        if one.coin == "BTC" and one.create_time > window.start - BOOKED_LATE
    ]


@asks(BalanceSeen, AccountSeen, every=HOUR)
def balance(_account: ViabtcAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid, and where they will be paid to."""
    reply = yield _ask("account")
    told, at = fit(_Purse, _ENVELOPE.open(reply)), reply.received_at
    return (
        *(BalanceSeen(at=at, amount=amount(one.amount)) for one in told.balance if one.coin == "BTC"),
        *(AccountSeen(at=at, payout_address=one.address) for one in told.withdraw_address if one.coin == "BTC"),
    )


@signing("secret")
def signed(ask: Http, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Http:
    """The ask with tonce (milliseconds) and signature, where the account has a secret; the key alone will do.

    The signature is HMAC-SHA256 over the query as it is sent, in lower-case hexadecimal (ViaBTC's wiki).
    """
    query = {**ask.query, "tonce": str(nonce)}
    signature = proof(secrets["secret"], urlencode(query)).hex()
    return replace(ask, query=query, headers={**ask.headers, "X-SIGNATURE": signature})


def _since(window: Window) -> dict[str, str]:
    start, end = window.start - BOOKED_LATE, window.end
    return {"start_date": f"{start:%Y-%m-%d}", "end_date": f"{end:%Y-%m-%d}", "utc": "true"}


def _all(row: type[Row], what: str, **query: str) -> Listing[Row]:
    def ask(before: int) -> Ask:
        return _ask(what, **query, page=str(before + 1), limit="100")

    return every_row(
        row, dict[str, Any], ask, _ENVELOPE.open, lambda page, _told: not fit(bool, page, "has_next"), "data"
    )


def _ask(what: str, **query: str) -> Http:
    return Http(path=f"/{what}", query={"coin": "BTC", **query}, headers={"X-API-KEY": Secret("key")})


SOURCE: Final = Source(
    kind="viabtc", title="ViaBTC", Account=ViabtcAccount, support="documented", sign=signed,
    questions=(now, workers, daily, earnings, payouts, balance),
)  # fmt: skip
