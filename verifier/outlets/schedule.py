"""When a message is tried again, and when it is given up: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from verifier.ledger.records import Message
from verifier.outlets.delivery import Dead, Later, Result, Sent

#: Pauses after the first, second, … failed attempt (Standard Webhooks 1.0, "deliverability"); the last one repeats.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
#: Earlier than any now.
AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: A message this old that has been through all pauses is given up.
PATIENCE: Final = timedelta(days=3)
#: So many attempts, about 2.5 hours, later messages wait for; then one that is never taken stands aside.
_IN_ORDER: Final = 5


def settled(message: Message, result: Result, now: datetime) -> Message:
    """The message after an attempt at ``now``.

    Age alone does not end it: after a long time switched off it is still tried through all pauses.
    """
    tried = replace(message, attempts=message.attempts + 1, next_attempt_at=None)
    match result:
        case Sent():
            return replace(tried, state="delivered", last_error="")
        case Dead(reason=reason):
            return replace(tried, state="dead", last_error=reason)
        case Later(reason=reason, after=after):
            if now - message.created_at >= PATIENCE and tried.attempts > len(PAUSES):
                return replace(tried, state="dead", last_error=reason)
            pause = PAUSES[min(tried.attempts, len(PAUSES)) - 1]
            return replace(tried, next_attempt_at=now + max(pause, after), last_error=reason)
        case _:
            assert_never(result)


def holds_back(message: Message) -> bool:
    """Whether the messages behind a waiting one wait for it."""
    return message.attempts < _IN_ORDER


def due_at(message: Message) -> datetime:
    """When a waiting message is to be tried: at once where it never was, whatever became of the clock since."""
    return message.next_attempt_at or AT_ONCE


def next_of(queue: Sequence[Message]) -> datetime | None:
    """When one channel's waiting messages, oldest first, have something to send; None when there are none."""
    return min(map(due_at, _within_reach(queue)), default=None)


def _within_reach(queue: Sequence[Message]) -> Iterable[Message]:
    for message in queue:
        yield message
        if holds_back(message):
            return
