"""Pages of a CKPool that no pool should send, and a server for them."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.simulator.worlds import ADDRESS, NOW
from verifier.ledger.place import Place
from verifier.observation import SilenceReason
from verifier.simulator.page import http_date

MISREAD, IMPLAUSIBLE = SilenceReason.MISREAD, SilenceReason.IMPLAUSIBLE
TERMS = f"seller: Acme, promised: 500 TH/s, starts: {NOW:%Y-%m-%dT%H:%M:%SZ}, tolerance: 5 %"


def page(**wrong: Any) -> dict[str, Any]:
    """CKPool's page of an address, with some fields that are not as they should be."""
    rates = dict.fromkeys(("hashrate1m", "hashrate5m", "hashrate1hr", "hashrate1d"), "500T")
    count = {"shares": 10**9, "lastshare": int(NOW.timestamp()), **rates}
    return {**count, "workers": 1, "authorised": 1, "worker": [{"workername": f"{ADDRESS}.rig", **count}], **wrong}


def worker(**wrong: Any) -> bytes:
    whole = page()
    return json.dumps({**whole, "worker": [{**whole["worker"][0], **wrong}]}).encode()


#: Answers that no fault of the simulator gives, and what is said of them; None: understood all the same.
NASTY: dict[str, tuple[bytes, SilenceReason | None]] = {
    "null": (b"null", MISREAD),
    "a list": (b"[]", MISREAD),
    "an empty object": (b"{}", MISREAD),
    "only spaces": (b" " * 1000, MISREAD),
    "a zero byte": (b"\0", MISREAD),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(page()).encode(), MISREAD),
    "UTF-16": (json.dumps(page()).encode("utf-16"), MISREAD),
    "two documents": (json.dumps(page()).encode() * 2, MISREAD),
    "a number of a hundred thousand digits": (b'{"shares": ' + b"9" * 100_000 + b"}", MISREAD),
    "an exponent without end": (json.dumps(page()).encode().replace(b"1000000000", b"1e999999999"), MISREAD),
    "a number just too large": (json.dumps(page()).encode().replace(b"1000000000", b"1e400"), MISREAD),
    "a string where a counter was": (json.dumps(page(shares="many")).encode(), MISREAD),
    "true where a counter was": (json.dumps(page(shares=True)).encode(), MISREAD),
    "a rate of many digits": (json.dumps(page(hashrate5m="1" * 5_000 + "T")).encode(), MISREAD),
    "a rate with an unknown letter": (json.dumps(page(hashrate5m="5Q")).encode(), MISREAD),
    "workers without end": (json.dumps(page(workers=10**30)).encode(), None),
    "a worker without a name": (worker(workername=None), MISREAD),
    "half a surrogate in a name": (worker(workername=f"{ADDRESS}.\ud800"), None),
    "a name without end": (worker(workername="x" * 100_000), None),
    "a share in a hundred years": (worker(lastshare=int(NOW.timestamp()) + 3_155_760_000), IMPLAUSIBLE),
    "a share before time began": (worker(lastshare=-1), MISREAD),
    "a share at the end of time": (worker(lastshare=10**18), MISREAD),
}


@asynccontextmanager
async def one_page(
    written: Callable[[], datetime], directory: Path, ledger: Place, body: Callable[[], bytes]
) -> AsyncIterator[Path]:
    """A CKPool that answers this to everything, as written at a moment, and the file of a renter who watches it."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body(), headers={"Last-Modified": http_date(written())})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        config = directory / "verifier.yaml"
        base = str(server.make_url("")).rstrip("/")
        config.write_text(ONE.format(ledger=ledger, base=base, address=ADDRESS, terms=TERMS))
        yield config


ONE = """
ledger: {ledger}
accounts:
  pool: {{kind: ckpool, url: "{base}", address: {address}, allow_private: true, pace: 0}}
contracts:
  north: {{{terms}, watch: [{{account: pool}}]}}
"""
