"""Records to be remembered, as a day at a pool brings them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from verifier.fact import Fact, FactKind
from verifier.ledger.records import Answer, Batch, Message, Owed, StoredStanding, StoredTransition
from verifier.observation import Observation, WorkSeen
from verifier.units import Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def fact(number: int, *, at: datetime = NOON, observations: Sequence[Observation] | None = None, **fields: Any) -> Fact:
    """The fact of that number; the pool's counter has grown with it."""
    seen = (WorkSeen(end=at, hashes=number * 1e15),) if observations is None else tuple(observations)
    known: dict[str, Any] = {
        "kind": FactKind.OBSERVATION,
        "subject": "acme",
        "question": "now",
        "true": Window(start=at, end=at),
        "learned_at": at,
        "digest": f"{number:064x}",
        "adapter": "1",
        "observations": seen,
    }
    return Fact(id=number, **(known | fields))


def watch(number: int, at: datetime, question: str = "heartbeat") -> Fact:
    """One sign of life of the daemon."""
    return fact(number, at=at, kind=FactKind.WATCH, subject="daemon", question=question, observations=())


def answer(body: bytes = b"{}", **fields: Any) -> Answer:
    known: dict[str, Any] = {
        "account": "acme",
        "question": "now",
        "asked_at": NOON,
        "learned_at": NOON + timedelta(seconds=1),
        "url": "https://pool.example/users/me",
        "status": 200,
        "headers": {"last-modified": "Sun, 01 Mar 2026 12:00:00 GMT"},
        "fate": "answered",
        "adapter": "1",
    }
    return Answer(body=body, **(known | fields))


def transition(name: str = "t1", *, decided_at: datetime = NOON, subject: str = "north") -> StoredTransition:
    return StoredTransition(
        id=name,
        problem="p1",
        subject=subject,
        check="hashrate",
        change="opened",
        at=decided_at - minutes(5),
        decided_at=decided_at,
        state=b'{"severity":"warning"}',
    )


def message(name: str = "m1", **fields: Any) -> Message:
    known: dict[str, Any] = {"channel": "me", "created_at": NOON, "content": {"subject": "Less than promised — north"}}
    return Message(id=name, **(known | fields))


def poll(number: int) -> Batch:
    """What one poll of one contract's account wants remembered."""
    return Batch(
        facts=(fact(number),),
        answers=(answer(b"%d" % number, fact=number),),
        standings=(StoredStanding(subject="north", position=number, state=b"{}"),),
    )


def news(name: str = "t1") -> Batch:
    """A transition that one channel is owed."""
    return Batch(transitions=(transition(name),), owed=(Owed(transition=name, channel="me"),))
