"""Blockchair, an explorer of many coins: the tip with its difficulty, and what an address received."""

from collections.abc import Generator
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from verifier import chains
from verifier.errors import Misread, Refused, Unreachable
from verifier.fields import Count, Name, Number, ZonelessTime
from verifier.observation import BlockSeen, PayoutReceived, Unread
from verifier.reading import document, fit, refuse_status, rows
from verifier.talk import LARGE, Account, Ask, Http, Reply, Secret, Source, Talk, asks
from verifier.units import HOUR, MINUTE, Amount, Window

#: How the interface calls the chain of a coin.
CHAINS: Final = {
    "BTC": "bitcoin", "BCH": "bitcoin-cash", "LTC": "litecoin", "DOGE": "dogecoin", "DASH": "dash", "ZEC": "zcash",
}  # fmt: skip
#: Transactions of one page, and of one question about what they pay (documented limits).
PER_PAGE: Final = 100
AT_ONCE: Final = 10
#: Codes of the context: the free use is over for now, or the address is blocked (API_DOCUMENTATION_EN.md).
_LIMITED: Final = frozenset({402, 429, 435, 436, 437, 503})
_BLOCKED: Final = frozenset({401, 403, 430, 434})

#: -1 of what is not confirmed.
_Height: TypeAlias = Annotated[int, Field(ge=-1, le=1 << 32)]


class BlockchairAccount(Account):
    """One coin's chain; it is asked about an address only where the file names one."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("key",)
    url: str = "https://api.blockchair.com"
    coin: Literal["BTC", "BCH", "LTC", "DOGE", "DASH", "ZEC"] = "BTC"
    address: chains.Wallet = None


class _Context(BaseModel):
    code: int
    error: Name = ""
    state: Count = 0


class _Stats(BaseModel):
    best_block_height: Count
    best_block_hash: chains.Digest
    best_block_time: ZonelessTime
    difficulty: Annotated[Number, Field(gt=0)]


class _Change(BaseModel):
    block_id: _Height
    hash: chains.Digest
    time: ZonelessTime
    balance_change: Annotated[int, Field(ge=-(10**20), le=10**20)]


class _Output(BaseModel):
    block_id: _Height
    index: Count
    value: chains.Atoms
    recipient: Name
    is_from_coinbase: bool = False


@asks(BlockSeen, every=30 * MINUTE)
def blocks(account: BlockchairAccount, _window: Window) -> Talk:
    """The newest block with the difficulty of the coin's own measure."""
    data, reply, _ = yield from _asked(account, "/stats")
    tip = fit(_Stats, data)
    at, height, digest = chains.block_time(tip.best_block_time, reply), tip.best_block_height, tip.best_block_hash
    return (BlockSeen(height=height, at=at, difficulty=tip.difficulty, hash=digest, coin=account.coin),)


@asks(PayoutReceived, Unread, every=HOUR, reach=chains.RECEIPTS_REACH, cap=LARGE, asked_of=chains.names_an_address)
def receipts(account: BlockchairAccount, window: Window) -> Talk:
    """Outputs to the address of its newest transactions; one that lowers its balance is no receipt."""
    address, query = account.address or "", {"transaction_details": "true", "limit": f"{PER_PAGE},0", "state": "latest"}
    data, reply, state = yield from _asked(account, f"/dashboards/address/{address}", **query)
    listed = rows(_Change, _of(data, address), "transactions", most=10_000)
    since, told = window.start - chains.TOLD_AGAIN, list[PayoutReceived | Unread]()
    # The list tells by how much a transaction changed the balance, not by which output: that is asked for separately.
    wanted = [one for one in listed if one.balance_change > 0 and chains.block_time(one.time, reply) >= since]
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        data, _, _ = yield from _asked(account, f"/dashboards/transactions/{','.join(one.hash for one in some)}")
        for one in some:
            outputs = rows(_Output, _of(data, one.hash), "outputs", most=100_000)
            told += _received(one, outputs, account, state)
    return told if len(listed) < PER_PAGE else [*told, *chains.unread(reply, window, min(one.time for one in listed))]


def _received(one: _Change, outputs: list[_Output], account: BlockchairAccount, state: int) -> list[PayoutReceived]:
    address, deep = account.address or "", 0 if one.block_id < 0 else max(1, state - one.block_id + 1)
    # Bitcoin Cash's addresses are written without `bitcoincash:` here.
    own = [output for output in outputs if output.recipient == chains.bare(address)]
    if any(output.block_id != one.block_id for output in own):
        raise Misread("block_id: two answers place a transaction in different blocks")
    return [
        PayoutReceived(
            txid=one.hash, vout=output.index, at=one.time, amount=Amount(atoms=output.value, coin=account.coin),
            address=address, confirmations=deep, coinbase=output.is_from_coinbase,
        )
        for output in own
    ]  # fmt: skip


def _asked(account: BlockchairAccount, path: str, **query: str) -> Generator[Ask, Reply, tuple[Any, Reply, int]]:
    """The data of an answer, the reply, and the height of the chain's end that it was worked out for."""
    reply = yield Http(path=f"/{CHAINS[account.coin]}{path}", query={**query, "key": Secret("key")})
    if reply.status in _LIMITED | _BLOCKED and reply.body.lstrip()[:1] != b"{":
        refuse_status(reply)
    answer = fit(dict[str, Any], document(reply))
    context = fit(_Context, answer, "context")
    if context.code in _BLOCKED:
        raise Refused(f"Blockchair refuses the request: {context.error or context.code}")
    if context.code in _LIMITED:
        raise Unreachable(f"Blockchair does not answer for now: {context.error or context.code}")
    refuse_status(reply)
    if context.code != 200:
        raise Misread(f"context.code: {context.code} {context.error[:80]}")
    return answer.get("data"), reply, context.state


def _of(data: object, key: str) -> object:
    """The entry of what was asked about; a transaction that is not known is left out."""
    named = data if isinstance(data, dict) else {}
    found = named.get(key, named.get(chains.bare(key)))
    if found is None:
        raise Misread("data: what was asked about is missing")
    return found


SOURCE: Final = Source(
    # 30 requests a minute at most, and 1,440 a day without a key.
    kind="blockchair", title="Blockchair explorer", Account=BlockchairAccount, support="documented", pace=2.0,
    questions=(blocks, receipts),
)  # fmt: skip
