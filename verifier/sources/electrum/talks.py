"""Electrum: the network's difficulty from headers, and what an address received from whole transactions."""

from collections.abc import Generator
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel

from verifier.chains import BLOCKS_REACH, RECEIPTS_REACH, TOLD_AGAIN, epochs, mined, names_an_address, unread
from verifier.errors import Misread
from verifier.fields import Count
from verifier.observation import BlockSeen, PayoutReceived, Unread
from verifier.sources.electrum import raw
from verifier.sources.electrum.speech import ElectrumAccount, call, greet, header_at, tip, transaction
from verifier.talk import LARGE, Ask, Reply, Talk, asks
from verifier.units import MINUTE, Amount, Window

#: Headers and transactions that are read in one conversation before it ends with what is known.
MOST_READ: Final = 40
#: Of the transactions that one spends, so many are looked into for an output of the address.
MOST_SPENT: Final = 15


class _Entry(BaseModel):
    # 0 while it is not confirmed, -1 when it spends what is not confirmed either.
    height: Annotated[int, Field(ge=-1, le=1 << 32)]
    fee: Count | None = None
    txid: Annotated[str, Field(alias="tx_hash", pattern=r"^[0-9a-f]{64}$")]


class _History(RootModel[Annotated[list[_Entry], Field(max_length=100_000)]]):
    pass


@asks(BlockSeen, every=10 * MINUTE, reach=BLOCKS_REACH)
def blocks(_account: ElectrumAccount, window: Window) -> Talk:
    """The tip, and the first block of every difficulty epoch back to the one in force at the window's start."""
    yield from greet()
    height, header = yield from tip()
    seen = [_seen(height, header)]
    for start in epochs(height):
        if start != height:
            seen.append(_seen(start, (yield from header_at(start))))
        if seen[-1].at <= window.start:
            break
    return seen


@asks(PayoutReceived, Unread, every=10 * MINUTE, reach=RECEIPTS_REACH, cap=LARGE, asked_of=names_an_address)
def receipts(account: ElectrumAccount, window: Window) -> Talk:
    """Outputs to the address, by (txid, vout), newest first; what the address sends to itself is no receipt."""
    address = account.address or ""
    script = raw.script_of(address)
    yield from greet()
    height, _ = yield from tip()
    history, reply = yield from call(_History, "blockchain.scripthash.get_history", raw.scripthash(script))
    known, headers = _Known(script, {one.txid for one in history.root}), dict[int, raw.Header]()
    told: list[PayoutReceived] = []
    oldest = reply.received_at
    for entry in reversed(history.root):
        if len(headers) + len(known.read) >= MOST_READ:
            return [*told, *unread(reply, window, oldest)]
        if entry.height > 0 and entry.height not in headers:
            headers[entry.height] = yield from header_at(entry.height)
        if entry.height <= 0 and entry.fee is None:
            raise Misread("height: what is not confirmed is listed with its fee")
        block = headers.get(entry.height)
        if block is not None:
            oldest = block.at
            if block.at < window.start - TOLD_AGAIN:
                break
        made = yield from known.transaction(entry.txid)
        if (yield from known.is_own(made)):
            continue
        at = reply.received_at if block is None else block.at
        says = made.script.hex() if made.coinbase else None
        told += [
            PayoutReceived(
                txid=made.txid,
                vout=vout,
                at=at,
                amount=Amount(atoms=atoms),
                address=address,
                confirmations=0 if block is None else max(1, height - entry.height + 1),
                coinbase=made.coinbase,
                block=None if block is None else block.hash,
                mined=mined(says, (raw.address_of(one) for _, one in made.paid), at, window),
            )
            for vout, (atoms, paid) in enumerate(made.paid)
            if paid == script
        ]
    return told


class _Known:
    """Transactions read in one conversation, each once."""

    def __init__(self, script: bytes, history: set[str]) -> None:
        self._script = script
        self._history = history
        self.read: dict[str, raw.Transaction] = {}

    def transaction(self, txid: str) -> Generator[Ask, Reply, raw.Transaction]:
        if txid not in self.read:
            self.read[txid], _ = yield from transaction(txid)
        return self.read[txid]

    def is_own(self, made: raw.Transaction) -> Generator[Ask, Reply, bool]:
        """Whether it spends an output of the script: what paid the script is in its history."""
        for txid, vout in [one for one in made.spent if one[0] in self._history][:MOST_SPENT]:
            before = yield from self.transaction(txid)
            if vout < len(before.paid) and before.paid[vout][1] == self._script:
                return True
        return False


def _seen(height: int, header: raw.Header) -> BlockSeen:
    return BlockSeen(height=height, at=header.at, difficulty=header.difficulty, hash=header.hash)
