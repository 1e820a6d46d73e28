"""Poolin: work per hour, workers, credited days, payouts and the balance, read with the token of a watcher link."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, Field

from verifier.fields import CompactDay, Name, Number, Prefix, ZonelessTime
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed
from verifier.reading import fit, not_future, rows
from verifier.sources.btccom.family import (
    BOOKED_LATE,
    ENVELOPE,
    REACH,
    Atoms,
    SubAccount,
    Worker,
    ask,
    every,
    history,
    workers,
)
from verifier.talk import LARGE, Ask, Http, Source, Talk, asks
from verifier.told import credited_day
from verifier.units import DAY, HOUR, Amount, Window

#: Payouts are written without a zone: it may be that of Beijing, 8 hours ahead of UTC.
ZONE_UNKNOWN: Final = timedelta(hours=8, minutes=10)


class _Worker(Worker):
    shares_24h: Number

    def day(self) -> float:
        return self.shares_24h * self.shares_unit


class PoolinAccount(SubAccount):
    """A sub-account at Poolin: `puid` and the read token stand in its watcher link."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    always: ClassVar = {"coin_type": "btc"}
    all_workers: ClassVar = {"status": "ALL", "pagesize": "50"}
    worker = _Worker

    url: str = "https://api-prod.poolin.me/api/public/v2"
    puid: Annotated[str, Field(pattern=r"^\d{1,20}$", description="number of the sub-account in the watcher link")]


class _Credit(BaseModel):
    date: CompactDay
    amount: Atoms
    share_accept: Number
    share_unit: Prefix


class _Payout(BaseModel):
    txhash: Name
    amount: Atoms
    pay_time: ZonelessTime


class _Stats(BaseModel):
    balance: Atoms


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(account: PoolinAccount, window: Window) -> Talk:
    """What was credited for each day, paid or not, with the rate it was for."""
    reply, found = yield from every(_Credit, account, "payment/history", start_date=_since(window))
    return [
        credited_day(row.date, Amount(atoms=row.amount), per_second=row.share_accept * row.share_unit)
        for row in found
        if window.start - BOOKED_LATE - DAY < row.date <= reply.received_at - DAY
    ]


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: PoolinAccount, window: Window) -> Talk:
    """What was sent."""
    reply = yield ask(account, "payment/payout-history", start_date=_since(window))
    return [
        PayoutClaimed(
            id=row.txhash,
            at=min(not_future(row.pay_time, reply, ZONE_UNKNOWN), reply.received_at),
            amount=Amount(atoms=row.amount),
            txid=row.txhash,
        )
        for row in rows(_Payout, {"rows": ENVELOPE.open(reply)}, "rows")
        if row.txhash and row.pay_time > window.start - BOOKED_LATE
    ]


@asks(BalanceSeen, every=HOUR)
def balance(account: PoolinAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid."""
    reply = yield ask(account, "payment/stats")
    return (BalanceSeen(at=reply.received_at, amount=Amount(atoms=fit(_Stats, ENVELOPE.open(reply)).balance)),)


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with the token as its bearer (RFC 6750)."""
    if not isinstance(ask, Http) or "token" not in secrets:
        return ask
    return replace(ask, headers={**ask.headers, "authorization": f"Bearer {secrets['token']}"})


def _since(window: Window) -> str:
    return f"{window.start - BOOKED_LATE - DAY:%Y%m%d}"


SOURCE: Final = Source(
    kind="poolin", title="Poolin", Account=PoolinAccount, support="experimental", pace=2.0, sign=signed,
    questions=(history, workers, earnings, payouts, balance),
)  # fmt: skip
