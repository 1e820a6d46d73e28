"""The asking half of the loop: conversations under way, what has landed, and when to ask again."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from verifier.daemon.asking import Landed, Line, ask
from verifier.daemon.guarding import Guarding
from verifier.daemon.rhythm import Key, Rhythm
from verifier.settings.model import ConfiguredAccount
from verifier.wire import Wire

#: Conversations held in memory while the ledger cannot be written; the oldest are given up beyond.
_HELD: Final = 2_000


class Flights:
    """Asks every question that is due, each as a task of its own, so that a slow host delays nobody else."""

    def __init__(self, wire: Wire, wake: Callable[[], None], guarding: Guarding) -> None:
        self._wire, self._wake, self._guarding = wire, wake, guarding
        self._lines: dict[str, Line] = {}
        self._rhythm = Rhythm()
        self._under_way: set[asyncio.Task[None]] = set()
        self._landed: list[Landed] = []

    def configure(self, accounts: Mapping[str, ConfiguredAccount], now: datetime) -> None:
        """Ask these accounts and no others; what is new or has changed is due at once."""
        # A line that did not change stays the same object: conversations under way on it go on.
        kept = {name: line for name, line in self._lines.items() if accounts.get(name) == line.configured}
        self._lines = kept | {name: Line.to(one) for name, one in accounts.items() if name not in kept}
        asked = {(name, question.name) for name, one in accounts.items() for question in one.questions}
        fresh = {key for key in asked if key[0] not in kept}
        self._rhythm.drop((self._rhythm.pairs() - asked) | fresh)
        for key in sorted(fresh):
            self._rhythm.set(key, now)

    def ask_all(self, now: datetime) -> None:
        """Make every question due now."""
        for key in self._rhythm.pairs():
            self._rhythm.set(key, now)

    def launch(self, now: datetime, answered_at: Callable[[Key], datetime | None]) -> None:
        """Begin every conversation that is due; a host that wants to be left alone is asked when its time comes."""
        for key in self._rhythm.take_due(now):
            line = self._lines[key[0]]
            not_before = self._wire.not_before(line.destination)
            if not_before > now + timedelta(seconds=max(1.0, line.destination.pace)):
                self._rhythm.set(key, not_before)
            else:
                flight = asyncio.create_task(self._fly(line, key, answered_at(key), now))
                flight.add_done_callback(lambda _: self._wake())
                self._under_way.add(flight)

    async def _fly(self, line: Line, key: Key, answered_at: datetime | None, now: datetime) -> None:
        question = line.configured.source.question(key[1])
        landed = await self._guarding.believed(await ask(self._wire, line, question, answered_at, now), now)
        again_at = None
        if self._lines.get(key[0]) is line:
            # The clock may have been set back meanwhile.
            asked_at = min(now, self._wire.clock.now())
            not_before = self._wire.not_before(line.destination)
            again_at = self._rhythm.after(key, asked_at, question, landed.failure, not_before)
        self._landed.append(replace(landed, again_at=again_at))

    async def flown(self, patience: float | None = None) -> None:
        """Wait until nothing is under way, at most that many seconds if told; what then still is, is given up."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=patience)
            self._under_way -= late
            for flight in late:
                flight.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self.raise_bugs()

    def raise_bugs(self) -> None:
        """Anything but a SourceError in a conversation is a bug and ends the process."""
        done = {flight for flight in self._under_way if flight.done()}
        self._under_way -= done
        for flight in done:
            flight.result()

    def take(self) -> list[Landed]:
        landed, self._landed = self._landed, []
        return landed

    def give_back(self, landed: Iterable[Landed]) -> None:
        """What could not be remembered comes again with the next turn."""
        self._landed = [*landed, *self._landed][-_HELD:]

    def next_at(self) -> datetime | None:
        return self._rhythm.next_at()
