"""What several sources say of one chain: whether they agree about its tip, which blocks were replaced, and its fees."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Final

from verifier.observation import BlockLeft, BlockSeen

#: Blocks that one source may be behind another, and for how long it may be further behind.
MOST_BEHIND: Final = 2
BEHIND_FOR: Final = timedelta(minutes=30)
#: Blocks younger than this may differ for a while: the sources stand on two sides of a fork that will end.
SETTLED: Final = 6
#: Blocks of a day by design; Luxor's hashprice averages the fees of as many (docs.luxor.tech, hashprice).
BLOCKS_OF_A_DAY: Final = 144


def disagreement(
    seen: Mapping[str, Sequence[BlockSeen]], now: datetime, answered: Mapping[str, datetime] | None = None
) -> str | None:
    """Why sources that answered recently cannot all be right about the tip, in one line; None when they agree.

    ``seen`` are the blocks that each account told, in the order told, ``answered`` when it did last (else ``now``): it
    is not behind in what came later. A source that is silent has no say: leave it out.
    """
    told = {name: {block.height: block for block in blocks} for name, blocks in sorted(seen.items()) if blocks}
    for (one, ones), (other, others) in combinations(told.items(), 2):
        problem = _behind(one, ones, other, others, now, answered or {}) or _forked(one, ones, other, others)
        if problem is not None:
            return problem
    return None


def _behind(
    one: str,
    ones: Mapping[int, BlockSeen],
    other: str,
    others: Mapping[int, BlockSeen],
    now: datetime,
    answered: Mapping[str, datetime],
) -> str | None:
    (ahead, blocks, tip), (behind, known, low) = sorted(
        ((one, ones, max(ones)), (other, others, max(others))), key=lambda side: -side[2]
    )
    beyond = [height for height in blocks if height > low + MOST_BEHIND]
    if not beyond:
        return None
    # Where the blocks between were not told, they came evenly.
    first, last = min(beyond), known[low].at
    since = last + (blocks[first].at - last) * (MOST_BEHIND + 1) / (first - low)
    if answered.get(behind, now) - since <= BEHIND_FOR:
        return None
    return f"{behind} is {tip - low} blocks behind {ahead} (block {low} and block {tip})"


def _forked(one: str, ones: Mapping[int, BlockSeen], other: str, others: Mapping[int, BlockSeen]) -> str | None:
    settled = min(max(ones), max(others)) - SETTLED
    for height in sorted(ones.keys() & others.keys()):
        hashes = {ones[height].hash, others[height].hash}
        if height <= settled and None not in hashes and len(hashes) > 1:
            return f"{one} and {other} tell different blocks at height {height}"
    return None


def replaced(blocks: Iterable[BlockSeen]) -> tuple[BlockLeft, ...]:
    """Blocks of one source whose height it later told with another hash; ``blocks`` come in the order told."""
    known: dict[int, BlockSeen] = {}
    left: list[BlockLeft] = []
    for block in blocks:
        if block.hash is None:
            continue
        before = known.get(block.height)
        if before is not None and before.hash is not None and before.hash != block.hash:
            left.append(BlockLeft(height=block.height, hash=before.hash, at=block.at))
        known[block.height] = block
    return tuple(left)


def daily_fees(blocks: Iterable[BlockSeen]) -> tuple[tuple[datetime, Decimal], ...]:
    """Mean transaction fees of a block, in base units, per UTC day: one step at the start of each day seen.

    Braiins' FPPS pays by the blocks of the whole network in the UTC day. Each height counts once, as told last.
    """
    days: dict[datetime, list[int]] = defaultdict(list)
    for block in _with_fees(blocks):
        days[datetime.combine(block.at.astimezone(UTC).date(), time(), UTC)].append(_atoms(block))
    return tuple((day, _mean(days[day])) for day in sorted(days))


def lagging_fees(blocks: Iterable[BlockSeen], count: int = BLOCKS_OF_A_DAY) -> tuple[tuple[datetime, Decimal], ...]:
    """Mean fees of the last ``count`` blocks told, in base units: a step at each block from the first full mean on."""
    told = _with_fees(blocks)
    ends = range(count, len(told) + 1)
    return tuple((told[end - 1].at, _mean([_atoms(block) for block in told[end - count : end]])) for end in ends)


def _with_fees(blocks: Iterable[BlockSeen]) -> list[BlockSeen]:
    told = {block.height: block for block in blocks if block.fees is not None}
    return [told[height] for height in sorted(told)]


def _atoms(block: BlockSeen) -> int:
    return 0 if block.fees is None else block.fees.atoms


def _mean(atoms: Sequence[int]) -> Decimal:
    return Decimal(sum(atoms)) / len(atoms)
