import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.far_end import KEY, NOON, TOKEN, CountingClock, Pool, pool, served
from verifier.clock import SteppedClock
from verifier.errors import Unreachable
from verifier.talk import Http
from verifier.wire import Wire
from verifier.wire.pace import LONGEST, PATIENCE, Lane, http_date, retry_after

NOW = Http(path="/")
ONCE = Http(path="/", repeatable=False)


def after(seconds: str, status: int = 429) -> web.Response:
    return web.Response(status=status, headers={"Retry-After": seconds})


async def test_two_asks_are_a_pace_apart(wire: Wire, clock: CountingClock) -> None:
    async with served(Pool()) as url:
        for _ in range(3):
            await wire.ask(pool(url, pace=2.5), NOW)
    assert clock.pauses == [2.5, 2.5]


async def test_two_conversations_with_one_host_share_its_pace(wire: Wire, clock: CountingClock) -> None:
    async with served(Pool()) as url:
        await asyncio.gather(*(wire.ask(pool(url, pace=30), NOW) for _ in range(4)))
        assert clock.pauses == [30, 30, 30]
        assert wire.not_before(pool(url)) == clock.now() + timedelta(seconds=30)


async def test_a_stepped_day_waits_for_no_pace_and_knows_when_the_next_ask_may_go() -> None:
    stepped = SteppedClock(NOON)
    async with served(Pool()) as url, Wire(stepped) as wire:
        there = pool(url, pace=20)
        for _ in range(5):
            assert (await wire.ask(there, NOW)).received_at == NOON
        assert wire.not_before(there) == NOON + timedelta(seconds=20)


async def test_two_keys_at_one_host_have_a_pace_each(wire: Wire, clock: CountingClock) -> None:
    async with served(Pool()) as url:
        one, other = pool(url, token="first key", pace=60), pool(url, token="second key", pace=60)
        await wire.ask(one, NOW)
        await wire.ask(other, NOW)
        assert clock.pauses == []
        await wire.ask(other, NOW)
        assert clock.pauses == [60]
        assert wire.not_before(one) < wire.not_before(other)


async def test_a_host_never_asked_may_be_asked_now(wire: Wire) -> None:
    assert wire.not_before(pool("https://pool.example")) == NOON


async def test_too_many_then_success(wire: Wire, clock: CountingClock) -> None:
    far = Pool(after("3"), web.Response(text="ok"))
    async with served(far) as url:
        assert (await wire.ask(pool(url), NOW)).status == 200
    assert (len(far.asked), clock.pauses) == (2, [3])


async def test_a_retry_after_date_is_measured_by_the_hosts_own_clock(wire: Wire, clock: CountingClock) -> None:
    headers = {"Date": "Wed, 21 Oct 2015 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2015 07:28:07 GMT"}
    far = Pool(web.Response(status=503, headers=headers), web.Response())
    async with served(far) as url:
        await wire.ask(pool(url), NOW)
    assert clock.pauses == [7]


async def test_a_long_retry_after_is_given_back_and_moves_the_next_ask(wire: Wire, clock: CountingClock) -> None:
    far = Pool(after("3600"), web.Response(text="ok"))
    async with served(far) as url:
        there = pool(url)
        assert (await wire.ask(there, NOW)).status == 429
        assert wire.not_before(there) == NOON + timedelta(hours=1)
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1 is left alone until 13:00:00 UTC"):
            await wire.ask(there, NOW)
        assert (len(far.asked), clock.pauses) == (1, [])
        clock.set(NOON + timedelta(hours=1))
        assert (await wire.ask(there, NOW)).status == 200
        assert wire.not_before(there) == clock.now()


async def test_a_repeatable_ask_is_tried_three_times_with_growing_jittered_pauses(
    wire: Wire, clock: CountingClock
) -> None:
    far = Pool(web.Response(status=502, text="down"))
    async with served(far) as url:
        reply = await wire.ask(pool(url), NOW)
    assert (reply.status, reply.body) == (502, b"down")
    assert (len(far.asked), clock.pauses) == (3, [0.5, 1.0])


async def test_a_repeatable_ask_survives_a_torn_connection(wire: Wire) -> None:
    async def torn(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    far = Pool(torn, web.Response(text="ok"))
    async with served(far) as url:
        reply = await wire.ask(pool(url), Http(path="/", method="POST", body={}))
    assert (reply.body, len(far.asked)) == (b"ok", 2)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_must_not_be_repeated_is_sent_once(wire: Wire, status: int) -> None:
    far = Pool(web.Response(status=status))
    async with served(far) as url:
        assert (await wire.ask(pool(url), ONCE)).status == status
    assert len(far.asked) == 1


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410])
async def test_other_statuses_are_for_the_talk_and_are_not_repeated(wire: Wire, status: int) -> None:
    far = Pool(web.Response(status=status))
    async with served(far) as url:
        assert (await wire.ask(pool(url), NOW)).status == status
        assert wire.not_before(pool(url)) == NOON
    assert len(far.asked) == 1


async def test_a_dead_host_is_asked_ever_more_rarely_and_a_success_forgives(wire: Wire, clock: CountingClock) -> None:
    far = Pool(*[web.Response(status=500)] * 8, web.Response(text="ok"), web.Response(status=500))
    waits = []
    async with served(far) as url:
        there = pool(url)
        for _ in range(8):
            await wire.ask(there, ONCE)
            waits.append((wire.not_before(there) - clock.now()).total_seconds())
            clock.set(wire.not_before(there))
        assert waits == [0.5, 1, 2, 4, 8, 16, 32, 64]
        assert (await wire.ask(there, ONCE)).status == 200
        await wire.ask(there, ONCE)
        assert (wire.not_before(there) - clock.now()).total_seconds() == 0.5


async def test_while_a_host_fails_one_probe_goes_and_the_others_wait_for_its_fate(
    wire: Wire, clock: CountingClock
) -> None:
    far = Pool(after("60", 503), after("60", 503), web.Response(text="ok"))
    async with served(far) as url:
        there = pool(url)
        await wire.ask(there, ONCE)
        clock.set(NOON + timedelta(minutes=1))
        fates = await asyncio.gather(*(wire.ask(there, ONCE) for _ in range(3)), return_exceptions=True)
        assert len(far.asked) == 2
        assert [type(fate) for fate in fates[1:]] == [Unreachable, Unreachable]
        clock.set(NOON + timedelta(minutes=2))
        assert [reply.status for reply in await asyncio.gather(*(wire.ask(there, ONCE) for _ in range(3)))] == [200] * 3


async def test_a_slow_pace_is_waited_for_even_after_a_failure_was_forgiven(wire: Wire, clock: CountingClock) -> None:
    far = Pool(web.Response(status=500), web.Response(text="ok"))
    async with served(far) as url:
        there = pool(url, pace=60)
        await wire.ask(there, ONCE)
        clock.set(NOON + timedelta(minutes=1))
        await wire.ask(there, ONCE)
        await wire.ask(there, ONCE)
    assert clock.pauses == [60]


async def test_no_more_asks_are_under_way_at_one_host_than_allowed(wire: Wire) -> None:
    under_way, most = 0, 0

    async def slow(_: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        return web.Response()

    async with served(slow) as url:
        await asyncio.gather(
            *(wire.ask(pool(url, token=f"key {n}"), Http(path="/", query={"k": TOKEN})) for n in range(8))
        )
    assert most == 2


def test_the_clock_of_the_machine_set_back_silences_nobody() -> None:
    clock = CountingClock()
    lane = Lane(clock, "pool.example", lambda: 0.5)
    lane.failed()
    clock.set(NOON - timedelta(hours=5))
    assert lane.wait == 0.5


@given(st.integers(1, 500), st.floats(0, 1, exclude_max=True))
def test_back_off_never_exceeds_its_longest(failures: int, drawn: float) -> None:
    lane = Lane(CountingClock(), "pool.example", lambda: drawn)
    for _ in range(failures):
        lane.failed()
    assert 0 <= lane.wait <= LONGEST


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999", PATIENCE),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2037 12:00:00 GMT", PATIENCE),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("١٢", None),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("9" * 5000, PATIENCE),
    ],
)
def test_retry_after_in_seconds_and_dates_is_believed_for_a_day_at_most(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOON) == seconds


def test_a_date_without_a_zone_is_taken_as_utc() -> None:
    assert http_date("Sun, 01 Mar 2026 12:00:30 -0000") == datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def test_the_key_itself_names_no_lane() -> None:
    assert KEY not in repr(pool("https://pool.example", token=KEY).lane)
