"""miningcore: rows of ten-minute sums every two minutes, shown as means of three minutes of the last hour.

Shapes and habits: PoolApiController.cs and StatsRecorder.cs of oliverw/miningcore. An idle worker gets one row of zero
and then none. A seller is known at every pool, in its algorithm and scale.
"""

from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, iso, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

_WINDOW: Final = 10
_EVERY: Final = 2
_BUCKET: Final = 3
_FRESH: Final = 20
#: Somebody else, who never rests: the pool writes his rows whatever a seller does.
_OTHER: Final = "1Somebody1Else1Who1Never1Rests1111"
#: Work behind a unit of share difficulty, true and as HashrateFromShares multiplies it.
_POOLS: Final = {
    "btc": (2**32, 2**32),
    "zec": (2**13, 2**32 / 1e6 * 2),
    "erg": (256, 256 * 1.15),
}


def _rows(figures: Figures, scale: float) -> list[tuple[int, dict[str, float]]]:
    """The written rows of the last 80 minutes: minute, and rate per worker that has one."""
    newest = figures.until // _EVERY * _EVERY
    times = range(newest - 80, newest + 1, _EVERY)
    rates = figures.trailing(times, _WINDOW) * scale
    return [
        (times[at], {name: row[at] for name, row in zip(figures.names, rates, strict=True) if row[at] or row[at - 1]})
        for at in range(1, len(times))
    ]


def _sample(created: int, rows: list[dict[str, float]]) -> dict[str, Any]:
    names = sorted({name for row in rows for name in row})
    means = {name: [row[name] for row in rows if name in row] for name in names}
    workers = {name: {"hashrate": float(int(sum(m) / len(m))), "sharesPerSecond": 0.2} for name, m in means.items()}
    return {"created": iso(created * 60), "workers": workers}


def miner(world: World, asked: Asked, now: datetime) -> Page:
    """``pools/{pool}/miners/{address}?perfMode=Hour``: 200 with zeros for an address that is not known."""
    seller = world.known("miningcore", asked.parts["address"])
    if asked.parts["pool"] not in _POOLS:
        return _no_pool()
    if asked.parts["address"] == _OTHER:
        return _other(int(now.timestamp()) // 60)
    if seller is None:
        return told({"pendingShares": 0.0, "pendingBalance": 0.0, "totalPaid": 0.0, "todayPaid": 0.0})
    figures = Figures(world, seller, now)
    true, shown = _POOLS[asked.parts["pool"]]
    rows = [(at, row) for at, row in _rows(figures, shown / true) if row]
    document: dict[str, Any] = {
        "pendingShares": 18.5,
        "pendingBalance": 0.0048,
        "totalPaid": 1.3822,
        "todayPaid": 0.0112,
    }
    buckets: dict[int, list[dict[str, float]]] = {}
    for at, row in rows:
        if at >= figures.until - HOUR:
            buckets.setdefault(at // _BUCKET * _BUCKET, []).append(row)
    if rows and figures.until - rows[-1][0] <= _FRESH:
        document |= {"performance": _sample(rows[-1][0], [rows[-1][1]])}
    return told(document | {"performanceSamples": [_sample(at, those) for at, those in sorted(buckets.items())]})


def _other(until: int) -> Page:
    rows = [(at, {"rig": 1e12}) for at in range(until // _EVERY * _EVERY - HOUR, until + 1, _EVERY)]
    starts = sorted({at // _BUCKET * _BUCKET for at, _ in rows})
    return told(
        {
            **dict.fromkeys(("pendingShares", "pendingBalance", "totalPaid", "todayPaid"), 1.0),
            "performance": _sample(rows[-1][0], [rows[-1][1]]),
            "performanceSamples": [_sample(at, [{"rig": 1e12}]) for at in starts],
        }
    )


def miners(_world: World, asked: Asked, _now: datetime) -> Page:
    """``pools/{pool}/miners``: the highest rates of a while, of everybody."""
    if asked.parts["pool"] not in _POOLS:
        return _no_pool()
    return told([{"miner": _OTHER, "hashrate": 1e12, "sharesPerSecond": 0.2}])


def _no_pool() -> Page:
    return Page(text="Pool not found", status=404)


FACE: Final = Face(
    name="miningcore",
    routes=(
        Route(path="/api/pools/{pool}/miners/{address}", answer=miner),
        Route(path="/api/pools/{pool}/miners", answer=miners),
    ),
    missing=lambda _method, _path: _no_pool(),
)
