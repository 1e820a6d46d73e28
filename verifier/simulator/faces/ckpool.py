"""CKPool: pages rewritten once a minute, counters, decaying averages, nothing about the past.

Shapes: ckpool src/stratifier.c (json_pack calls), decay: src/libckpool.c decay_time and suffix_string.
"""

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from verifier.simulator.page import Asked, Face, Page, Route, http_date
from verifier.simulator.truth import Counts, Seller, World, minute
from verifier.units import HASHES_PER_DIFFICULTY

_NOT_FOUND: Final = """<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: 404</p>
        <p>Message: File not found.</p>
        <p>Error code explanation: 404 - Nothing matches the given URI.</p>
    </body>
</html>
"""
_USER: Final = {"1m": 60, "5m": 300, "1hr": 3_600, "1d": 86_400, "7d": 604_800}
_POOL: Final = {"1m": 60, "5m": 300, "15m": 900, "1hr": 3_600, "6hr": 21_600, "1d": 86_400, "7d": 604_800}
_SPS: Final = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600}
_LETTERS: Final = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K"))
_REJECTED: Final = 0.004


def suffixed(value: float) -> str:
    """``9.41P``: three significant digits and a letter, whole numbers below a thousand, as suffix_string writes it."""
    return next((f"{value / size:.3g}{letter}" for size, letter in _LETTERS if value >= size), str(int(value)))


def decayed(added: NDArray[np.float64] | Counts, interval: int, step: int = 60) -> float:
    """The average per second that CKPool shows after one update per ``step`` seconds, begun at 0.

    decay_time is f' = (f + a/s · p)/(1 + p) with p = 1 − exp(−min(s/interval, 36)); unrolled, each addition a counts
    a/s · p · r^k with r = 1/(1 + p) and k its age in updates from 1 on. A result below 2e-16 is 0.
    """
    p = 1 - np.exp(-min(step / interval, 36))
    ages = np.arange(len(added), 0, -1)
    total = float((added * np.exp(-ages * np.log1p(p))).sum() * p / step)
    return total if total >= 2e-16 else 0.0


def _rates(counts: Counts, difficulty: int, intervals: dict[str, int]) -> dict[str, str]:
    per_share = difficulty * HASHES_PER_DIFFICULTY
    return {f"hashrate{name}": suffixed(decayed(counts, span) * per_share) for name, span in intervals.items()}


def _user(world: World, seller: Seller, now: datetime) -> dict[str, Any] | None:
    until = minute(now)
    shares = world.shares(seller)
    last, counted, minutes = shares.last(until), shares.counted(until), shares.lifetime(until)
    best = [world.best(seller, index, until) for index in range(len(seller.rigs))]
    workers = [
        {
            "workername": f"{seller.address}.{rig.name}",
            **_rates(row, seller.share_difficulty, _USER),
            "lastshare": at,
            "shares": int(count) * seller.share_difficulty,
            "bestshare": share,
            "bestever": int(share),
        }
        for rig, row, at, count, share in zip(seller.rigs, minutes, last, counted, best, strict=True)
        if at is not None
    ]
    if not workers:
        return None
    return {
        **_rates(minutes.sum(axis=0), seller.share_difficulty, _USER),
        "lastshare": max(at for at in last if at is not None),
        "workers": len(seller.rigs) if seller.connected_since(now) else 0,
        "shares": int(counted.sum()) * seller.share_difficulty,
        "bestshare": max(best),
        "bestever": int(max(best)),
        "authorised": int(seller.starts.timestamp()),
        "worker": workers,
    }


def _written(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(second=0, microsecond=0)


def _file(documents: tuple[Any, ...], now: datetime, indent: int | None = None) -> Page:
    return Page(
        documents=documents,
        content_type="application/octet-stream",
        headers={"Last-Modified": http_date(_written(now))},
        indent=indent,
        separators=None,
    )


def user(world: World, asked: Asked, now: datetime) -> Page:
    """``users/<address>``; 404 for an address that never had a share."""
    seller = world.known("ckpool", asked.parts["address"])
    page = _user(world, seller, _written(now)) if seller else None
    return _file((page,), now, indent=1) if page else missing("GET", "")


def status(world: World, _asked: Asked, now: datetime) -> Page:
    """``pool/pool.status``: three JSON documents, one per line."""
    written, until = _written(now), minute(now)
    sellers = world.at("ckpool")
    opened = min((seller.starts for seller in sellers), default=written)
    spans = dict.fromkeys(_POOL, 0.0)
    per_second = dict.fromkeys(_SPS, 0.0)
    accepted, workers, gone = 0, 0, 0
    for seller in sellers:
        counts = world.shares(seller).lifetime(until).sum(axis=0)
        accepted += int(counts.sum()) * seller.share_difficulty
        connected = bool(seller.connected_since(written))
        workers += len(seller.rigs) * connected
        gone += len(seller.rigs) * (not connected)
        for name, span in _POOL.items():
            spans[name] += decayed(counts, span) * seller.hashes_per_share
        for name, span in _SPS.items():
            per_second[name] += decayed(counts, span)
    difficulty = world.chain.difficulty(world.chain.tip(until * 60))
    lines = (
        {
            "runtime": int((written - opened).total_seconds()),
            "lastupdate": until * 60,
            "Users": len(sellers),
            "Workers": workers,
            "Idle": 0,
            "Disconnected": gone,
        },
        {f"hashrate{name}": suffixed(value) for name, value in spans.items()},
        {
            "diff": round(accepted / difficulty * 100, 1),
            "accepted": accepted,
            "rejected": int(accepted * _REJECTED),
            "bestshare": accepted,
            **{f"SPS{name}": float(f"{value:.3g}") for name, value in per_second.items()},
        },
    )
    return _file(lines, now)


def missing(_method: str, _path: str) -> Page:
    """What the web server in front says of a file that is not there."""
    return Page(text=_NOT_FOUND, status=404, content_type="text/html;charset=utf-8")


FACE: Final = Face(
    name="ckpool",
    routes=(Route(path="/users/{address}", answer=user), Route(path="/pool/pool.status", answer=status)),
    missing=missing,
)
