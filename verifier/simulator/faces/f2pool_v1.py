"""F2Pool v1: one page, on which the hour and the day are counts of hashes and not rates; workers as rows of seven.

Shapes: what clients of api.f2pool.com read (jacqueslorentz/f2pool-exporter). Who is not known has a nearly empty page.
"""

from datetime import datetime
from typing import Final

from verifier.simulator.figures import HOUR, Figures, iso, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, World

_STALE: Final = 0.006


def user(world: World, asked: Asked, now: datetime) -> Page:
    """``bitcoin/{user}``: a user name or the address that is mined to."""
    name = asked.parts["user"]
    seller = next((one for one in world.at("f2pool-v1") if name in (one.name, one.address)), None)
    if seller is None:
        return told({"balance": 0})
    figures = Figures(world, seller, now)
    hour, day = (figures.hashes(figures.until - span, figures.until) for span in (HOUR, DAY))
    rows = zip(figures.names, figures.mean(10), hour, day, figures.last(), strict=True)
    return told(
        {
            "balance": 0.00118233,
            "paid": 0.04100604,
            "hashrate": float(figures.mean(10).sum()),
            "hashes_last_hour": float(hour.sum()),
            "hashes_last_day": float(day.sum()),
            "stale_hashes_rejected_last_hour": float(hour.sum()) * _STALE,
            "stale_hashes_rejected_last_day": float(day.sum()) * _STALE,
            "workers": [
                [rig, float(rate), float(h1), float(h1) * _STALE, float(d1), float(d1) * _STALE, iso(last)]
                for rig, rate, h1, d1, last in rows
            ],
            "payout_history": [],
        }
    )


FACE: Final = Face(name="f2pool-v1", routes=(Route(path="/bitcoin/{user}", answer=user),), missing=missing)
