"""cryptonote-nodejs-pool: counters of hashes as text, rates of ten minutes, means that leave idle time out.

Shapes and habits: lib/api.js and lib/charts.js of dvandal/cryptonote-nodejs-pool; an error comes with status 200.
"""

from datetime import datetime
from typing import Any, Final

import numpy as np

from verifier.simulator.figures import HOUR, Figures, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

_WINDOW: Final = 10
_NAME: Final = "cryptonote-nodejs-pool"


def _means(figures: Figures) -> list[dict[str, float]]:
    """Means of the stored points, one a minute, of which zeros are not stored."""
    times = range(figures.until - 24 * HOUR, figures.until + 1)
    points = figures.trailing(times, _WINDOW)
    found = []
    for row in points:
        spans = {f"hashrate_{hours}h": row[-hours * HOUR :] for hours in (1, 6, 24)}
        found.append({name: float(np.mean(span[span > 0])) if span.any() else 0.0 for name, span in spans.items()})
    return found


def stats_address(world: World, asked: Asked, now: datetime) -> Page:
    """``stats_address?address=``: the miner's page."""
    seller = world.known(_NAME, asked.query.get("address", ""))
    if seller is None:
        return told({"error": "Not found"})
    figures = Figures(world, seller, now)
    workers: list[dict[str, Any]] = [
        {"name": name, "hashrate": int(rate), "lastShare": last, "hashes": str(hashes), **means}
        for name, rate, last, hashes, means in zip(
            figures.names, figures.mean(_WINDOW), figures.last(), figures.counted(), _means(figures), strict=True
        )
    ]
    stats = {
        "hashes": str(sum(figures.counted())),
        "lastShare": str(max(figures.last())),
        "balance": "41120011882",
        "paid": "9120033117000",
        "hashrate": sum(one["hashrate"] for one in workers),
        **{name: sum(one[name] for one in workers) for name in ("hashrate_1h", "hashrate_6h", "hashrate_24h")},
    }
    return told({"stats": stats, "payments": [], "charts": {}, "workers": workers})


def stats(world: World, _asked: Asked, now: datetime) -> Page:
    """``stats``: the pool's configuration and the whole pool."""
    rates = [Figures(world, seller, now).mean(_WINDOW).sum() for seller in world.at(_NAME)]
    config = {"symbol": "XMR", "coinUnits": 10**12, "fee": 0.9, "minPaymentThreshold": 10**11}
    return told({"config": config, "pool": {"hashrate": int(sum(rates)), "workers": len(rates)}})


FACE: Final = Face(
    name=_NAME,
    routes=(Route(path="/api/stats_address", answer=stats_address), Route(path="/api/stats", answer=stats)),
    missing=lambda _method, _path: Page(text="Invalid API call", status=404, content_type="text/html"),
)
