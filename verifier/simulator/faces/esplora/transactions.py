"""Esplora: coinbases with the fees of their blocks, and the payouts of the sellers as transactions."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from verifier.simulator.billing import Payout, block_fees, books, confirmed_at, txid
from verifier.simulator.chain import SUBSIDY
from verifier.simulator.page import Asked, Page
from verifier.simulator.truth import Seller, World

PER_PAGE: Final = 25

_POOL: Final = "bc1qudya8xpurgadteaust5wmpq34nm09css6r0cet"
_FEE: Final = 1_410
_CHANGE: Final = 76_497_978
_DAY_BLOCKS: Final = 144
_NOTHING: Final = "0" * 64
#: Blocks per row of ``mining/blocks/fees`` and blocks back, by interval.
_INTERVALS: Final = {"3d": (1, 3 * _DAY_BLOCKS), "1m": (3, 30 * _DAY_BLOCKS)}

Document = dict[str, Any]


def coinbase_of(world: World, asked: Asked, now: datetime) -> Page:
    """``block/:hash/txs/0``: the coinbase alone, which pays subsidy and fees to the pool."""
    height = world.chain.height(asked.parts["hash"])
    if height is None or height > _tip(world, now):
        return _text("Block not found", 404)
    vin = {
        "txid": _NOTHING,
        "vout": 4_294_967_295,
        "prevout": None,
        "scriptsig": "03e51c0e",
        "is_coinbase": True,
        "sequence": 4_294_967_295,
    }
    digest = hashlib.sha256(f"{world.seed}/coinbase/{height}".encode()).hexdigest()
    return _json(
        [_transaction(digest, vin, [_paid(_POOL, SUBSIDY + block_fees(world, height))], 0, _in(world, height))]
    )


def block_status(world: World, asked: Asked, now: datetime) -> Page:
    """``block/:hash/status``: whether a block is in the best chain."""
    height, tip = world.chain.height(asked.parts["hash"]), _tip(world, now)
    if height is None or height > tip:
        return _json({"in_best_chain": False})
    following = None if height == tip else world.chain.hash(height + 1)
    return _json({"in_best_chain": True, "height": height, "next_best": following})


def newest(world: World, asked: Asked, now: datetime) -> Page:
    """``address/:address/txs``: what is unconfirmed, then the newest confirmed ones."""
    unconfirmed, confirmed = _received(world, asked.parts["address"], now)
    return _json([*unconfirmed, *confirmed[:PER_PAGE]])


def confirmed_after(world: World, asked: Asked, now: datetime) -> Page:
    """``address/:address/txs/chain[/:last]``: 25 confirmed ones, newest first."""
    _, confirmed = _received(world, asked.parts["address"], now)
    last = asked.parts.get("last")
    if last is None:
        return _json(confirmed[:PER_PAGE])
    place = next((at for at, one in enumerate(confirmed, 1) if one["txid"] == last), None)
    if place is None:
        return _text("after_txid not found", 422)
    return _json(confirmed[place : place + PER_PAGE])


def past_fees(world: World, asked: Asked, now: datetime) -> Page:
    """``v1/mining/blocks/fees/:interval`` of mempool.space: means of buckets of blocks, oldest first."""
    size, back = _INTERVALS.get(asked.parts["interval"], (1, _DAY_BLOCKS))
    tip = _tip(world, now)
    rows = [
        {
            "avgHeight": height,
            "timestamp": world.chain.time(height),
            "avgFees": block_fees(world, height),
            "USD": 91_350,
        }
        for height in range(tip - back, tip + 1, size)
    ]
    return _json(rows)


def _received(world: World, address: str, now: datetime) -> tuple[list[Document], list[Document]]:
    """Unconfirmed and confirmed transactions to an address, newest first."""
    tip = _tip(world, now)
    seller = next((seller for seller in world.sellers if seller.address == address), None)
    payouts = [entry for entry in books(world, seller, now) if isinstance(entry, Payout)] if seller else []
    told: tuple[list[Document], list[Document]] = ([], [])
    for payout in reversed(payouts):
        assert seller is not None  # noqa: S101 - only a seller has payouts
        height = confirmed_at(world.chain, payout)
        told[height <= tip].append(_payout(world, seller, payout, height if height <= tip else None))
    return told


def _payout(world: World, seller: Seller, payout: Payout, height: int | None) -> Document:
    digest = txid(world, seller, payout)
    vin = {
        "txid": hashlib.sha256(digest.encode()).hexdigest(),
        "vout": 3,
        "prevout": _paid(_POOL, payout.amount.atoms + _CHANGE + _FEE),
        "scriptsig": "",
        "is_coinbase": False,
        "sequence": 4_294_967_293,
    }
    outputs = [_paid(_POOL, _CHANGE), _paid(seller.address, payout.amount.atoms)]
    status = {"confirmed": False} if height is None else _in(world, height)
    return _transaction(digest, vin, outputs, _FEE, status)


def _transaction(digest: str, vin: Document, vout: Sequence[Document], fee: int, status: Document) -> Document:
    return {
        "txid": digest,
        "version": 2,
        "locktime": 0,
        "vin": [vin],
        "vout": list(vout),
        "size": 168,
        "weight": 564,
        "fee": fee,
        "status": status,
    }


def _paid(address: str, atoms: int) -> Document:
    return {"scriptpubkey_type": "v0_p2wpkh", "scriptpubkey_address": address, "value": atoms}


def _in(world: World, height: int) -> Document:
    chain = world.chain
    return {
        "confirmed": True,
        "block_height": height,
        "block_hash": chain.hash(height),
        "block_time": chain.time(height),
    }


def _tip(world: World, now: datetime) -> int:
    return world.chain.tip(int(now.timestamp()))


def _json(document: object) -> Page:
    return Page(documents=(document,), content_type="application/json")


def _text(text: str, status: int) -> Page:
    return Page(text=text, status=status, content_type="text/plain")
