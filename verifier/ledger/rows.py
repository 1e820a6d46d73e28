"""Between records and rows: pure, both ways."""

import hashlib
import json
import zlib
from typing import Any, TypeAlias

from verifier.fact import Fact, FactKind
from verifier.ledger.records import Answer, Batch, Message
from verifier.observation import OBSERVATIONS
from verifier.units import Window

#: What to write: rows under the name of the statement that takes them.
Rows: TypeAlias = dict[str, list[dict[str, Any]]]


def digest(body: bytes) -> str:
    """The name under which a body is kept: its SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def rows_of(batch: Batch) -> Rows:
    """All rows of a batch. Raises TypeError or ValueError for content that JSON cannot hold."""
    bodies = {digest(answer.body): answer.body for answer in batch.answers}
    return {
        "body": [
            {"digest": name, "compressed": zlib.compress(body, 1), "size": len(body)} for name, body in bodies.items()
        ],
        "fact": [_fact_row(fact) for fact in batch.facts],
        "answer": [_answer_row(answer) for answer in batch.answers],
        "forgotten": [{"gone": subject} for subject in batch.forgotten_standings],
        "stale": [{"stale": subject, "since": since} for subject, since in batch.stale_checkpoints],
        "standing": [_plain_row(standing) for standing in batch.standings],
        "checkpoint": [_plain_row(checkpoint) for checkpoint in batch.checkpoints],
        "hour": [_plain_row(hour) for hour in batch.hours],
        "transition": [_plain_row(transition) for transition in batch.transitions],
        "message": [_message_row(message) for message in batch.messages],
        "owed": [_plain_row(owed) for owed in batch.owed],
        "nonce": [{"name": name, "value": value} for name, value in batch.nonces.items()],
    }


def fact_from(row: dict[str, Any]) -> Fact:
    """Raises ValueError when the row does not make sense."""
    return Fact(
        id=row["id"],
        kind=FactKind(row["kind"]),
        subject=row["subject"],
        question=row["question"],
        true=Window(start=row["true_start"], end=row["true_end"]),
        learned_at=row["learned_at"],
        digest=row["digest"],
        adapter=row["adapter"],
        observations=OBSERVATIONS.validate_json(row["observations"]),
        content=json.loads(row["content"]),
    )


def answer_from(row: dict[str, Any]) -> Answer:
    """An answer with its body, from a row of answer joined with body."""
    body = zlib.decompress(row.pop("compressed"))
    del row["id"]
    return Answer(**{**row, "headers": json.loads(row["headers"]), "body": body})


def message_from(row: dict[str, Any]) -> Message:
    """Raises ValueError when the row does not make sense."""
    return Message(**{**row, "content": json.loads(row["content"])})


def _plain_row(record: Any) -> dict[str, Any]:
    """A record whose columns are its fields; ``asdict`` would copy every value."""
    return {name: getattr(record, name) for name in record.__slots__}


def _fact_row(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "kind": fact.kind.value,
        "subject": fact.subject,
        "question": fact.question,
        "true_start": fact.true.start,
        "true_end": fact.true.end,
        "learned_at": fact.learned_at,
        "digest": fact.digest,
        "adapter": fact.adapter,
        "observations": OBSERVATIONS.dump_json(fact.observations).decode(),
        "content": json.dumps(fact.content),
    }


def _answer_row(answer: Answer) -> dict[str, Any]:
    return {
        "account": answer.account,
        "question": answer.question,
        "asked_at": answer.asked_at,
        "learned_at": answer.learned_at,
        "url": answer.url,
        "status": answer.status,
        "headers": json.dumps(dict(answer.headers)),
        "body": digest(answer.body),
        "fate": answer.fate,
        "adapter": answer.adapter,
        "fact": answer.fact,
    }


def _message_row(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "channel": message.channel,
        "created_at": message.created_at,
        "content": json.dumps(dict(message.content)),
        "state": message.state,
        "attempts": message.attempts,
        "next_attempt_at": message.next_attempt_at,
        "last_error": message.last_error,
    }
