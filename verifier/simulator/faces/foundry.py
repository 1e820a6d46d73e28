"""Foundry USA Pool: whole GH/s, averages, workers, slots of hours and days with what was stale; by key.

Shapes: the pool's OpenAPI 6.0.0 file (MarathonDH/foundry-pool-rs). The running slot is listed with what it has so far.
"""

from datetime import UTC, datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, header, iso, told
from verifier.simulator.page import Asked, Face, Route
from verifier.simulator.truth import DAY, minute

_GIGA: Final = 1e9
_STALE, _REJECTED = 0.0003, 0.006
_WEEK: Final = 7 * DAY
_MONTH: Final = 30 * DAY
_NO_MOMENT: Final = told({"message": "startDateUnixMs: a number of milliseconds was expected"}, 400)
_gate: Final = behind_key("foundry", header("x-api-key"), told({"message": "Forbidden"}, 403), "sub")


def _giga(rate: float) -> int:
    return round(float(rate) / _GIGA)


def _stats(figures: Figures, _asked: Asked) -> Any:
    spans = {"5min": 5, "15min": 15, "1hr": HOUR, "24hr": DAY}
    means = {name: float(figures.mean(minutes).sum()) for name, minutes in spans.items()}
    return {
        "name": figures.seller.name,
        "activeWorkers": sum(figures.online()),
        **{f"hashrate{name}Avg": _giga(mean) for name, mean in means.items()},
        **{f"stale{name}Avg": _giga(means[name] * _STALE) for name in ("15min", "1hr")},
        **{f"reject{name}Avg": _giga(means[name] * _REJECTED) for name in ("15min", "1hr")},
        "lastShareTime": iso(max(figures.last())),
        "updatedAt": iso(figures.until * 60),
    }


def _slots(figures: Figures, asked: Asked, length: int, reach: int) -> Any:
    """Newest first, from ``start`` or ``startDateUnixMs`` on."""
    first = max(figures.until - reach, minute(figures.seller.starts))
    if "startDateUnixMs" in asked.query:
        try:
            first = max(first, int(asked.query["startDateUnixMs"]) // 60_000)
        except ValueError:
            return _NO_MOMENT
    if "start" in asked.query:
        first = max(first, minute(datetime.fromisoformat(asked.query["start"]).replace(tzinfo=UTC)))
    rows = []
    for start in range(-(-first // length) * length, figures.until, length):
        end = min(start + length, figures.until)
        rate = float(figures.hashes(start, end).sum()) / (60 * (end - start))
        rows.append(
            {
                "time": iso(start * 60),
                "endTime": iso((start + length) * 60),
                "hashrateAccepted": _giga(rate),
                "hashrateStale": _giga(rate * _STALE),
                "hashrateRejected": _giga(rate * _REJECTED),
                "averageWorkers": -1.0 if end < start + length else float(len(figures.names)),
            }
        )
    return rows[::-1]


def _workers(figures: Figures, _asked: Asked) -> Any:
    rates = zip(figures.names, figures.mean(15), figures.mean(HOUR), figures.last(), strict=True)
    return {
        "workersList": [
            {"workerName": n, "hashrate_15m": _giga(m15), "hashrate_1h": _giga(h1), "lastShareTime": iso(last)}
            for n, m15, h1, last in rates
        ]
    }


FACE: Final = Face(
    name="foundry",
    routes=(
        Route(path="/subaccount_stats/{sub}", answer=_gate(_stats)),
        Route(path="/subaccount_hashrate_hour/{sub}", answer=_gate(lambda f, asked: _slots(f, asked, HOUR, _WEEK))),
        Route(path="/subaccount_hashrate_day/{sub}", answer=_gate(lambda f, asked: _slots(f, asked, DAY, _MONTH))),
        Route(path="/workers/{sub}", answer=_gate(_workers)),
    ),
    missing=lambda _method, _path: told({"message": "Not Found"}, 404),
)
