"""EMCD: averages and workers, credited days, payouts and the balance; the key is a part of the address asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import MOST_WORKERS, Coins, Name, Number, UnixTime, amount, decode, fit, not_future
from verifier.talk import Account, Ask, Http, Question, Reply, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=90)
#: Days are booked after they end, and written on the day of booking; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)

_5_MINUTES: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608


class EmcdAccount(Account):
    """An account at EMCD, read with a key of its interface."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.emcd.io"


class _Trouble(BaseModel):
    error: Name = ""
    code: Name | int = 0
    message: Name = ""


class _Rates(BaseModel):
    now: Annotated[Number, Field(alias="hashrate")]
    h1: Annotated[Number, Field(alias="hashrate1h")]
    h24: Annotated[Number, Field(alias="hashrate24h")]

    def over(self) -> tuple[tuple[timedelta, float], ...]:
        """Each average with its span; that of the first is not told."""
        return (_5_MINUTES, self.now), (_HOUR, self.h1), (_DAY, self.h24)


class _Worker(_Rates):
    name: Annotated[Name, Field(alias="worker")]
    active: bool


class _Workers(BaseModel):
    total: Annotated[_Rates, Field(alias="total_hashrate")]
    workers: Annotated[list[_Worker], Field(alias="details", max_length=MOST_WORKERS)]


class _Income(BaseModel):
    booked: Annotated[UnixTime, Field(alias="timestamp")]
    coins: Annotated[Coins, Field(alias="income", ge=0)]
    scheme: Annotated[Name | None, Field(alias="type")] = None
    rate: Annotated[Number, Field(alias="total_hashrate")]


class _Incomes(BaseModel):
    income: Annotated[list[_Income], Field(max_length=10_000)]


class _Payout(BaseModel):
    at: Annotated[UnixTime, Field(alias="timestamp")]
    amount: Annotated[Coins, Field(ge=0)]
    txid: Name | None = None


class _Payouts(BaseModel):
    payouts: Annotated[list[_Payout], Field(max_length=10_000)]


class _Purse(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]
    address: Name | None = None
    threshold: Annotated[Coins | None, Field(alias="min_payout", ge=0)] = None


class _Coins(BaseModel):
    btc: _Purse


class _Info(BaseModel):
    # Version 1 names the coin, version 2 lists coins.
    bitcoin: _Purse | None = None
    coins: _Coins | None = None


_Model = TypeVar("_Model", bound=BaseModel)


def now(_account: EmcdAccount, _window: Window) -> Talk:
    """The averages of the account and of its workers, and the workers with their state."""
    reply = yield _ask("/v1/btc/workers")
    page, at = _answer(_Workers, reply), reply.received_at
    shown_of = [(None, page.total), *((worker.name, worker) for worker in page.workers)]
    states = tuple(
        WorkerState(name=worker.name, presence=WorkerPresence.ONLINE if worker.active else WorkerPresence.OFFLINE)
        for worker in page.workers
    )
    rates = [
        RateSeen(
            worker=name, at=at, per_second=shown, window=span, averaging="unsure" if span == _5_MINUTES else "rolling"
        )
        for name, one in shown_of
        for span, shown in one.over()
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(_account: EmcdAccount, window: Window) -> Talk:
    """What was credited for each UTC day; rows bear the midnight at which the day ended."""
    reply = yield _ask("/v1/btc/income")
    return [
        EarningClaimed(
            id=f"{row.booked - _DAY:%Y-%m-%d}",
            start=row.booked - _DAY,
            end=row.booked,
            amount=amount(row.coins),
            scheme=row.scheme.upper() if row.scheme else None,
            work_hashes=row.rate * _DAY.total_seconds(),
        )
        for row in _answer(_Incomes, reply).income
        if window.start - BOOKED_LATE < not_future(row.booked, reply)
    ]


def payouts(_account: EmcdAccount, window: Window) -> Talk:
    """What was sent."""
    reply = yield _ask("/v1/btc/payouts")
    return [
        PayoutClaimed(
            id=row.txid or f"{row.at:%Y-%m-%dT%H:%M:%SZ}/{row.amount}",
            at=not_future(row.at, reply),
            amount=amount(row.amount),
            txid=row.txid or None,
        )
        for row in _answer(_Payouts, reply).payouts
        if row.at > window.start - BOOKED_LATE
    ]


def balance(_account: EmcdAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid, and how they will be paid."""
    reply = yield _ask("/v2/info")
    info, at = _answer(_Info, reply), reply.received_at
    purse = info.coins.btc if info.coins is not None else info.bitcoin
    if purse is None:
        raise Misread("coins.btc: Field required")
    threshold = None if purse.threshold is None else amount(purse.threshold)
    return (
        BalanceSeen(at=at, amount=amount(purse.balance)),
        AccountSeen(at=at, payout_address=purse.address or None, threshold=threshold),
    )


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with the key as the last part of its path."""
    if not isinstance(ask, Http) or "key" not in secrets:
        return ask
    return replace(ask, path=f"{ask.path}/{quote(secrets['key'], safe='')}")


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The answer as a model. Raises Refused or Misread with the pool's own words for an error inside HTTP 200."""
    answer = decode(reply)
    trouble = fit(_Trouble, answer)
    says = trouble.error or trouble.message
    if says:
        raise Refused(says) if "key" in says.lower() else Misread(says)
    return fit(model, answer)


def _ask(path: str) -> Http:
    return Http(path=path)


SOURCE: Final = Source(
    kind="emcd",
    title="EMCD",
    Account=EmcdAccount,
    support="experimental",
    pace=2.0,
    sign=signed,
    questions=(
        Question(name="now", sees=frozenset({WorkersSeen, RateSeen}), every=_5_MINUTES, talk=now, cap=_LARGE),
        Question(
            name="earnings", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=earnings, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
        Question(name="balance", sees=frozenset({BalanceSeen, AccountSeen}), every=_HOUR, talk=balance),
    ),
)
