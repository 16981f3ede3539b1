"""Create what live collection keeps: runs, cursors, spending and visits."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables; those that exist are left as they are."""
    _create_runs()
    _create_cursors_and_visits()
    _create_spending()


def _create_runs() -> None:
    numbers = ("pages", "read", "new", "changed", "gone", "announced", "missing")
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("planned_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_index("ix_runs_state", "runs", ["state"])


def _create_cursors_and_visits() -> None:
    op.create_table(
        "cursors",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("newest_id", sa.Text(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_cursors"),
    )
    op.create_table(
        "visits",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("visited_at", UTCDateTime(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "conversation", name="pk_visits"),
    )


def _create_spending() -> None:
    op.create_table(
        "spending",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("micro_dollars", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "brand", "day", "kind", name="pk_spending"),
    )
    op.create_table(
        "spent_things",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "day", "digest", name="pk_spent_things"),
    )
