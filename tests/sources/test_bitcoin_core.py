import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from verifier.clock import SystemClock
from verifier.observation import OBSERVATIONS, PayoutReceived
from verifier.sources import SOURCES
from verifier.sources.bitcoin_core.speech import signed
from verifier.talk import File, Http
from verifier.units import Window
from verifier.wire import Destination, Wire, converse

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_ask_is_signed_with_basic_authentication() -> None:
    ask = signed(Http(path="/", method="POST"), {"login": "__cookie__:0123"}, NOON, 1)
    assert isinstance(ask, Http)
    assert ask.headers == {"Authorization": "Basic X19jb29raWVfXzowMTIz"}


def test_nothing_is_added_to_what_cannot_carry_it() -> None:
    assert signed(Http(path="/"), {}, NOON, 1) == Http(path="/")
    assert signed(File(path="a"), {"login": "a:b"}, NOON, 1) == File(path="a")


def test_receipts_are_asked_of_a_node_only_where_it_names_an_address_or_a_wallet() -> None:
    source = SOURCES["bitcoin_core"]
    node = {"kind": "bitcoin_core", "url": "http://127.0.0.1:8332"}
    asked = [
        {question.name for question in source.questions if question.asked_of(source.Account.model_validate(fields))}
        for fields in (node, {**node, "wallet": "watch-1"}, {**node, "address": "bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6p"})
    ]
    assert asked == [{"blocks"}, {"blocks", "receipts", "reorgs"}, {"blocks", "receipts", "reorgs"}]


async def test_the_login_reaches_the_node_and_nothing_that_is_kept() -> None:
    heard: list[str | None] = []

    async def node(request: web.Request) -> web.Response:
        heard.append(request.headers.get("Authorization"))
        error = {"code": -28, "message": "Loading block index…"}
        return web.json_response({"result": None, "error": error, "id": "verifier"}, status=500)

    source = SOURCES["bitcoin_core"]
    app = web.Application()
    app.router.add_post("/", node)
    async with TestServer(app) as server, Wire(SystemClock(), jitter=lambda: 0.0) as wire:
        url = str(server.make_url("/"))
        secrets = {"login": "verifier:0123456789abcdef"}
        destination = Destination(name="node", url=url, secrets=secrets, allow_private=True, sign=source.sign)
        account = source.Account.model_validate({"kind": "bitcoin_core", "url": url, "allow_private": True})
        window = Window(start=NOON, end=NOON + timedelta(minutes=10))
        seen, exchanges = await converse(wire, destination, source.question("blocks").talk(account, window))
    assert set(heard) == {"Basic dmVyaWZpZXI6MDEyMzQ1Njc4OWFiY2RlZg=="}
    assert "paused" in OBSERVATIONS.dump_json(tuple(seen)).decode()
    assert "0123456789abcdef" not in repr((seen, exchanges, destination))


def test_a_real_wallet_tells_the_two_payouts_of_a_real_pool_and_the_blocks_beside_them() -> None:
    """Bitcoin Core on a private chain, paid by a NOMP pool: 98.9998 and 49.49983654 coins, and 18 block rewards."""
    folder = Path(__file__).parent / "recorded" / "bitcoin_core" / "receipts" / "good-real-wallet"
    received = OBSERVATIONS.validate_json((folder / "expected.json").read_bytes())
    receipts = [one for one in received if isinstance(one, PayoutReceived)]
    paid = [one for one in receipts if not one.coinbase]
    assert [one.amount.coins for one in paid] == [Decimal("98.9998"), Decimal("49.49983654")]
    assert len(receipts) - len(paid) == 18
    listed = json.loads((folder / "2.body").read_bytes(), parse_float=Decimal)["result"]
    assert sum(one.amount.coins for one in receipts) == sum(entry["amount"] for entry in listed)
