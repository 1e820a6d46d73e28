"""Braiins Pool: averages, workers, exact work per day, rewards and payouts, read with a token."""

from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from verifier.fields import Count, Difficulty, Funds, Name, Number, UnixTime, UnixTimeOrNever, unit_of_rate
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed, PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import after_the_user
from verifier.reading import Named, decode, not_future, read, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Http, Secret, Source, Talk, asks
from verifier.told import Averages, Over, amount, credited_day, listed, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

#: Days that the pool keeps of an account's work.
REACH: Final = 188 * DAY
#: What a rate of the same object is to be multiplied with; the unit may change from answer to answer.
Unit: TypeAlias = Annotated[float, unit_of_rate("Gh/s")]


class BraiinsAccount(Account):
    """An account at Braiins Pool, read with the token of an access profile."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    url: str = "https://pool.braiins.com"


class _Rates(Averages):
    hash_rate_unit: Unit
    hash_rate_5m: Annotated[Number, Over(5 * MINUTE)]
    hash_rate_60m: Annotated[Number, Over(HOUR)]
    hash_rate_24h: Annotated[Number, Over(DAY)]


class _Profile(_Rates):
    current_balance: Funds


class _Worker(_Rates):
    state: Literal["ok", "low", "off", "dis"]
    last_share: UnixTimeOrNever = None


class _Day(BaseModel):
    date: UnixTime
    total_shares: Difficulty


class _Reward(BaseModel):
    date: UnixTime
    mining_reward: Funds
    bos_plus_reward: Funds
    shares: Difficulty


class _Payout(BaseModel):
    financial_account_name: Name = ""
    requested_at_ts: UnixTime
    resolved_at_ts: UnixTimeOrNever = None
    status: Name
    amount_sats: Annotated[Count, Field(le=2_100_000_000_000_000)]
    destination: Name | None = None
    tx_id: Name | None = None


class _Pool(BaseModel):
    hash_rate_unit: Unit
    pool_active_workers: Count
    # An older form has the rate of the scoring of its time instead, and no price of a share.
    pool_5m_hash_rate: Number | None = None
    update_ts: UnixTime | None = None
    fpps_rate: Number | None = None


@asks(RateSeen, BalanceSeen, every=5 * MINUTE)
def profile(_account: BraiinsAccount, _window: Window) -> Talk:
    """The averages of 5 minutes, an hour and a day, and the balance."""
    reply = yield _ask("/accounts/profile/json/btc/")
    shown, at = read(_Profile, reply, "btc"), reply.received_at
    averages = rates(at, [(None, shown.over(shown.hash_rate_unit))])
    return (*averages, BalanceSeen(at=at, amount=amount(shown.current_balance)))


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE)
def workers(account: BraiinsAccount, _window: Window) -> Talk:
    """The workers with their state, last share, and averages."""
    reply = yield _ask("/accounts/workers/json/btc")
    named = read(Named[_Worker], reply, "btc", "workers")
    found = {after_the_user(name, account): one for name, one in named.items()}
    return (
        listed(reply, ((name, one.state in {"ok", "low"}, one.last_share) for name, one in found.items())),
        *rates(reply.received_at, ((name, one.over(one.hash_rate_unit)) for name, one in found.items())),
    )


@asks(WorkSeen, every=6 * HOUR, reach=REACH, cap=LARGE)
def daily(_account: BraiinsAccount, window: Window) -> Talk:
    """Exact work per UTC day that settled since the window's start: an hour after its end at the earliest."""
    reply = yield _ask("/accounts/hash_rate_daily/json/btc")
    days = [(not_future(day.date, reply), day.total_shares) for day in rows(_Day, decode(reply), "btc")]
    return [
        WorkSeen(start=start, end=start + DAY, hashes=hashes)
        for start, hashes in sorted(days)
        if window.start < start + DAY + HOUR <= reply.received_at
    ]


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def rewards(_account: BraiinsAccount, window: Window) -> Talk:
    """What was credited for the work of each UTC day; rewards for referrals are not for work."""
    reply = yield _ask("/accounts/rewards/json/btc", window)
    return [
        credited_day(day.date, day.mining_reward + day.bos_plus_reward, scheme="FPPS", hashes=day.shares)
        for day in rows(_Reward, decode(reply), "btc", "daily_rewards")
        if not_future(day.date, reply) + DAY <= reply.received_at
    ]


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(_account: BraiinsAccount, window: Window) -> Talk:
    """What was sent, on the chain and over Lightning; what is queued or has failed was not sent."""
    reply = yield _ask("/accounts/payouts/json/btc", window)
    page, told = decode(reply), list[PayoutClaimed]()
    rails: tuple[tuple[Literal["chain", "lightning"], str], ...] = (("chain", "onchain"), ("lightning", "lightning"))
    for rail, key in rails:
        for one in rows(_Payout, page, key):
            if one.status == "confirmed":
                known = f"{rail}/{one.financial_account_name}/{one.requested_at_ts:%Y-%m-%dT%H:%M:%SZ}"
                at, paid = one.resolved_at_ts or one.requested_at_ts, Amount(atoms=one.amount_sats)
                to = one.destination if rail == "chain" else None
                told.append(sent(reply, at, paid, id=known, txid=one.tx_id, address=to, rail=rail))
    return told


@asks(PoolSeen, every=HOUR)
def pool(_account: BraiinsAccount, _window: Window) -> Talk:
    """What the whole pool says of itself: its rate over five minutes, and the workers that are connected."""
    reply = yield _ask("/stats/json/btc")
    page = read(_Pool, reply, "btc")
    rate = None if page.pool_5m_hash_rate is None else page.pool_5m_hash_rate * page.hash_rate_unit
    at = not_future(page.update_ts or reply.received_at, reply)
    scheme = None if page.fpps_rate is None else "FPPS"
    return (PoolSeen(at=at, per_second=rate, workers=page.pool_active_workers, scheme=scheme),)


def _ask(path: str, window: Window | None = None) -> Http:
    days = {"from": f"{window.start - BOOKED_LATE:%Y-%m-%d}", "to": f"{window.end:%Y-%m-%d}"} if window else {}
    return Http(path=path, query=days, headers={"Pool-Auth-Token": Secret("token")})


SOURCE: Final = Source(
    kind="braiins", title="Braiins Pool", Account=BraiinsAccount, support="documented", pace=5.0, naming=after_the_user,
    questions=(profile, workers, daily, rewards, payouts, pool),
)  # fmt: skip
