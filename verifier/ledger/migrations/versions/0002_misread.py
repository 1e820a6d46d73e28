"""An index of the answers that could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MISREAD = sa.text("fate = 'misread'")


def upgrade() -> None:
    """From the first layout: answers stay as they are."""
    op.create_index(
        "answer_misread",
        "answer",
        ["account", "fact", "adapter", "learned_at"],
        sqlite_where=_MISREAD,
        postgresql_where=_MISREAD,
    )
