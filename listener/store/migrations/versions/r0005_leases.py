"""Create what several programs share their work by: tasks, editions and mails."""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import UTCDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables, and an index for the latest run of each source."""
    _create_tasks()
    _create_editions()
    _create_mails()
    op.create_index("ix_runs_source_started_at", "runs", ["source", "started_at"])


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("name", sa.Text(), nullable=False),
        *_make_lease(),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failing_since", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("takeovers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tasks"),
    )


def _create_editions() -> None:
    op.create_table(
        "editions",
        sa.Column("key", sa.Text(), nullable=False),
        *_make_lease(),
        sa.Column("made_at", UTCDateTime(), nullable=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_editions"),
    )


def _create_mails() -> None:
    op.create_table(
        "mails",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        *_make_lease(),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("released_at", UTCDateTime(), nullable=True),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", "digest", name="pk_mails"),
    )


def _make_lease() -> list[sa.Column[object]]:
    return [
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("leased_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
    ]
