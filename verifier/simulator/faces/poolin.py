"""Poolin and BTC.com, relatives: hours as rows of three with a prefix for the unit, three places; by token or key.

Shapes: Poolin's own Postman collection and BTC.com's pages of 2018. BTC.com's figures are text, and hours that began
before ``start_ts`` are left out.
"""

from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, header, missing, told
from verifier.simulator.page import Asked, Face, Route
from verifier.simulator.truth import DAY

_TERA: Final = 1e12
_REFUSED: Final = told({"err_no": 401, "err_msg": "Invalid token", "data": None})
_by_token: Final = behind_key("poolin", lambda asked: header("authorization")(asked).removeprefix("Bearer "), _REFUSED)
_by_key: Final = behind_key("btccom", lambda asked: asked.query.get("access_key", ""), _REFUSED)


def _ok(data: Any) -> Any:
    return {"err_no": 0, "data": data}


def _tera(rate: float) -> float:
    return round(float(rate) / _TERA, 3)


def _hours(figures: Figures, _asked: Asked) -> Any:
    tickers = [[at, _tera(rates.sum()), 0.0061] for at, rates in figures.slots(HOUR, DAY)]
    return _ok({"unit": "T", "tickers": tickers})


def _listed(figures: Figures) -> list[dict[str, Any]]:
    named = zip(figures.names, figures.mean(15), figures.mean(DAY), figures.last(), figures.online(), strict=True)
    return [
        {
            "worker_name": name,
            "shares_15m": _tera(m15),
            "shares_24h": _tera(day),
            "last_share_time": last,
            "status": "ACTIVE" if online else "INACTIVE",
            "shares_unit": "T",
            "shares_1d": _tera(day),
            "shares_1d_unit": "T",
        }
        for name, m15, day, last, online in named
    ]


def _workers(figures: Figures, _asked: Asked) -> Any:
    return _ok({"page": 1, "page_count": 1, "data": _listed(figures)})


def _hours_as_text(figures: Figures, asked: Asked) -> Any:
    since, count = int(asked.query["start_ts"]), int(asked.query["count"])
    slots = [(at, rates) for at, rates in figures.slots(HOUR, 30 * DAY) if at >= since][:count]
    tickers = [[str(at), str(_tera(rates.sum())), "0.61"] for at, rates in slots]
    return _ok({"shares_unit": "T", "tickers": tickers})


def _now(figures: Figures, _asked: Asked) -> Any:
    spans = {"shares_15m": 15, "shares_1d": DAY}
    means = {name: str(_tera(figures.mean(minutes).sum())) for name, minutes in spans.items()}
    return _ok({**means, "shares_15m_unit": "T", "shares_1d_unit": "T"})


FACES: Final = (
    Face(
        name="poolin",
        routes=(
            Route(path="/worker/share-history", answer=_by_token(_hours)),
            Route(path="/worker", answer=_by_token(_workers)),
        ),
        missing=missing,
    ),
    Face(
        name="btccom",
        routes=(
            Route(path="/worker/share-history", answer=_by_key(_hours_as_text)),
            Route(path="/realtime/hashrate", answer=_by_key(_now)),
            Route(path="/worker", answer=_by_key(_workers)),
        ),
        missing=missing,
    ),
)
