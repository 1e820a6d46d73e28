"""public-pool: sessions, a number in H/s, and a chart of 10-minute slots over the last 24 hours.

Shapes and habits: benjamin-wilson/public-pool src/controllers, and what a real server was seen to do.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import Counts, Seller, World, minute

_SLOT: Final = 10
_CHART: Final = 1_440
_SWEEP: Final = 300
_CORS: Final = {"vary": "Origin", "access-control-allow-origin": "*"}


def _json(document: Any, status: int = 200) -> Page:
    return Page(documents=(document,), status=status, headers=_CORS)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _chart(counts: Counts, start: int, seller: Seller) -> list[dict[str, Any]]:
    """Slots with shares from minute ``start`` on; the query always drops its last row, whichever slot that is."""
    slots = [counts[index : index + _SLOT].sum() for index in range(0, len(counts), _SLOT)]
    rows = [
        {"label": _iso((start + index * _SLOT) * 60), "data": round(int(slot) * seller.hashes_per_share / (_SLOT * 60))}
        for index, slot in enumerate(slots)
        if slot
    ]
    return rows[:-1]


def _day(world: World, seller: Seller, now: datetime) -> tuple[Counts, int]:
    until = minute(now)
    start = (until - _CHART + _SLOT - 1) // _SLOT * _SLOT
    return world.shares(seller).between(start, until), start


def _rate(world: World, seller: Seller, index: int, last: int) -> float:
    """Mean from the start of the previous slot to the last share: written only when a share arrives."""
    start = (last // 60 // _SLOT - 1) * _SLOT
    shares = int(world.shares(seller).between(start, last // 60 + 1)[index].sum())
    return round(shares * seller.hashes_per_share / (last - start * 60), 3)


def sessions(world: World, seller: Seller, now: datetime) -> list[dict[str, Any]]:
    """The connected rigs; one without a share for 5 minutes is swept out by the next 5-minute job."""
    begun = seller.connected_since(now)
    if begun is None:
        return []
    listed = []
    for index, last in enumerate(world.shares(seller).last(minute(now))):
        if last is None or last < begun.timestamp() or now.timestamp() >= -(-(last + _SWEEP) // _SWEEP) * _SWEEP:
            continue
        name = seller.rigs[index].name
        listed.append(
            {
                "sessionId": hashlib.sha256(f"{seller.name}/{name}/{begun}".encode()).hexdigest()[:8],
                "name": name,
                "bestDifficulty": f"{world.best(seller, index, minute(now)):.2f}",
                "hashRate": _rate(world, seller, index, last),
                "startTime": _iso(int(begun.timestamp())),
                "lastSeen": _iso(last),
            }
        )
    return listed


def client(world: World, asked: Asked, now: datetime) -> Page:
    """``client/:address``: 200 with an empty list and no bestDifficulty for an address never seen."""
    seller = world.known("public-pool", asked.parts["address"])
    if seller is None or not world.shares(seller).counted(minute(now)).any():
        return _json({"workersCount": 0, "workers": []})
    best = max(world.best(seller, index, minute(now)) for index in range(len(seller.rigs)))
    workers = sessions(world, seller, now)
    return _json({"bestDifficulty": best, "workersCount": len(workers), "workers": workers})


def chart(world: World, asked: Asked, now: datetime) -> Page:
    """``client/:address/chart``: the whole account."""
    seller = world.known("public-pool", asked.parts["address"])
    if seller is None:
        return _json([])
    counts, start = _day(world, seller, now)
    return _json(_chart(counts.sum(axis=0), start, seller))


def _rig(world: World, asked: Asked, now: datetime) -> dict[str, Any]:
    name = asked.parts["worker"]
    seller = world.known("public-pool", asked.parts["address"])
    names: Sequence[str] = [rig.name for rig in seller.rigs] if seller else ()
    if seller is None or name not in names:
        return {"name": name, "bestDifficulty": 0, "chartData": []}
    index = names.index(name)
    counts, start = _day(world, seller, now)
    return {
        "name": name,
        "bestDifficulty": int(world.best(seller, index, minute(now))),
        "chartData": _chart(counts[index], start, seller),
    }


def worker(world: World, asked: Asked, now: datetime) -> Page:
    """``client/:address/:worker``: 200 with an empty chart for a name never seen."""
    return _json(_rig(world, asked, now))


def session(world: World, asked: Asked, now: datetime) -> Page:
    """``client/:address/:worker/:session``: 404 for a session that is not connected."""
    seller = world.known("public-pool", asked.parts["address"])
    for row in sessions(world, seller, now) if seller else ():
        if (row["name"], row["sessionId"]) == (asked.parts["worker"], asked.parts["session"]):
            seen = {"sessionId": row["sessionId"], **_rig(world, asked, now), "startTime": row["startTime"]}
            return _json(seen)
    return _json({"statusCode": 404, "message": "Not Found"}, 404)


def pool(world: World, _asked: Asked, now: datetime) -> Page:
    """``pool``, kept for 5 minutes as the real server does."""
    then = datetime.fromtimestamp(int(now.timestamp()) // _SWEEP * _SWEEP, tz=UTC)
    rows = [row for seller in world.at("public-pool") for row in sessions(world, seller, then)]
    return _json(
        {
            "totalHashRate": sum(row["hashRate"] for row in rows),
            "blockHeight": world.chain.tip(int(then.timestamp())),
            "totalMiners": len(rows),
            "blocksFound": [],
            "fee": 0,
        }
    )


def network(world: World, _asked: Asked, now: datetime) -> Page:
    """``network``: the node's getmininginfo."""
    height = world.chain.tip(int(now.timestamp()))
    difficulty = world.chain.difficulty(height)
    rate = difficulty * 2**32 / 600
    return _json({"blocks": height, "difficulty": difficulty, "networkhashps": rate, "chain": "main", "warnings": ""})


def missing(method: str, path: str) -> Page:
    """What the framework says of a route it does not have."""
    return _json({"statusCode": 404, "message": f"Cannot {method} {path}", "error": "Not Found"}, 404)


FACE: Final = Face(
    name="public-pool",
    routes=(
        Route(path="/api/client/{address}", answer=client),
        Route(path="/api/client/{address}/chart", answer=chart),
        Route(path="/api/client/{address}/{worker}", answer=worker),
        Route(path="/api/client/{address}/{worker}/{session}", answer=session),
        Route(path="/api/pool", answer=pool),
        Route(path="/api/network", answer=network),
    ),
    missing=missing,
)
