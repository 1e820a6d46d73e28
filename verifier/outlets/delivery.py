"""How an attempt to deliver a message can end, and what a channel is: a row in a literal table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from verifier.ledger.records import Message

if TYPE_CHECKING:
    from verifier.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The other end has taken the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Not delivered now; ``after`` is the least time that the other end asked to be left alone."""

    reason: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """Never deliverable: the other end does not want it, now or ever."""

    reason: str


Result: TypeAlias = Sent | Later | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """One way to tell people. ``Settings`` is what a configured channel of this kind is made of.

    ``recipients`` are who is told, as the ledger may remember it (no secret address). ``send`` makes one attempt, for
    one instant, and raises nothing that the other end or the network can bring about. No reason holds a secret.
    ``reach`` connects and logs in without sending; None where only a message can show whether it arrives.
    """

    kind: str
    Settings: type[Any]
    recipients: Callable[[Any], tuple[str, ...]]
    send: "Callable[[Message, Any, Wire, datetime], Awaitable[Result]]"
    reach: Callable[[Any], Awaitable[Result]] | None = None
