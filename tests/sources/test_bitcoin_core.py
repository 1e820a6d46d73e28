import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from verifier.clock import SystemClock
from verifier.observation import OBSERVATIONS, PayoutReceived, Unread
from verifier.sources import SOURCES
from verifier.sources.bitcoin_core.speech import signed
from verifier.sources.recording import Exchange, retell
from verifier.talk import File, Http, Reply
from verifier.units import Window
from verifier.wire import Destination, Wire, converse

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADDRESS = "bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6pawwh2sg"


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


def conversation(blocks: int, minutes: int) -> tuple[Exchange, ...]:
    """A node whose chain has so many blocks, the last one at noon, each paying the address."""
    hashes = [f"{number:064x}" for number in range(blocks)]

    def reply(method: str, params: list[object], result: object) -> Exchange:
        body = {"jsonrpc": "1.0", "id": "verifier", "method": method, "params": params}
        text = json.dumps({"result": result, "error": None}).encode()
        return Exchange(
            ask=Http(method="POST", path="/", body=body),
            reply=Reply(status=200, headers={"content-type": "application/json"}, body=text, received_at=NOON),
        )

    info = {"blocks": blocks, "headers": blocks, "bestblockhash": hashes[0], "difficulty": 1.0}
    found = [reply("getblockchaininfo", [], {**info, "initialblockdownload": False})]
    for number, digest in enumerate(hashes):
        output = {"value": 0.5, "n": 0, "scriptPubKey": {"address": ADDRESS}}
        block = {
            "hash": digest,
            "height": blocks - number,
            "time": int((NOON - number * timedelta(minutes=minutes)).timestamp()),
            "previousblockhash": hashes[number + 1] if number + 1 < blocks else None,
            "tx": [{"txid": digest, "vin": [{}], "vout": [output]}],
        }
        found.append(reply("getblock", [digest, 2], block))
    return tuple(found)


def received(since: timedelta, blocks: int = 100) -> tuple[int, list[Unread]]:
    source = SOURCES["bitcoin_core"]
    account = source.Account.model_validate(
        {"kind": "bitcoin_core", "url": "http://127.0.0.1:8332", "address": ADDRESS}
    )
    talk = source.question("receipts").talk(account, Window(start=NOON - since, end=NOON))
    seen = retell(talk, conversation(blocks, 10))
    left_out = [one for one in seen if isinstance(one, Unread)]
    return len(seen) - len(left_out), left_out


def test_what_a_node_was_not_asked_for_in_time_is_said_to_be_unread() -> None:
    oldest = NOON - timedelta(minutes=47 * 10)
    assert received(timedelta(hours=1)) == (14, [])
    assert received(timedelta(hours=6)) == (44, [])
    week = timedelta(days=7)
    assert received(week) == (48, [Unread(at=NOON, since=NOON - week, until=oldest)])
    assert received(week, blocks=30) == (30, []), "the whole chain was read"


def test_a_node_may_be_asked_for_what_it_told_last_a_year_ago() -> None:
    assert SOURCES["bitcoin_core"].question("receipts").reach >= timedelta(days=365)


def test_a_wallet_that_lists_no_more_than_the_newest_entries_says_since_when() -> None:
    source = SOURCES["bitcoin_core"]
    account = source.Account.model_validate({"kind": "bitcoin_core", "url": "http://127.0.0.1:8332", "wallet": "w"})
    start, first = NOON - timedelta(days=7), NOON - timedelta(days=2)

    def unread(entries: int) -> list[Unread]:
        listed = [
            {"category": "receive", "address": ADDRESS, "txid": f"{number:064x}", "vout": 0, "amount": 0.5}
            | {"confirmations": 3, "time": int(first.timestamp()) + number}
            for number in range(entries)
        ]
        info = json.loads(conversation(1, 10)[0].reply.body)["result"]
        talk = source.question("receipts").talk(account, Window(start=start, end=NOON))
        next(talk)
        ask = talk.send(Reply(status=200, headers={}, body=json.dumps({"result": info}).encode(), received_at=NOON))
        assert isinstance(ask, Http)
        with pytest.raises(StopIteration) as end:
            talk.send(Reply(status=200, headers={}, body=json.dumps({"result": listed}).encode(), received_at=NOON))
        return [one for one in end.value.value if isinstance(one, Unread)]

    assert unread(999) == []
    assert unread(1000) == [Unread(at=NOON, since=start, until=first)]


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
