"""Braiins Pool: averages in GH/s, exact shares of difficulty 1 per UTC day, workers with their state; by token.

Shapes: the pool's own page about its interface (help.braiins.com). The running day is listed with what it has so far.
"""

from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, header, missing
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, minute
from verifier.units import HASHES_PER_DIFFICULTY

_GIGA: Final = 1e9
_DAYS: Final = 188
_SPANS: Final = {"5m": 5, "60m": HOUR, "24h": DAY}
_REFUSED: Final = Page(text="Forbidden", status=403, content_type="text/plain")
_gate: Final = behind_key("braiins", header("pool-auth-token"), _REFUSED)


def _figures(figures: Figures, rig: int | slice) -> dict[str, Any]:
    means = {span: float(figures.mean(minutes)[rig].sum()) for span, minutes in _SPANS.items()}
    return {
        "hash_rate_unit": "Gh/s",
        **{f"hash_rate_{span}": mean / _GIGA for span, mean in means.items()},
        **{f"shares_{span}": round(m * _SPANS[span] * 60 / HASHES_PER_DIFFICULTY) for span, m in means.items()},
    }


def _profile(figures: Figures, _asked: Asked) -> Any:
    told = {"all_time_reward": "0.04218837", "current_balance": "0.00118233", "today_reward": "0.00014882"}
    return {"username": figures.seller.name, "btc": {**told, **_figures(figures, slice(None))}}


def _workers(figures: Figures, _asked: Asked) -> Any:
    rows = enumerate(zip(figures.names, figures.last(), figures.online(), strict=True))
    workers = {
        f"{figures.seller.name}.{name}": {
            "state": "ok" if online else "off",
            "last_share": last,
            **_figures(figures, rig),
        }
        for rig, (name, last, online) in rows
    }
    return {"btc": {"workers": workers}}


def _daily(figures: Figures, _asked: Asked) -> Any:
    """Newest first."""
    today = figures.until // DAY
    first = max(today - _DAYS, minute(figures.seller.starts) // DAY)
    ends = {day: min((day + 1) * DAY, figures.until) for day in range(first, today + 1)}
    work = {day: figures.hashes(day * DAY, end).sum() for day, end in ends.items()}
    return {
        "btc": [
            {
                "date": day * 86_400,
                "hash_rate_unit": "Gh/s",
                "hash_rate_24h": float(hashes) / 86_400 / _GIGA,
                "total_shares": round(float(hashes) / HASHES_PER_DIFFICULTY),
            }
            for day, hashes in sorted(work.items(), reverse=True)
        ]
    }


FACE: Final = Face(
    name="braiins",
    routes=(
        Route(path="/accounts/profile/json/btc/", answer=_gate(_profile)),
        Route(path="/accounts/workers/json/btc", answer=_gate(_workers)),
        Route(path="/accounts/hash_rate_daily/json/btc", answer=_gate(_daily)),
    ),
    missing=missing,
)
