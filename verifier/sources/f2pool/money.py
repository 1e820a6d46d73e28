"""F2Pool: what was credited for each mined day, and what was sent."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.observation import EarningClaimed, PayoutClaimed
from verifier.reading import Coins, Count, Name, Number, UnixTime, UnixTimeOrNever, amount
from verifier.sources.f2pool.speech import F2PoolAccount, answer, ask
from verifier.talk import Http, Talk
from verifier.units import Window

REACH: Final = timedelta(days=30)
#: Days are booked after they end: an answer is asked for with this overlap, and ids keep it from counting twice.
BOOKED_LATE: Final = timedelta(days=3)

_DAY: Final = timedelta(days=1)


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


class _Transactions(BaseModel):
    transactions: Annotated[list[_Transaction], Field(max_length=10_000)]


def revenue(account: F2PoolAccount, window: Window) -> Talk:
    """What was credited for each mined day, with the rate and the fee it was worked out from."""
    reply = yield _booked(account, "revenue", window)
    return [_earning(entry) for entry in answer(_Transactions, reply).transactions if entry.type.startswith("revenue")]


def payouts(account: F2PoolAccount, window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield _booked(account, "payout", window)
    entries = answer(_Transactions, reply).transactions
    return [_payout(entry, entry.payout_extra) for entry in entries if entry.payout_extra is not None]


def _booked(account: F2PoolAccount, kind: str, window: Window) -> Http:
    start, end = max(window.start - BOOKED_LATE, window.end - REACH), window.end
    return ask(
        account,
        "/assets/transactions/list",
        type=kind,
        start_time=int(start.timestamp()),
        end_time=int(end.timestamp()),
    )


def _earning(entry: _Transaction) -> EarningClaimed:
    mined = entry.mining_extra
    scheme = entry.type.removeprefix("revenue").strip("_").upper() or None
    if mined is None:
        return EarningClaimed(
            id=str(entry.id),
            start=entry.created_at,
            end=entry.created_at,
            amount=amount(entry.changed_balance),
            scheme=scheme,
        )
    return EarningClaimed(
        id=str(entry.id),
        start=mined.mining_date,
        end=mined.mining_date + _DAY,
        amount=amount(entry.changed_balance),
        scheme=scheme,
        fee_rate=mined.pps_fee_rate,
        work_hashes=None if mined.hash_rate is None else mined.hash_rate * _DAY.total_seconds(),
    )


def _payout(entry: _Transaction, paid: _Paid) -> PayoutClaimed:
    return PayoutClaimed(
        id=str(entry.id),
        at=paid.paid_time or entry.created_at,
        amount=amount(paid.value),
        address=paid.address or None,
        txid=paid.tx_id or None,
    )
