"""Find the first post of a brand: of its accounts, or to them.

Who wrote what is told by an index; whom posts name is not. So these are looked at only
where a brand's own posts do not tell enough, those of the last weeks first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import ColumnElement, Connection, func, or_, select

from listener.posts import Account, Brand, fold_handle
from listener.store.archive_files import load_files, open_file, read_steadily
from listener.store.authors import list_author_ids
from listener.store.database import Database
from listener.store.shelves import PUBLIC

_POSTS = PUBLIC.posts.c
_LAST_WEEKS = timedelta(weeks=26)


def load_first_posts(
    database: Database, brands: Iterable[Brand], *, enough: datetime | None = None
) -> dict[str, datetime]:
    """Return when the first public post was written that is the brand's or names it.

    Args:
        database: Where the posts are.
        brands: The brands.
        enough: Of a brand with posts from before this moment it is told when one of
            these was written, not which one was the first.
    """
    wanted = list(brands)

    def read(connection: Connection) -> dict[str, datetime]:
        firsts = {brand.key: _find_first(connection, brand, enough) for brand in wanted}
        return {key: first for key, first in firsts.items() if first is not None}

    return read_steadily(database, read)


def _find_first(connection: Connection, brand: Brand, enough: datetime | None) -> datetime | None:
    first = _find_own(connection, brand)
    if not _is_enough(first, enough):
        first = _find_earlier(connection, brand, first, enough)
    platforms = {account.platform for account in brand.accounts}
    for file in load_files(connection):
        if _is_enough(first, enough):
            break
        if file.platform in platforms and (first is None or file.oldest < first):
            posts = open_file(connection, file).filter(_is_archived_about(brand, file.platform))
            found = posts.select(pl.col("created_at").min()).collect().item()
            first = found if first is None or (found is not None and found < first) else first
    return first


def _is_enough(first: datetime | None, enough: datetime | None) -> bool:
    return first is not None and enough is not None and first < enough


def _is_archived_about(brand: Brand, platform: str) -> pl.Expr:
    handles = [fold_handle(each.handle) for each in brand.accounts if each.platform == platform]
    is_author = pl.col("author_handle").str.to_lowercase().is_in(handles)
    is_named = [pl.col("mentions").list.contains(handle) for handle in handles]
    return pl.any_horizontal(is_author, *is_named)


def _find_own(connection: Connection, brand: Brand) -> datetime | None:
    moments = [
        connection.scalar(select(func.min(_POSTS.created_at)).where(_is_by(*author)))
        for author in _list_authors(connection, brand)
    ]
    return min((each for each in moments if each is not None), default=None)


def _list_authors(connection: Connection, brand: Brand) -> set[tuple[str, str, str]]:
    return {
        (account.platform, *author)
        for account in brand.accounts
        for author in list_author_ids(
            connection, PUBLIC.posts, account.platform, [fold_handle(account.handle)]
        )
    }


def _is_by(platform: str, handle: str, author_id: str) -> ColumnElement[bool]:
    is_author = func.lower(_POSTS.author_handle) == handle
    return (_POSTS.platform == platform) & is_author & (_POSTS.author_id == author_id)


def _find_earlier(
    connection: Connection, brand: Brand, own: datetime | None, enough: datetime | None
) -> datetime | None:
    """Return when the brand was named first, if that was before its own first post."""
    names_it = select(_POSTS.created_at).where(or_(*map(_is_named, brand.accounts)))
    in_order = names_it.order_by(_POSTS.created_at).limit(1)
    if enough is not None:
        last_weeks = _POSTS.created_at.between(enough - _LAST_WEEKS, enough)
        found: datetime | None = connection.scalar(in_order.where(last_weeks))
        if found is not None:
            return found
    is_earlier = [] if own is None else [_POSTS.created_at < own]
    named: datetime | None = connection.scalar(in_order.where(*is_earlier))
    return named or own


def _is_named(account: Account) -> ColumnElement[bool]:
    handle = fold_handle(account.handle)
    is_named = _POSTS.mentions.contains(f'"{handle}"', autoescape=True)
    return (_POSTS.platform == account.platform) & is_named
