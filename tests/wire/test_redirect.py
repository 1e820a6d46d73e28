import pytest
from aiohttp import web
from yarl import URL

from tests.wire.far_end import KEY, TOKEN, Pool, pool, served
from verifier.errors import Refused, Unreachable
from verifier.talk import Http
from verifier.wire import Destination, Wire
from verifier.wire.redirect import onward

SECURE = URL("https://pool.example/v1?token=x")


def to(location: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": location})


async def test_a_redirect_on_the_same_host_is_followed_with_the_key(wire: Wire) -> None:
    far = Pool(to("/v2/now"), web.Response(text="here"))
    async with served(far) as url:
        reply = await wire.ask(pool(url, token=KEY), Http(path="/v1", headers={"Key": TOKEN}))
    assert reply.body == b"here"
    assert [request.path for request in far.asked] == ["/v1", "/v2/now"]
    assert far.asked[1].headers["Key"] == KEY


async def test_three_redirects_are_followed_and_no_fourth(wire: Wire) -> None:
    far = Pool(to("/1"), to("/2"), to("/3"), web.Response(text="end"))
    async with served(far) as url:
        assert (await wire.ask(pool(url), Http(path="/"))).body == b"end"
    endless = Pool(to("/again"))
    async with served(endless) as url:
        with pytest.raises(Refused, match="more than 3 times"):
            await wire.ask(pool(url), Http(path="/"))
    assert len(endless.asked) == 4


async def test_a_key_is_not_carried_to_another_host(wire: Wire) -> None:
    stranger = Pool()
    async with served(stranger) as elsewhere, served(Pool(to(elsewhere))) as url:
        for ask in (
            Http(path="/", headers={"Key": TOKEN}),
            Http(path="/", query={"key": TOKEN}),
            Http(path="/", method="POST", body={"deep": [{"key": TOKEN}]}),
        ):
            if ask.method == "GET":
                with pytest.raises(Refused, match="not to see this account's key"):
                    await wire.ask(pool(url, token=KEY), ask)
            else:
                assert (await wire.ask(pool(url, token=KEY), ask)).status == 302
        assert stranger.asked == []
        assert (await wire.ask(pool(url, token=KEY), Http(path="/"))).status == 200


async def test_a_post_is_sent_again_only_as_it_was(wire: Wire) -> None:
    far = Pool(to("/there", 307), web.Response(text="ok"))
    async with served(far) as url:
        reply = await wire.ask(pool(url), Http(path="/", method="POST", body={"a": 1}, repeatable=False))
    assert reply.body == b"ok"
    assert [request.method for request in far.asked] == ["POST", "POST"]


async def test_a_webhook_follows_no_redirect(wire: Wire) -> None:
    far = Pool(to("/elsewhere", 308))
    async with served(far) as url:
        hook = Destination(name="hook", url=url, allow_private=True, follow_redirects=False)
        reply = await wire.ask(hook, Http(path="", method="POST", body=b"{}", repeatable=False))
    assert (reply.status, len(far.asked)) == (308, 1)


async def test_a_redirect_to_a_private_address_is_refused(wire: Wire) -> None:
    inside = Pool()
    async with served(inside) as private, served(Pool(to(private))) as proxy:
        public = Destination(name="pool", url="http://pool.example", proxy=proxy)
        with pytest.raises(Refused, match="private address"):
            await wire.ask(public, Http(path="/"))
    assert inside.asked == []


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (f"https://{'a' * 300}/", "the name 127.0.0.1 is not known"),
        ("http://a..b/", "the name 127.0.0.1 is not known"),
        ("http://pool.invalid/", "the name pool.invalid is not known"),
        ("http://127.0.0.1:9/", "no connection to 127.0.0.1: Connection refused"),
    ],
)
async def test_a_redirect_to_nowhere_is_no_answer(wire: Wire, location: str, words: str) -> None:
    async with served(Pool(to(location))) as url:
        with pytest.raises(Unreachable, match=f"^{words}$"):
            await wire.ask(pool(url), Http(path="/", repeatable=False))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://pool.example/v1", "from https to http"),
        ("ftp://pool.example/v1", "not a web page"),
        ("file:///etc/passwd", "not a web page"),
        ("javascript:alert(1)", "not a web page"),
        ("https://pool.example:notaport/", "not a web page"),
        ("https://evil.example/", "not to see"),
        ("https://pool.example:8443/", "not to see"),
        ("//pool.example.evil.example/", "not to see"),
    ],
)
def test_where_a_redirect_never_leads(location: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        onward(SECURE, location, secret=True)


def test_a_redirect_may_lead_from_http_to_https_of_the_same_host() -> None:
    there = onward(URL("http://pool.example/v1"), "https://pool.example/v1", secret=True)
    assert there == URL("https://pool.example/v1")


def test_an_ask_without_a_key_may_be_sent_to_another_host() -> None:
    assert onward(SECURE, "https://www.pool.example/v1", secret=False).host == "www.pool.example"
