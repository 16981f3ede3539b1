"""Private posts lie apart from those that everybody may read, in tables of their own.

Each post lies on exactly one of the two shelves. Whoever reads the public one
cannot come upon a private post, however a query is written.
"""

from dataclasses import dataclass

from sqlalchemy import Table

from listener.posts import OPEN_VISIBILITIES
from listener.store.tables import METADATA


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The tables that hold posts and what belongs to them."""

    posts: Table
    aliases: Table
    edits: Table


def _make_shelf(prefix: str) -> Shelf:
    names = ("posts", "post_aliases", "post_edits")
    return Shelf(*(METADATA.tables[prefix + name] for name in names))


PUBLIC = _make_shelf("")
PRIVATE = _make_shelf("private_")
SHELVES = (PUBLIC, PRIVATE)
_SHELF_OF: dict[str, Shelf] = dict.fromkeys(OPEN_VISIBILITIES, PUBLIC)


def choose_shelf(visibility: str) -> Shelf:
    """Return where a post belongs; what is not known to be public is private."""
    return _SHELF_OF.get(visibility, PRIVATE)
