"""Nodes of Ethereum's kind (Ethereum Classic, EthereumPoW): the tip with its difficulty, by JSON-RPC."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, Field, PlainValidator

from verifier.chains import RpcAnswer
from verifier.errors import Misread
from verifier.observation import BlockSeen, SilenceReason
from verifier.reading import fit, not_future, read, silence
from verifier.talk import Account, Ask, Http, Reply, Source, Talk, asks
from verifier.units import MINUTE, Amount, Window

#: The chain's number (EIP-155) by which a node of another chain is found out.
CHAINS: Final = {"ETC": 61, "ETHW": 10001}
#: A node whose newest block is older stands still; a block comes every 13 seconds or so.
STALE: Final = 30 * MINUTE
#: Blocks of one era of Ethereum Classic, after which a reward is four fifths of the last one (ECIP-1017).
ERA: Final = 5_000_000

_ETHER: Final = 10**18
_MOST: Final = 1 << 256


def _quantity(value: object) -> int:
    """Hexadecimal digits after 0x, as the interface writes every number."""
    if isinstance(value, str) and value[:2] == "0x" and value[2:].isalnum() and value.isascii():
        number = int(value, 16)
        if number < _MOST:
            return number
    raise ValueError("a number such as 0x1f was expected")


_Quantity: TypeAlias = Annotated[int, PlainValidator(_quantity)]
_Hash: TypeAlias = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]


class EthereumRpcAccount(Account):
    """A node of your own or of a provider that you trust."""

    url: str = Field(description="address of the node, like `http://127.0.0.1:8545` with `allow_private: true`")
    coin: Literal["ETC", "ETHW"] = "ETC"


class _Chain(BaseModel):
    number: _Quantity


class _Block(BaseModel):
    number: _Quantity
    hash: _Hash
    timestamp: _Quantity
    difficulty: Annotated[int, PlainValidator(_quantity), Field(gt=0)]
    uncles: Annotated[list[_Hash], Field(max_length=2)]


@asks(BlockSeen, every=10 * MINUTE)
def blocks(account: EthereumRpcAccount, _window: Window) -> Talk:
    """The newest block; its difficulty is the mean number of hashes behind it."""
    chain, _ = yield from _call("eth_chainId")
    number = fit(_Chain, {"number": chain}).number
    if number != CHAINS[account.coin]:
        raise Misread(f"the node follows chain {number}, not that of {account.coin}")
    found, reply = yield from _call("eth_getBlockByNumber", "latest", False)
    if found is None:
        return silence(reply, SilenceReason.PAUSED, "the node knows no newest block yet")
    block = fit(_Block, found)
    try:
        at = not_future(datetime.fromtimestamp(block.timestamp, UTC), reply)
    except (ValueError, OverflowError, OSError):
        raise Misread("timestamp: not a time in seconds") from None
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the newest block is of {at:%Y-%m-%d %H:%M} UTC")
    return (
        BlockSeen(
            height=block.number,
            at=at,
            difficulty=float(block.difficulty),
            hash=block.hash,
            coin=account.coin,
            subsidy=_subsidy(account.coin, block.number, len(block.uncles)),
        ),
    )


def _subsidy(coin: str, height: int, uncles: int) -> Amount | None:
    """What the block's own miner gets: the era's reward, and 1/32 of it for each uncle that he names (ECIP-1017)."""
    if coin != "ETC":
        return None
    era = max(0, height - 1) // ERA
    reward = 5 * _ETHER * 4**era // 5**era
    return Amount(atoms=reward + uncles * (reward // 32), coin=coin)


def _call(method: str, *params: object) -> Generator[Ask, Reply, tuple[object, Reply]]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    reply = yield Http(method="POST", path="", body=body)
    return read(RpcAnswer, reply).value(), reply


SOURCE: Final = Source(
    kind="ethereum_rpc",
    title="Ethereum Classic and EthereumPoW nodes",
    Account=EthereumRpcAccount,
    support="documented",
    questions=(blocks,),
)
