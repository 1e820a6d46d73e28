"""The rows that the ledger keeps, as plain records; SQL stays inside this room."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from verifier.fact import Fact
from verifier.record import record


@record
class Answer:
    """One ask with its fate. ``url`` carries no secret; equal bodies are stored once under their digest.

    ``fate`` is ``answered`` or the reason of the silence.
    """

    account: str
    question: str
    asked_at: datetime
    learned_at: datetime
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fate: str
    adapter: str
    fact: int | None = None


@record
class StoredStanding:
    """A standing as bytes (JSON), with the id of the last fact it has folded and the check versions that wrote it."""

    subject: str
    position: int
    state: bytes


@record
class Checkpoint:
    """A standing kept once a day: state as of the last fact true before ``at`` (midnight UTC)."""

    subject: str
    at: datetime
    position: int
    state: bytes


@record
class Hour:
    """Delivery in one clock hour (UTC) of one contract, for pages: seconds seen and hashes counted in them."""

    contract: str
    start: datetime
    seen_seconds: float
    hashes: float
    shares: float | None = None


@record
class Day:
    """The hours of one UTC day added up; ``shares`` is None when one of its hours does not know them."""

    contract: str
    start: datetime
    seen_seconds: float
    hashes: float
    shares: float | None = None


@record
class LatestAnswer:
    """How one question of one account stands: ``answered_at`` is when the last answer was learned, None if never.

    ``asked_at``, ``fate`` and ``detail`` (what was said of a silence) belong to the last ask; ``silent_since`` is when
    the first ask that failed since then was.
    """

    answered_at: datetime | None
    asked_at: datetime
    fate: str
    silent_since: datetime | None
    detail: str = ""


@record
class StoredTransition:
    """A transition as bytes (JSON) with the columns that are searched."""

    id: str
    problem: str
    subject: str
    check: str
    change: str
    at: datetime
    decided_at: datetime
    state: bytes


@record
class Owed:
    """A transition that a channel must still be told of; ``message`` is set once a message carries it."""

    transition: str
    channel: str
    message: str | None = None


@record
class Message:
    """One written message: text, id and recipients are fixed before the first attempt."""

    id: str
    channel: str
    created_at: datetime
    content: Mapping[str, Any]
    state: Literal["waiting", "delivered", "dead"] = "waiting"
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_error: str = ""


@record
class Batch:
    """Everything one turn of the daemon wants remembered, in one transaction.

    ``stale_checkpoints`` are pairs of a subject and a moment: its checkpoints later than that are dropped, before those
    of this batch are kept. A forgotten standing takes all its checkpoints along.
    """

    answers: tuple[Answer, ...] = ()
    facts: tuple[Fact, ...] = ()
    standings: tuple[StoredStanding, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    hours: tuple[Hour, ...] = ()
    transitions: tuple[StoredTransition, ...] = ()
    owed: tuple[Owed, ...] = ()
    messages: tuple[Message, ...] = ()
    forgotten_standings: tuple[str, ...] = ()
    stale_checkpoints: tuple[tuple[str, datetime], ...] = ()
    nonces: Mapping[str, int] = field(default_factory=dict)
