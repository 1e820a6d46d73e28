"""p2pool.observer: every share of the last hours with its difficulty; here each accepted share is one of the chain's.

Shapes: cmd/api of WeebDataHoarder/p2pool-observer. ``pow_difficulty`` is what a share happened to reach, always more.
"""

from datetime import datetime
from typing import Any, Final

import numpy as np

from verifier.simulator.figures import HOUR, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import Seller, World, minute

_WINDOW: Final = 6 * HOUR


def _shares(world: World, seller: Seller, start: int, end: int) -> list[dict[str, Any]]:
    """Newest first; the n shares of a minute stand evenly in it."""
    counts = world.shares(seller).between(start, end).sum(axis=0)
    difficulty = seller.hashes_per_share
    times = [
        (start + int(at)) * 60 + 60 * number // int(counts[at])
        for at in np.flatnonzero(counts)
        for number in range(int(counts[at]))
    ]
    return [
        {"timestamp": at, "miner": 8122, "difficulty": difficulty, "pow_difficulty": difficulty * (at % 7 + 2)}
        for at in reversed(times)
    ]


def of_miner(world: World, asked: Asked, now: datetime) -> Page:
    """``side_blocks_in_window/{miner}``: the shares of an address, 404 when there never was one."""
    seller = world.known("p2pool-observer", asked.parts["address"])
    if seller is None:
        return told({"error": "not_found"}, 404)
    return told(_shares(world, seller, minute(now) - _WINDOW, minute(now)))


def of_all(_world: World, _asked: Asked, now: datetime) -> Page:
    """``side_blocks_in_window``: everybody's newest shares, one each ten seconds."""
    newest = int(now.timestamp()) // 10 * 10
    times = range(newest, newest - 300, -10)
    return told([{"timestamp": at, "miner": 1, "difficulty": 177_230_815, "pow_difficulty": 2**30} for at in times])


FACE: Final = Face(
    name="p2pool-observer",
    routes=(
        Route(path="/api/side_blocks_in_window/{address}", answer=of_miner),
        Route(path="/api/side_blocks_in_window", answer=of_all),
    ),
    missing=lambda _method, _path: told({"error": "not_found"}, 404),
)
