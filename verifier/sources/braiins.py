"""Braiins Pool: averages, workers, exact work per day, rewards and payouts, read with a token."""

import re
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, Field, PlainValidator

from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Count,
    Name,
    Number,
    UnixTime,
    UnixTimeOrNever,
    amount,
    not_future,
    read,
)
from verifier.talk import Account, Http, Question, Secret, Source, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window

#: Days that the pool keeps of an account's work.
REACH: Final = timedelta(days=188)
#: A day is read this long after its end at the earliest.
SETTLED: Final = timedelta(hours=1)
#: Rewards and payouts are told again for this long: a day is worked out after it ends, a payout sent after its order.
BOOKED_LATE: Final = timedelta(days=3)

_UNIT: Final = re.compile(r"([kmgtpez]?)(?:h|sol)/s", re.IGNORECASE)
_SIZES: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18, "z": 1e21}
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_MOST_ATOMS: Final = 2_100_000_000_000_000


def _size(unit: object) -> float:
    match = _UNIT.fullmatch(unit) if isinstance(unit, str) else None
    if match is None:
        raise ValueError("a unit such as Gh/s was expected")
    return _SIZES[match[1].lower()]


#: What a rate of the same object is to be multiplied with; the unit may change from answer to answer.
Unit: TypeAlias = Annotated[float, PlainValidator(_size)]


class BraiinsAccount(Account):
    """An account at Braiins Pool, read with the token of an access profile."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    url: str = "https://pool.braiins.com"


class _Rates(BaseModel):
    unit: Annotated[Unit, Field(alias="hash_rate_unit")]
    m5: Annotated[Number, Field(alias="hash_rate_5m")]
    m60: Annotated[Number, Field(alias="hash_rate_60m")]
    h24: Annotated[Number, Field(alias="hash_rate_24h")]

    def over(self) -> tuple[tuple[timedelta, float], ...]:
        """Each average with its span, in hashes per second."""
        spans = (timedelta(minutes=5), self.m5), (timedelta(hours=1), self.m60), (_DAY, self.h24)
        return tuple((span, shown * self.unit) for span, shown in spans)


class _Profile(_Rates):
    balance: Annotated[Coins, Field(alias="current_balance", ge=0)]


class _Worker(_Rates):
    state: Literal["ok", "low", "off", "dis"]
    last_share: UnixTimeOrNever = None


class _Workers(BaseModel):
    workers: Annotated[dict[Name, _Worker], Field(max_length=MOST_WORKERS)]


class _Day(BaseModel):
    date: UnixTime
    shares: Annotated[Number, Field(alias="total_shares")]


class _Reward(BaseModel):
    date: UnixTime
    mining: Annotated[Coins, Field(alias="mining_reward", ge=0)]
    refund: Annotated[Coins, Field(alias="bos_plus_reward", ge=0)]
    shares: Number


class _Rewards(BaseModel):
    daily: Annotated[list[_Reward], Field(alias="daily_rewards", max_length=10_000)]


class _ProfilePage(BaseModel):
    btc: _Profile


class _WorkersPage(BaseModel):
    btc: _Workers


class _DaysPage(BaseModel):
    btc: Annotated[list[_Day], Field(max_length=10_000)]


class _RewardsPage(BaseModel):
    btc: _Rewards


class _Payout(BaseModel):
    account: Annotated[Name, Field(alias="financial_account_name")] = ""
    requested: Annotated[UnixTime, Field(alias="requested_at_ts")]
    resolved: Annotated[UnixTimeOrNever, Field(alias="resolved_at_ts")] = None
    status: Name
    atoms: Annotated[Count, Field(alias="amount_sats", le=_MOST_ATOMS)]
    destination: Name | None = None
    tx_id: Name | None = None


class _PayoutsPage(BaseModel):
    onchain: Annotated[list[_Payout], Field(max_length=10_000)]
    lightning: Annotated[list[_Payout], Field(max_length=10_000)]


def profile(_account: BraiinsAccount, _window: Window) -> Talk:
    """The averages of 5 minutes, an hour and a day, and the balance."""
    reply = yield _ask("/accounts/profile/json/btc/")
    shown, at = read(_ProfilePage, reply).btc, reply.received_at
    rates = [RateSeen(at=at, per_second=rate, window=span) for span, rate in shown.over()]
    return (*rates, BalanceSeen(at=at, amount=amount(shown.balance)))


def workers(account: BraiinsAccount, _window: Window) -> Talk:
    """The workers with their state, last share, and averages."""
    reply = yield _ask("/accounts/workers/json/btc")
    at = reply.received_at
    listed = {stripped(name, account): worker for name, worker in read(_WorkersPage, reply).btc.workers.items()}
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if worker.state in {"ok", "low"} else WorkerPresence.OFFLINE,
            last_share=None if worker.last_share is None else not_future(worker.last_share, reply),
        )
        for name, worker in listed.items()
    )
    rates = [
        RateSeen(worker=name, at=at, per_second=rate, window=span)
        for name, worker in listed.items()
        for span, rate in worker.over()
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def daily(_account: BraiinsAccount, window: Window) -> Talk:
    """Exact work per settled UTC day that became known since the window's start."""
    reply = yield _ask("/accounts/hash_rate_daily/json/btc")
    days = [(not_future(day.date, reply), day.shares) for day in read(_DaysPage, reply).btc]
    return [
        WorkSeen(start=start, end=start + _DAY, hashes=shares * HASHES_PER_DIFFICULTY)
        for start, shares in sorted(days)
        if window.start < start + _DAY + SETTLED <= reply.received_at
    ]


def rewards(_account: BraiinsAccount, window: Window) -> Talk:
    """What was credited for the work of each UTC day; rewards for referrals are not for work."""
    reply = yield _ask("/accounts/rewards/json/btc", window)
    days = [(not_future(day.date, reply), day) for day in read(_RewardsPage, reply).btc.daily]
    return [
        EarningClaimed(
            id=f"{start:%Y-%m-%d}",
            start=start,
            end=start + _DAY,
            amount=amount(day.mining + day.refund),
            scheme="FPPS",
            work_hashes=day.shares * HASHES_PER_DIFFICULTY,
        )
        for start, day in days
        if start + _DAY <= reply.received_at
    ]


def payouts(_account: BraiinsAccount, window: Window) -> Talk:
    """What was sent, on the chain and over Lightning; what is queued or has failed was not sent."""
    reply = yield _ask("/accounts/payouts/json/btc", window)
    page = read(_PayoutsPage, reply)
    rails: tuple[tuple[Literal["chain", "lightning"], list[_Payout]], ...] = (
        ("chain", page.onchain),
        ("lightning", page.lightning),
    )
    return [
        PayoutClaimed(
            id=f"{rail}/{payout.account}/{payout.requested:%Y-%m-%dT%H:%M:%SZ}",
            at=not_future(payout.resolved or payout.requested, reply),
            amount=Amount(atoms=payout.atoms),
            address=payout.destination if rail == "chain" else None,
            txid=payout.tx_id,
            rail=rail,
        )
        for rail, listed in rails
        for payout in listed
        if payout.status == "confirmed"
    ]


def stripped(name: str, _account: Account) -> str:
    """A worker's name without the user, which never holds a dot."""
    user, separator, worker = name.partition(".")
    return worker if separator else user


def _ask(path: str, window: Window | None = None) -> Http:
    days = {}
    if window is not None:
        days = {"from": f"{window.start - BOOKED_LATE:%Y-%m-%d}", "to": f"{window.end:%Y-%m-%d}"}
    return Http(path=path, query=days, headers={"Pool-Auth-Token": Secret("token")})


SOURCE: Final = Source(
    kind="braiins",
    title="Braiins Pool",
    Account=BraiinsAccount,
    support="documented",
    pace=5.0,
    naming=stripped,
    questions=(
        Question(name="profile", sees=frozenset({RateSeen, BalanceSeen}), every=timedelta(minutes=5), talk=profile),
        Question(
            name="workers",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=timedelta(minutes=5),
            talk=workers,
            cap=_LARGE,
        ),
        Question(name="daily", sees=frozenset({WorkSeen}), every=_6_HOURS, reach=REACH, talk=daily, cap=_LARGE),
        Question(
            name="rewards", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=rewards, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
    ),
)
