"""Keep how posts were read, so that only new and changed cases are read again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"


def upgrade() -> None:
    """Add the table; it fills itself."""
    op.create_table(
        "kept_labels",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_kept_labels"),
    )
