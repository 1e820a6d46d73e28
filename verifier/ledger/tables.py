"""The tables of the ledger. Facts, answers and bodies are only ever appended; the rest can be computed anew or sent."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from verifier.ledger.columns import Moment

#: SQLite numbers rows by itself only when the column is called INTEGER.
Id: Final = BigInteger().with_variant(Integer, "sqlite")

METADATA: Final = MetaData()

#: Written out, as no index on a part of a table is used for a fate that is only given with the statement.
UNUSED: Final = text("fate IN ('misread', 'implausible')")

body = Table(
    "body",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("compressed", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
)

fact = Table(
    "fact",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("question", String, nullable=False),
    Column("true_start", Moment, nullable=False),
    Column("true_end", Moment, nullable=False),
    Column("learned_at", Moment, nullable=False),
    Column("digest", String, nullable=False),
    Column("adapter", String, nullable=False),
    Column("observations", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("fact_learned", "subject", "id"),
    Index("fact_true", "subject", "true_end"),
)

answer = Table(
    "answer",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("account", String, nullable=False),
    Column("question", String, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("learned_at", Moment, nullable=False),
    Column("url", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", String, ForeignKey("body.digest"), nullable=False),
    Column("fate", String, nullable=False),
    Column("adapter", String, nullable=False),
    Column("fact", Id, ForeignKey("fact.id")),
    Index("answer_latest", "account", "question", "learned_at", "fate", "asked_at"),
)
#: What could not be read or believed is looked for at every start, and there is next to none of it.
Index(
    "answer_unused",
    answer.c.account,
    answer.c.fact,
    answer.c.adapter,
    answer.c.learned_at,
    sqlite_where=UNUSED,
    postgresql_where=UNUSED,
)

standing = Table(
    "standing",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

hour = Table(
    "hour",
    METADATA,
    Column("contract", String, primary_key=True),
    Column("start", Moment, primary_key=True),
    Column("seen_seconds", Float(53), nullable=False),
    Column("hashes", Float(53), nullable=False),
    Column("shares", Float(53)),
)

transition = Table(
    "transition",
    METADATA,
    Column("id", String, primary_key=True),
    Column("problem", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("check", String, nullable=False),
    Column("change", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Index("transition_latest", "subject", "decided_at"),
    Index("transition_decided", "decided_at"),
)

message = Table(
    "message",
    METADATA,
    Column("id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("content", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("last_error", Text, nullable=False),
    Index("message_due", "state", "next_attempt_at"),
)

owed = Table(
    "owed",
    METADATA,
    Column("transition", String, ForeignKey("transition.id"), primary_key=True),
    Column("channel", String, primary_key=True),
    Column("message", String, ForeignKey("message.id")),
    Index("owed_message", "message"),
)

delivery = Table(
    "delivery",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("message", String, ForeignKey("message.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("result", Text, nullable=False),
    Index("delivery_message", "message"),
)

nonce = Table(
    "nonce",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

meta = Table(
    "meta",
    METADATA,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
