"""Keep when each conversation was asked for: only then does silence mean anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Executable, Select, delete, func, or_, select

from listener.store.database import Database
from listener.store.forgotten import Forgotten, load_forgotten
from listener.store.inserting import choose_insert
from listener.store.records import load_records, make_records, sort_records
from listener.store.reviews import find_aliases
from listener.store.rows import LARGEST_COUNT, clean_id
from listener.store.shelves import PUBLIC
from listener.store.statements import choose_named, is_one_of, list_columns, name_ids
from listener.store.tables import VISITS


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedVisit:
    """A conversation that was asked for.

    Attributes:
        conversation: Its id: that of the platform, or of its first post.
        post_id: The post it was asked for.
        announced: How many answers the platform said there are.
        is_whole: Whether everybody's posts were asked for; else only those of the
            one customer who wrote the post, or whom it answers.
    """

    conversation: str
    post_id: str
    announced: int = 0
    is_whole: bool = True


def save_visits(
    database: Database,
    platform: str,
    visits: Iterable[SavedVisit],
    *,
    visited_at: datetime,
) -> None:
    """Keep the visits of conversations; an older visit never replaces a newer one."""
    found = {clean_id(visit.conversation): visit for visit in visits}
    # Forgetting locks the posts too: nobody is forgotten between the hiding and the writing.
    with database.writing() as connection:
        hide = load_forgotten(connection).hide_post
        rows = [
            {
                "platform": platform,
                "conversation": hide(platform, conversation),
                "visited_at": visited_at,
                "post_id": hide(platform, clean_id(visit.post_id)),
                "announced": min(visit.announced, LARGEST_COUNT),
                "is_whole": visit.is_whole,
            }
            for conversation, visit in found.items()
        ]
        _write(connection, rows)


def load_visits(database: Database, since: datetime | None = None) -> pl.DataFrame:
    """Return the latest visit of each conversation, with the name that its post now has."""
    statement = _select_visits()
    if since is not None:
        statement = statement.where(VISITS.c.visited_at >= since)
    with database.reading() as connection:
        return sort_records(load_records(connection, VISITS, statement), VISITS)


def load_visits_of(database: Database, posts: pl.DataFrame) -> pl.DataFrame:
    """Return the latest visits that were made for some posts, by `platform` and `post_id`."""
    frames = [make_records(VISITS)]
    with database.reading() as connection:
        for (platform,), own in posts.group_by("platform", maintain_order=True):
            frames.append(_load_visits_of(connection, str(platform), own["post_id"]))
    return sort_records(pl.concat(frames), VISITS)


def _load_visits_of(connection: Connection, platform: str, ids: pl.Series) -> pl.DataFrame:
    of_platform = VISITS.c.platform == platform
    # No more of them than posts: then it is less to read all than to ask for these.
    counted = select(VISITS.c.post_id).where(of_platform).order_by(VISITS.c.post_id)
    if connection.execute(counted.offset(len(ids)).limit(1)).first() is None:
        made = load_records(connection, VISITS, _select_visits().where(of_platform))
        return made.filter(pl.col("post_id").is_in(ids.implode()))
    others = find_aliases(connection, platform, ids)
    named = name_ids(connection, platform, {*ids, *others})
    return load_records(connection, VISITS, _select_visits_of(connection.dialect.name), named)


@cache
def _select_visits_of(dialect: str) -> Select[Any]:
    return _select_visits().where(choose_named(dialect, VISITS, VISITS.c.post_id))


def _select_visits() -> Select[Any]:
    # Nothing measures a conversation by a private post, so its name need not be found.
    known, own = VISITS.c, PUBLIC.aliases.c
    named = select(own.post_id).where(own.platform == known.platform, own.alias == known.post_id)
    post_id = func.coalesce(named.scalar_subquery(), known.post_id).label("post_id")
    columns = [post_id if each.name == "post_id" else each for each in list_columns(VISITS)]
    return select(*columns)


def hide_visits(
    connection: Connection, platform: str, post_ids: Iterable[str], forgotten: Forgotten
) -> None:
    """Keep that a conversation was visited, but under the name that its posts now have."""
    hidden = {post_id: forgotten.hide_post(platform, post_id) or "" for post_id in post_ids}
    rename_visits(connection, platform, hidden)


def rename_visits(connection: Connection, platform: str, renamed: Mapping[str, str]) -> None:
    """Keep visits of conversations and posts under their new names."""
    chosen = _concerns(connection, platform, list(renamed))
    visits = connection.execute(select(VISITS).where(chosen)).mappings().all()
    connection.execute(delete(VISITS).where(chosen))
    names = ("conversation", "post_id")
    _write(
        connection,
        [
            {**visit, **{name: renamed.get(visit[name], visit[name]) for name in names}}
            for visit in visits
        ],
    )


def _concerns(connection: Connection, platform: str, ids: list[str]) -> ColumnElement[bool]:
    named = [is_one_of(connection, each, ids) for each in (VISITS.c.conversation, VISITS.c.post_id)]
    return (VISITS.c.platform == platform) & or_(*named)


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_make_upsert(connection), rows)


def _make_upsert(connection: Connection) -> Executable:
    insert = choose_insert(is_postgresql=connection.dialect.name == "postgresql")
    statement = insert(VISITS)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["platform", "conversation"],
        set_={name: new[name] for name in ("visited_at", "post_id", "announced", "is_whole")},
        where=VISITS.c.visited_at <= new.visited_at,
    )
