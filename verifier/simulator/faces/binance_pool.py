"""Binance Pool: averages of the account and of each worker, times in milliseconds; key and signature.

Shapes: spot_api.yaml of binance/binance-api-swagger. A wrong key is told with status 400, a signature is checked.
"""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from verifier.simulator.figures import QUIET, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, World


def _text(rate: float) -> str:
    return f"{rate:.8f}"


def _status(figures: Figures, _asked: Asked) -> Any:
    m15, d1 = (float(figures.mean(minutes).sum()) for minutes in (15, DAY))
    return {"fifteenMinHashRate": _text(m15), "dayHashRate": _text(d1), "unit": "h/s", "algo": "sha256"}


def _workers(figures: Figures, _asked: Asked) -> Any:
    rows = zip(
        figures.names, figures.mean(QUIET), figures.mean(DAY), figures.last(), figures.online(QUIET), strict=True
    )
    listed = [
        {
            "workerName": name,
            "status": 1 if on else 2,
            "hashRate": int(now),
            "dayHashRate": int(day),
            "lastShareTime": at * 1000,
        }
        for name, now, day, at, on in rows
    ]
    return {"workerDatas": listed, "totalNum": len(listed), "pageSize": 200}


def _page(tell: Callable[[Figures, Asked], Any]) -> Callable[[World, Asked, datetime], Page]:
    def answer(world: World, asked: Asked, now: datetime) -> Page:
        known = {one.token: one for one in world.at("binance-pool") if one.name == asked.query.get("userName")}
        seller = known.get(asked.headers.get("x-mbx-apikey", ""))
        if seller is None:
            return told({"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}, 400)
        said = urlencode({name: value for name, value in asked.query.items() if name != "signature"})
        if hmac.new(seller.token.encode(), said.encode(), "sha256").hexdigest() != asked.query.get("signature"):
            return told({"code": -1022, "msg": "Signature for this request is not valid."}, 400)
        return told({"code": 0, "msg": "", "data": tell(Figures(world, seller, now), asked)})

    return answer


_PAGES: Final = {
    "statistics/user/status": _status,
    "worker/list": _workers,
}
FACE: Final = Face(
    name="binance-pool",
    routes=tuple(Route(path=f"/sapi/v1/mining/{name}", answer=_page(tell)) for name, tell in _PAGES.items()),
    missing=missing,
)
