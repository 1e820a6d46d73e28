"""Names and passwords at the door, over real HTTP: who is let in, who is not, and what stays open."""

from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from time import process_time
from typing import Final, TypeAlias

import bcrypt
import pytest
from aiohttp import ClientSession

from tests.outlets import pictures
from tests.outlets.conftest import Reloading, app_of
from verifier.outlets.access import Access, Doorkeeper, loopback
from verifier.outlets.server import Server

PASSWORD: Final = "correct horse: battery ½"
MESSAGE: Final = "/api/v1/messages/0123456789abcdef/retry"

Guarding: TypeAlias = Callable[[Access], Awaitable[Server]]


def login_of(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


ME: Final = login_of("me", PASSWORD)


def hashed(password: str, cost: int = 4) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def mine(**other: str) -> Access:
    return Access(users={"me": hashed(PASSWORD), **other})


@pytest.fixture
async def guarding(reloading: Reloading) -> AsyncGenerator[Guarding]:
    servers = []

    async def start(access: Access) -> Server:
        server = Server(app_of(pictures.every_result(), reloading, access), "127.0.0.1:0")
        await server.open()
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.close()


@pytest.mark.parametrize("path", ["/", "/c/north", "/api/v1/contracts", "/metrics", "/static/page.css", "/nothing"])
async def test_nothing_is_read_without_the_password(client: ClientSession, guarding: Guarding, path: str) -> None:
    url = (await guarding(mine())).url
    async with client.get(url + path) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert "north" not in await answer.text()
    async with client.get(url + path, headers={"Authorization": ME}) as answer:
        assert answer.status == (404 if path == "/nothing" else 200)


@pytest.mark.parametrize(
    "login",
    [
        login_of("me", "wrong"),
        login_of("nobody", PASSWORD),
        login_of("", ""),
        "Basic no-base64",
        "Basic bWU=",
        "Basic",
        "Digest username=me",
        "Bearer ",
        "",
    ],
)
async def test_a_wrong_login_is_refused(client: ClientSession, guarding: Guarding, login: str) -> None:
    url = (await guarding(mine())).url
    for _ in range(2):
        async with client.get(url, headers={"Authorization": login}) as answer:
            assert answer.status == 401


async def test_whether_it_lives_is_told_to_everybody(client: ClientSession, guarding: Guarding) -> None:
    url = (await guarding(mine())).url
    for path in ("/-/healthy", "/-/ready"):
        async with client.get(url + path) as answer:
            assert answer.status == 200
    async with client.post(f"{url}/-/reload") as answer:
        assert answer.status == 401


async def test_a_password_is_computed_once_and_not_per_request() -> None:
    doorkeeper = Doorkeeper(Access(users={"me": hashed(PASSWORD, cost=10)}))
    begun = process_time()
    assert await doorkeeper.admits(ME)
    computed = process_time()
    for _ in range(20):
        assert await doorkeeper.admits(ME)
    assert (process_time() - computed) / 20 < (computed - begun) / 5


async def test_a_password_that_was_changed_is_the_old_one_no_more() -> None:
    doorkeeper = Doorkeeper(mine())
    assert await doorkeeper.admits(ME)
    doorkeeper.access = Access(users={"me": hashed("another")})
    assert not await doorkeeper.admits(ME)
    doorkeeper.access = Access(users={"you": hashed(PASSWORD)})
    assert not await doorkeeper.admits(ME)


async def test_old_logins_are_forgotten_and_still_right() -> None:
    access = Access(users={f"user{number}": hashed("x") for number in range(120)})
    doorkeeper = Doorkeeper(access)
    for _ in range(2):
        for name in access.users:
            assert await doorkeeper.admits(login_of(name, "x"))


async def test_bcrypt_reads_72_bytes_as_everywhere_else() -> None:
    long = "x" * 72
    doorkeeper = Doorkeeper(Access(users={"me": hashed(long)}))
    assert await doorkeeper.admits(login_of("me", f"{long}tail"))
    assert not await doorkeeper.admits(login_of("me", long[1:]))


async def test_the_token_opens_what_commands_ask_for_and_nothing_else(
    client: ClientSession, guarding: Guarding, reloading: Reloading
) -> None:
    access = mine()
    url = (await guarding(access)).url
    token = {"Authorization": f"Bearer {access.token}"}
    async with client.post(url + MESSAGE, headers=token) as answer:
        assert answer.status == 202
    assert reloading.retried == [MESSAGE.split("/")[4]]
    for method, path in (("GET", "/"), ("POST", "/-/reload"), ("GET", MESSAGE), ("GET", "/metrics")):
        async with client.request(method, url + path, headers=token) as answer:
            assert answer.status == 401, path
    async with client.post(url + MESSAGE, headers={"Authorization": f"Bearer {mine().token}"}) as answer:
        assert answer.status == 401


async def test_the_written_headers_stand_on_every_answer(client: ClientSession, guarding: Guarding) -> None:
    url = (await guarding(Access(headers={"Strict-Transport-Security": "max-age=60"}))).url
    for path in ("/", "/nothing", "/api/v1/contracts", "/static/page.css"):
        async with client.get(url + path) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=60"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("[::1]", True), ("localhost", True), ("127.9.9.9", True), ("0.0.0.0", False), ("::", False),
     ("", False), ("192.168.1.4", False), ("pi.local", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, own: bool) -> None:
    assert loopback(host) is own


def test_hashes_are_not_shown() -> None:
    assert "$2b$" not in repr(mine())
