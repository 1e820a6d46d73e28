"""Single pools that tell averages alone: Kryptex (30 minutes to a day), LitecoinPool (kH/s, a day as earned).

Shapes: RainbowMiner and others. LitecoinPool pays each hash subsidy / (difficulty · 2^32) · 1.25 (merged mining),
with ten places; its own day average leaves idle time out.
"""

from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, behind_key, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, World

_KILO: Final = 1e3
_SUBSIDY: Final = 6.25
_RATIO: Final = 1.25
_DIFFICULTY: Final = 83_650_112.44
_PER_HASH: Final = _SUBSIDY * _RATIO / (_DIFFICULTY * 2**32)


def kryptex_workers(world: World, asked: Asked, now: datetime) -> Page:
    """``v3/miner/workers/{address}``."""
    seller = world.known("kryptex", asked.parts["address"])
    if seller is None:
        return told({"results": []})
    figures = Figures(world, seller, now)
    spans = {"avg_hashrate_30m": 30, "avg_hashrate_3h": 3 * HOUR, "avg_hashrate_24h": DAY}
    means = {name: figures.mean(minutes) for name, minutes in spans.items()}
    rows = enumerate(zip(figures.names, figures.last(), figures.online(), strict=True))
    results = [
        {
            "worker": name,
            "status": "online" if online else "offline",
            **{span: float(rates[rig]) for span, rates in means.items()},
            "last_share": last * 1000,
        }
        for rig, (name, last, online) in rows
    ]
    return told({"results": results})


def kryptex_balance(world: World, asked: Asked, _now: datetime) -> Page:
    """``v1/miner/balance/{address}``."""
    coins = "0.41122004" if world.known("kryptex", asked.parts["address"]) else "0"
    return told({"confirmed": coins, "unconfirmed": "0", "total": coins})


def _litecoinpool(figures: Figures, _asked: Asked) -> Any:
    day = figures.hashes(figures.until - DAY, figures.until) * _PER_HASH
    named = zip(figures.names, figures.mean(5), day, figures.last(), figures.online(), strict=True)
    workers = {
        f"{figures.seller.name}.{name}": {
            "connected": online,
            "hash_rate": round(float(rate) / _KILO, 1),
            "rewards_24h": round(float(earned), 10),
            "last_share_time": last,
        }
        for name, rate, earned, last, online in named
    }
    total = round(float(figures.mean(5).sum()) / _KILO, 1)
    earned = round(float(day.sum()), 10)
    return {
        "user": {
            "hash_rate": total,
            "total_rewards": 4.1122,
            "unpaid_rewards": 0.1122,
            "past_24h_rewards": earned,
            "total_work": str(sum(figures.counted())),
        },
        "workers": workers,
        "pool": {"hash_rate": 411_220_044_112, "active_workers": 41_122, "pps_rate": _PER_HASH * 2**16},
        "network": {"time_per_block": 149, "retarget_time": 78_852},
    }


_gate: Final = behind_key(
    "litecoinpool", lambda asked: asked.query.get("api_key", ""), Page(text="Access denied", status=403)
)
FACES: Final = (
    Face(
        name="kryptex",
        routes=(
            Route(path="/api/v1/miner/balance/{address}", answer=kryptex_balance),
            Route(path="/api/v3/miner/workers/{address}", answer=kryptex_workers),
        ),
        missing=missing,
    ),
    Face(name="litecoinpool", routes=(Route(path="/api", answer=_gate(_litecoinpool)),), missing=missing),
)
