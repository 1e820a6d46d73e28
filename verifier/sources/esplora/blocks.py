"""Esplora: the network's difficulty, and what its newest blocks paid."""

import re
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel

from verifier.chains import BLOCKS_REACH, EPOCH_BLOCKS, LATE, block_time, epochs
from verifier.errors import Misread
from verifier.expectations.coins import subsidy
from verifier.fields import Count, UnixTime
from verifier.observation import BlockSeen
from verifier.reading import read, text
from verifier.sources.esplora.speech import Block, Blocks, EsploraAccount, Transactions, tip
from verifier.talk import LARGE, Ask, Http, Reply, Talk, asks
from verifier.units import MINUTE, Amount, Window

#: Blocks whose coinbase is read in one conversation, at a second each.
MOST_COINBASES: Final = 40
#: How far back the fees of past blocks can be told in one answer, where the explorer offers that.
BACKFILL: Final = timedelta(days=30)

_DAYS_OF_EVERY_BLOCK: Final = timedelta(days=3)

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class _Fees(BaseModel):
    height: Annotated[Count, Field(alias="avgHeight")]
    timestamp: UnixTime
    fees: Annotated[Count, Field(alias="avgFees", le=2_100_000_000_000_000)]


class _PastFees(RootModel[Annotated[list[_Fees], Field(max_length=10_000)]]):
    pass


@asks(BlockSeen, every=10 * MINUTE, reach=BLOCKS_REACH)
def blocks(_account: EsploraAccount, window: Window) -> Talk:
    """The tip, and the first block of every difficulty epoch back to the one in force at the window's start."""
    height = yield from tip()
    return (yield from _epochs(height, window))


def _epochs(height: int, window: Window) -> Generator[Ask, Reply, list[BlockSeen]]:
    seen = [(yield from _block(height))]
    for start in epochs(height):
        if start != height:
            seen.append((yield from _block(start)))
        if seen[-1].at <= window.start:
            break
    return seen


def _block(height: int) -> Generator[Ask, Reply, BlockSeen]:
    digest = text((yield Http(path=f"/block-height/{height}")))
    if not _HASH.fullmatch(digest):
        raise Misread("a block hash was expected")
    reply = yield Http(path=f"/block/{digest}")
    block = read(Block, reply)
    if block.height != height:
        raise Misread(f"asked for block {height}, got {block.height}")
    return _header(block, reply)


@asks(BlockSeen, every=30 * MINUTE, reach=BACKFILL, cap=LARGE)
def fees(_account: EsploraAccount, window: Window) -> Talk:
    """The newest blocks with subsidy and fees, as many as became known in the window and are read in one go.

    After a longer gap mempool.space tells the fees of the past in one more answer; other explorers do not.
    """
    headers = yield from _newest(window)
    seen: list[BlockSeen] = []
    for header in headers[:MOST_COINBASES]:
        known = header.at < window.start - LATE
        seen.append(header if known else (yield from _with_fees(header)))
    oldest = seen[-1]
    if window.start + LATE < oldest.at:
        seen += yield from _past(oldest, window)
    return seen


def _newest(window: Window) -> Generator[Ask, Reply, list[BlockSeen]]:
    """Headers from the tip down to the window's start, one page at least: a block that was replaced shows here."""
    headers: list[BlockSeen] = []
    path = "/blocks"
    while True:
        reply = yield Http(path=path)
        page = [_header(block, reply) for block in read(Blocks, reply).root]
        heights = [block.height for block in (*headers[-1:], *page)]
        if not page or heights != list(range(heights[0], heights[0] - len(heights), -1)):
            raise Misread("the blocks do not follow each other downwards")
        headers += page
        if headers[-1].at < window.start - LATE or len(headers) >= MOST_COINBASES or headers[-1].height == 0:
            return headers
        path = f"/blocks/{headers[-1].height - 1}"


def _with_fees(header: BlockSeen) -> Generator[Ask, Reply, BlockSeen]:
    """The fees are what the coinbase pays out above the subsidy."""
    reply = yield Http(path=f"/block/{header.hash}/txs/0")
    page = read(Transactions, reply).root
    if not page or not page[0].coinbase:
        raise Misread("a block's first transaction was expected to be its coinbase")
    paid = sum(output.value for output in page[0].vout)
    due = subsidy(header.height)
    # A miner may claim less than he is due; a handful of blocks did.
    return replace(header, subsidy=Amount(atoms=min(paid, due)), fees=Amount(atoms=max(0, paid - due)))


def _past(oldest: BlockSeen, window: Window) -> Generator[Ask, Reply, list[BlockSeen]]:
    """Fees before ``oldest``: of every block for three days, then means of half hours at the mean height."""
    interval = "3d" if oldest.at - window.start <= _DAYS_OF_EVERY_BLOCK else "1m"
    reply = yield Http(path=f"/v1/mining/blocks/fees/{interval}")
    if reply.status == HTTPStatus.NOT_FOUND:
        return []
    told = read(_PastFees, reply).root
    starts = {start.height // EPOCH_BLOCKS: start for start in (yield from _epochs(oldest.height, window))}
    return [
        BlockSeen(
            height=entry.height,
            at=block_time(entry.timestamp, reply),
            difficulty=starts[entry.height // EPOCH_BLOCKS].difficulty,
            subsidy=Amount(atoms=subsidy(entry.height)),
            fees=Amount(atoms=entry.fees),
        )
        for entry in told
        if entry.height // EPOCH_BLOCKS in starts and entry.height < oldest.height and window.start <= entry.timestamp
    ]


def _header(block: Block, reply: Reply) -> BlockSeen:
    at = block_time(block.timestamp, reply)
    return BlockSeen(height=block.height, at=at, difficulty=block.difficulty, hash=block.id)
