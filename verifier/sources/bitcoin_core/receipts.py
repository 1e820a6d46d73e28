"""Bitcoin Core: what an address received, from new blocks read once, or what a watch-only wallet received."""

from collections.abc import Generator
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel

from verifier.chains import RECEIPTS_REACH, Digest, Script, block_time, mined, unread
from verifier.errors import Misread
from verifier.fields import Coins, Count, Name, UnixTime
from verifier.observation import PayoutReceived, Silence, Unread
from verifier.sources.bitcoin_core.speech import BitcoinCoreAccount, Info, call, names_a_wallet, synced
from verifier.talk import Ask, Reply, Talk, asks
from verifier.told import amount
from verifier.units import HOUR, Window

#: A block is read again when it has become this deep, so that its receipts are told as confirmed.
CONFIRMED: Final = 6
#: Blocks that are read in one conversation, some 15 MB each.
MOST_BLOCKS: Final = 48
#: Entries of the wallet that are read, the newest ones.
MOST_ENTRIES: Final = 1000
#: A full block with every transaction decoded.
WHOLE_BLOCK: Final = 67_108_864

_RECEIVED: Final = frozenset({"receive", "generate", "immature"})
_MINED: Final = frozenset({"generate", "immature"})


class _Script(BaseModel):
    address: str | None = None
    # Nodes before version 22 list the addresses of a script instead.
    addresses: list[str] = []


class _Output(BaseModel):
    value: Annotated[Coins, Field(ge=0, le=21_000_000)]
    n: Count
    script: Annotated[_Script, Field(alias="scriptPubKey")]

    @property
    def address(self) -> str | None:
        script = self.script
        return script.addresses[0] if len(script.addresses) == 1 else script.address


class _Input(BaseModel):
    coinbase: Script | None = None


class _Transaction(BaseModel):
    txid: Digest
    vin: Annotated[list[_Input], Field(min_length=1)]
    vout: list[_Output]


class _Block(BaseModel):
    hash: Digest
    height: Count
    time: UnixTime
    previous: Annotated[Digest | None, Field(alias="previousblockhash")] = None
    tx: Annotated[list[_Transaction], Field(max_length=100_000)]


class _Entry(BaseModel):
    category: Name
    address: str | None = None
    txid: Digest
    vout: Count = 0
    coins: Annotated[Coins, Field(alias="amount", ge=-21_000_000, le=21_000_000)]
    confirmations: int
    block: Annotated[Digest | None, Field(alias="blockhash")] = None
    time: UnixTime
    block_time: Annotated[UnixTime | None, Field(alias="blocktime")] = None


class _Entries(RootModel[Annotated[list[_Entry], Field(max_length=MOST_ENTRIES)]]):
    pass


@asks(PayoutReceived, Unread, every=HOUR, reach=RECEIPTS_REACH, cap=WHOLE_BLOCK, asked_of=names_a_wallet)
def receipts(account: BitcoinCoreAccount, window: Window) -> Talk:
    """Outputs to the address or the wallet, by (txid, vout), and the part of a long window that was not read."""
    info = yield from synced(account)
    if isinstance(info, Silence):
        return (info,)
    if account.wallet is not None:
        return (yield from _of_wallet(account, window))
    return (yield from _of_blocks(account, account.address or "", info, window))


def _of_blocks(
    account: BitcoinCoreAccount, address: str, info: Info, window: Window
) -> Generator[Ask, Reply, list[PayoutReceived | Unread]]:
    received: list[PayoutReceived | Unread] = []
    digest: str | None = info.best
    deep = read_before = 0
    while True:
        deep += 1
        block, reply = yield from call(account, _Block, "getblock", digest, 2)
        if block.hash != digest:
            raise Misread("another block was sent than was asked for")
        at = block_time(block.time, reply)
        received += [
            PayoutReceived(
                txid=transaction.txid,
                vout=output.n,
                at=at,
                amount=amount(output.value),
                address=address,
                confirmations=deep,
                coinbase=transaction.vin[0].coinbase is not None,
                block=block.hash,
                mined=mined(transaction.vin[0].coinbase, (paid.address for paid in transaction.vout), at, window),
            )
            for transaction in block.tx
            for output in transaction.vout
            if output.address == address
        ]
        read_before += at < window.start
        digest = block.previous
        if read_before > CONFIRMED or digest is None:
            return received
        if deep == MOST_BLOCKS:
            return [*received, *unread(reply, window, at)]


def _of_wallet(account: BitcoinCoreAccount, window: Window) -> Generator[Ask, Reply, list[PayoutReceived | Unread]]:
    entries, reply = yield from call(account, _Entries, "listtransactions", "*", MOST_ENTRIES, 0, True)
    received: list[PayoutReceived | Unread] = [
        PayoutReceived(
            txid=entry.txid,
            vout=entry.vout,
            at=block_time(entry.block_time or entry.time, reply),
            amount=amount(entry.coins),
            address=entry.address,
            confirmations=entry.confirmations,
            coinbase=entry.category in _MINED,
            block=entry.block,
        )
        for entry in entries.root
        # Below zero: in conflict with a transaction that was confirmed.
        if entry.category in _RECEIVED and entry.confirmations >= 0 and entry.coins >= 0 and entry.address is not None
        if account.address in {None, entry.address}
    ]
    oldest = min((entry.time for entry in entries.root), default=window.start)
    return received if len(entries.root) < MOST_ENTRIES else [*received, *unread(reply, window, oldest)]
