"""Keep what came of cases by those who were told elsewhere: a CRM, readers' letters.

It is kept apart from everything that was seen in public. It goes when the words of the post
that it hangs on go: when the post is deleted, its author forgotten, its time of keeping
over, or when it turns out to be private.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, select

from listener.posts import Platform
from listener.store.archive_tables import ARCHIVED_POSTS
from listener.store.columns import count_microseconds
from listener.store.database import Database
from listener.store.records import load_records, select_resolved
from listener.store.reviews import find_aliases
from listener.store.rows import clean_id, clean_line
from listener.store.shelves import PUBLIC
from listener.store.statements import is_one_of, list_columns, write_rows
from listener.store.tables import TOLD_OUTCOMES


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOutcome:
    """What somebody was told of a case.

    Attributes:
        post_id: The post that it hangs on, the customer's first one in the case.
        source: Where it was told, such as `crm`.
        told_at: When; the same source may tell something else later.
        case: The name of the case now.
        outcome: `solved` or `unsolved`.
        note: Whatever else is to be known; stays in the database.
    """

    brand: str
    platform: Platform
    post_id: str
    source: str
    told_at: datetime
    case: str
    outcome: str
    note: str
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCounts:
    """What became of told outcomes: kept anew, replaced, known before, or without their post."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


_Row = tuple[Any, ...]
_KEY = 5
_SAME = slice(6, 8)


class ToldOutcomes:
    """The part of `Store` that keeps told outcomes; each method raises `StoreError`."""

    _database: Database

    def save_told_outcomes(self, told: Sequence[ToldOutcome]) -> ToldCounts:
        """Keep all of them or none; what was told in the same way before stays as it is."""
        rows = {row[:_KEY]: row for row in map(_make_row, told)}
        with self._database.writing() as connection:
            # Nobody is forgotten between this look and the writing: both lock the posts.
            there = _find_public(connection, rows.values())
            known = {row[:_KEY]: row for row in _load_rows(connection, rows.values())}
            kept = [row for row in rows.values() if row[1:3] in there]
            fresh = [row for row in kept if _differs(row, known.get(row[:_KEY]))]
            write_rows(connection, TOLD_OUTCOMES, fresh)
        changed = sum(row[:_KEY] in known for row in fresh)
        return ToldCounts(
            new=len(fresh) - changed,
            changed=changed,
            unchanged=len(kept) - len(fresh),
            gone=len(rows) - len(kept),
        )

    def withdraw_told_outcomes(
        self, brand: str, platform: Platform, post_ids: Iterable[str], *, source: str | None = None
    ) -> int:
        """Take back what was told of the case that these posts are of; return how much it was."""
        table = TOLD_OUTCOMES.c
        with self._database.writing(lock_posts=False) as connection:
            ids = {*map(clean_id, post_ids)}
            own = find_aliases(connection, platform, ids)
            chosen = is_one_of(connection, table.post_id, ids | own)
            statement = delete(TOLD_OUTCOMES).where(
                table.brand == brand, table.platform == platform, chosen
            )
            if source is not None:
                statement = statement.where(table.source == clean_line(source))
            return connection.execute(statement).rowcount

    def load_told_outcomes(self, until: datetime | None = None) -> pl.DataFrame:
        """Return what had been told up to a moment, the oldest first.

        Posts bear the ids that they have now: an edit on X may have been a post of its own.
        """
        table = TOLD_OUTCOMES.c
        statement = select_resolved(TOLD_OUTCOMES).order_by(
            table.told_at, table.saved_at, table.platform, table.post_id, table.source
        )
        if until is not None:
            statement = statement.where(table.told_at <= until)
        with self._database.reading() as connection:
            return load_records(connection, TOLD_OUTCOMES, statement)


def _make_row(told: ToldOutcome) -> _Row:
    return (
        told.brand,
        told.platform,
        clean_id(told.post_id),
        clean_line(told.source),
        count_microseconds(told.told_at),
        told.case,
        told.outcome,
        clean_line(told.note),
        count_microseconds(told.saved_at),
    )


def _differs(row: _Row, known: _Row | None) -> bool:
    return known is None or row[_SAME] != known[_SAME]


def _group_ids(rows: Iterable[_Row]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row[1]].add(row[2])
    return found


def _find_public(connection: Connection, rows: Iterable[_Row]) -> set[tuple[str, str]]:
    """Return which of the posts are there, public and not deleted."""
    posts, archived, found = PUBLIC.posts.c, ARCHIVED_POSTS.c, set()
    for platform, ids in _group_ids(rows).items():
        for table, is_there in (
            (posts, posts.deleted_at.is_(None)),
            (archived, archived.is_deleted.is_(False)),
        ):
            chosen = is_one_of(connection, table.post_id, ids)
            statement = select(table.post_id).where(table.platform == platform, chosen, is_there)
            found |= {(platform, post_id) for post_id in connection.scalars(statement)}
    return found


def _load_rows(connection: Connection, rows: Iterable[_Row]) -> list[_Row]:
    table, found = TOLD_OUTCOMES.c, []
    for platform, ids in _group_ids(rows).items():
        chosen = is_one_of(connection, table.post_id, ids)
        statement = select(*list_columns(TOLD_OUTCOMES)).where(table.platform == platform, chosen)
        found += [tuple(row) for row in connection.execute(statement)]
    return found
