"""F2Pool v2 ``assets/…``: bills and payouts with ids, newest first, and the balance; coins are floats there."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from verifier.simulator.billing import FEE_RATE, Income, Payout, books, txid
from verifier.simulator.chain import SUBSIDY
from verifier.simulator.faces.f2pool.gate import Wrong, seconds
from verifier.simulator.truth import DAY, Seller, World, minute
from verifier.units import Amount

_TYPES: Final = {"all": (True, True), "revenue": (True, False), "payout": (False, True)}
_NONE: Final = {"reward", "dividend", "flash_exchange"}


def _btc(amount: Amount) -> float:
    return float(amount.coins)


def _number(seller: Seller, day: int, *, payout: bool) -> int:
    account = int(hashlib.sha256(seller.name.encode()).hexdigest()[:4], 16)
    return account * 1_000_000 + day * 2 + payout


def _row(world: World, seller: Seller, entry: Income | Payout) -> dict[str, Any]:
    if isinstance(entry, Income):
        return {
            "id": _number(seller, entry.day, payout=False),
            "type": "revenue_fpps",
            "changed_balance": _btc(entry.credited),
            "created_at": entry.created_at,
            "mining_extra": {
                "mining_date": entry.day * 86_400,
                "settle_date": (entry.day + 1) * 86_400,
                "pps": _btc(entry.pps),
                "pps_fee_rate": float(FEE_RATE),
                "tx_fee": _btc(entry.tx_fee),
                "tx_fee_rate": float(FEE_RATE),
                "hash_rate": entry.per_second,
            },
            "payout_extra": None,
        }
    return {
        "id": _number(seller, entry.day, payout=True),
        "type": "payout",
        "changed_balance": -_btc(entry.amount),
        "created_at": entry.created_at,
        "mining_extra": None,
        "payout_extra": {
            "value": _btc(entry.amount),
            "address": seller.address,
            "tx_id": txid(world, seller, entry),
            "paid_time": entry.paid_at,
            "wallet_type": "bitcoin",
            "tip": 0,
        },
    }


def transactions(world: World, seller: Seller, body: Mapping[str, Any], now: datetime) -> Any:
    """``assets/transactions/list``: bills and payouts created in [start_time, end_time], newest first."""
    kind = body.get("type", "all")
    if not isinstance(kind, str) or kind not in {*_TYPES, *_NONE}:
        raise Wrong(f"type={json.dumps(kind)}")
    start, end = seconds(body, "start_time"), seconds(body, "end_time")
    bills, payouts = _TYPES.get(kind, (False, False))
    rows = [
        _row(world, seller, entry)
        for entry in books(world, seller, now)
        if (bills if isinstance(entry, Income) else payouts) and start <= entry.created_at <= end
    ]
    return {"transactions": sorted(rows, key=lambda row: row["created_at"], reverse=True)}


def balance(world: World, seller: Seller, _body: Mapping[str, Any], now: datetime) -> Any:
    """``assets/balance``: coins earned and not yet paid, as floats of whole coins."""
    none = Amount(atoms=0)
    entries = list(books(world, seller, now))
    bills = [entry.credited for entry in entries if isinstance(entry, Income)]
    earned = sum(bills, none)
    paid = sum((entry.amount for entry in entries if not isinstance(entry, Income)), none)
    today = world.shares(seller).between(minute(now) // DAY * DAY, minute(now))
    difficulty = world.chain.difficulty(world.chain.tip(int(now.timestamp())))
    blocks = Decimal(int(today.sum()) * seller.share_difficulty / difficulty)
    estimate = Amount(atoms=int(blocks * SUBSIDY * (1 - FEE_RATE)))
    return {
        "balance_info": {
            "balance": _btc(earned - paid),
            "paid": _btc(paid),
            "total_income": _btc(earned),
            "yesterday_income": _btc(bills[-1]) if bills else 0,
            "estimated_today_income": _btc(estimate),
        }
    }
