"""Find the first post of a brand: of its accounts, or to them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from listener.posts import Account, Brand, fold_handle
from listener.store.database import Database
from listener.store.shelves import PUBLIC

_POSTS = PUBLIC.posts.c


def load_first_posts(database: Database, brands: Iterable[Brand]) -> dict[str, datetime]:
    """Return when the first public post was written that is the brand's or names it."""
    found: dict[str, datetime] = {}
    with database.reading() as connection:
        for brand in brands:
            is_own = or_(*map(_is_about, brand.accounts))
            first = connection.scalar(select(func.min(_POSTS.created_at)).where(is_own))
            if first is not None:
                found[brand.key] = first
    return found


def _is_about(account: Account) -> ColumnElement[bool]:
    handle = fold_handle(account.handle)
    is_named = _POSTS.mentions.contains(f'"{handle}"', autoescape=True)
    is_author = func.lower(_POSTS.author_handle) == handle
    return (_POSTS.platform == account.platform) & or_(is_author, is_named)
