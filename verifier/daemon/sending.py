"""Messages go out beside the turns, so that a slow channel delays none."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from verifier.outlets.telling import Telling


class Sending:
    """At most one round of sending under way; ``wake`` is called when it is over."""

    def __init__(self, telling: Telling, wake: Callable[[], None]) -> None:
        self._telling, self._wake = telling, wake
        self._round: asyncio.Task[None] | None = None

    def begin(self, now: datetime) -> None:
        """Begin a round when something is due and none is under way. Raises what a bug in the last one raised."""
        if self._round is not None and self._round.done():
            self._round.result()
            self._round = None
        due = self._telling.next_at()
        if self._round is None and due is not None and due <= now:
            self._round = asyncio.create_task(self._telling.send(now))
            self._round.add_done_callback(lambda _: self._wake())

    def next_at(self) -> datetime | None:
        """When a round is due, None while one is under way."""
        return self._telling.next_at() if self._round is None else None

    async def end(self, patience: float) -> None:
        """Let a round under way end, for that many seconds; what is not sent then waits for the next start."""
        if self._round is not None:
            await asyncio.wait([self._round], timeout=patience)
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)
