from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.far_end import KEY, TOKEN, Pool, pool, served
from verifier.errors import VerifierError
from verifier.talk import File, Http, Lines
from verifier.wire import Destination, Wire, recorded_url, redact
from verifier.wire.redaction import carries_secret

SPELLINGS = [KEY, quote(KEY, safe=""), quote_plus(KEY), b64encode(KEY.encode()).decode()]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_secret_is_hidden_however_it_is_spelled(spelled: str) -> None:
    assert redact(f"said {spelled}!", {"token": KEY}) == "said ***!"


def test_an_empty_secret_hides_nothing() -> None:
    assert redact("as it is", {"token": ""}) == "as it is"


@given(st.text(min_size=1), st.text("*abc", min_size=1).filter(lambda text: "*" not in text), st.text())
def test_no_text_keeps_a_secret(before: str, secret: str, after: str) -> None:
    assert secret not in redact(before + secret + after, {"token": secret})


def test_a_recorded_address_names_the_parameter_and_hides_its_value() -> None:
    ask = Http(path="/v1/now", query={"user": "north", "token": TOKEN})
    assert (
        recorded_url(pool("https://pool.example", token=KEY), ask) == "https://pool.example/v1/now?user=north&token=***"
    )


def test_a_secret_that_is_not_configured_is_not_sent() -> None:
    ask = Http(path="/v1/now", query={"token": TOKEN})
    assert recorded_url(pool("https://pool.example"), ask) == "https://pool.example/v1/now"


def test_a_recorded_address_holds_neither_login_nor_secret_path() -> None:
    hook = Destination(name="hook", url=f"https://user:pass@hooks.example/{quote(KEY, safe='')}", secrets={"hook": KEY})
    assert recorded_url(hook, Http(path="")) == "https://hooks.example/***"


def test_lines_and_files_are_recorded_by_what_was_asked() -> None:
    line = Lines(method="server.version", params=[TOKEN])
    assert recorded_url(pool("tls://node.example:50002", token=KEY), line) == "tls://node.example:50002#server.version"
    assert recorded_url(pool("file:///var/log/pool"), File(path="users/a")) == "file:///var/log/pool/users/a"
    assert recorded_url(pool("file:///var/log/pool.csv"), File(path="")) == "file:///var/log/pool.csv"


def test_a_destination_shows_no_secret() -> None:
    proxy = f"http://me:{quote(KEY, safe='')}@proxy.example:3128"
    shown = repr(Destination(name="pool", url=f"https://x.example/{KEY}", secrets={"token": KEY}, proxy=proxy))
    assert not any(spelled in shown for spelled in SPELLINGS)


def test_a_placeholder_is_found_anywhere() -> None:
    assert carries_secret(Http(path="/", body={"list": [{"deep": TOKEN}]}))
    assert carries_secret(Lines(method="login", params=({"pass": TOKEN},)))
    assert not carries_secret(Http(path="/", body=b"raw", query={"a": "b"}))
    assert not carries_secret(File(path="a"))


async def test_the_far_end_gets_the_key_and_the_reply_does_not_show_it(wire: Wire) -> None:
    async def echo(request: web.Request) -> web.Response:
        said = f"{request.query['key']} {request.headers['Key']} {await request.text()}"
        assert said.count(KEY) == 3
        headers = {"X-Echo": KEY, "Set-Cookie": "session=abc"}
        return web.Response(text=said + " ".join(SPELLINGS), headers=headers)

    ask = Http(path="/", method="POST", query={"key": TOKEN}, headers={"Key": TOKEN}, body={"in": [{"key": TOKEN}]})
    async with served(echo) as url:
        reply = await wire.ask(pool(url, token=KEY), ask)
    assert reply.status == 200
    assert not any(spelled in repr(reply) for spelled in SPELLINGS)
    assert "set-cookie" not in reply.headers


async def test_a_short_secret_leaves_the_figures_of_a_body_alone(wire: Wire) -> None:
    async with served(Pool(web.Response(text='{"hashrate": 1234567}'))) as url:
        reply = await wire.ask(pool(url, token="1234"), Http(path="/", query={"pin": TOKEN}))
    assert reply.body == b'{"hashrate": 1234567}'


async def test_no_error_holds_a_secret_in_itself_or_behind_it(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ask = Http(path="/", query={"key": TOKEN}, headers={"Key": TOKEN})

    async def torn(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with served(torn) as broken, served(Pool(web.Response(text="x" * 99))) as large:
        for url, cap in ((broken, 99), (large, 9), ("http://127.0.0.1:9", 99), ("https://name.invalid", 99)):
            with pytest.raises(VerifierError) as raised:
                await wire.ask(pool(url, token=KEY), ask, cap)
            told = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r} {caplog.text}"
            assert not any(spelled in told for spelled in SPELLINGS)
            assert raised.value.__context__ is None
            assert "\n" not in str(raised.value)
