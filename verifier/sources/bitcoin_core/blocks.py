"""Bitcoin Core: the network's difficulty, what each new block paid, and blocks that were replaced."""

from collections.abc import Generator
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel

from verifier.chains import BLOCKS_REACH, EPOCH_BLOCKS, LATE, Digest, block_time, epochs
from verifier.errors import Misread
from verifier.fields import Count, Name, Number, UnixTime
from verifier.observation import BlockLeft, BlockSeen, Silence
from verifier.sources.bitcoin_core.speech import BitcoinCoreAccount, call, names_a_wallet, synced
from verifier.talk import Ask, Reply, Talk, asks
from verifier.units import MINUTE, Amount, Window

#: Blocks whose fees are asked for in one conversation.
MOST_BLOCKS: Final = 40
#: Branches that ended longer ago are not told again.
DEEPEST: Final = 144
LONGEST_BRANCH: Final = 6

_MOST_ATOMS: Final = 2_100_000_000_000_000
_STATS: Final = ("blockhash", "height", "time", "subsidy", "totalfee")


class _Stats(BaseModel):
    blockhash: Digest
    height: Count
    time: UnixTime
    subsidy: Annotated[Count, Field(le=_MOST_ATOMS)]
    fees: Annotated[Count, Field(alias="totalfee", le=_MOST_ATOMS)]


class _Header(BaseModel):
    hash: Digest
    height: Count
    time: UnixTime
    difficulty: Annotated[Number, Field(gt=0)]
    previous: Annotated[Digest | None, Field(alias="previousblockhash")] = None


class _Hash(RootModel[Digest]):
    pass


class _Tip(BaseModel):
    height: Count
    hash: Digest
    length: Annotated[Count, Field(alias="branchlen")]
    status: Name


class _Tips(RootModel[Annotated[list[_Tip], Field(max_length=10_000)]]):
    pass


@asks(BlockSeen, every=10 * MINUTE, reach=BLOCKS_REACH)
def blocks(account: BitcoinCoreAccount, window: Window) -> Talk:
    """The blocks that became known in the window with subsidy and fees, and the beginnings of difficulty periods."""
    info = yield from synced(account)
    if isinstance(info, Silence):
        return (info,)
    starts = yield from _epochs(account, info.blocks, window)
    difficulties = {block.height // EPOCH_BLOCKS: block.difficulty for block in starts}
    difficulties[info.blocks // EPOCH_BLOCKS] = info.difficulty
    seen: list[BlockSeen] = []
    for height in range(info.blocks, max(info.blocks - MOST_BLOCKS, -1), -1):
        if height // EPOCH_BLOCKS not in difficulties:
            break
        stats, reply = yield from call(account, _Stats, "getblockstats", height, list(_STATS))
        if stats.height != height:
            raise Misread(f"asked for block {height}, got {stats.height}")
        seen.append(
            BlockSeen(
                height=height,
                at=block_time(stats.time, reply),
                difficulty=difficulties[height // EPOCH_BLOCKS],
                hash=stats.blockhash,
                subsidy=Amount(atoms=stats.subsidy),
                fees=Amount(atoms=stats.fees),
            )
        )
        if stats.time < window.start - LATE:
            break
    told = {block.height for block in seen}
    return [*seen, *(block for block in starts if block.height not in told)]


@asks(BlockLeft, every=30 * MINUTE, asked_of=names_a_wallet)
def reorgs(account: BitcoinCoreAccount, _window: Window) -> Talk:
    """Blocks that once were the best chain's end, as the node remembers them."""
    info = yield from synced(account)
    if isinstance(info, Silence):
        return (info,)
    tips, reply = yield from call(account, _Tips, "getchaintips")
    left: list[BlockLeft] = []
    for tip in tips.root:
        if tip.status != "valid-fork" or tip.height <= info.blocks - DEEPEST:
            continue
        left.append(BlockLeft(height=tip.height, hash=tip.hash, at=reply.received_at))
        for _ in range(min(tip.length, LONGEST_BRANCH) - 1):
            header, reply = yield from call(account, _Header, "getblockheader", left[-1].hash)
            if header.previous is None:
                break
            left.append(BlockLeft(height=max(0, header.height - 1), hash=header.previous, at=reply.received_at))
    return left


def _epochs(account: BitcoinCoreAccount, height: int, window: Window) -> Generator[Ask, Reply, list[BlockSeen]]:
    """The first block of every difficulty period back to the one in force at the window's start."""
    seen: list[BlockSeen] = []
    for start in epochs(height):
        digest, _ = yield from call(account, _Hash, "getblockhash", start)
        header, reply = yield from call(account, _Header, "getblockheader", digest.root)
        if header.height != start:
            raise Misread(f"asked for block {start}, got {header.height}")
        at = block_time(header.time, reply)
        seen.append(BlockSeen(height=start, at=at, difficulty=header.difficulty, hash=header.hash))
        if at <= window.start - LATE:
            break
    return seen
