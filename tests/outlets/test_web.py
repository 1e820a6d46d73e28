"""The server over real HTTP: what it serves, whom it refuses, and that nothing is kept by a browser."""

from dataclasses import replace

import pytest
from aiohttp import ClientSession

from tests.outlets import pictures
from tests.outlets.conftest import Reloading, Serving, app_of
from verifier.outlets.guard import host_of, known
from verifier.outlets.server import Server

PAGES = ("/", "/?result=short", "/?page=2", "/c/north", "/a/renter1")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_served_with_a_strict_policy(client: ClientSession, serving: Serving, path: str) -> None:
    address = await serving(pictures.every_result())
    async with client.get(address + path) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:")
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "aiohttp" not in answer.headers["Server"]


async def test_the_hours_reach_the_chart(client: ClientSession, serving: Serving) -> None:
    address = await serving(pictures.every_result())
    async with client.get(f"{address}/c/north") as answer:
        page = await answer.text()
    assert page.count('<line class="delivered"') > 60


@pytest.mark.parametrize("path", ["/", "/c/north", "/a/renter1"])
async def test_before_the_first_picture_the_pages_say_so(client: ClientSession, serving: Serving, path: str) -> None:
    address = await serving(None)
    async with client.get(address + path) as answer:
        assert answer.status == 200
        assert "Asking for the first time" in await answer.text()


@pytest.mark.parametrize("path", ["/api/v1/contracts", "/api/v1/contracts/north", "/api/v1/accounts"])
async def test_the_documents_wait_for_the_first_picture(client: ClientSession, serving: Serving, path: str) -> None:
    async with client.get(await serving(None) + path) as answer:
        assert answer.status == 503
    async with client.get(await serving(pictures.every_result()) + path) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert (await answer.json())["at"] == "2026-11-20T08:20:00Z"


@pytest.mark.parametrize(
    "path", ["/c/nobody", "/a/nobody", "/nothing", "/?result=bad", "/?page=-1", "/static/../web.py"]
)
async def test_what_is_not_there_is_a_page_that_says_so(client: ClientSession, serving: Serving, path: str) -> None:
    address = await serving(pictures.every_result())
    async with client.get(address + path) as answer:
        assert answer.status == 404
        assert "Nothing here" in await answer.text()


async def test_a_contract_nobody_has_is_404_in_json_too(client: ClientSession, serving: Serving) -> None:
    async with client.get(f"{await serving(pictures.every_result())}/api/v1/contracts/nobody") as answer:
        assert (answer.status, await answer.json()) == (404, {"error": "no contract of this name"})


async def test_alive_is_not_yet_ready(client: ClientSession, serving: Serving) -> None:
    address = await serving(None)
    async with client.get(f"{address}/-/healthy") as answer:
        assert answer.status == 200
    async with client.get(f"{address}/-/ready") as answer:
        assert (answer.status, await answer.text()) == (503, "the first turn is not done yet\n")


async def test_ready_needs_a_turn_and_a_memory_that_can_be_written(client: ClientSession, serving: Serving) -> None:
    every = pictures.every_result()
    async with client.get(f"{await serving(every)}/-/ready") as answer:
        assert (answer.status, await answer.text()) == (200, "ready\n")
    first_turn = replace(every, daemon=replace(every.daemon, last_step_at=None))
    async with client.get(f"{await serving(first_turn)}/-/ready") as answer:
        assert answer.status == 503
    async with client.get(f"{await serving(pictures.in_trouble())}/-/ready") as answer:
        assert (answer.status, await answer.text()) == (503, "the memory cannot be written: disk full\n")


async def test_metrics_are_served_in_both_formats(client: ClientSession, serving: Serving) -> None:
    address = await serving(pictures.every_result())
    async with client.get(f"{address}/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert b"verifier_verdict_outcome" in await answer.read()
    async with client.get(f"{address}/metrics", headers={"Accept": "application/openmetrics-text"}) as answer:
        assert answer.content_type == "application/openmetrics-text"


async def test_a_reload_is_applied_or_says_why_not(
    client: ClientSession, serving: Serving, reloading: Reloading
) -> None:
    address = await serving(pictures.every_result())
    async with client.post(f"{address}/-/reload") as answer:
        assert (answer.status, await answer.text()) == (200, "reloaded\n")
    reloading.error = "verifier.yaml:3: contracts.north.promised: what is TH?"
    async with client.post(f"{address}/-/reload") as answer:
        assert answer.status == 500
        assert reloading.error in await answer.text()
    assert reloading.asked == 2


async def test_a_message_is_tried_again_or_says_why_not(
    client: ClientSession, serving: Serving, reloading: Reloading
) -> None:
    address = await serving(pictures.every_result())
    async with client.post(f"{address}/api/v1/messages/{'ab' * 16}/retry", headers={"Origin": address}) as answer:
        assert (answer.status, await answer.json()) == (202, {"message": "ab" * 16})
    reloading.error = "no message of this id waits"
    async with client.post(f"{address}/api/v1/messages/cd/retry") as answer:
        assert (answer.status, await answer.json()) == (409, {"error": reloading.error})
    async with client.post(f"{address}/api/v1/messages/ef/retry", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
    async with client.post(f"{address}/api/v1/messages/../retry") as answer:
        assert answer.status == 404
    assert reloading.retried == ["ab" * 16, "cd"]


async def test_another_site_cannot_reload(client: ClientSession, serving: Serving, reloading: Reloading) -> None:
    address = await serving(pictures.every_result())
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        async with client.post(f"{address}/-/reload", headers={"Origin": origin}) as answer:
            assert answer.status == 403
    assert reloading.asked == 0
    async with client.post(f"{address}/-/reload", headers={"Origin": address}) as answer:
        assert answer.status == 200


async def test_a_reload_needs_a_post_and_quitting_is_not_offered(client: ClientSession, serving: Serving) -> None:
    address = await serving(pictures.every_result())
    async with client.get(f"{address}/-/reload") as answer:
        assert answer.status == 405
    async with client.post(f"{address}/-/quit") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("pi.local:9580", 200), ("192.168.1.5:9580", 200), ("[::1]:9580", 200), ("evil.example", 421)],
)
async def test_a_foreign_name_for_this_address_is_refused(
    client: ClientSession, serving: Serving, host: str, status: int
) -> None:
    address = await serving(pictures.every_result())
    async with client.get(address, headers={"Host": host}) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("[::1]:80", "::1"),
        ("Pi.Local:9580", "pi.local"),
        ("https://x.example/y", "x.example"),
        ("[bad", None),
        ("", None),
    ],
)
def test_the_host_is_read_from_addresses_of_every_form(address: str, host: str | None) -> None:
    assert host_of(address) == host


def test_no_host_is_a_foreign_one() -> None:
    assert not known(None, frozenset())
    assert known("verifier", frozenset({"verifier"}))


async def test_a_large_request_is_refused(client: ClientSession, serving: Serving) -> None:
    address = await serving(pictures.every_result())
    async with client.get(f"{address}/?result={'x' * 20_000}") as answer:
        assert answer.status == 400


async def test_the_stylesheet_may_be_kept_for_a_while(client: ClientSession, serving: Serving) -> None:
    address = await serving(pictures.every_result())
    for name in ("page.css", "icon.svg"):
        async with client.get(f"{address}/static/{name}") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_an_address_that_is_taken_is_an_error(serving: Serving, reloading: Reloading) -> None:
    address = await serving(None)
    with pytest.raises(OSError, match="in use"):
        await Server(app_of(None, reloading), address.removeprefix("http://")).open()


async def test_the_name_listened_at_is_ours(client: ClientSession, reloading: Reloading) -> None:
    server = Server(app_of(None, reloading), "localhost:0")
    await server.open()
    async with client.get(f"{server.url}/-/healthy") as answer:
        assert answer.status == 200
    await server.close()
