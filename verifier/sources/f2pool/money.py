"""F2Pool: what was credited for each mined day, what was sent, and the balance."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.fields import Coins, Count, Name, Number, UnixTime, UnixTimeOrNever
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed
from verifier.reading import fit, not_future, rows
from verifier.sources.f2pool.speech import F2PoolAccount, answer, ask
from verifier.talk import LARGE, Http, Reply, Talk, asks
from verifier.told import amount, sent
from verifier.units import DAY, HOUR, Window

REACH: Final = timedelta(days=30)
#: Days are booked after they end: an answer is asked for with this overlap, and ids keep it from counting twice.
BOOKED_LATE: Final = timedelta(days=3)


class _Mined(BaseModel):
    mining_date: UnixTime
    pps_fee_rate: Number | None = None
    hash_rate: Number | None = None


class _Paid(BaseModel):
    value: Coins
    address: Name | None = None
    tx_id: Name | None = None
    paid_time: UnixTimeOrNever = None


class _Transaction(BaseModel):
    id: Count | Name
    type: Name
    changed_balance: Coins
    created_at: UnixTime
    mining_extra: _Mined | None = None
    payout_extra: _Paid | None = None


class _Balance(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def revenue(account: F2PoolAccount, window: Window) -> Talk:
    """What was credited for each mined day, with the rate and the fee it was worked out from."""
    reply = yield _booked(account, "revenue", window)
    booked = rows(_Transaction, answer(reply), "transactions")
    return [_earning(one, one.mining_extra, reply) for one in booked if one.type.startswith("revenue")]


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: F2PoolAccount, window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield _booked(account, "payout", window)
    return [
        sent(reply, paid.paid_time or one.created_at, paid.value, txid=paid.tx_id, id=str(one.id), address=paid.address)
        for one in rows(_Transaction, answer(reply), "transactions")
        if (paid := one.payout_extra) is not None
    ]


@asks(BalanceSeen, every=6 * HOUR)
def balance(account: F2PoolAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid, as the pool counted them at 00:00 UTC of the day."""
    reply = yield ask(account, "/assets/balance")
    unpaid = fit(_Balance, answer(reply), "balance_info").balance
    midnight = reply.received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return (BalanceSeen(at=midnight, amount=amount(unpaid)),)


def _booked(account: F2PoolAccount, kind: str, window: Window) -> Http:
    start, end = max(window.start - BOOKED_LATE, window.end - REACH), window.end
    times = {"start_time": int(start.timestamp()), "end_time": int(end.timestamp())}
    return ask(account, "/assets/transactions/list", type=kind, **times)


def _earning(one: _Transaction, mined: _Mined | None, reply: Reply) -> EarningClaimed:
    """A credit without its mined day is known by the moment it was booked."""
    start = not_future(one.created_at if mined is None else mined.mining_date, reply)
    rate = None if mined is None else mined.hash_rate
    return EarningClaimed(
        id=str(one.id),
        start=start,
        end=start if mined is None else start + DAY,
        amount=amount(one.changed_balance),
        scheme=one.type.removeprefix("revenue").strip("_").upper() or None,
        fee_rate=None if mined is None else mined.pps_fee_rate,
        work_hashes=None if rate is None else rate * DAY.total_seconds(),
    )
