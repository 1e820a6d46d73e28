"""open-ethereum-pool: sums of 30 minutes and 3 hours per worker; nothing of the past.

Shapes and habits: api/server.go and storage/redis.go of sammy007/open-ethereum-pool. Workers are offline after 15
minutes and leave the map after 3 hours without a share.
"""

from datetime import datetime
from typing import Final

from verifier.simulator.figures import HOUR, Figures, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

_SMALL: Final = 30
_LARGE: Final = 3 * HOUR


def account(world: World, asked: Asked, now: datetime) -> Page:
    """``accounts/{address}``: 404 without a body for an address that is not known."""
    seller = world.known("open-ethereum-pool", asked.parts["address"])
    if seller is None:
        return Page(status=404, content_type="text/plain")
    figures = Figures(world, seller, now)
    rows = zip(
        figures.names,
        figures.mean(_SMALL),
        figures.mean(_LARGE),
        figures.last(),
        figures.online(),
        figures.online(_LARGE),
        strict=True,
    )
    workers = {
        name: {"lastBeat": last, "hr": int(small), "hr2": int(large), "offline": not online}
        for name, small, large, last, online, listed in rows
        if listed
    }
    offline = sum(one["offline"] for one in workers.values())
    return told(
        {
            "currentHashrate": sum(one["hr"] for one in workers.values()),
            "hashrate": sum(one["hr2"] for one in workers.values()),
            "pageSize": 30,
            "payments": None,
            "paymentsTotal": 0,
            "roundShares": 480_000_000_000,
            "stats": {"balance": 312_004_511, "immature": 0, "lastShare": max(figures.last()), "paid": 0, "pending": 0},
            "workers": workers,
            "workersOffline": offline,
            "workersOnline": len(workers) - offline,
            "workersTotal": len(workers),
        }
    )


def stats(world: World, _asked: Asked, now: datetime) -> Page:
    """``stats``: the whole pool."""
    rates = [Figures(world, seller, now).mean(_SMALL).sum() for seller in world.at("open-ethereum-pool")]
    return told({"now": int(now.timestamp() * 1000), "hashrate": int(sum(rates)), "minersTotal": len(rates)})


FACE: Final = Face(
    name="open-ethereum-pool",
    routes=(Route(path="/api/accounts/{address}", answer=account), Route(path="/api/stats", answer=stats)),
    missing=lambda _method, _path: Page(status=404, content_type="text/plain"),
)
