"""yiimp: rates of connected workers over five minutes; nothing of the past, and nothing at all for the unknown.

Shapes and habits: ApiController.php and web/yaamp/core/functions/yaamp.php of tpruvot/yiimp: a share of difficulty 1
counts yaamp_hashrate_constant / 1000 = 2^42 / 1000 hashes, for every algorithm.
"""

from datetime import datetime
from typing import Final

from verifier.simulator.figures import Figures, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World
from verifier.units import HASHES_PER_DIFFICULTY

_WINDOW: Final = 5
_SHOWN_PER_DIFFICULTY: Final = 2**42 / 1000
_ALGO: Final = "sha256"


def wallet(world: World, asked: Asked, now: datetime) -> Page:
    """``walletEx?address=``: an empty body for an address that is not known."""
    seller = world.known("yiimp", asked.query.get("address", ""))
    if seller is None:
        return Page(content_type="text/html")
    figures = Figures(world, seller, now)
    begun = seller.connected_since(now)
    miners = [
        {
            "version": "NiceHash/1.0.0",
            "password": f"c=BTC,ID={name}",
            "ID": name,
            "algo": _ALGO,
            "difficulty": seller.share_difficulty,
            "subscribe": 1,
            "accepted": round(float(rate) / HASHES_PER_DIFFICULTY * _SHOWN_PER_DIFFICULTY, 3),
            "rejected": 0,
        }
        for name, rate in zip(figures.names, figures.mean(_WINDOW), strict=True)
        if begun is not None
    ]
    coins = {"unsold": 0.00012, "balance": 0.00041, "unpaid": 0.00053, "paid24h": 0.00101, "total": 0.00154}
    return told({"currency": "BTC", **coins, "miners": miners})


def status(world: World, _asked: Asked, now: datetime) -> Page:
    """``status``: the whole pool by algorithm."""
    rates = [Figures(world, seller, now).mean(_WINDOW).sum() for seller in world.at("yiimp")]
    shown = int(sum(rates) / HASHES_PER_DIFFICULTY * _SHOWN_PER_DIFFICULTY)
    return told({_ALGO: {"name": _ALGO, "fees": 0.5, "hashrate": shown, "workers": len(rates)}})


FACE: Final = Face(
    name="yiimp",
    routes=(Route(path="/api/walletEx", answer=wallet), Route(path="/api/status", answer=status)),
    missing=lambda _method, _path: Page(text="404 Not Found", status=404, content_type="text/html"),
)
