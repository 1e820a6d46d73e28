"""MPOS: rates in kH/s over five minutes of a user and his workers; by key.

Shapes: public/include/classes/statistics.class.php and pages/api of MPOS/php-mpos. A rate is the sum of shares x 2^32
/ 300 / 1000 at a pool of SHA-256, whose shares have 32 target bits.
"""

from typing import Any, Final

from verifier.simulator.figures import Figures, behind_key
from verifier.simulator.page import Asked, Face, Page, Route

_WINDOW: Final = 5
_KILO: Final = 1e3
_REFUSED: Final = Page(text="Access denied", status=401, content_type="text/html")
_gate: Final = behind_key("mpos", lambda asked: asked.query.get("api_key", ""), _REFUSED)


def _status(figures: Figures) -> Any:
    return {"username": figures.seller.name, "hashrate": round(float(figures.mean(_WINDOW).sum()) / _KILO, 2)}


def _workers(figures: Figures) -> Any:
    return [
        {
            "id": rig,
            "username": f"{figures.seller.name}.{name}",
            "password": "x",
            "hashrate": round(float(rate) / _KILO, 2),
        }
        for rig, (name, rate) in enumerate(zip(figures.names, figures.mean(_WINDOW), strict=True))
    ]


_ACTIONS: Final = {"getuserstatus": _status, "getuserworkers": _workers}


def _answer(figures: Figures, asked: Asked) -> Any:
    action = asked.query.get("action", "")
    data = _ACTIONS[action](figures) if action in _ACTIONS else {"error": "unknown action"}
    return {action: {"version": "1.0.0", "runtime": 11.2, "data": data}}


FACE: Final = Face(
    name="mpos",
    routes=(Route(path="/index.php", answer=_gate(_answer)),),
    missing=lambda _method, _path: Page(text="404", status=404, content_type="text/html"),
)
