"""Single pools read by address: Nanopool (MH/s, ten minutes), HashVault (a counter of hashes).

Shapes: what clients of api.nanopool.org read, and HashVault's own page about its interface. Whether
Nanopool lists points of zero is not known; here it does.
"""

from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

_MEGA: Final = 1e6
_SLOT: Final = 10


def history(world: World, asked: Asked, now: datetime) -> Page:
    """``history/{address}``: ten minutes before each point of the last day, newest first; an error has status 200."""
    seller = world.known("nanopool", asked.parts["address"])
    if seller is None:
        return told({"status": False, "error": "Account not found"})
    slots = Figures(world, seller, now).slots(_SLOT, 24 * HOUR)[::-1]
    rows = [{"date": at + _SLOT * 60, "hashrate": float(rates.sum()) / _MEGA} for at, rates in slots]
    return told({"status": True, "data": rows})


def user(world: World, asked: Asked, now: datetime) -> Page:
    """``user/{address}``: means of one hour to a day, as text."""
    seller = world.known("nanopool", asked.parts["address"])
    if seller is None:
        return told({"status": False, "error": "Account not found"})
    figures = Figures(world, seller, now)
    means = {f"h{hours}": figures.mean(hours * HOUR) / _MEGA for hours in (1, 3, 6, 12, 24)}
    workers = [
        {"id": name, "lastshare": last, **{span: f"{rates[rig]:.6f}" for span, rates in means.items()}}
        for rig, (name, last) in enumerate(zip(figures.names, figures.last(), strict=True))
    ]
    averages = {span: f"{rates.sum():.6f}" for span, rates in means.items()}
    return told({"status": True, "data": {"balance": "0.41122004", "avgHashrate": averages, "workers": workers}})


def wallet(world: World, asked: Asked, now: datetime) -> Page:
    """``wallet/{address}/stats``: mined with others and solo."""
    seller = world.known("hashvault", asked.parts["address"])
    if seller is None:
        return told({"error": "not found"}, 404)
    figures = Figures(world, seller, now)
    spans = {f"avg{hours}hashRate": hours * HOUR for hours in (1, 3, 6, 24)}
    means: dict[str, Any] = {name: float(figures.mean(minutes).sum()) for name, minutes in spans.items()}
    return told(
        {
            "collective": {"hashRate": float(figures.mean(10).sum()), **means, "totalHashes": sum(figures.counted())},
            "solo": {"hashRate": 0, **dict.fromkeys(means, 0), "totalHashes": 0},
            "revenue": {"confirmedBalance": 41_120_011_882, "totalPaid": 9_120_033_117_000},
        }
    )


FACES: Final = (
    Face(
        name="nanopool",
        routes=(
            Route(path="/v1/etc/user/{address}", answer=user),
            Route(path="/v1/etc/history/{address}", answer=history),
        ),
        missing=missing,
    ),
    Face(name="hashvault", routes=(Route(path="/v3/monero/wallet/{address}/stats", answer=wallet),), missing=missing),
)
