"""NiceHash: what an order was charged and delivers, in its market's unit; by key.

Shapes: NiceHash's REST documentation. An order may be called anything: the key says whose it is; its signature is not
checked here.
"""

from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import Figures, behind_key, iso, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

_PETA: Final = 1e15
_order: Final = behind_key(
    "nicehash",
    lambda asked: asked.headers.get("x-auth", "").partition(":")[0],
    told({"errors": [{"code": 2000, "message": "Invalid session"}]}, 401),
)


def _ordered(figures: Figures, asked: Asked) -> Any:
    return {
        "id": asked.parts["order"],
        "payedAmount": "0.01312331",
        "startTs": iso(figures.seller.starts.timestamp()),
        "status": {"code": "ACTIVE"},
        "price": "0.46500000",
        "limit": f"{figures.seller.promised / _PETA:.8f}",
        "marketFactor": "1000000000000000.00000000",
        "priceFactor": "1000000000000000000.00000000",
        "acceptedCurrentSpeed": f"{figures.mean(5).sum() / _PETA:.8f}",
    }


def _time(_world: World, _asked: Asked, now: datetime) -> Page:
    return told({"serverTime": int(now.timestamp() * 1000)})


FACE: Final = Face(
    name="nicehash",
    routes=(
        Route(path="/api/v2/time", answer=_time),
        Route(path="/main/api/v2/hashpower/order/{order}", answer=_order(_ordered)),
    ),
    missing=missing,
)
