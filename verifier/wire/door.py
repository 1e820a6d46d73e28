"""The one door to the world: turn, signature, transport, retry and redaction of every ask, for whoever asks."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from random import SystemRandom
from types import TracebackType
from typing import Final, Self

from verifier import __version__
from verifier.clock import Clock
from verifier.errors import Misread, Refused, SourceError, Unreachable
from verifier.talk import Ask, File, Http, Lines, Reply
from verifier.wire import files
from verifier.wire.destination import Destination
from verifier.wire.failure import TRANSPORT, worded
from verifier.wire.lines import Line
from verifier.wire.pace import Lane, http_date, retry_after
from verifier.wire.redaction import hide
from verifier.wire.web import Timeouts, Web

USER_AGENT: Final = f"hashrate-verifier/{__version__} (+reads its own account's figures)"
CAP: Final = 1_048_576
RETRIES: Final = 2
_DRAW: Final = SystemRandom().random
#: A smaller difference between two clocks is the rounding of the Date header.
_ROUNDING: Final = timedelta(seconds=2)
#: A greater one is a broken clock on the other side.
_BELIEVED: Final = timedelta(days=1)
_SCHEMES: Final = {Http: ("http", "https"), Lines: ("tcp", "tls"), File: ("file",)}


class Wire:
    """Reaches out for accounts, channels and heartbeats alike; an async context manager.

    Timeouts are seconds per attempt; ``per_host`` bounds the attempts under way at one host; ``jitter`` draws from
    [0, 1). ``nonces`` holds the last nonce used per destination, for the ledger to keep.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        total_timeout: float = 60.0,
        per_host: int = 2,
        user_agent: str = USER_AGENT,
        jitter: Callable[[], float] = _DRAW,
    ) -> None:
        self.clock = clock
        self.nonces: dict[str, int] = {}
        self._timeouts = Timeouts(connect=connect_timeout, read=read_timeout, total=total_timeout)
        self._per_host = per_host
        self._jitter = jitter
        self._web = Web(clock, self._timeouts, user_agent)
        self._lanes: dict[tuple[str, int | None, str], Lane] = {}
        self._crowds: dict[tuple[str, int | None], asyncio.Semaphore] = {}
        self._lines: dict[tuple[str, int | None, str], Line] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines.values():
            line.close()
        await self._web.close()

    def not_before(self, destination: Destination) -> datetime:
        """The moment before which this host is not to be asked with this credential; now when it may be."""
        return self._lane(destination).not_before()

    async def ask(self, destination: Destination, ask: Ask, cap: int = CAP, nonce: int | None = None) -> Reply:
        """Send one ask when its turn has come, and hand back the answer whatever its status.

        ``cap`` bounds the decompressed body in bytes; ``nonce`` is the least that a signature may use. Repeatable asks
        are tried up to three times on failures of transport, 429 and 5xx. Raises Unreachable when no answer came,
        Refused for what the door does not do, Misread for an answer above the cap.
        """
        lane = self._lane(destination)
        tries_left = RETRIES if ask.repeatable else 0
        while True:
            async with lane.turn(destination.pace):
                outcome = await self._attempt(destination, ask, cap, lane, nonce)
                failed = _settle(lane, outcome)
            if not (failed and tries_left and lane.tries_again):
                break
            tries_left -= 1
        # Raised here and not where it was caught: the library's error, with the whole address, stays behind.
        if isinstance(outcome, SourceError):
            raise outcome
        return outcome

    async def _attempt(
        self, destination: Destination, ask: Ask, cap: int, lane: Lane, nonce: int | None
    ) -> Reply | SourceError:
        try:
            async with self._crowd(destination), asyncio.timeout(self._timeouts.total):
                reply = await self._transport(destination, self._signed(destination, ask, lane, nonce), cap)
        except SourceError as refused:
            return type(refused)(hide(str(refused), destination.spelled))
        except TRANSPORT as failure:
            error = worded(failure, destination.host, self._timeouts)
            return type(error)(hide(str(error), destination.spelled))
        if destination.sign and (told := http_date(reply.headers.get("date", ""))):
            ahead = told - reply.received_at
            lane.skew = ahead if _ROUNDING < abs(ahead) < _BELIEVED else timedelta(0)
        return reply

    async def _transport(self, destination: Destination, ask: Ask, cap: int) -> Reply:
        if destination.base.scheme not in _SCHEMES[type(ask)]:
            raise Refused(f"{destination.name} needs an address that begins with {_SCHEMES[type(ask)][-1]}://")
        match ask:
            case Http():
                return await self._web.ask(destination, ask, cap)
            case Lines():
                line = self._lines.setdefault(destination.lane, Line(self._timeouts))
                return await line.ask(destination, ask, cap, self.clock)
            case File():
                return await asyncio.to_thread(files.read, destination, ask, cap, self.clock)

    def _signed(self, destination: Destination, ask: Ask, lane: Lane, nonce: int | None) -> Ask:
        if destination.sign is None:
            return ask
        now = self.clock.now() + lane.skew
        lane.nonce = max(lane.nonce + 1, nonce or 0, int(now.timestamp() * 1000))
        self.nonces[destination.name] = lane.nonce
        return destination.sign(ask, destination.secrets, now, lane.nonce)

    def _lane(self, destination: Destination) -> Lane:
        lane = self._lanes.get(destination.lane)
        if lane is None:
            lane = self._lanes[destination.lane] = Lane(self.clock, destination.host, self._jitter)
        return lane

    def _crowd(self, destination: Destination) -> asyncio.Semaphore:
        host = destination.lane[:2]
        crowd = self._crowds.get(host)
        if crowd is None:
            crowd = self._crowds[host] = asyncio.Semaphore(self._per_host)
        return crowd


def _settle(lane: Lane, outcome: Reply | SourceError) -> bool:
    """Move the lane by what came of an attempt; whether it failed in a way that passes by itself."""
    match outcome:
        case Reply(status=status) if status == 429 or status >= 500:
            lane.failed(retry_after(outcome.headers, outcome.received_at))
            return True
        case Reply() | Misread():
            lane.answered()
        case Unreachable():
            lane.failed()
            return True
    return False
