"""The first layout."""

import sqlalchemy as sa
from alembic import op

from verifier.ledger.dialect import append_only

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=null)


def _moment(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _state() -> sa.Column[bytes]:
    return sa.Column("state", sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """From nothing."""
    _remembered()
    _judged()
    _told()
    op.create_table(
        "nonce", sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.BigInteger, nullable=False)
    )
    op.create_table("meta", sa.Column("key", sa.String, primary_key=True), _text("value"))
    for statement in append_only(op.get_bind().dialect.name, ("body", "fact", "answer")):
        op.execute(statement)


def _remembered() -> None:
    op.create_table(
        "body",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("compressed", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "fact",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        *(_text(name) for name in ("kind", "subject", "question")),
        *(_moment(name) for name in ("true_start", "true_end", "learned_at")),
        *(_text(name) for name in ("digest", "adapter")),
        sa.Column("observations", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("fact_learned", "fact", ["subject", "id"])
    op.create_index("fact_true", "fact", ["subject", "true_end"])
    op.create_table(
        "answer",
        sa.Column("id", _ID, primary_key=True),
        *(_text(name) for name in ("account", "question")),
        *(_moment(name) for name in ("asked_at", "learned_at")),
        _text("url"),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.String, sa.ForeignKey("body.digest"), nullable=False),
        *(_text(name) for name in ("fate", "adapter")),
        sa.Column("fact", _ID, sa.ForeignKey("fact.id")),
    )
    op.create_index("answer_latest", "answer", ["account", "question", "learned_at", "fate", "asked_at"])


def _judged() -> None:
    op.create_table(
        "standing",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        _state(),
    )
    op.create_table(
        "checkpoint",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        _state(),
    )
    op.create_table(
        "hour",
        sa.Column("contract", sa.String, primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True),
        sa.Column("seen_seconds", sa.Float(53), nullable=False),
        sa.Column("hashes", sa.Float(53), nullable=False),
        sa.Column("shares", sa.Float(53)),
    )
    op.create_table(
        "transition",
        sa.Column("id", sa.String, primary_key=True),
        *(_text(name) for name in ("problem", "subject", "check", "change")),
        *(_moment(name) for name in ("at", "decided_at")),
        _state(),
    )
    op.create_index("transition_latest", "transition", ["subject", "decided_at"])
    op.create_index("transition_decided", "transition", ["decided_at"])


def _told() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.String, primary_key=True),
        _text("channel"),
        _moment("created_at"),
        sa.Column("content", sa.Text, nullable=False),
        _text("state"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("next_attempt_at", null=True),
        sa.Column("last_error", sa.Text, nullable=False),
    )
    op.create_index("message_due", "message", ["state", "next_attempt_at"])
    op.create_table(
        "owed",
        sa.Column("transition", sa.String, sa.ForeignKey("transition.id"), primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("message", sa.String, sa.ForeignKey("message.id")),
    )
    op.create_index("owed_message", "owed", ["message"])
    op.create_table(
        "delivery",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("message", sa.String, sa.ForeignKey("message.id"), nullable=False),
        _moment("at"),
        sa.Column("result", sa.Text, nullable=False),
    )
    op.create_index("delivery_message", "delivery", ["message"])
