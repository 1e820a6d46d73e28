"""Blockbook, the explorer of many coins like Bitcoin: the tip with its difficulty, and what an address received."""

from collections.abc import Generator
from itertools import chain
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier import chains
from verifier.errors import Misread
from verifier.fields import Count, IsoTime, Name, Number, UnixTime
from verifier.observation import BlockSeen, PayoutReceived, SilenceReason, Unread
from verifier.reading import document, fit, read
from verifier.talk import LARGE, Account, Ask, CoinName, Http, Quiet, Reply, Source, Talk, asks
from verifier.units import COIN_DECIMALS, MINUTE, Amount, Window

#: How the software calls the chain of a coin (configs/coins of trezor/blockbook): a server of another chain is refused.
CHAINS: Final = {
    "BTC": "Bitcoin", "LTC": "Litecoin", "DOGE": "Dogecoin", "BCH": "Bcash",
    "DASH": "Dash", "ZEC": "Zcash", "RVN": "Ravencoin", "DGB": "DigiByte",
}  # fmt: skip
#: A payout of a pool to a thousand addresses takes some 250 kB here.
PER_PAGE: Final = 25
MOST_PAGES: Final = 20


class BlockbookAccount(Account):
    """One coin's server; it is asked about an address only where the file names one."""

    url: str = Field(description="address of the server of this coin")
    coin: CoinName
    address: chains.Wallet = None


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
    hash: Annotated[chains.Digest, Field(alias="bestBlockHash")]
    difficulty: Annotated[Number, Field(gt=0)]


class _Status(BaseModel):
    index: Annotated[_Index, Field(alias="blockbook")]
    node: Annotated[_Node, Field(alias="backend")]


class _Side(BaseModel):
    # Empty and zero fields are left out, so that the first output may have no number.
    addresses: list[str] | None = None
    coinbase: chains.Script | None = None
    value: chains.Atoms | None = None
    n: Count = 0

    def names(self, address: str) -> bool:
        """Whether its script pays this address alone."""
        return [chains.bare(one) for one in self.addresses or ()] == [chains.bare(address)]


class _Transaction(BaseModel):
    txid: chains.Digest
    vin: Annotated[list[_Side], Field(max_length=100_000)] = []
    vout: Annotated[list[_Side], Field(max_length=100_000)] = []
    block: Annotated[chains.Digest | None, Field(alias="blockHash")] = None
    confirmations: Count = 0
    at: Annotated[UnixTime, Field(alias="blockTime")]


class _Address(BaseModel):
    address: Name
    confirmed: Annotated[Count, Field(alias="txs")] = 0
    unconfirmed: Annotated[Count, Field(alias="unconfirmedTxs")] = 0
    pages: Annotated[Count, Field(alias="totalPages")] = 0
    transactions: Annotated[list[_Transaction], Field(max_length=1000)] = []


@asks(BlockSeen, every=10 * MINUTE)
def blocks(account: BlockbookAccount, _window: Window) -> Talk:
    """The newest block with the difficulty of the coin's own measure, at the moment at which the server took it in."""
    status, reply = yield from _synced(account)
    index, node, at = status.index, status.node, chains.block_time(status.index.at, reply)
    # The node may be a block further than the index of its transactions.
    digest = node.hash if node.blocks == index.height else None
    return (BlockSeen(height=index.height, at=at, difficulty=node.difficulty, hash=digest, coin=account.coin),)


@asks(
    PayoutReceived, Unread,
    every=20 * MINUTE, reach=chains.RECEIPTS_REACH, cap=LARGE, asked_of=chains.names_an_address,
)  # fmt: skip
def receipts(account: BlockbookAccount, window: Window) -> Talk:
    """Outputs to the address, by (txid, vout); what the address sends to itself is no receipt."""
    _, reply = yield from _synced(account)
    told, oldest = dict[str, list[PayoutReceived]](), reply.received_at
    for number in range(1, MOST_PAGES + 1):
        query = {"details": "txs", "page": str(number), "pageSize": str(PER_PAGE)}
        reply = yield Http(path=f"/api/v2/address/{account.address}", query=query)
        if reply.status == 400:
            raise Misread(f"the server does not take the address: {fit(Name, document(reply), 'error')}")
        page = read(_Address, reply)
        if page.confirmed + page.unconfirmed and not page.transactions:
            raise Misread("transactions: they were asked for and are left out")
        for one in page.transactions:
            oldest = chains.block_time(one.at, reply)
            if one.txid not in told or one.confirmations:
                told[one.txid] = _received(one, account, window)
        # A page beyond the last one is the last one again.
        confirmed = any(one.confirmations for one in page.transactions)
        if number >= page.pages or (confirmed and oldest < window.start - chains.TOLD_AGAIN):
            return [*chain.from_iterable(told.values())]
    return [*chain.from_iterable(told.values()), *chains.unread(reply, window, oldest)]


def _synced(account: BlockbookAccount) -> Generator[Ask, Reply, tuple[_Status, Reply]]:
    """The server's state. Raises Quiet while its index is behind, for then an empty answer says nothing."""
    reply = yield Http(path="/api/v2")
    status = read(_Status, reply)
    index, coin = status.index, account.coin
    if (index.network or coin) != coin or index.coin != CHAINS.get(coin, index.coin):
        raise Misread(f"the server is one of {index.coin}, not of {coin}")
    if index.decimals != COIN_DECIMALS[coin]:
        raise Misread(f"blockbook.decimals: {coin} has {COIN_DECIMALS[coin]}")
    if index.starting or not index.synced:
        behind = f"the server is catching up: block {index.height} of {status.node.blocks}"
        raise Quiet(reply, behind, SilenceReason.STALE)
    return status, reply


def _received(one: _Transaction, account: BlockbookAccount, window: Window) -> list[PayoutReceived]:
    address = account.address or ""
    if any(spent.names(address) for spent in one.vin):
        return []
    if one.confirmations and one.block is None:
        raise Misread("a confirmed transaction was expected to name its block")
    own = [output for output in one.vout if output.names(address)]
    if any(output.value is None for output in own):
        raise Misread("vout: an output was expected to say how much it pays")
    script = next((spent.coinbase for spent in one.vin if spent.coinbase is not None), None)
    mined = chains.mined(script, (named for output in one.vout for named in output.addresses or ()), one.at, window)
    return [
        PayoutReceived(
            txid=one.txid, vout=output.n, at=one.at, amount=Amount(atoms=output.value or 0, coin=account.coin),
            address=address, confirmations=one.confirmations, coinbase=script is not None, block=one.block, mined=mined,
        )
        for output in own
    ]  # fmt: skip


SOURCE: Final = Source(
    # 20 requests a minute in the software as shipped (REST_UI_RATE_LIMIT).
    kind="blockbook", title="Blockbook explorers", Account=BlockbookAccount, support="documented", pace=3.0,
    questions=(blocks, receipts),
)  # fmt: skip
