"""EMCD: averages and workers, credited days, payouts and the balance; the key is a part of the address asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Final
from urllib.parse import quote

from pydantic import BaseModel

from verifier.errors import Misread, Refused
from verifier.fields import Funds, Name, Number, Scheme, UnixTime, printable
from verifier.observation import AccountSeen, BalanceSeen, EarningClaimed, PayoutClaimed, RateSeen, WorkersSeen
from verifier.phrases import signing
from verifier.reading import decode, fit, not_future, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Http, Reply, Source, Talk, asks
from verifier.told import Averages, Over, amount, credited_day, listed, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Window


class EmcdAccount(Account):
    """An account at EMCD, read with a key of its interface."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)
    url: str = "https://api.emcd.io"


class _Rates(Averages):
    # Its span is not told.
    hashrate: Annotated[Number, Over(5 * MINUTE)]
    hashrate1h: Annotated[Number, Over(HOUR)]
    hashrate24h: Annotated[Number, Over(DAY)]


class _Worker(_Rates):
    worker: Name
    active: bool


class _Income(BaseModel):
    timestamp: UnixTime
    income: Funds
    type: Scheme | None = None
    total_hashrate: Number


class _Payout(BaseModel):
    timestamp: UnixTime
    amount: Funds
    txid: Name | None = None


class _Purse(BaseModel):
    balance: Funds
    address: Name | None = None
    min_payout: Funds | None = None


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE)
def now(_account: EmcdAccount, _window: Window) -> Talk:
    """The averages of the account and of its workers, and the workers with their state."""
    reply = yield Http(path="/v1/btc/workers")
    answer, at = _answer(reply), reply.received_at
    account, told = fit(_Rates, answer, "total_hashrate"), rows(_Worker, answer, "details")
    shown = [(None, account.over()), *((one.worker, one.over()) for one in told)]
    return (listed(reply, ((one.worker, one.active, None) for one in told)), *rates(at, shown, unsure={5 * MINUTE}))


@asks(EarningClaimed, every=6 * HOUR, reach=90 * DAY, cap=LARGE)
def earnings(_account: EmcdAccount, window: Window) -> Talk:
    """What was credited for each UTC day; rows bear the midnight at which the day ended."""
    reply = yield Http(path="/v1/btc/income")
    return [
        credited_day(row.timestamp - DAY, row.income, scheme=row.type or None, per_second=row.total_hashrate)
        for row in rows(_Income, _answer(reply), "income")
        if window.start - BOOKED_LATE < not_future(row.timestamp, reply)
    ]


@asks(PayoutClaimed, every=6 * HOUR, reach=90 * DAY, cap=LARGE)
def payouts(_account: EmcdAccount, window: Window) -> Talk:
    """What was sent."""
    reply = yield Http(path="/v1/btc/payouts")
    told, since = rows(_Payout, _answer(reply), "payouts"), window.start - BOOKED_LATE
    return [sent(reply, row.timestamp, row.amount, txid=row.txid) for row in told if row.timestamp > since]


@asks(BalanceSeen, AccountSeen, every=HOUR)
def balance(_account: EmcdAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid, and how they will be paid."""
    reply = yield Http(path="/v2/info")
    answer, at = _answer(reply), reply.received_at
    # Version 1 names the coin, version 2 lists coins.
    first = isinstance(answer, Mapping) and "bitcoin" in answer
    purse = fit(_Purse, answer, "bitcoin") if first else fit(_Purse, answer, "coins", "btc")
    threshold = None if purse.min_payout is None else amount(purse.min_payout)
    account = AccountSeen(at=at, payout_address=purse.address or None, threshold=threshold)
    return (BalanceSeen(at=at, amount=amount(purse.balance)), account)


@signing("key")
def signed(ask: Http, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Http:
    """The ask with the key as the last part of its path."""
    return replace(ask, path=f"{ask.path}/{quote(secrets['key'], safe='')}")


def _answer(reply: Reply) -> object:
    """The answer, decoded. Raises Refused or Misread with the pool's own words for an error inside HTTP 200."""
    answer = decode(reply)
    if isinstance(answer, Mapping) and (trouble := answer.get("error") or answer.get("message")):
        says = printable(trouble)
        raise Refused(says) if "key" in says.lower() else Misread(says)
    return answer


SOURCE: Final = Source(
    kind="emcd", title="EMCD", Account=EmcdAccount, support="experimental", pace=2.0, sign=signed,
    questions=(now, earnings, payouts, balance),
)  # fmt: skip
