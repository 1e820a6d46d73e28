"""When a host may be asked again: one moment per host and credential, moved by pace, Retry-After and back-off."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from verifier.clock import Clock
from verifier.errors import Unreachable

#: Seconds that an ask waits for a host that wants to be left alone; a longer wait is for whoever plans the asks.
SHORT: Final = 10.0
#: Seconds of back-off: full jitter over FIRST * 2^failures, at most LONGEST.
FIRST: Final = 0.5
LONGEST: Final = 600.0
#: Seconds of the longest Retry-After that is believed.
PATIENCE: Final = 86_400.0


class Lane:
    """One host with one credential: the moment before which it is not asked, and how often it failed in a row.

    ``nonce`` is the last one used, ``skew`` how far the host's clock is ahead of ours. Kept in monotonic time, so that
    a machine whose clock is set back does not fall silent.
    """

    def __init__(self, clock: Clock, host: str, jitter: Callable[[], float]) -> None:
        self.nonce = 0
        self.skew = timedelta(0)
        self._clock = clock
        self._host = host
        self._jitter = jitter
        self._until = clock.monotonic()
        self._held = False
        self._failures = 0
        self._queue = asyncio.Lock()

    @property
    def wait(self) -> float:
        """Seconds until the next ask may go."""
        return max(0.0, self._until - self._clock.monotonic())

    @property
    def tries_again(self) -> bool:
        """Whether the wait after a failure is short enough to ask again in the same breath."""
        return self.wait <= SHORT

    def not_before(self) -> datetime:
        """The moment before which this host is not asked."""
        return self._clock.now() + timedelta(seconds=self.wait)

    @asynccontextmanager
    async def turn(self, pace: float) -> AsyncIterator[None]:
        """One ask's turn, in the order asked. While the host fails the others wait for the fate of this one.

        Raises Unreachable, without asking, when the host wants to be left alone for longer than `SHORT`.
        """
        async with self._queue:
            await self._wait_for_turn()
            self._until, self._held = self._clock.monotonic() + pace, False
            if self._failures:
                yield
                return
        yield

    async def _wait_for_turn(self) -> None:
        waited_until = None
        while (wait := self.wait) and self._until != waited_until:
            if self._held and wait > SHORT:
                raise Unreachable(f"{self._host} is left alone until {self.not_before():%H:%M:%S} UTC")
            waited_until = self._until
            await self._clock.sleep(wait)

    def answered(self) -> None:
        """The host works: the next failure starts a new back-off."""
        self._failures = 0
        self._held = False

    def failed(self, retry_after: float | None = None) -> None:
        """The host failed: leave it alone for the seconds it asked for, or for a random time that grows."""
        self._failures += 1
        longest = min(LONGEST, FIRST * 2.0 ** min(self._failures, 32))
        pause = self._jitter() * longest if retry_after is None else retry_after
        self._until = max(self._until, self._clock.monotonic() + pause)
        self._held = True


def retry_after(headers: Mapping[str, str], received_at: datetime) -> float | None:
    """Seconds that a host wants to be left alone, at most a day; None when it does not say.

    A date is measured against the host's own clock where it tells that, so a wrong clock on either side does no harm.
    """
    wanted = headers.get("retry-after", "").strip()
    if wanted.isascii() and wanted.isdigit():
        return min(PATIENCE, float(wanted))
    until = http_date(wanted)
    if until is None:
        return None
    sent_at = http_date(headers.get("date", "")) or received_at
    return min(PATIENCE, max(0.0, (until - sent_at).total_seconds()))


def http_date(text: str) -> datetime | None:
    """A date as HTTP headers write it (RFC 9110 5.6.7), aware, in UTC; None when it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
