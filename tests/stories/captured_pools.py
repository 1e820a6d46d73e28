"""Serves the answers that were captured from real pools, as they were at the moment the clock says."""

import gzip
import json
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

CAPTURED = Path(__file__).with_name("captured")
ADDRESS = "bcrt1qnrn4tljjlqf7hj4u27y9rhhdz7fk93gl7sydjz"

#: Request path below the pool's prefix, and the endpoint's name in the recording.
_PATHS = {
    f"/users/{ADDRESS}": "users_contract",
    "/pool/pool.status": "pool.status",
    f"/client/{ADDRESS}": "client_contract",
    f"/client/{ADDRESS}/chart": "client_contract_chart",
    f"/client/{ADDRESS}/contract-a": "client_contract_worker_contract-a",
    "/network": "network",
    "/pool": "pool",
    "/stats": "stats",
    "/pool_stats": "pool_stats",
    "/worker_stats": "worker_stats_contract",  # the address is the query
    "/payments": "payments",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One captured answer; status 0 is a connection that was refused."""

    at: datetime
    status: int
    last_modified: str | None
    body: str


def recording(pool: str) -> dict[str, list[Recorded]]:
    """All captured answers of a pool by endpoint, in time order."""
    series: dict[str, list[Recorded]] = {}
    with gzip.open(CAPTURED / f"{pool}.jsonl.gz", "rt") as lines:
        for row in map(json.loads, lines):
            one = Recorded(datetime.fromisoformat(row["ts"]), row["status"], row["lm"], row["body"])
            series.setdefault(row["ep"], []).append(one)
    return series


@asynccontextmanager
async def captured_pools(now: Callable[[], datetime]) -> AsyncIterator[str]:
    """A server with /ckpool, /ckpool-lhr, /public-pool and /nomp as they were at ``now()``; gives its base URL."""
    pools = {pool: recording(pool) for pool in ("ckpool", "ckpool-lhr", "public-pool", "nomp")}

    async def answer(request: web.Request) -> web.StreamResponse:
        endpoint = _PATHS.get("/" + request.match_info["path"])
        series = pools[request.match_info["pool"]].get(endpoint or "", [])
        index = bisect_right(series, now(), key=lambda one: one.at) - 1
        if (
            endpoint is None and request.match_info["pool"] == "public-pool"
        ):  # what it says of a worker it has no rows of
            return web.json_response({"name": "unknown", "bestDifficulty": 0, "chartData": []})
        if index < 0 or endpoint is None:
            return web.Response(status=404, text="Not Found")
        found = series[index]
        if found.status == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {"Last-Modified": found.last_modified} if found.last_modified else {}
        return web.Response(status=found.status, text=found.body, headers=headers)

    app = web.Application()
    app.router.add_get("/{pool}/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
