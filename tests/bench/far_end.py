"""A CKPool of its own process: each ask of a page finds it a minute older, with the work of that minute counted."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import web

BEGAN: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
#: Shares of difficulty 1 that each worker does in a minute; 5.01 TH/s.
SHARES: Final = 70_000
WORKERS: Final = 3
_RATES: Final = {f"hashrate{span}": "15T" for span in ("1m", "5m", "1hr", "1d", "7d")}


def _page(address: str, began: datetime, minute: int) -> dict[str, object]:
    last = int((began + timedelta(minutes=minute)).timestamp()) - 5
    count = {"lastshare": last, "shares": minute * SHARES, "bestshare": 1.5, "bestever": 2}
    rates = _RATES | {"hashrate1m": f"{15 + minute % 7 / 100:.2f}T"}
    worker = [{"workername": f"{address}.rig{number}", **rates, **count} for number in range(WORKERS)]
    whole = {**rates, **count, "shares": WORKERS * minute * SHARES, "workers": WORKERS, "authorised": 1_767_000_000}
    return {**whole, "worker": worker}


async def _serve(began: datetime, *, closing: bool) -> None:
    asked: Counter[str] = Counter()

    async def user(request: web.Request) -> web.Response:
        address = request.match_info["address"]
        asked[address] += 1
        minute = asked[address]
        headers = {"Last-Modified": format_datetime(began + timedelta(minutes=minute), usegmt=True)}
        response = web.Response(body=json.dumps(_page(address, began, minute), indent=1).encode(), headers=headers)
        if closing:
            response.force_close()
        return response

    async def status(_request: web.Request) -> web.Response:
        # The bare client asks more often; the pool's clock is that of the accounts.
        ours = (minute for address, minute in asked.items() if not address.startswith("bare"))
        now = began + timedelta(minutes=max(ours, default=0))
        lines = ({"runtime": 86_400, "lastupdate": int(now.timestamp()), "Workers": 600}, {"hashrate5m": "3P"})
        return web.Response(body="\n".join(map(json.dumps, lines)).encode())

    app = web.Application()
    app.router.add_get("/pool/pool.status", status)
    app.router.add_get("/users/{address}", user)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@contextmanager
def far_end(began: datetime = BEGAN, *, closing: bool = False) -> Iterator[str]:
    """The server's base URL; it ends with the block. ``closing``: each answer ends its connection."""
    command = [sys.executable, "-m", "tests.bench.far_end", began.isoformat(), *(["closing"] if closing else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(datetime.fromisoformat(sys.argv[1]), closing="closing" in sys.argv))
