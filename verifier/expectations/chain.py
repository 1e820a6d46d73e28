"""What several sources say of Bitcoin's chain: whether they agree about its tip, replaced blocks, and its fees.

Blocks of different coins are never given together: heights and times of one say nothing of another.
"""

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
#: A source is behind only if time explains what it lacks: so many times the mean number of blocks, and a few by chance.
_FASTEST: Final = 2
_BLOCK: Final = timedelta(minutes=10)
#: Blocks younger than this may differ for a while: the sources stand on two sides of a fork that will end.
SETTLED: Final = 6
#: Blocks of a day by design; Luxor's hashprice averages the fees of as many (docs.luxor.tech, hashprice).
BLOCKS_OF_A_DAY: Final = 144


def lagging(
    seen: Mapping[str, Sequence[BlockSeen]], now: datetime, answered: Mapping[str, datetime] | None = None
) -> tuple[str, ...]:
    """Sources that stay behind another one with which they do not contradict each other: the fault is theirs.

    A block reaches everybody within seconds, so a source that lacks more than ``MOST_BEHIND`` blocks for longer than
    ``BEHIND_FOR`` stands still or falls behind. One that is further ahead than time explains is not believed. ``seen``
    are the blocks that each account told, in the order told, ``answered`` when it did last (else ``now``): it is not
    behind in what came later. A source that is silent has no say: leave it out.
    """
    told = _by_height(seen)
    return tuple(
        name
        for name, known in told.items()
        if any(_behind(known, blocks, (answered or {}).get(name, now)) for blocks in told.values())
    )


def disagreement(
    seen: Mapping[str, Sequence[BlockSeen]], now: datetime, answered: Mapping[str, datetime] | None = None
) -> str | None:
    """Why sources that answered recently cannot all be right about the tip, in one line; None when they agree.

    Sources that are behind are left out, as ``lagging`` finds them; the arguments are the same.
    """
    behind = lagging(seen, now, answered)
    told = {name: blocks for name, blocks in _by_height(seen).items() if name not in behind}
    for (one, ones), (other, others) in combinations(told.items(), 2):
        problem = _apart(one, ones, other, others) or _forked(one, ones, other, others)
        if problem is not None:
            return problem
    return None


def _by_height(seen: Mapping[str, Sequence[BlockSeen]]) -> dict[str, dict[int, BlockSeen]]:
    return {name: {block.height: block for block in blocks} for name, blocks in sorted(seen.items()) if blocks}


def _behind(known: Mapping[int, BlockSeen], blocks: Mapping[int, BlockSeen], answered: datetime) -> bool:
    """Whether one source stays behind another in blocks that time explains."""
    low, tip = max(known), max(blocks)
    beyond = [height for height in blocks if height > low + MOST_BEHIND]
    if not beyond or _contradict(known, blocks) is not None or not _in_time(known[low], blocks[tip]):
        return False
    # Where the blocks between were not told, they came evenly.
    first, last = min(beyond), known[low].at
    since = last + (blocks[first].at - last) * (MOST_BEHIND + 1) / (first - low)
    return answered - since > BEHIND_FOR


def _in_time(low: BlockSeen, tip: BlockSeen) -> bool:
    return tip.height - low.height <= SETTLED + _FASTEST * max(0.0, (tip.at - low.at) / _BLOCK)


def _apart(one: str, ones: Mapping[int, BlockSeen], other: str, others: Mapping[int, BlockSeen]) -> str | None:
    """Why tips lie further apart than time explains."""
    (behind, low), (ahead, tip) = sorted(((one, ones[max(ones)]), (other, others[max(others)])), key=_height)
    if _in_time(low, tip):
        return None
    return f"{ahead} tells {tip.height - low.height} blocks more than {behind}, more than came in that time"


def _height(side: tuple[str, BlockSeen]) -> int:
    return side[1].height


def _contradict(ones: Mapping[int, BlockSeen], others: Mapping[int, BlockSeen]) -> int | None:
    """The lowest settled height at which both tell another block."""
    settled = min(max(ones), max(others)) - SETTLED
    for height in sorted(ones.keys() & others.keys()):
        hashes = {ones[height].hash, others[height].hash}
        if height <= settled and None not in hashes and len(hashes) > 1:
            return height
    return None


def _forked(one: str, ones: Mapping[int, BlockSeen], other: str, others: Mapping[int, BlockSeen]) -> str | None:
    height = _contradict(ones, others)
    return None if height is None else f"{one} and {other} tell different blocks at height {height}"


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
