"""The weeks whose posts could lie in files: ISO weeks in UTC that are over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from listener.posts import PLATFORMS
from listener.store.database import Database
from listener.store.rows import PostRow, order_ids
from listener.store.shelves import PUBLIC
from listener.store.statements import list_columns

WEEK = timedelta(weeks=1)
_POSTS = PUBLIC.posts.c


def name_week(moment: datetime) -> str:
    """Return the ISO week of a moment in UTC, such as `2025-W07`."""
    year, week, _ = moment.isocalendar()
    return f"{year:04}-W{week:02}"


def begin_week(moment: datetime) -> datetime:
    """Return when the ISO week of a moment in UTC begins."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True, kw_only=True)
class OldWeek:
    """The public posts of one platform and one week that are in the database.

    Attributes:
        since: The Monday on which the week begins.
    """

    platform: str
    since: datetime
    posts: int

    @property
    def name(self) -> str:
        """The week's name."""
        return name_week(self.since)


@dataclass(frozen=True, slots=True)
class Part:
    """Posts that get into one file: those of a platform and a span of time within a week."""

    platform: str
    since: datetime
    until: datetime

    @property
    def chosen(self) -> ColumnElement[bool]:
        """The condition that a row of `posts` is one of them."""
        at = _POSTS.created_at
        return _is_of(self.platform) & (at >= self.since) & (at < self.until)

    def count(self, connection: Connection) -> int:
        """Return how many they are."""
        return connection.scalar(select(func.count()).where(self.chosen)) or 0

    def load(self, connection: Connection) -> list[PostRow]:
        """Return them in the order of a file: by length of the id, and id."""
        statement = select(*list_columns(PUBLIC.posts)).where(self.chosen)
        rows = [PostRow._make(row) for row in connection.execute(statement)]
        return sorted(rows, key=lambda row: order_ids(row.post_id))


def _is_of(platform: str) -> ColumnElement[bool]:
    """Return the condition that a post is of a platform, which no index is to be used for.

    SQLite would choose the primary key, and read all posts of the platform for each week.
    """
    return func.coalesce(_POSTS.platform, "") == platform


def list_old_weeks(database: Database, before: datetime) -> list[OldWeek]:
    """Return the weeks from before a moment that have public posts in the database."""
    with database.reading() as connection:
        return [week for platform in PLATFORMS for week in _list(connection, platform, before)]


def _list(connection: Connection, platform: str, before: datetime) -> Iterator[OldWeek]:
    limit = begin_week(before)
    first = select(func.min(_POSTS.created_at)).where(_is_of(platform), _POSTS.created_at < limit)
    oldest = connection.scalar(first)
    while oldest is not None:
        since = begin_week(oldest)
        posts = Part(platform, since, since + WEEK).count(connection)
        yield OldWeek(platform=platform, since=since, posts=posts)
        oldest = connection.scalar(first.where(_POSTS.created_at >= since + WEEK))


def choose_part(connection: Connection, week: OldWeek, most: int) -> Part | None:
    """Return as much of the beginning of a week as gets into a file; None for nothing."""
    part = Part(week.platform, week.since, week.since + WEEK)
    moments = select(_POSTS.created_at).where(part.chosen).order_by(_POSTS.created_at)
    oldest = connection.scalar(moments.limit(1))
    if oldest is None:
        return None
    left = connection.scalar(moments.offset(most).limit(1))
    # Posts of one moment stay together.
    return part if left is None or left == oldest else Part(part.platform, part.since, left)
