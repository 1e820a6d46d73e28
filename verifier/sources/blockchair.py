"""Blockchair, an explorer of many coins: the tip with its difficulty, and what an address received."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, Field, PlainValidator

from verifier.errors import Misread, Refused, Unreachable
from verifier.observation import BlockSeen, PayoutReceived, Unread
from verifier.reading import Count, Name, Number, document, fit, not_future, refuse_status
from verifier.talk import Account, Ask, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Amount, Window

#: How the interface calls the chain of a coin.
CHAINS: Final = {
    "BTC": "bitcoin",
    "BCH": "bitcoin-cash",
    "LTC": "litecoin",
    "DOGE": "dogecoin",
    "DASH": "dash",
    "ZEC": "zcash",
}
#: Consensus lets a block's time run two hours ahead of the network's.
BLOCK_TIME_SLACK: Final = timedelta(hours=2, minutes=10)
#: A receipt is told again for this long, while its confirmations grow.
TOLD_AGAIN: Final = timedelta(days=2)
#: Transactions of one page, and of one question about what they pay (documented limits).
PER_PAGE: Final = 100
AT_ONCE: Final = 10

_MOST_ATOMS: Final = 10**20
_LARGE: Final = 8_388_608
#: Codes of the context: the free use is over for now, or the address is blocked (API_DOCUMENTATION_EN.md).
_LIMITED: Final = frozenset({402, 429, 435, 436, 437, 503})
_BLOCKED: Final = frozenset({401, 403, 430, 434})
_FINE: Final = 200


def _utc(value: object) -> datetime:
    """``2025-11-20 00:53:20``, which is UTC although it does not say so."""
    if isinstance(value, str):
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            pass
    raise ValueError("a time such as 2025-11-20 00:53:20 was expected")


_Time: TypeAlias = Annotated[datetime, PlainValidator(_utc)]
_Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: -1 of what is not confirmed.
_Height: TypeAlias = Annotated[int, Field(ge=-1, le=1 << 32)]


class BlockchairAccount(Account):
    """One coin's chain; it is asked about an address only where the file names one."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.blockchair.com"
    coin: Literal["BTC", "BCH", "LTC", "DOGE", "DASH", "ZEC"] = "BTC"
    address: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9:]{14,120}$", description="your own wallet's address, whose receipts are asked for"),
    ] = None


class _Context(BaseModel):
    code: int
    error: Name = ""
    state: Count = 0


class _Answer(BaseModel):
    data: Any = None
    context: _Context


class _Stats(BaseModel):
    height: Annotated[Count, Field(alias="best_block_height")]
    hash: Annotated[_Digest, Field(alias="best_block_hash")]
    at: Annotated[_Time, Field(alias="best_block_time")]
    difficulty: Annotated[Number, Field(gt=0)]


class _Change(BaseModel):
    height: Annotated[_Height, Field(alias="block_id")]
    hash: _Digest
    at: Annotated[_Time, Field(alias="time")]
    change: Annotated[int, Field(alias="balance_change", ge=-_MOST_ATOMS, le=_MOST_ATOMS)]


class _Address(BaseModel):
    transactions: Annotated[list[_Change], Field(max_length=10_000)]


class _Output(BaseModel):
    height: Annotated[_Height, Field(alias="block_id")]
    index: Count
    value: Annotated[Count, Field(le=_MOST_ATOMS)]
    recipient: Name
    coinbase: Annotated[bool, Field(alias="is_from_coinbase")] = False


class _Transaction(BaseModel):
    outputs: Annotated[list[_Output], Field(max_length=100_000)]


_Model = TypeVar("_Model", bound=BaseModel)


def blocks(account: BlockchairAccount, _window: Window) -> Talk:
    """The newest block with the difficulty of the coin's own measure."""
    data, reply, _ = yield from _asked(account, "/stats")
    stats = fit(_Stats, data)
    return (
        BlockSeen(
            height=stats.height,
            at=not_future(stats.at, reply, BLOCK_TIME_SLACK),
            difficulty=stats.difficulty,
            hash=stats.hash,
        ),
    )


def receipts(account: BlockchairAccount, window: Window) -> Talk:
    """Outputs to the address of its newest transactions; one that lowers its balance is no receipt.

    The list tells by how much a transaction changed the balance, not by which output: that is asked for separately.
    """
    address = account.address or ""
    query = {"transaction_details": "true", "limit": f"{PER_PAGE},0", "state": "latest"}
    data, reply, state = yield from _asked(account, f"/dashboards/address/{address}", query)
    found = _of(_Address, data, address)
    listed = found.transactions
    wanted = [
        one
        for one in listed
        if one.change > 0 and not_future(one.at, reply, BLOCK_TIME_SLACK) >= window.start - TOLD_AGAIN
    ]
    told: list[PayoutReceived | Unread] = []
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        path = f"/dashboards/transactions/{','.join(one.hash for one in some)}"
        data, _, _ = yield from _asked(account, path)
        for one in some:
            told += _received(one, _of(_Transaction, data, one.hash), account, state)
    if len(listed) >= PER_PAGE and (oldest := min(one.at for one in listed)) > window.start:
        told.append(Unread(at=reply.received_at, since=window.start, until=oldest))
    return told


def _received(
    one: _Change, transaction: _Transaction, account: BlockchairAccount, state: int
) -> Iterator[PayoutReceived]:
    address = account.address or ""
    for output in transaction.outputs:
        # Bitcoin Cash's addresses are written without `bitcoincash:` here.
        if output.recipient == address.rpartition(":")[2]:
            if output.height != one.height:
                raise Misread("block_id: two answers place a transaction in different blocks")
            yield PayoutReceived(
                txid=one.hash,
                vout=output.index,
                at=one.at,
                amount=Amount(atoms=output.value, coin=account.coin),
                address=address,
                confirmations=0 if one.height < 0 else max(1, state - one.height + 1),
                coinbase=output.coinbase,
            )


def _asked(
    account: BlockchairAccount, path: str, query: dict[str, str] | None = None
) -> Generator[Ask, Reply, tuple[Any, Reply, int]]:
    """The data of an answer, the reply, and the height of the chain's end that it was worked out for."""
    reply = yield Http(path=f"/{CHAINS[account.coin]}{path}", query={**(query or {}), "key": Secret("key")})
    if reply.status in _LIMITED | _BLOCKED and reply.body.lstrip()[:1] != b"{":
        refuse_status(reply)
    answer = fit(_Answer, document(reply))
    if answer.context.code in _BLOCKED:
        raise Refused(f"Blockchair refuses the request: {answer.context.error or answer.context.code}")
    if answer.context.code in _LIMITED:
        raise Unreachable(f"Blockchair does not answer for now: {answer.context.error or answer.context.code}")
    refuse_status(reply)
    if answer.context.code != _FINE:
        raise Misread(f"context.code: {answer.context.code} {answer.context.error[:80]}")
    return answer.data, reply, answer.context.state


def _of(model: type[_Model], data: object, key: str) -> _Model:
    """The entry of what was asked about; a transaction that is not known is left out."""
    named = data if isinstance(data, dict) else {}
    found = named.get(key, named.get(key.rpartition(":")[2]))
    if found is None:
        raise Misread("data: what was asked about is missing")
    return fit(model, found)


def _names_an_address(account: Account) -> bool:
    return isinstance(account, BlockchairAccount) and account.address is not None


SOURCE: Final = Source(
    kind="blockchair",
    title="Blockchair explorer",
    Account=BlockchairAccount,
    support="documented",
    # 30 requests a minute at most, and 1,440 a day without a key.
    pace=2.0,
    questions=(
        Question(name="blocks", sees=frozenset({BlockSeen}), every=timedelta(minutes=30), talk=blocks),
        Question(
            name="receipts",
            sees=frozenset({PayoutReceived, Unread}),
            every=timedelta(hours=1),
            reach=timedelta(days=366),
            talk=receipts,
            cap=_LARGE,
            asked_of=_names_an_address,
        ),
    ),
)
