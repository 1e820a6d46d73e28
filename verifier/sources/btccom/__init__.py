"""BTC.com's pool (documentation of 2018): averages, work per hour, workers, credited days, payouts, balance."""

from typing import ClassVar, Final

from pydantic import BaseModel

from verifier.fields import CompactDay, Name, Number, Prefix, UnixTime
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed, RateSeen
from verifier.reading import fit
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
from verifier.talk import LARGE, Secret, Source, Talk, asks
from verifier.told import credited_day, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

_PER_PAGE: Final = {"page_size": "50"}


class _Worker(Worker):
    shares_1d: Number
    shares_1d_unit: Prefix

    def day(self) -> float:
        return self.shares_1d * self.shares_1d_unit


class BtccomAccount(SubAccount):
    """A sub-account at BTC.com's pool, read with its access key."""

    secrets: ClassVar[tuple[str, ...]] = ("access_key",)
    always: ClassVar = {"access_key": Secret("access_key")}
    all_workers: ClassVar = {"status": "all", **_PER_PAGE}
    worker = _Worker

    url: str = "https://pool.api.btc.com/v1"


class _Rates(BaseModel):
    shares_15m: Number
    shares_15m_unit: Prefix
    shares_1d: Number
    shares_1d_unit: Prefix


class _Credit(BaseModel):
    date: CompactDay
    earnings: Atoms
    paid_amount: Atoms = 0
    payment_time: UnixTime | None = None
    payment_tx: Name | None = None
    address: Name | None = None


class _Stats(BaseModel):
    unpaid: Atoms


@asks(RateSeen, every=5 * MINUTE)
def now(account: BtccomAccount, _window: Window) -> Talk:
    """The averages of a quarter of an hour and of a day."""
    reply = yield ask(account, "realtime/hashrate")
    page = fit(_Rates, ENVELOPE.open(reply))
    spans = ((15 * MINUTE, page.shares_15m * page.shares_15m_unit), (DAY, page.shares_1d * page.shares_1d_unit))
    return rates(reply.received_at, [(None, spans)])


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(account: BtccomAccount, window: Window) -> Talk:
    """What was credited for each day."""
    reply, found = yield from every(_Credit, account, "account/earn-history", "list", **_PER_PAGE)
    return [
        credited_day(row.date, Amount(atoms=row.earnings))
        for row in found
        if window.start - BOOKED_LATE - DAY < row.date <= reply.received_at - DAY
    ]


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: BtccomAccount, window: Window) -> Talk:
    """What was sent for a credited day; a day that was not paid yet has no transaction."""
    reply, found = yield from every(_Credit, account, "account/earn-history", "list", **_PER_PAGE)
    since = window.start - BOOKED_LATE
    return [
        sent(
            reply, at, Amount(atoms=row.paid_amount), id=f"{row.payment_tx}/{row.date:%Y-%m-%d}", txid=row.payment_tx,
            address=row.address,
        )
        for row in found
        if row.payment_tx and row.paid_amount and (at := row.payment_time) is not None and at > since
    ]  # fmt: skip


@asks(BalanceSeen, every=HOUR)
def balance(account: BtccomAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid."""
    reply = yield ask(account, "account/earn-stats")
    return (BalanceSeen(at=reply.received_at, amount=Amount(atoms=fit(_Stats, ENVELOPE.open(reply)).unpaid)),)


SOURCE: Final = Source(
    kind="btccom", title="BTC.com pool", Account=BtccomAccount, support="experimental", pace=2.0,
    questions=(now, history, workers, earnings, payouts, balance),
)  # fmt: skip
