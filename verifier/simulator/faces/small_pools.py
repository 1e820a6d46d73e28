"""Pools of one or two pages with averages by key: SBI Crypto (MH/s), EMCD, KuCoin Pool.

Shapes: RainbowMiner and other clients (SBI, EMCD), KuCoin's official repository.
"""

from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, header, iso, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY

_MEGA: Final = 1e6
_PUID: Final = 4
_FORBIDDEN: Final = Page(text="Forbidden", status=403, content_type="text/plain")
_sbi: Final = behind_key("sbicrypto", header("x-api-key"), _FORBIDDEN)
_emcd: Final = behind_key("emcd", lambda asked: asked.parts["key"], told({"error": "invalid key"}))
_kucoin: Final = behind_key(
    "kucoin-pool", lambda asked: asked.query.get("key", ""), told({"success": False, "code": "400003", "msg": "key"})
)


def _sbi_workers(figures: Figures, asked: Asked) -> Any:
    means = [figures.mean(minutes) / _MEGA for minutes in (10, HOUR, DAY)]
    rows = [
        {
            "name": name,
            "state": "ONLINE" if online else "OFFLINE",
            "lastShareTime": iso(last),
            "subaccount": figures.seller.name,
            "hashrates": [float(mean[rig]) for mean in means],
        }
        for rig, (name, last, online) in enumerate(zip(figures.names, figures.last(), figures.online(), strict=True))
    ]
    here = rows if asked.query.get("page", "0") == "0" else []
    return {"content": here, "totalElements": len(rows), "totalPages": 1}


def _emcd_workers(figures: Figures, _asked: Asked) -> Any:
    spans = {"hashrate": 5, "hashrate1h": HOUR, "hashrate24h": DAY}
    means = {name: figures.mean(minutes) for name, minutes in spans.items()}
    rows = enumerate(zip(figures.names, figures.online(), strict=True))
    details = [
        {"worker": name, **{span: int(rates[rig]) for span, rates in means.items()}, "active": int(online)}
        for rig, (name, online) in rows
    ]
    return {"total_hashrate": {span: int(rates.sum()) for span, rates in means.items()}, "details": details}


def _kucoin_rates(figures: Figures, rigs: slice) -> dict[str, Any]:
    spans = {"realHashRate": 10, "hourHashRate": HOUR, "dayHashRate": DAY}
    return {"hashUnit": "H", **{name: int(figures.mean(minutes)[rigs].sum()) for name, minutes in spans.items()}}


def _kucoin_users(figures: Figures, _asked: Asked) -> Any:
    user = {"puid": _PUID, "defaultAlgo": "SHA256d", **_kucoin_rates(figures, slice(None))}
    return {"success": True, "code": "200", "msg": "success", "data": [user]}


def _kucoin_workers(figures: Figures, _asked: Asked) -> Any:
    items = [
        {"workerName": name, "lastShareTime": last * 1000, **_kucoin_rates(figures, slice(rig, rig + 1))}
        for rig, (name, last) in enumerate(zip(figures.names, figures.last(), strict=True))
    ]
    return {"success": True, "code": "200", "msg": "success", "data": {"totalPage": 1, "items": items}}


FACES: Final = tuple(
    Face(name=name, routes=tuple(Route(path=path, answer=tell) for path, tell in routes.items()), missing=missing)
    for name, routes in {
        "sbicrypto": {"/api/external/v1/workers": _sbi(_sbi_workers)},
        "emcd": {"/v1/btc/workers/{key}": _emcd(_emcd_workers)},
        "kucoin-pool": {"/user/query": _kucoin(_kucoin_users), "/worker/query": _kucoin(_kucoin_workers)},
    }.items()
)
