"""ViaBTC: averages, workers, and means of UTC days, all as text in H/s; by key.

Shapes: the wiki of viabtc/viapool_api. An error comes with status 200, lists in pages that say if there are more.
"""

from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, header, iso, missing, told
from verifier.simulator.page import Asked, Face, Route
from verifier.simulator.truth import DAY

_SPANS: Final = {"hashrate_10min": 10, "hashrate_1hour": HOUR, "hashrate_24hour": DAY}
_REACH: Final = 90 * DAY
_REFUSED: Final = told({"code": 12001, "data": {}, "message": "Invalid api key"})
_gate: Final = behind_key("viabtc", header("x-api-key"), _REFUSED)


def _ok(data: Any) -> Any:
    return {"code": 0, "data": data, "message": "OK"}


def _paged(rows: list[Any], asked: Asked) -> Any:
    page, limit = int(asked.query.get("page", "1")), int(asked.query.get("limit", "10"))
    end = page * limit
    here = rows[end - limit : end]
    return _ok({"count": len(rows), "curr_page": page, "data": here, "has_next": end < len(rows), "total": len(rows)})


def _hashrate(figures: Figures, _asked: Asked) -> Any:
    online = sum(figures.online())
    means = {name: f"{figures.mean(minutes).sum():.0f}" for name, minutes in _SPANS.items()}
    return _ok({"coin": "BTC", "active_workers": online, "unactive_workers": len(figures.names) - online, **means})


def _workers(figures: Figures, asked: Asked) -> Any:
    means = {name: figures.mean(minutes) for name, minutes in _SPANS.items()}
    named = enumerate(zip(figures.names, figures.last(), figures.online(), strict=True))
    rows = [
        {
            "worker_name": name,
            "worker_status": "active" if online else "unactive",
            **{span: f"{rates[rig]:.0f}" for span, rates in means.items()},
            "last_active": last,
        }
        for rig, (name, last, online) in named
    ]
    return _paged(rows, asked)


def _daily(figures: Figures, asked: Asked) -> Any:
    """Newest first."""
    start, end = asked.query.get("start_date", ""), asked.query.get("end_date", "9")
    rows = [
        {"coin": "BTC", "date": day, "hashrate": f"{rates.sum():.0f}", "reject_rate": "0.0061"}
        for at, rates in figures.slots(DAY, _REACH)[::-1]
        if start <= (day := iso(at)[:10]) <= end
    ]
    return _paged(rows, asked)


FACE: Final = Face(
    name="viabtc",
    routes=(
        Route(path="/res/openapi/v1/hashrate", answer=_gate(_hashrate)),
        Route(path="/res/openapi/v1/hashrate/worker", answer=_gate(_workers)),
        Route(path="/res/openapi/v1/hashrate/history", answer=_gate(_daily)),
    ),
    missing=missing,
)
