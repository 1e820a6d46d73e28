"""Each fault does what it says, over real HTTP."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.simulator.worlds import ADDRESS, NOW, TOKEN, world
from verifier.simulator.faults import BOMB_BYTES, HUGE_BYTES, MANY, RETRY_AFTER, Fault
from verifier.simulator.server import FAULTS, make_app, serve, serving

USER, STATUS = f"/ckpool/users/{ADDRESS}", "/ckpool/pool/pool.status"
CLIENT = f"/public-pool/api/client/{ADDRESS}"
Client = TestClient[Any, Any]


class Watch:
    """The time of the test, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def client(watch: Watch) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app(world(), watch, slow=0.2))) as one:
        yield one


async def broken(client: Client, fault: str, path: str = USER) -> aiohttp.ClientResponse:
    """The answer while a fault is on at the face of a path."""
    response = await client.post("/_faults", json={"face": path.split("/")[1], "fault": fault})
    assert response.status == 200
    answer = await client.get(path, auto_decompress=False) if fault == "gzip_bomb" else await client.get(path)
    await answer.read()
    return answer


async def test_switches_are_told_set_and_cleared(client: Client) -> None:
    assert set((await (await client.get("/_faults")).json()).values()) == {"off"}
    assert (await broken(client, "error_500")).status == 500
    assert (await (await client.get("/_faults")).json())["ckpool"] == "error_500"
    assert (await client.get(CLIENT)).status == 200
    assert (await broken(client, "off")).status == 200
    assert client.app is not None
    client.app[FAULTS].set("ckpool", Fault.EMPTY)
    assert await (await client.get(USER)).read() == b""


async def test_an_unknown_fault_or_face_is_refused(client: Client) -> None:
    wishes: tuple[Any, ...] = ({"face": "ckpool", "fault": "x"}, {"face": "x", "fault": "slow"}, {}, [], "x")
    for wish in wishes:
        assert (await client.post("/_faults", json=wish)).status == 400


async def test_refusals_say_how_long_to_wait(client: Client) -> None:
    assert "Retry-After" not in (await broken(client, "error_500")).headers
    assert (await broken(client, "error_503")).headers["Retry-After"] == str(RETRY_AFTER)
    assert (await broken(client, "too_many_requests")).headers["Retry-After"] == str(RETRY_AFTER)
    until = await broken(client, "too_many_requests_until")
    assert until.status == 429
    assert parsedate_to_datetime(until.headers["Retry-After"]) == NOW + timedelta(seconds=RETRY_AFTER)


async def test_slow_answers_late_and_hang_never(client: Client) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(broken(client, "slow"), 0.1)
    assert (await broken(client, "slow")).status == 200
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(broken(client, "hang"), 0.5)


async def test_a_connection_is_reset_or_cut_in_the_middle(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(aiohttp.ClientConnectionError):
        await broken(client, "reset")
    with pytest.raises(aiohttp.ClientPayloadError):
        await broken(client, "truncated")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_bodies_that_are_no_documents(client: Client) -> None:
    whole = await (await client.get(USER)).read()
    assert await (await broken(client, "half_document")).read() == whole[: len(whole) // 2]
    assert await (await broken(client, "empty")).read() == b""
    login = await broken(client, "login_page")
    assert (login.status, login.content_type) == (200, "text/html")
    with pytest.raises(UnicodeDecodeError):
        (await (await broken(client, "invalid_utf8")).read()).decode()
    with pytest.raises(RecursionError):
        json.loads(await (await broken(client, "deep_nesting")).read())


async def test_bodies_that_are_too_large(client: Client) -> None:
    assert len(await (await broken(client, "huge")).read()) > HUGE_BYTES
    bomb = await broken(client, "gzip_bomb")
    packed = await bomb.read()
    assert bomb.headers["Content-Encoding"] == "gzip"
    assert len(packed) < BOMB_BYTES / 500
    assert len(gzip.decompress(packed)) == BOMB_BYTES


async def test_values_that_are_wrong(client: Client) -> None:
    async def user(fault: str) -> Any:
        return json.loads(await (await broken(client, fault)).read())

    assert (await user("wrong_types"))["shares"] == {"value": []}
    assert (await user("not_a_number"))["shares"] != (await user("not_a_number"))["shares"]
    assert (await user("infinite"))["shares"] == float("inf")
    assert (await user("negative"))["shares"] < 0
    doubled = await (await broken(client, "duplicated_keys")).read()
    assert doubled.count(b'"authorised"') == 2
    lines = (await (await broken(client, "duplicated_keys", STATUS)).read()).splitlines()
    assert [line.count(b'"SPS1m"') for line in lines] == [0, 0, 2]


async def test_names_that_inject(client: Client) -> None:
    page = json.loads(await (await broken(client, "injection")).read())
    assert "<script>" in page["worker"][0]["workername"]
    assert '"} verifier_up 0\n' in page["worker"][0]["workername"]


async def test_ten_thousand_workers(client: Client) -> None:
    assert len(json.loads(await (await broken(client, "many_workers")).read())["worker"]) == MANY
    page = await (await broken(client, "many_workers", CLIENT)).json()
    assert len({worker["name"] for worker in page["workers"]}) == MANY
    lines = (await (await broken(client, "many_workers", STATUS)).read()).splitlines()
    assert len(lines) == 3
    empty = f"/public-pool/api/client/{ADDRESS}/chart"
    assert isinstance(await (await broken(client, "many_workers", empty)).json(), list)


async def test_workers_that_are_named_by_keys_are_crowded_and_injected_too(client: Client) -> None:
    path = f"/ocean/v1/user_hashrate_full/{ADDRESS}"
    many = await (await broken(client, "many_workers", path)).json()
    assert len(many["result"]["workers"]) == MANY
    injected = await (await broken(client, "injection", path)).json()
    assert len(injected["result"]["workers"]) == 2
    assert all("<script>" in name for name in injected["result"]["workers"])


async def test_a_frozen_page_stands_still(client: Client, watch: Watch) -> None:
    first = await broken(client, "frozen")
    watch.now += timedelta(minutes=10)
    later = await client.get(USER)
    assert later.headers["Last-Modified"] == first.headers["Last-Modified"]
    assert await later.read() == await first.read()


async def test_a_counter_starts_anew(client: Client, watch: Watch) -> None:
    before = json.loads(await (await client.get(USER)).read())["shares"]
    assert (await broken(client, "counter_reset")).status == 404
    watch.now += timedelta(minutes=10)
    assert 0 < json.loads(await (await client.get(USER)).read())["shares"] < before / 100


async def test_times_lie_in_the_future(client: Client) -> None:
    page = json.loads(await (await broken(client, "future")).read())
    assert page["lastshare"] > (NOW + timedelta(days=1)).timestamp()


async def test_f2pool_is_read_by_post_alone(client: Client) -> None:
    body = {"currency": "bitcoin", "mining_user_name": "acme"}
    answer = await client.post("/f2pool/v2/hash_rate/info", json=body, headers={"F2P-API-SECRET": TOKEN})
    assert (await answer.json())["info"]["name"] == "acme"
    assert (await client.get("/f2pool/v2/hash_rate/info")).status == 404
    assert (await (await client.post("/f2pool/v2/hash_rate/info", data=b"{")).json())["code"] == 5001
    assert (await (await client.post("/f2pool/v2/hash_rate/info", data=b"[]")).json())["code"] == 5001


async def test_a_path_that_no_face_has(client: Client) -> None:
    missing = await client.get("/public-pool/api/nosuch")
    assert await missing.json() == {"statusCode": 404, "message": "Cannot GET /api/nosuch", "error": "Not Found"}


async def test_serving_ends_with_its_block(watch: Watch) -> None:
    async with serving("127.0.0.1", 0, world(), watch) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}/esplora/blocks/tip/height") as answer:
            assert answer.status == 200
        hanging = asyncio.create_task(serve("127.0.0.1", 0, world(), watch))
        await asyncio.sleep(0.05)
        hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
