"""Keep the labels and outcomes that people gave, for as long as the posts have their words.

A review is erased with the words of its post: when the post is deleted, its author
forgotten, its time of keeping over, or when it turns out to be private.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl
from sqlalchemy import Connection, Table, delete, func, or_, select, update

from listener.posts import Platform
from listener.store.archive_tables import ARCHIVED_POSTS
from listener.store.columns import count_microseconds
from listener.store.database import Database
from listener.store.records import load_records, select_resolved
from listener.store.rows import clean_id, clean_line
from listener.store.shelves import PUBLIC, SHELVES
from listener.store.statements import is_one_of, list_columns, write_rows
from listener.store.tables import CASE_REVIEWS, REVIEWS, TOLD_OUTCOMES

RANDOM = "random"
_LISTS = ("labels", "said")
_OF_CASE = (CASE_REVIEWS.c.opening_post_id, CASE_REVIEWS.c.last_post_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReview:
    """What a person found in a post.

    Attributes:
        reviewer: Who it was; a second review by the same person replaces the first.
        labels: All labels that hold; the others of its side do not.
        said: What the program had said.
        phrases: Hash of the phrase files it had said that by.
        digest: Of the words that the person read.
    """

    platform: Platform
    post_id: str
    reviewer: str
    labels: tuple[str, ...]
    said: tuple[str, ...]
    phrases: str
    digest: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCaseReview:
    """That a person went through a case, and what came of it.

    Attributes:
        outcome: What came of it; None where that could not be said.
        said: What the program had said.
        pick: How the case was chosen: `random`, `uncertain` or `asked`.
        stratum: Out of which cases it was drawn, such as `acme/2026-W47`.
    """

    case: str
    reviewer: str
    brand: str
    platform: Platform
    opening_post_id: str
    last_post_id: str
    outcome: str | None
    said: str | None
    phrases: str
    pick: str
    stratum: str
    reviewed_at: datetime


class Reviews:
    """The part of `Store` that keeps what people say of posts; each method raises `StoreError`."""

    _database: Database

    def save_review(self, review: SavedReview) -> bool:
        """Keep a review at once; tell whether the post is still there and public."""
        row = (
            review.platform,
            clean_id(review.post_id),
            clean_line(review.reviewer),
            orjson.dumps(review.labels).decode(),
            orjson.dumps(review.said).decode(),
            review.phrases,
            review.digest,
            count_microseconds(review.reviewed_at),
        )
        return self._write(REVIEWS, row, review.platform, (review.post_id,), worded=True)

    def save_case_review(self, review: SavedCaseReview) -> bool:
        """Keep that a case was gone through; tell whether its posts are still there."""
        row = (
            review.case,
            clean_line(review.reviewer),
            review.brand,
            review.platform,
            clean_id(review.opening_post_id),
            clean_id(review.last_post_id),
            review.outcome,
            review.said,
            review.phrases,
            review.pick,
            review.stratum,
            count_microseconds(review.reviewed_at),
        )
        ids = {review.opening_post_id, review.last_post_id}
        # A case may well end with a reply that is gone.
        return self._write(CASE_REVIEWS, row, review.platform, ids, worded=False)

    def _write(
        self,
        table: Table,
        row: tuple[Any, ...],
        platform: str,
        post_ids: Iterable[str],
        *,
        worded: bool,
    ) -> bool:
        ids = set(map(clean_id, post_ids))
        key = [column == row[n] for n, column in enumerate(table.columns) if column.primary_key]
        with self._database.writing() as connection:
            connection.execute(delete(table).where(*key))
            # Nobody is forgotten between this look and the writing: both lock the posts.
            if _count_public(connection, platform, ids, worded=worded) < len(ids):
                return False
            write_rows(connection, table, [row])
        return True

    def withdraw_review(self, platform: Platform, post_id: str, reviewer: str) -> None:
        """Take a review of a post back."""
        table = REVIEWS.c
        own = (table.platform == platform) & (table.post_id == clean_id(post_id))
        with self._database.writing(lock_posts=False) as connection:
            connection.execute(delete(REVIEWS).where(own, table.reviewer == clean_line(reviewer)))

    def withdraw_case_review(self, case: str, reviewer: str) -> None:
        """Take back that a case was gone through; the reviews of its posts stay."""
        table = CASE_REVIEWS.c
        own = (table.case == case) & (table.reviewer == clean_line(reviewer))
        with self._database.writing(lock_posts=False) as connection:
            connection.execute(delete(CASE_REVIEWS).where(own))

    def mark_drawn(self, case: str, stratum: str) -> None:
        """Note that chance has drawn a case which somebody had reviewed before for other reasons.

        Without that the sample would lack just those cases that looked doubtful.
        """
        statement = update(CASE_REVIEWS).where(CASE_REVIEWS.c.case == case)
        with self._database.writing(lock_posts=False) as connection:
            connection.execute(statement.values(pick=RANDOM, stratum=stratum))

    def load_reviews(self, until: datetime | None = None) -> pl.DataFrame:
        """Return reviews of public posts up to a moment, the oldest first, with lists of labels."""
        table = REVIEWS.c
        statement = select_resolved(REVIEWS).order_by(
            table.reviewed_at, table.platform, table.post_id, table.reviewer
        )
        if until is not None:
            statement = statement.where(table.reviewed_at <= until)
        with self._database.reading() as connection:
            found = load_records(connection, REVIEWS, statement)
        lists = [pl.col(name).str.json_decode(pl.List(pl.String)) for name in _LISTS]
        return found.with_columns(lists)

    def load_case_reviews(self, until: datetime | None = None) -> pl.DataFrame:
        """Return reviews of cases up to a moment, the oldest first."""
        table = CASE_REVIEWS.c
        statement = select(*list_columns(CASE_REVIEWS)).order_by(
            table.reviewed_at, table.case, table.reviewer
        )
        if until is not None:
            statement = statement.where(table.reviewed_at <= until)
        with self._database.reading() as connection:
            return load_records(connection, CASE_REVIEWS, statement)


def erase_reviews(connection: Connection, platform: str, post_ids: Iterable[str]) -> None:
    """Erase what people said of posts whose words go, and of the cases they begin or end.

    What was told from elsewhere of cases that begin with such a post goes too.
    """
    ids = set(post_ids)
    if not ids:
        return
    ids |= find_aliases(connection, platform, ids)
    told = is_one_of(connection, TOLD_OUTCOMES.c.post_id, ids)
    connection.execute(delete(TOLD_OUTCOMES).where(TOLD_OUTCOMES.c.platform == platform, told))
    chosen = is_one_of(connection, REVIEWS.c.post_id, ids)
    connection.execute(delete(REVIEWS).where(REVIEWS.c.platform == platform, chosen))
    named = or_(*(is_one_of(connection, column, ids) for column in _OF_CASE))
    connection.execute(delete(CASE_REVIEWS).where(CASE_REVIEWS.c.platform == platform, named))


def find_aliases(connection: Connection, platform: str, post_ids: Iterable[str]) -> set[str]:
    """Return the other ids of posts: what was said of an edit hangs on the edit's own id."""
    found: set[str] = set()
    for aliases in (shelf.aliases for shelf in SHELVES):
        chosen = is_one_of(connection, aliases.c.post_id, post_ids)
        statement = select(aliases.c.alias).where(aliases.c.platform == platform, chosen)
        found.update(connection.scalars(statement))
    return found


def _count_public(
    connection: Connection, platform: str, ids: Iterable[str], *, worded: bool
) -> int:
    posts, archived = PUBLIC.posts.c, ARCHIVED_POSTS.c
    number = 0
    for table, is_there in (
        (posts, posts.deleted_at.is_(None)),
        (archived, archived.is_deleted.is_(False)),
    ):
        chosen = is_one_of(connection, table.post_id, ids)
        statement = select(func.count()).where(table.platform == platform, chosen)
        if worded:
            statement = statement.where(is_there)
        number += connection.scalar(statement) or 0
    return number
