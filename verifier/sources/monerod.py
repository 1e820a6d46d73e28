"""monerod: the tip of Monero's chain with its difficulty and reward, from a node of one's own."""

from collections.abc import Generator
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, Field

from verifier.chains import Digest, RpcAnswer, block_time
from verifier.errors import Misread
from verifier.fields import Count, Name, UnixTime
from verifier.observation import BlockSeen, Silence, SilenceReason
from verifier.reading import fit, read
from verifier.talk import Account, Ask, Http, Reply, Source, Talk, asks
from verifier.units import MINUTE, Amount, Window

#: The tail emission: 3e11 atoms a minute, a block every two minutes (cryptonote_config.h). Above it are fees.
TAIL: Final = 600_000_000_000

#: CORE_RPC_ERROR_CODE_CORE_BUSY.
_BUSY: Final = -9
_OK: Final = "OK"

_Answered = TypeVar("_Answered", bound="_Result")


class MonerodAccount(Account):
    """A node of your own; its restricted interface is enough."""

    url: str = Field(description="address of your node, like `http://127.0.0.1:18081` with `allow_private: true`")
    coin: Literal["XMR"] = "XMR"


class _Result(BaseModel):
    status: Name


class _Info(_Result):
    height: Count
    target_height: Count = 0
    synchronized: bool = True
    busy: Annotated[bool, Field(alias="busy_syncing")] = False
    network: Annotated[Name, Field(alias="nettype")]


class _Header(BaseModel):
    height: Count
    hash: Digest
    timestamp: UnixTime
    # The difficulty has 128 bits: the lower 64 of them, and the upper.
    low: Annotated[Count, Field(alias="difficulty", lt=1 << 64)]
    high: Annotated[Count, Field(alias="difficulty_top64", lt=1 << 64)] = 0
    reward: Annotated[Count, Field(le=18_500_000 * 10**12)]
    orphan: Annotated[bool, Field(alias="orphan_status")] = False


class _Last(_Result):
    header: Annotated[_Header, Field(alias="block_header")]


@asks(BlockSeen, every=10 * MINUTE)
def blocks(_account: MonerodAccount, _window: Window) -> Talk:
    """The newest block: its difficulty is the mean number of hashes behind it, and its reward includes the fees."""
    info, reply = yield from _call(_Info, "get_info")
    if isinstance(info, Silence):
        return (info,)
    if info.network != "mainnet":
        raise Misread(f"nettype: the node follows the {info.network[:20]}, not the main network")
    if info.busy or not info.synchronized:
        detail = f"the node is catching up: block {info.height} of {max(info.target_height, info.height)}"
        return (Silence(at=reply.received_at, reason=SilenceReason.STALE, detail=detail),)
    last, reply = yield from _call(_Last, "get_last_block_header")
    if isinstance(last, Silence):
        return (last,)
    header = last.header
    difficulty = (header.high << 64) + header.low
    if header.orphan or not difficulty:
        raise Misread("block_header: the newest block was expected to be in the chain and to have a difficulty")
    return (
        BlockSeen(
            height=header.height,
            # Two hours ahead are allowed here too (CRYPTONOTE_BLOCK_FUTURE_TIME_LIMIT).
            at=block_time(header.timestamp, reply),
            difficulty=float(difficulty),
            hash=header.hash,
            coin="XMR",
            # A block above the median size forgoes a part of the emission: then only the sum of the two is exact.
            subsidy=Amount(atoms=min(header.reward, TAIL), coin="XMR"),
            fees=Amount(atoms=max(0, header.reward - TAIL), coin="XMR"),
        ),
    )


def _call(model: type[_Answered], method: str) -> Generator[Ask, Reply, tuple[_Answered | Silence, Reply]]:
    reply = yield Http(method="POST", path="/json_rpc", body={"jsonrpc": "2.0", "id": "0", "method": method})
    answer = read(RpcAnswer, reply)
    busy = answer.error is not None and answer.error.code == _BUSY
    said = "BUSY" if busy else fit(_Result, answer.value()).status
    if said == _OK:
        return fit(model, answer.result), reply
    if said != "BUSY":
        raise Misread(f"status: {said[:40]}")
    return Silence(at=reply.received_at, reason=SilenceReason.PAUSED, detail="the node is busy"), reply


SOURCE: Final = Source(
    kind="monerod",
    title="Monero node (monerod)",
    Account=MonerodAccount,
    support="documented",
    questions=(blocks,),
)
