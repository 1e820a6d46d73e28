"""The index of the answers that could not be read takes those that could not be believed too."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_UNUSED = sa.text("fate IN ('misread', 'implausible')")


def upgrade() -> None:
    """From the second layout: answers stay as they are."""
    op.drop_index("answer_misread", "answer")
    op.create_index(
        "answer_unused",
        "answer",
        ["account", "fact", "adapter", "learned_at"],
        sqlite_where=_UNUSED,
        postgresql_where=_UNUSED,
    )
