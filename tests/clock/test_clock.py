import asyncio
from datetime import UTC, datetime, timedelta

from verifier.clock import Clock, SteppedClock, SystemClock, Timers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_the_machines_time_is_aware_and_passes() -> None:
    clock: Clock = SystemClock()
    began, started = clock.now(), clock.monotonic()
    await clock.sleep(0.01)
    assert began.tzinfo is UTC
    assert clock.now() > began
    assert clock.monotonic() >= started + 0.009


async def test_a_stepped_clock_knows_only_what_it_is_told() -> None:
    clock = SteppedClock(NOON)
    await clock.sleep(86_400)
    assert clock.now() == NOON
    clock.set(NOON + timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)
    assert clock.monotonic() == 86_400


async def test_sleeping_on_a_stepped_clock_lets_others_run() -> None:
    ran = asyncio.Event()
    other = asyncio.create_task(_set(ran))
    await SteppedClock(NOON).sleep(3600)
    assert ran.is_set()
    await other


async def _set(event: asyncio.Event) -> None:
    event.set()


def test_a_clock_set_back_does_not_turn_monotonic_time_back() -> None:
    clock = SteppedClock(NOON)
    clock.set(NOON + timedelta(seconds=5))
    clock.set(NOON)
    clock.set(NOON + timedelta(seconds=1))
    assert clock.monotonic() == 6


async def test_a_wake_up_call_comes_once_and_replaces_the_one_before() -> None:
    calls: list[str] = []
    woken = asyncio.Event()
    timers = Timers()
    timers.start()
    soon = datetime.now(UTC) + timedelta(milliseconds=50)
    timers.wake_at(soon, lambda: calls.append("replaced"))
    timers.wake_at(soon, woken.set)
    await asyncio.wait_for(woken.wait(), 5)
    await asyncio.sleep(0.1)
    timers.stop()
    assert calls == []


async def test_a_moment_long_past_wakes_at_once() -> None:
    woken = asyncio.Event()
    timers = Timers()
    timers.start()
    timers.wake_at(datetime.now(UTC) - timedelta(days=1), woken.set)
    await asyncio.wait_for(woken.wait(), 5)
    timers.stop()


async def test_stopping_the_timers_cancels_no_work() -> None:
    begun, done = asyncio.Event(), asyncio.Event()
    work: list[asyncio.Task[None]] = []

    async def long_work() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        done.set()

    timers = Timers()
    timers.start()
    timers.wake_at(datetime.now(UTC), lambda: work.append(asyncio.create_task(long_work())))
    await asyncio.wait_for(begun.wait(), 5)
    timers.stop()
    await asyncio.wait_for(done.wait(), 5)
    await work[0]
