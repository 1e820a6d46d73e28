"""Blockbook, the explorer of many coins like Bitcoin: the tip with its difficulty, and what an address received."""

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import BlockSeen, PayoutReceived, Silence, SilenceReason, Unread
from verifier.reading import Count, IsoTime, Name, Number, UnixTime, document, fit, not_future, read
from verifier.talk import Account, Ask, CoinName, Http, Question, Reply, Source, Talk
from verifier.units import COIN_DECIMALS, Amount, Window

#: How the software calls the chain of a coin (configs/coins of trezor/blockbook): a server of another chain is refused.
CHAINS: Final = {
    "BTC": "Bitcoin",
    "LTC": "Litecoin",
    "DOGE": "Dogecoin",
    "BCH": "Bcash",
    "DASH": "Dash",
    "ZEC": "Zcash",
    "RVN": "Ravencoin",
    "DGB": "DigiByte",
}
#: Consensus lets a block's time run two hours ahead of the network's.
BLOCK_TIME_SLACK: Final = timedelta(hours=2, minutes=10)
#: A receipt is told again for this long, while its confirmations grow.
TOLD_AGAIN: Final = timedelta(days=2)
#: A payout of a pool to a thousand addresses takes some 250 kB here.
PER_PAGE: Final = 25
MOST_PAGES: Final = 20

_MOST_ATOMS: Final = 10**20
_LARGE: Final = 8_388_608

Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BlockbookAccount(Account):
    """One coin's server; it is asked about an address only where the file names one."""

    url: str = Field(description="address of the server of this coin")
    coin: CoinName
    address: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9:]{14,120}$", description="your own wallet's address, whose receipts are asked for"),
    ] = None


class _Index(BaseModel):
    coin: Name
    network: Name | None = None
    decimals: Count
    height: Annotated[Count, Field(alias="bestHeight")]
    at: Annotated[IsoTime, Field(alias="lastBlockTime")]
    synced: Annotated[bool, Field(alias="inSync")] = False
    starting: Annotated[bool, Field(alias="initialSync")] = False


class _Node(BaseModel):
    blocks: Count
    hash: Annotated[Digest, Field(alias="bestBlockHash")]
    difficulty: Annotated[Number, Field(gt=0)]


class _Status(BaseModel):
    index: Annotated[_Index, Field(alias="blockbook")]
    node: Annotated[_Node, Field(alias="backend")]


class _Input(BaseModel):
    addresses: list[str] | None = None
    coinbase: str | None = None


class _Output(BaseModel):
    # Empty and zero fields are left out, so that the first output may have no number.
    value: Annotated[Count | None, Field(le=_MOST_ATOMS)] = None
    n: Count = 0
    addresses: list[str] | None = None


class _Transaction(BaseModel):
    txid: Digest
    vin: Annotated[list[_Input], Field(max_length=100_000)] = []
    vout: Annotated[list[_Output], Field(max_length=100_000)] = []
    block: Annotated[Digest | None, Field(alias="blockHash")] = None
    confirmations: Count = 0
    at: Annotated[UnixTime, Field(alias="blockTime")]


class _Address(BaseModel):
    address: Name
    confirmed: Annotated[Count, Field(alias="txs")] = 0
    unconfirmed: Annotated[Count, Field(alias="unconfirmedTxs")] = 0
    pages: Annotated[Count, Field(alias="totalPages")] = 0
    transactions: Annotated[list[_Transaction], Field(max_length=1000)] = []


class _Trouble(BaseModel):
    error: Name


def blocks(account: BlockbookAccount, _window: Window) -> Talk:
    """The newest block with the difficulty of the coin's own measure, at the moment at which the server took it in."""
    status, reply = yield from _synced(account)
    if isinstance(status, Silence):
        return (status,)
    return (
        BlockSeen(
            height=status.index.height,
            at=not_future(status.index.at, reply, BLOCK_TIME_SLACK),
            difficulty=status.node.difficulty,
            # The node may be a block further than the index of its transactions.
            hash=status.node.hash if status.node.blocks == status.index.height else None,
        ),
    )


def receipts(account: BlockbookAccount, window: Window) -> Talk:
    """Outputs to the address, by (txid, vout); what the address sends to itself is no receipt."""
    status, reply = yield from _synced(account)
    if isinstance(status, Silence):
        return (status,)
    address, told = account.address or "", dict[str, list[PayoutReceived]]()
    oldest = reply.received_at
    for number in range(1, MOST_PAGES + 1):
        query = {"details": "txs", "page": str(number), "pageSize": str(PER_PAGE)}
        reply = yield Http(path=f"/api/v2/address/{address}", query=query)
        if reply.status == 400:
            raise Misread(f"the server does not take the address: {fit(_Trouble, document(reply)).error}")
        page = read(_Address, reply)
        if page.confirmed + page.unconfirmed and not page.transactions:
            raise Misread("transactions: they were asked for and are left out")
        for one in page.transactions:
            oldest = not_future(one.at, reply, BLOCK_TIME_SLACK)
            if one.txid not in told or one.confirmations:
                told[one.txid] = list(_received(one, address, account.coin))
        # A page beyond the last one is the last one again.
        confirmed = any(one.confirmations for one in page.transactions)
        if number >= page.pages or (confirmed and oldest < window.start - TOLD_AGAIN):
            return [receipt for one in told.values() for receipt in one]
    return [*(receipt for one in told.values() for receipt in one), *_unread(reply, window, oldest)]


def _synced(account: BlockbookAccount) -> Generator[Ask, Reply, tuple[_Status | Silence, Reply]]:
    """The server's state; a silence while its index is behind, for then an empty answer says nothing."""
    reply = yield Http(path="/api/v2")
    status = read(_Status, reply)
    index = status.index
    if (index.network or account.coin) != account.coin or index.coin != CHAINS.get(account.coin, index.coin):
        raise Misread(f"the server is one of {index.coin}, not of {account.coin}")
    if index.decimals != COIN_DECIMALS[account.coin]:
        raise Misread(f"blockbook.decimals: {account.coin} has {COIN_DECIMALS[account.coin]}")
    if index.synced and not index.starting:
        return status, reply
    detail = f"the server is catching up: block {index.height} of {status.node.blocks}"
    return Silence(at=reply.received_at, reason=SilenceReason.STALE, detail=detail), reply


def _received(one: _Transaction, address: str, coin: str) -> Iterator[PayoutReceived]:
    if any(_names(spent.addresses, address) for spent in one.vin):
        return
    if one.confirmations and one.block is None:
        raise Misread("a confirmed transaction was expected to name its block")
    for output in one.vout:
        if _names(output.addresses, address):
            if output.value is None:
                raise Misread("vout: an output was expected to say how much it pays")
            yield PayoutReceived(
                txid=one.txid,
                vout=output.n,
                at=one.at,
                amount=Amount(atoms=output.value, coin=coin),
                address=address,
                confirmations=one.confirmations,
                coinbase=any(spent.coinbase is not None for spent in one.vin),
                block=one.block,
            )


def _names(addresses: list[str] | None, address: str) -> bool:
    """Whether a script pays this address alone; Bitcoin Cash writes addresses with and without ``bitcoincash:``."""
    return [one.rpartition(":")[2] for one in addresses or ()] == [address.rpartition(":")[2]]


def _unread(reply: Reply, window: Window, oldest: datetime) -> list[Unread]:
    return [Unread(at=reply.received_at, since=window.start, until=oldest)] if oldest > window.start else []


def _names_an_address(account: Account) -> bool:
    return isinstance(account, BlockbookAccount) and account.address is not None


SOURCE: Final = Source(
    kind="blockbook",
    title="Blockbook explorers",
    Account=BlockbookAccount,
    support="documented",
    # 20 requests a minute in the software as shipped (REST_UI_RATE_LIMIT).
    pace=3.0,
    questions=(
        Question(name="blocks", sees=frozenset({BlockSeen}), every=timedelta(minutes=10), talk=blocks),
        Question(
            name="receipts",
            sees=frozenset({PayoutReceived, Unread}),
            every=timedelta(minutes=20),
            reach=timedelta(days=366),
            talk=receipts,
            cap=_LARGE,
            asked_of=_names_an_address,
        ),
    ),
)
