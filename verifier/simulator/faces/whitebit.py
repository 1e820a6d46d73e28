"""WhiteBIT mining pool: slots of the account and of each worker, asked for by POST with a signed body.

Shapes: docs.whitebit.com, private HTTP interface v4. Slots that began before ``from`` are left out.
"""

import hmac
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, World

_REACH: Final = 30 * DAY
_INTERVALS: Final = {"5m": 5, "1h": HOUR, "24h": DAY}


def _slots(figures: Figures, body: dict[str, Any], rigs: slice) -> list[tuple[int, str]]:
    """Newest first."""
    return [
        (at, f"{rates[rigs].sum():.16f}")
        for at, rates in figures.slots(_INTERVALS[body["interval"]], _REACH)[::-1]
        if body["from"] <= at <= body["to"]
    ]


def _account(figures: Figures, body: dict[str, Any]) -> Any:
    rows = [{"timestamp": at, "hashrate": rate} for at, rate in _slots(figures, body, slice(None))]
    return {"data": {"account": figures.seller.name, "hashrate": rows}}


def _worker(figures: Figures, body: dict[str, Any]) -> Any:
    rig = figures.names.index(body["worker"])
    rows = [{"time": at, "hashrate": rate} for at, rate in _slots(figures, body, slice(rig, rig + 1))]
    return {"data": {"hashrates": rows}}


def _page(tell: Callable[[Figures, dict[str, Any]], Any]) -> Callable[[World, Asked, datetime], Page]:
    def answer(world: World, asked: Asked, now: datetime) -> Page:
        key, payload = asked.headers.get("x-txc-apikey", ""), asked.headers.get("x-txc-payload", "")
        seller = next((one for one in world.at("whitebit") if one.token == key), None)
        proof = hmac.new(key.encode(), payload.encode(), "sha512").hexdigest()
        if seller is None or proof != asked.headers.get("x-txc-signature") or b64decode(payload) != asked.body:
            return told({"code": 0, "message": "This API Key is invalid"}, 401)
        return told(tell(Figures(world, seller, now), json.loads(asked.body)))

    return answer


_PAGES: Final = {"hashrate": _account, "workers/hashrate": _worker}

FACE: Final = Face(
    name="whitebit",
    routes=tuple(
        Route(path=f"/api/v4/mining/{name}", answer=_page(tell), method="POST") for name, tell in _PAGES.items()
    ),
    missing=missing,
)
