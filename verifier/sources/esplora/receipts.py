"""Esplora: what an address received, and blocks of its receipts that left the best chain."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from verifier.chains import RECEIPTS_REACH, TOLD_AGAIN, block_time, mined, names_an_address
from verifier.errors import Misread
from verifier.fields import Count
from verifier.observation import BlockLeft, PayoutReceived, Unread
from verifier.reading import read
from verifier.sources.esplora.speech import EsploraAccount, Transaction, Transactions, tip
from verifier.talk import LARGE, Ask, Http, Reply, Talk, asks
from verifier.units import MINUTE, Amount, Window

#: Pages of 25 to 50 transactions that are read in one conversation.
MOST_PAGES: Final = 40
#: A block deeper than this is not asked about any more; no reorganisation of Bitcoin's was deeper than 53.
DEEPEST: Final = 100
MOST_BLOCKS: Final = 20


class _BlockStatus(BaseModel):
    in_best_chain: bool
    height: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A transaction with the moment at which it was told."""

    transaction: Transaction
    received_at: datetime


@asks(PayoutReceived, Unread, every=10 * MINUTE, reach=RECEIPTS_REACH, cap=LARGE, asked_of=names_an_address)
def receipts(account: EsploraAccount, window: Window) -> Talk:
    """Outputs to the address, by (txid, vout); what the address sends to itself is no receipt.

    Of more transactions than are read the newest ones are told, and since when.
    """
    height = yield from tip()
    told, unread = yield from _told(account.address or "", window.start)
    return [*(receipt for one in told for receipt in _received(one, account.address or "", height, window)), *unread]


@asks(BlockLeft, every=30 * MINUTE, cap=LARGE, asked_of=names_an_address)
def reorgs(account: EsploraAccount, _window: Window) -> Talk:
    """Blocks of recent receipts that the explorer does not count to the best chain any more."""
    height = yield from tip()
    reply = yield Http(path=f"/address/{account.address}/txs")
    placed = [transaction.status for transaction in read(Transactions, reply).root]
    blocks = {
        status.block_hash: status.block_height
        for status in placed
        if status.block_hash is not None and status.block_height is not None and height - status.block_height < DEEPEST
    }
    left = []
    for digest, at_height in list(blocks.items())[:MOST_BLOCKS]:
        reply = yield Http(path=f"/block/{digest}/status")
        if not read(_BlockStatus, reply).in_best_chain:
            left.append(BlockLeft(height=at_height, hash=digest, at=reply.received_at))
    return left


def _told(address: str, since: datetime) -> Generator[Ask, Reply, tuple[list[_Told], list[Unread]]]:
    """The address's transactions, newest first, back to a while before ``since``; what was not read of it.

    One may come twice: the confirmed telling wins.
    """
    found: dict[str, _Told] = {}
    path, until, read_at = f"/address/{address}/txs", since, since
    for _ in range(MOST_PAGES):
        reply = yield Http(path=path)
        page = read(Transactions, reply).root
        for one in page:
            if one.txid not in found or one.status.confirmed:
                found[one.txid] = _Told(transaction=one, received_at=reply.received_at)
        oldest = next((one for one in reversed(page) if one.status.confirmed), None)
        if not page or (oldest is not None and _confirmed_at(oldest, reply) < since - TOLD_AGAIN):
            return list(found.values()), []
        read_at = reply.received_at
        until = read_at if oldest is None else _confirmed_at(oldest, reply)
        # The first page may hold nothing but unconfirmed ones: its size differs from host to host.
        path = f"/address/{address}/txs/chain" + ("" if oldest is None else f"/{oldest.txid}")
    return list(found.values()), [Unread(at=read_at, since=since, until=until)] if until > since else []


def _confirmed_at(transaction: Transaction, reply: Reply) -> datetime:
    if transaction.status.block_time is None:
        raise Misread("a confirmed transaction was expected to name the time of its block")
    return block_time(transaction.status.block_time, reply)


def _received(told: _Told, address: str, tip_height: int, window: Window) -> Iterator[PayoutReceived]:
    transaction, status = told.transaction, told.transaction.status
    if any(spent.prevout is not None and spent.prevout.address == address for spent in transaction.vin):
        return
    if status.confirmed and (status.block_height is None or status.block_hash is None or status.block_time is None):
        raise Misread("a confirmed transaction was expected to name its block")
    at = status.block_time or told.received_at
    script = transaction.vin[0].script if transaction.coinbase else None
    deep = 0 if status.block_height is None else max(1, tip_height - status.block_height + 1)
    for vout, output in enumerate(transaction.vout):
        if output.address == address:
            yield PayoutReceived(
                txid=transaction.txid,
                vout=vout,
                at=at,
                amount=Amount(atoms=output.value),
                address=address,
                confirmations=deep,
                coinbase=transaction.coinbase,
                block=status.block_hash,
                mined=mined(script, (paid.address for paid in transaction.vout), at, window),
            )
