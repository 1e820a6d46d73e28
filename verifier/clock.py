"""The one place that knows what time it is: real time, time that is told, and one wake-up call."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

_WAKE: Final = "wake"


class Clock(Protocol):
    """What the doors know about time."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some start; never goes back, whatever is done to the machine's clock."""

    async def sleep(self, seconds: float) -> None:
        """Let the given number of seconds pass."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The machine's moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine started, about."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)


class SteppedClock:
    """A clock that is told the time: whole days pass in one call, and sleeping only lets others run."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The moment last told."""
        return self._now

    def monotonic(self) -> float:
        """Seconds told so far."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - time passes only when told
        """Return at once, after others had a chance to run."""
        await asyncio.sleep(0)

    def set(self, now: datetime) -> None:
        """Make it ``now``; like a real clock it may be set back, and monotonic time then stands still."""
        self._elapsed += max(0.0, (now - self._now).total_seconds())
        self._now = now


class Timers:
    """Wakes one callback at one moment.

    The callback runs in the event loop and must only signal (set an event, fill a queue): what it starts is not
    known here, so stopping the timers never cancels work.
    """

    def __init__(self) -> None:
        # Commands that only ask what time it is are over sooner than this is imported.
        from apscheduler.jobstores.memory import MemoryJobStore
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        # A loop that was busy must still fire, late and once: the library's default drops what is a second late.
        defaults = {"misfire_grace_time": None, "coalesce": True}
        self._scheduler = AsyncIOScheduler(timezone=UTC, jobstores={"default": MemoryJobStore()}, job_defaults=defaults)

    def start(self) -> None:
        """Begin to fire, on the running event loop."""
        self._scheduler.start()

    def wake_at(self, moment: datetime, callback: Callable[[], object]) -> None:
        """Call ``callback`` once at ``moment``, at once if that is past. Replaces the wake-up asked for before."""

        async def fire() -> None:  # a coroutine is run in the loop, a plain function in a thread
            callback()

        self._scheduler.add_job(fire, "date", run_date=moment, id=_WAKE, replace_existing=True)

    def stop(self) -> None:
        """Fire no more."""
        self._scheduler.shutdown(wait=False)
