"""nodejs-pool, twice: as SupportXMR runs it, and the branch of MoneroOcean that changes algorithms.

Shapes and habits: lib/api.js of Snipa22/nodejs-pool, lib/worker.js of MoneroOcean/nodejs-pool. The branch tells
``hash`` and the counters in the scale of the present algorithm (here 100 times smaller), ``hash2`` as of Monero.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

_WINDOW: Final = 10
_POINT: Final = 2
_CHART: Final = 8 * HOUR
_SCALE: Final = 100

_Told = Callable[[Figures], Any]


def _rates(rate: float, *, switching: bool) -> dict[str, float]:
    return {"hash": rate / _SCALE, "hash2": rate} if switching else {"hash": int(rate)}


def _stats(figures: Figures, *, switching: bool) -> dict[str, Any]:
    return {
        **_rates(float(figures.mean(_WINDOW).sum()), switching=switching),
        "identifier": "global",
        "lastHash": max(figures.last()),
        "totalHashes": sum(figures.counted()) // (_SCALE if switching else 1),
        "validShares": 81_122,
        "invalidShares": 3,
        "amtPaid": 9_120_033_117_000,
        "amtDue": 41_120_011_882,
        "txnCount": 31,
    }


def _workers(figures: Figures, *, switching: bool) -> dict[str, Any]:
    scale = _SCALE if switching else 1
    named = zip(figures.names, figures.mean(_WINDOW), figures.last(), figures.counted(), strict=True)
    return {
        name: {"lts": at, "identifer": name, **_rates(float(rate), switching=switching), "totalHash": counted // scale}
        for name, rate, at, counted in [("global", figures.mean(_WINDOW).sum(), max(figures.last()), 0), *named]
    }


def _chart(figures: Figures, *, switching: bool) -> list[dict[str, Any]]:
    """A point every two minutes, newest first; none while all workers are idle."""
    newest = figures.until // _POINT * _POINT
    times = range(newest - _CHART, newest + 1, _POINT)
    rates = figures.trailing(times, _WINDOW).sum(axis=0)
    scale = _SCALE if switching else 1
    points = [{"ts": at * 60_000, "hs": rate / scale, "hs2": rate} for at, rate in zip(times, rates, strict=True)]
    return [point for point in points[::-1] if point["hs2"]]


def _face(name: str, *, switching: bool) -> Face:
    def page(tell: Callable[..., Any], unknown: Any) -> Callable[[World, Asked, datetime], Page]:
        def answer(world: World, asked: Asked, now: datetime) -> Page:
            seller = world.known(name, asked.parts["address"])
            return told(unknown if seller is None else tell(Figures(world, seller, now), switching=switching))

        return answer

    never = {"hash": False, "lastHash": False, "totalHashes": False, "amtPaid": 0, "amtDue": 0}
    return Face(
        name=name,
        routes=(
            Route(path="/api/miner/{address}/stats", answer=page(_stats, never)),
            Route(path="/api/miner/{address}/stats/allWorkers", answer=page(_workers, {})),
            Route(path="/api/miner/{address}/chart/hashrate", answer=page(_chart, [])),
        ),
        missing=missing,
    )


FACES: Final = (_face("nodejs-pool", switching=False), _face("moneroocean", switching=True))
