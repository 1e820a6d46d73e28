"""AntPool: forms with key, nonce and signature; H/s on one page, MH/s on the next, a unit in the third.

Shapes: 4tj/node-antpool index.d.ts and live samples of its clients; an error comes with status 200.
"""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from verifier.simulator.figures import HOUR, QUIET, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, World
from verifier.units import HASHES_PER_DIFFICULTY

_MEGA: Final = 1e6
_TERA: Final = 1e12
_STALE: Final = 0.0003

_Form = dict[str, str]


def _overview(figures: Figures, _form: _Form) -> Any:
    spans = {"hsLast10m": 10, "hsLast1h": HOUR, "hsLast1d": DAY}
    return {name: f"{figures.mean(minutes).sum():.0f}" for name, minutes in spans.items()}


def _hashrate(figures: Figures, _form: _Form) -> Any:
    spans = {"last10m": 10, "last30m": 30, "last1h": HOUR, "last1d": DAY}
    shares = float(figures.mean(DAY).sum()) * 86_400 / HASHES_PER_DIFFICULTY
    means = {name: f"{figures.mean(minutes).sum() / _MEGA:.2f}" for name, minutes in spans.items()}
    return {**means, "accepted": f"{shares:.0f}", "stale": f"{shares * _STALE:.0f}", "dupelicate": "0", "other": "0"}


def _tera(rate: float) -> str:
    return f"{rate / _TERA:.2f} TH/s"


def _workers(figures: Figures, form: _Form) -> Any:
    wanted = {"1": True, "2": False}.get(form.get("workerStatus", "0"))
    named = zip(figures.names, figures.mean(HOUR), figures.mean(DAY), figures.online(QUIET), strict=True)
    rows = [
        {"workerId": name, "hsLast1h": _tera(hour), "hsLast1d": _tera(day), "rejectRatio": "0.07%"}
        for name, hour, day, online in named
        if wanted is None or online is wanted
    ]
    return {"result": {"page": 1, "totalPage": 1, "pageSize": len(rows), "totalRecord": len(rows), "rows": rows}}


def _page(tell: Callable[[Figures, _Form], Any]) -> Callable[[World, Asked, datetime], Page]:
    def answer(world: World, asked: Asked, now: datetime) -> Page:
        form = dict(parse_qsl(asked.body.decode()))
        seller = next((one for one in world.at("antpool") if one.name == form.get("userId")), None)
        said = f"{form.get('userId')}{form.get('key')}{form.get('nonce')}".encode()
        proof = seller and hmac.new(seller.token.encode(), said, "sha256").hexdigest().upper()
        if seller is None or form.get("key") != seller.token or form.get("signature") != proof:
            return told({"code": 1, "message": "signature error", "data": None})
        return told({"code": 0, "message": "ok", "data": tell(Figures(world, seller, now), form)})

    return answer


_PAGES: Final = {"accountOverview": _overview, "hashrate": _hashrate}

FACE: Final = Face(
    name="antpool",
    routes=tuple(
        Route(path=f"/api/{name}.htm", answer=_page(tell), method="POST")
        for name, tell in {**_PAGES, "userWorkerList": _workers}.items()
    ),
    missing=missing,
)
