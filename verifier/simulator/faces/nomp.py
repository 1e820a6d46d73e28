"""s-nomp: samples of five-minute rates, of which only those that are not zero are kept per worker.

Shapes and habits: libs/stats.js and libs/api.js of s-nomp. A rate is shares x 2^32 / multiplier / window,
whatever a share of difficulty 1 is worth: at an Equihash pool (``/nomp-zec``) that is 2^13 solutions.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import Seller, World

_WINDOW: Final = 5
_KEPT: Final = 4 * HOUR
_SHOWN_PER_DIFFICULTY: Final = 2**32


def _face(name: str, algorithm: str, true: int) -> Face:
    def shown(rate: float) -> float:
        return float(rate) / true * _SHOWN_PER_DIFFICULTY

    def moments(now: datetime) -> range:
        until = int(now.timestamp()) // 60
        return range(until - _KEPT, until + 1)

    def worker_stats(world: World, asked: Asked, now: datetime) -> Page:
        address = next(iter(asked.query), "")
        seller = world.known(name, address)
        none = {"miner": address, "totalHash": 0, "totalShares": 0, "immature": 0, "balance": 0, "paid": 0}
        if seller is None:
            return told({**none, "workers": {}, "history": {}})
        figures, times = Figures(world, seller, now), moments(now)
        history = {
            f"{address}.{rig}": [
                {"time": at * 60, "hashrate": shown(rate)} for at, rate in zip(times, rates, strict=True) if rate
            ]
            for rig, rates in zip(figures.names, figures.trailing(times, _WINDOW), strict=True)
        }
        total = shown(figures.mean(_WINDOW).sum())
        listed = {rig: rows for rig, rows in history.items() if rows}
        return told({**none, "totalHash": total, "totalShares": 0.17, "paid": 1.5, "workers": {}, "history": listed})

    def pool_stats(_world: World, _asked: Asked, now: datetime) -> Page:
        return told([{"time": at * 60, "pools": {}} for at in moments(now)])

    def pools(world: World, now: datetime) -> dict[str, Any]:
        rates = {
            f"{seller.address}.{rig}": float(rate)
            for seller in world.at(name)
            for rig, rate in zip(_rigs(seller), Figures(world, seller, now).mean(_WINDOW), strict=True)
            if rate
        }
        workers = {rig: {"shares": rate * _WINDOW * 60 / true, "invalidshares": 0} for rig, rate in rates.items()}
        pool = {"name": name, "fee": 1, "algorithm": algorithm, "workers": workers}
        return {name: {**pool, "hashrate": shown(sum(rates.values()))}}

    def stats(world: World, _asked: Asked, now: datetime) -> Page:
        return told({"time": int(now.timestamp()) // 60 * 60, "pools": pools(world, now)})

    answers: dict[str, Callable[[World, Asked, datetime], Page]] = {
        "worker_stats": worker_stats,
        "pool_stats": pool_stats,
        "stats": stats,
    }
    routes = tuple(Route(path=f"/api/{path}", answer=answer) for path, answer in answers.items())
    return Face(name=name, routes=routes, missing=missing)


def _rigs(seller: Seller) -> list[str]:
    return [rig.name for rig in seller.rigs]


FACES: Final = (_face("nomp", "sha256", 2**32), _face("nomp-zec", "equihash", 2**13))
