import pytest
from aiohttp import web

from tests.wire.far_end import KEY, NOON, TOKEN, CountingClock, Pool, pool, served
from verifier.errors import Misread, Unreachable
from verifier.observation import PoolSeen
from verifier.talk import Http, Talk
from verifier.wire import Wire, converse


def pages(count: int, ended: list[bool] | None = None) -> Talk:
    """Asks for pages and sees one pool per page."""
    seen = []
    try:
        for page in range(count):
            reply = yield Http(path="/workers", query={"page": str(page), "token": TOKEN})
            if reply.status != 200:
                raise Misread(f"status {reply.status}")
            seen.append(PoolSeen(at=reply.received_at, workers=len(reply.body)))
    finally:
        if ended is not None:
            ended.append(True)
    return seen


async def test_a_conversation_brings_observations_and_every_answer(wire: Wire, clock: CountingClock) -> None:
    async with served(Pool(web.Response(text="abc"))) as url:
        seen, exchanges = await converse(wire, pool(url, token=KEY, pace=2), pages(3))
    assert [observation.workers for observation in seen if isinstance(observation, PoolSeen)] == [3, 3, 3]
    assert [exchange.url for exchange in exchanges] == [f"{url}/workers?page={page}&token=***" for page in range(3)]
    assert [exchange.reply.body for exchange in exchanges if exchange.reply] == [b"abc"] * 3
    assert exchanges[0].asked_at == NOON
    assert clock.pauses == [2, 2]


async def test_a_large_answer_is_read_beside_the_loop(wire: Wire) -> None:
    async with served(Pool(web.Response(body=b"x" * 300_000))) as url:
        seen, exchanges = await converse(wire, pool(url), pages(2), cap=400_000)
    assert (len(seen), len(exchanges)) == (2, 2)


async def test_what_was_answered_before_a_failure_is_handed_over(wire: Wire) -> None:
    ended: list[bool] = []
    far = Pool(web.Response(text="first"), web.Response(body=b"x" * 99))
    async with served(far) as url:
        with pytest.raises(Misread, match="larger than") as raised:
            await converse(wire, pool(url), pages(3, ended), cap=50)
    assert [exchange.reply and exchange.reply.body for exchange in raised.value.exchanges] == [b"first", None]
    assert ended == [True]


async def test_what_a_talk_cannot_read_is_handed_over_too(wire: Wire) -> None:
    async with served(Pool(web.Response(status=404, text="gone"))) as url:
        with pytest.raises(Misread, match="status 404") as raised:
            await converse(wire, pool(url), pages(3))
    assert [exchange.reply.body for exchange in raised.value.exchanges] == [b"gone"]


async def test_a_talk_may_do_without_an_answer(wire: Wire) -> None:
    def patient() -> Talk:
        first = yield Http(path="/")
        try:
            yield Http(path="/more")
        except Misread:
            return (PoolSeen(at=first.received_at, workers=1),)
        return ()

    far = Pool(web.Response(text="first"), web.Response(body=b"x" * 99))
    async with served(far) as url:
        seen, exchanges = await converse(wire, pool(url), patient(), cap=50)
    assert len(seen) == 1
    assert [exchange.reply and exchange.reply.body for exchange in exchanges] == [b"first", None]


async def test_an_ask_without_an_answer_is_remembered_as_asked(wire: Wire) -> None:
    with pytest.raises(Unreachable) as raised:
        await converse(wire, pool("http://pool.invalid", token=KEY), pages(1))
    (exchange,) = raised.value.exchanges
    assert (exchange.url, exchange.reply) == ("http://pool.invalid/workers?page=0&token=***", None)


async def test_a_conversation_without_end_is_ended(wire: Wire) -> None:
    ended: list[bool] = []
    far = Pool()
    async with served(far) as url:
        with pytest.raises(Misread, match="more than 5 asks"):
            await converse(wire, pool(url), pages(1000, ended), most_asks=5)
    assert len(far.asked) == 5
    assert ended == [True]


async def test_a_bug_in_a_talk_is_not_hidden_and_the_talk_is_closed(wire: Wire) -> None:
    def broken() -> Talk:
        reply = yield Http(path="/")
        raise KeyError(reply.status)

    async with served(Pool()) as url:
        with pytest.raises(KeyError):
            await converse(wire, pool(url), broken())
