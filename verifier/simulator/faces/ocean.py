"""OCEAN: averages of an address and of its workers as text, and the shares of the last minutes; no key, no past.

Shapes: the answers that clients of api.ocean.xyz keep as test cases. Who is not known is told so in a short answer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World
from verifier.units import HASHES_PER_DIFFICULTY

_SPANS: Final = {60: 1, 300: 5, 600: 10, 1_800: 30, 3_600: HOUR, 10_800: 180, 43_200: 720, 86_400: 1_440}


def _rates(figures: Figures) -> list[dict[str, str]]:
    """By rig."""
    means = {f"hashrate_{seconds}s": figures.mean(minutes) for seconds, minutes in _SPANS.items()}
    return [{name: f"{rates[rig]:.0f}" for name, rates in means.items()} for rig in range(len(figures.names))]


def _hashrate(figures: Figures) -> dict[str, Any]:
    means = {f"hashrate_{s}s": f"{figures.mean(minutes).sum():.0f}" for s, minutes in _SPANS.items()}
    return {**means, "active_worker_count": sum(figures.online())}


def _workers(figures: Figures) -> dict[str, Any]:
    rates = _rates(figures)
    return {"workers": {name: [row] for name, row in zip(figures.names, rates, strict=True)}}


def _snapshot(figures: Figures) -> dict[str, Any]:
    def shares(minutes: int) -> str:
        return f"{figures.hashes(figures.until - minutes, figures.until).sum() / HASHES_PER_DIFFICULTY:.0f}"

    return {
        "snap_type": "user",
        "shares_60s": shares(1),
        "shares_300s": shares(5),
        "lastest_share_ts": max(figures.last()),
        "unpaid": "0.00385090",
    }


def _page(tell: Callable[[Figures], dict[str, Any]]) -> Callable[[World, Asked, datetime], Page]:
    def answer(world: World, asked: Asked, now: datetime) -> Page:
        seller = world.known("ocean", asked.parts["address"])
        if seller is None:
            return told({"error": "No such user"}, 404)
        figures = Figures(world, seller, now)
        return told({"result": {"snap_ts": figures.until * 60, **tell(figures)}})

    return answer


FACE: Final = Face(
    name="ocean",
    routes=(
        Route(path="/v1/user_hashrate/{address}", answer=_page(_hashrate)),
        Route(path="/v1/user_hashrate_full/{address}", answer=_page(_workers)),
        Route(path="/v1/statsnap/{address}", answer=_page(_snapshot)),
    ),
    missing=missing,
)
