"""A daemon whose wallet is paid in a block's own coinbase: the page says whose block it was, by a list of one's own."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.stories.watching import watching
from verifier.clock import SteppedClock
from verifier.ledger.place import Place
from verifier.outlets import api, pages
from verifier.sources.recording import read_case
from verifier.talk import Http

RECORDED: Final = Path(__file__).parent.parent / "sources" / "recorded" / "esplora"
NOW: Final = datetime(2025, 11, 20, 0, 53, 20, tzinfo=UTC)
ADDRESS: Final = "bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6pawwh2sg"
FILE: Final = """ledger: {ledger}
accounts:
  explorer: {{kind: esplora, url: "{base}", allow_private: true, pace: 0}}
contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: 2025-11-01T00:00:00Z
    watch: [{{wallet: {address}}}]
chain: [explorer]
mining_pools: pools-v2.json
"""
LIST: Final = (
    {"id": 44, "name": "AntPool", "addresses": [], "tags": ["/AntPool/"], "link": "https://www.antpool.com"},
    {"id": 142, "name": "OCEAN", "addresses": ["37dvwZZoT3D7RXpTCpN2yKzMmNs2i2Fd1n"], "tags": ["OCEAN.XYZ"]}
    | {"link": "https://ocean.xyz/"},
)


@asynccontextmanager
async def explorer() -> AsyncIterator[str]:
    """The recorded answers of an explorer, by their paths."""
    folders = (RECORDED / "blocks" / "good", RECORDED / "receipts" / "good")
    cases = [read_case({file.name: file.read_bytes() for file in folder.iterdir()}) for folder in folders]
    told = {one.ask.path: one.reply for case in cases for one in case.exchanges if isinstance(one.ask, Http)}

    async def answer(request: web.Request) -> web.Response:
        reply = told.get(request.path)
        return web.Response(status=404) if reply is None else web.Response(status=200, body=reply.body)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


async def test_a_receipt_from_a_coinbase_says_whose_block_it_was(tmp_path: Path, place: Place) -> None:
    (tmp_path / "pools-v2.json").write_text(json.dumps(LIST))
    file, clock = tmp_path / "verifier.yaml", SteppedClock(NOW)
    async with explorer() as base:
        file.write_text(FILE.format(ledger=place, base=base, address=ADDRESS))
        async with watching(file, clock) as daemon:
            await daemon.step(clock.now())
            picture = daemon.picture
    assert picture is not None
    view = picture.contracts["north"]
    said = "block attributed to OCEAN by address and tag (list "
    assert said in pages.contract(picture, view, (), ())
    rows = api.one_contract(picture, view, ())["payout_rows"]
    assert [(row["received"]["atoms"], [one["pool"] for one in row["mined"]]) for row in rows if row["mined"]] == [
        ("1733412", ["OCEAN"])
    ]
    assert sum(not row["mined"] for row in rows if row["kind"] == "payout") >= 1, "other receipts are no block's own"
