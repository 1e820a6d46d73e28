"""Averages that must not decide: jtgrassie's monero-pool, where they stand still when shares stop; WoolyPooly, K1Pool.

Shapes and habits: src/pool.c and src/webui.c of jtgrassie/monero-pool (here a rig that stops hashing stays connected,
and the decay is drawn as a trailing mean), RainbowMiner for the others, whose spans nobody states.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import DAY, World

_SPANS: Final = (2, 10, 30, HOUR, DAY, 7 * DAY)


def _of(face: str, tell: Callable[[Figures], Any], unknown: Any) -> Callable[[World, Asked, datetime], Page]:
    """The address is in the path, or in a cookie."""

    def answer(world: World, asked: Asked, now: datetime) -> Page:
        address = asked.parts.get("address") or asked.headers.get("cookie", "").partition("wa=")[2]
        seller = world.known(face, address)
        return told(unknown if seller is None else tell(Figures(world, seller, now)))

    def as_of_the_last_share(world: World, asked: Asked, now: datetime) -> Page:
        address = asked.headers.get("cookie", "").partition("wa=")[2]
        seller = world.known(face, address)
        last = max(Figures(world, seller, now).last()) if seller else now.timestamp()
        return answer(world, asked, min(now, datetime.fromtimestamp(last + 60, tz=UTC)))

    return as_of_the_last_share if face == "monero-pool" else answer


def _miner(figures: Figures) -> Any:
    rates = [int(figures.mean(minutes).sum()) for minutes in _SPANS]
    whole = {"pool_hashrate": rates[1], "pool_fee": 0.01, "connected_miners": 1, "payment_threshold": 0.33}
    return {**whole, "miner_hashrate_stats": rates, "miner_balance": 0.04112001, "worker_count": len(figures.names)}


def _flat(figures: Figures) -> Any:
    return [part for name, rate in zip(figures.names, figures.mean(10), strict=True) for part in (name, int(rate))]


def _woolypooly(figures: Figures) -> Any:
    spans = {"currentHashrate": 30, "hashrate": 3 * HOUR, "dayHashrate": DAY}
    rates = {name: float(figures.mean(minutes).sum()) for name, minutes in spans.items()}
    named = zip(figures.names, figures.mean(30), figures.last(), strict=True)
    workers = [{"worker": name, "hr": float(rate), "lastBeat": last} for name, rate, last in named]
    coins = {"balance": 0.4112, "immature_balance": 0.0112, "paid": 1.2}
    return {"stats": coins, "mode_stats": {"pplns": {"default": rates}}, "workers": workers, "payments": []}


def _k1pool(figures: Figures) -> Any:
    spans = {"hr": 30, "hr2": 3 * HOUR, "hr24": DAY}
    means = {name: figures.mean(minutes) for name, minutes in spans.items()}
    workers = {
        name: {"lastBeat": last, **{span: int(rates[rig]) for span, rates in means.items()}, "offline": not online}
        for rig, (name, last, online) in enumerate(zip(figures.names, figures.last(), figures.online(), strict=True))
    }
    names = {"hr": "curHashrate", "hr2": "avgHashrate", "hr24": "dayHashrate"}
    whole = {names[span]: int(rates.sum()) for span, rates in means.items()}
    coins = {"immatureBalance": 0.0112, "pendingBalance": 0.4112, "paidBalance": 41.1122}
    rest = {"lastShare": max(figures.last()), "paymentsTotal": 1, "payments": []}
    return {"miner": {"workers": workers, **whole, **coins, **rest}}


_NOBODY: Final = {"miner_hashrate_stats": [0] * len(_SPANS), "miner_balance": 0, "worker_count": 0, "pool_hashrate": 0}
_EMPTY: Final = {"stats": {"balance": 0, "immature_balance": 0, "paid": 0}, "mode_stats": {}, "workers": []}
FACES: Final = (
    Face(
        name="monero-pool",
        routes=(
            Route(path="/stats", answer=_of("monero-pool", _miner, _NOBODY)),
            Route(path="/workers", answer=_of("monero-pool", _flat, [])),
        ),
        missing=missing,
    ),
    Face(
        name="woolypooly",
        routes=(Route(path="/api/accounts/{address}", answer=_of("woolypooly", _woolypooly, _EMPTY)),),
        missing=missing,
    ),
    Face(
        name="k1pool", routes=(Route(path="/{address}", answer=_of("k1pool", _k1pool, {"miner": {}})),), missing=missing
    ),
)
