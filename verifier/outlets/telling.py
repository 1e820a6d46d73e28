"""Telling: what is owed to channels becomes messages, and messages are sent until they are delivered or dead.

Delivery is at least once and a message keeps its id. A message is written (text, id, recipients) before its first
attempt, and marked after each attempt. Killed at any moment, what was owed or waiting still is. A receiver sees the
same id twice in two cases only: the program ended between the receiver's acknowledgement and the mark, or the
acknowledgement was lost on its way to us.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from verifier.errors import LedgerError
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Message
from verifier.outlets import messages
from verifier.outlets.channels import Channel, kind_of
from verifier.outlets.delivery import Dead, Result, Sent
from verifier.outlets.picture import Picture
from verifier.outlets.planning import message_id, removed, write_owed
from verifier.outlets.schedule import AT_ONCE, due_at, holds_back, next_of, settled
from verifier.wire import Wire

#: While the ledger cannot be written nothing is sent, because it could not be marked; it is tried at this pace.
_CALM: Final = timedelta(seconds=5)
#: What waits for a channel that left the file is given up after this: a file cut off by mistake costs no message.
_GRACE: Final = timedelta(hours=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """What an attempt made of a message, as it will be noted."""

    message: Message
    at: datetime
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Messages still to be written, with what was seen when they became due."""

    picture: Picture
    at: datetime


class Telling:
    """The dispatcher of one daemon. ``waiting`` and ``dead`` count messages."""

    def __init__(self, ledger: Ledger, wire: Wire) -> None:
        self.waiting = 0
        self.dead = 0
        self._ledger, self._wire = ledger, wire
        self._channels: Mapping[str, Channel] = {}
        self._zone = "UTC"
        self._external_url: str | None = None
        self._due: dict[str, datetime] = {}
        self._gone: dict[str, datetime] = {}
        self._plan_again: _Plan | None = None
        self._unmarked: list[_Mark] = []
        self._planning, self._sending = asyncio.Lock(), asyncio.Lock()

    def configure(self, channels: Mapping[str, Channel], *, zone: str, external_url: str | None) -> None:
        """Tell these channels from now on; what waits for one that is gone becomes dead when it stays gone."""
        self._channels = dict(channels)
        self._zone, self._external_url = zone, external_url
        back = self._gone.keys() & channels.keys()
        self._due |= dict.fromkeys((self._due.keys() - channels.keys()) | back, AT_ONCE)
        for name in back:
            del self._gone[name]

    async def start(self, now: datetime) -> None:
        """Count what waits, and find out when its next attempt is due. Raises LedgerError."""
        found = await self._ledger.messages(("waiting", "dead"))
        queues = _queues(found)
        self.waiting = sum(map(len, queues.values()))
        self.dead = len(found) - self.waiting
        for name, queue in queues.items():
            self._wake(name, (next_of(queue) if name in self._channels else None) or now)

    def next_at(self) -> datetime | None:
        """When ``send`` has something to do; None while nothing waits, and while it is at work."""
        if self._sending.locked():
            return None
        again = [] if self._plan_again is None else [self._plan_again.at]
        return min([*self._due.values(), *again], default=None)

    async def plan(self, now: datetime, picture: Picture) -> int:
        """Write a message for all that is owed and carried by none yet; how many.

        While the ledger cannot be written it is left to ``send``.
        """
        async with self._planning:
            try:
                written = await write_owed(self._ledger, self._channels, picture)
            except LedgerError as error:
                log.warning("messages cannot be written yet", error=str(error))
                self._plan_again = _Plan(picture=picture, at=now + _CALM)
                return 0
            self._plan_again = None
        for message in written:
            self._count(None, message.state)
            if message.state == "waiting":
                self._wake(message.channel, now)
        return len(written)

    async def send(self, now: datetime) -> None:
        """Attempt what is due: all channels at once, one after the other within a channel."""
        if (moment := self.next_at()) is None or moment > now:
            return
        async with self._sending:
            if (again := self._plan_again) is not None and again.at <= now:
                await self.plan(now, again.picture)
            due = [name for name, moment in self._due.items() if moment <= now]
            if due:
                await self._send(due, now)

    async def retry(self, message: str, now: datetime) -> None:
        """Make a dead or waiting message due now. Raises KeyError for any other id, LedgerError."""
        async with self._sending:
            found = {one.id: one for one in await self._ledger.messages(("waiting", "dead"))}[message]
            wanted = replace(found, state="waiting", attempts=0, next_attempt_at=now)
            await self._store(_Mark(message=wanted, at=now, result="asked to try again"))
            self._count(found.state, wanted.state)
            self._wake(found.channel, now)

    async def test(self, channel_name: str, now: datetime) -> Result:
        """Send a real test message at once, remembered by nobody. Raises KeyError for a channel that is not there."""
        channel = self._channels[channel_name]
        return await send_test(channel, self._wire, now, zone=self._zone, external_url=self._external_url)

    async def _send(self, due: list[str], now: datetime) -> None:
        for name in due:
            del self._due[name]
        try:
            while self._unmarked:
                await self._note(self._unmarked[0])
            queues = _queues(await self._ledger.messages(("waiting",)))
            ended = await asyncio.gather(
                *(self._round(name, queues.get(name, []), now) for name in due), return_exceptions=True
            )
            for error in ended:
                if error is not None:
                    raise error
        except LedgerError as error:
            log.warning("nothing is sent while the ledger cannot be written", error=str(error))
            for name in due:
                self._wake(name, now + _CALM)

    async def _round(self, name: str, queue: list[Message], now: datetime) -> None:
        """One channel's messages in order, until one of them holds the others back."""
        channel = self._channels.get(name)
        if channel is None and now < (end := self._gone.setdefault(name, now) + _GRACE):
            self._wake(name, end)
            return
        left: list[Message] = []
        for position, waiting in enumerate(queue):
            message = waiting
            if channel is None:
                message = await self._attempted(message, Dead(reason=removed(name)), now)
            elif due_at(message) <= now:
                message = await self._attempted(
                    message, await kind_of(channel).send(message, channel, self._wire, now), now
                )
            if message.state == "waiting":
                left.append(message)
                if holds_back(message):
                    left += queue[position + 1 :]
                    break
        if (moment := next_of(left)) is not None:
            self._wake(name, moment)

    async def _attempted(self, before: Message, result: Result, now: datetime) -> Message:
        message = settled(before, result, now)
        if isinstance(result, Sent):
            log.info("message delivered", message=message.id, channel=message.channel)
        else:
            log.warning("message not delivered", message=message.id, channel=message.channel, reason=result.reason)
        mark = _Mark(message=message, at=now, result=message.last_error or "delivered")
        # Kept until it is noted: a full disk must not make us send the same thing again and again.
        self._unmarked.append(mark)
        await self._note(mark)
        return message

    async def _note(self, mark: _Mark) -> None:
        await self._store(mark)
        self._unmarked.remove(mark)
        self._count("waiting", mark.message.state)

    async def _store(self, mark: _Mark) -> None:
        await self._ledger.mark_message(
            mark.message.id,
            at=mark.at,
            state=mark.message.state,
            attempts=mark.message.attempts,
            result=mark.result,
            next_attempt_at=mark.message.next_attempt_at,
            last_error=mark.message.last_error,
        )

    def _count(self, before: str | None, after: str) -> None:
        self.waiting += (after == "waiting") - (before == "waiting")
        self.dead += (after == "dead") - (before == "dead")

    def _wake(self, channel: str, moment: datetime) -> None:
        self._due[channel] = min(moment, self._due.get(channel, moment))


def _queues(found: Iterable[Message]) -> dict[str, list[Message]]:
    """What waits, by channel, oldest first."""
    queues = defaultdict(list)
    for message in found:
        if message.state == "waiting":
            queues[message.channel].append(message)
    return queues


async def send_test(
    channel: Channel, wire: Wire, now: datetime, *, zone: str, external_url: str | None = None
) -> Result:
    """Send a real message that says that messages arrive; needs no ledger."""
    kind = kind_of(channel)
    content = messages.write_test(channel.name, now, zone=zone, external_url=external_url)
    message = Message(
        id=message_id(channel.name, ["test", now.isoformat()]),
        channel=channel.name,
        created_at=now,
        content={**content, "recipients": list(kind.recipients(channel))},
    )
    return await kind.send(message, channel, wire, now)
