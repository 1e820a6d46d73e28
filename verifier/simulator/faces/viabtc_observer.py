"""ViaBTC's observer link: averages as text with a letter for the size, days as a chart from a midnight on.

Shapes: Trustpool's document of the same pages (its own lie under ``/res/saas/observer``).
"""

from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, missing, told
from verifier.simulator.page import Asked, Face, Route
from verifier.simulator.truth import DAY

_TERA: Final = 1e12
_PETA: Final = 1e15
_REACH: Final = 90 * DAY
_link: Final = behind_key(
    "viabtc-observer", lambda asked: asked.query.get("access_key", ""), told({"code": 1, "message": "wrong access key"})
)


def _letters(rate: float) -> str:
    size, letter = (_PETA, "P") if rate >= _PETA else (_TERA, "T")
    return f"{rate / size:.3f}{letter}"


def _rates(figures: Figures, rigs: slice) -> dict[str, str]:
    spans = {"hashrate_10min": 10, "hashrate_1hour": HOUR, "hashrate_1day": DAY}
    return {name: _letters(float(figures.mean(minutes)[rigs].sum())) for name, minutes in spans.items()}


def _home(figures: Figures, _asked: Asked) -> Any:
    rates = _rates(figures, slice(None))
    return {"code": 0, "data": {"account_balance": "0.00118233", "hash_unit": "TH/s", **rates}, "message": "ok"}


def _workers(figures: Figures, _asked: Asked) -> Any:
    rows = [
        {"name": name, "status": "active" if on else "unactive", **_rates(figures, slice(rig, rig + 1))}
        for rig, (name, on) in enumerate(zip(figures.names, figures.online(), strict=True))
    ]
    return {"code": 0, "data": {"count": len(rows), "data": rows, "has_next": False}, "message": "ok"}


def _chart(figures: Figures, _asked: Asked) -> Any:
    days = figures.slots(DAY, _REACH)
    rates = [round(float(rate.sum()) / _TERA, 3) for _, rate in days]
    return {"code": 0, "data": {"start": days[0][0], "unit": "T", "hashrate": rates}, "message": "ok"}


FACE: Final = Face(
    name="viabtc-observer",
    routes=(
        Route(path="/res/observer/home", answer=_link(_home)),
        Route(path="/res/observer/worker", answer=_link(_workers)),
        Route(path="/res/observer/hashrate/chart", answer=_link(_chart)),
    ),
    missing=missing,
)
