"""Find the first post of a brand: of its accounts, or to them."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, func, or_, select

from listener.posts import Account, Brand, fold_handle
from listener.store.archive_files import load_files, open_file, read_steadily
from listener.store.database import Database
from listener.store.shelves import PUBLIC

_POSTS = PUBLIC.posts.c


def load_first_posts(database: Database, brands: Iterable[Brand]) -> dict[str, datetime]:
    """Return when the first public post was written that is the brand's or names it."""
    wanted = list(brands)

    def read(connection: Connection) -> dict[str, datetime]:
        firsts = {brand.key: _find_first(connection, brand) for brand in wanted}
        return {key: first for key, first in firsts.items() if first is not None}

    return read_steadily(database, read)


def _find_first(connection: Connection, brand: Brand) -> datetime | None:
    is_own = or_(*map(_is_about, brand.accounts))
    first: datetime | None = connection.scalar(select(func.min(_POSTS.created_at)).where(is_own))
    platforms = {account.platform for account in brand.accounts}
    for file in load_files(connection):
        if file.platform in platforms and (first is None or file.oldest < first):
            posts = open_file(connection, file).filter(_is_archived_about(brand, file.platform))
            found = posts.select(pl.col("created_at").min()).collect().item()
            first = found if first is None or (found is not None and found < first) else first
    return first


def _is_archived_about(brand: Brand, platform: str) -> pl.Expr:
    handles = [fold_handle(each.handle) for each in brand.accounts if each.platform == platform]
    is_author = pl.col("author_handle").str.to_lowercase().is_in(handles)
    is_named = [pl.col("mentions").list.contains(handle) for handle in handles]
    return pl.any_horizontal(is_author, *is_named)


def _is_about(account: Account) -> ColumnElement[bool]:
    handle = fold_handle(account.handle)
    is_named = _POSTS.mentions.contains(f'"{handle}"', autoescape=True)
    is_author = func.lower(_POSTS.author_handle) == handle
    return (_POSTS.platform == account.platform) & or_(is_author, is_named)
