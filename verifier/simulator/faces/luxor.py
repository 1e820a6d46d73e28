"""Luxor: rates as text, hours and days of the account, days per worker, workers with their state; by key.

Shapes: REST version 2 as a client with live notes reads it (afaqueadmin/BitFactory). Lists come in pages of page_size.
"""

from datetime import UTC, datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, header, iso, told
from verifier.simulator.page import Asked, Face, Route
from verifier.simulator.truth import DAY, minute

_TICKS: Final = {"1h": HOUR, "1d": DAY}
_REACH: Final = 45 * DAY
_gate: Final = behind_key("luxor", header("authorization"), told({"message": "Unauthorized"}, 401), "subaccount_names")


def _from(figures: Figures, asked: Asked) -> int:
    """Minutes back to the day asked for."""
    start = datetime.fromisoformat(asked.query["start_date"]).replace(tzinfo=UTC)
    return min(figures.until - minute(start), _REACH)


def _paged(rows: list[Any], asked: Asked) -> tuple[list[Any], dict[str, int]]:
    number, size = int(asked.query.get("page_number", "1")), int(asked.query.get("page_size", "10"))
    pagination = {"page_number": number, "page_size": size, "item_count": len(rows)}
    return rows[(number - 1) * size : number * size], pagination


def _summary(figures: Figures, _asked: Asked) -> Any:
    return {
        "currency_type": "BTC",
        "hashrate_5m": f"{figures.mean(5).sum():.0f}",
        "hashrate_24h": f"{figures.mean(DAY).sum():.0f}",
        "active_miners": sum(figures.online()),
        "balance": [{"currency_type": "BTC", "revenue": 0.00118233}],
    }


def _history(figures: Figures, asked: Asked) -> Any:
    tick = asked.query["tick_size"]
    slots = figures.slots(_TICKS[tick], _from(figures, asked))
    listed = [{"date_time": iso(at), "hashrate": f"{rates.sum():.0f}", "efficiency": 0.994} for at, rates in slots]
    rows, pagination = _paged(listed[::-1], asked)
    return {"tick_size": tick, "hashrate_efficiency": rows, "pagination": pagination}


def _worker_history(figures: Figures, asked: Asked) -> Any:
    slots = figures.slots(_TICKS[asked.query["tick_size"]], _from(figures, asked))
    return {
        "hashrate_efficiency_revenue": {
            name: [{"date_time": iso(at), "hashrate": f"{rates[rig]:.0f}", "efficiency": 0.994} for at, rates in slots]
            for rig, name in enumerate(figures.names)
        }
    }


def _workers(figures: Figures, asked: Asked) -> Any:
    named = zip(figures.names, figures.mean(5), figures.last(), figures.online(), strict=True)
    rows, pagination = _paged(
        [
            {
                "name": name,
                "hashrate": float(rate),
                "last_share_time": iso(last),
                "status": "ACTIVE" if on else "INACTIVE",
            }
            for name, rate, last, on in named
        ],
        asked,
    )
    return {"workers": rows, "pagination": pagination}


FACE: Final = Face(
    name="luxor",
    routes=(
        Route(path="/api/v2/pool/summary/BTC", answer=_gate(_summary)),
        Route(path="/api/v2/pool/hashrate-efficiency/BTC", answer=_gate(_history)),
        Route(path="/api/v2/pool/workers-hashrate-efficiency/BTC/{sub}", answer=_gate(_worker_history)),
        Route(path="/api/v2/pool/workers/BTC", answer=_gate(_workers)),
    ),
    missing=lambda method, path: told({"message": f"Route {method}:{path} not found"}, 404),
)
