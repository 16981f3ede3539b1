"""Merge batches of posts into the tables.

A batch is read, merged in memory and written with one statement for each table.
Where a post lies is decided by what is known of it after the merging (`shelves.py`).
Nobody else writes meanwhile (`Database.writing`), so what was read stays true.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter, itemgetter
from typing import Literal

from sqlalchemy import Connection

from listener.store.merging import EditRow, make_edit_of, merge_rows, revive_row
from listener.store.reviews import erase_reviews
from listener.store.rows import PostRow, Sighting, order_ids
from listener.store.shelves import SHELVES, Shelf, choose_shelf
from listener.store.statements import (
    delete_aliases,
    delete_of,
    load_aliases,
    load_edits,
    load_rows,
    move_belongings,
    point_aliases,
    write_rows,
)

Kind = Literal["new", "changed", "unchanged"]
_take_row = itemgetter(0)


class _Batch:
    """The posts of one platform in one batch, while they are being merged."""

    def __init__(
        self,
        connection: Connection,
        platform: str,
        sightings: list[Sighting],
        *,
        is_live: bool = False,
    ) -> None:
        self.connection = connection
        self.is_live = is_live
        self.platform = platform
        self.sightings = sightings
        self.known_aliases = self._load_known_aliases()
        self.links = _join_links(self.known_aliases, sightings)
        self.stored: dict[str, PostRow] = {}
        self.homes: dict[str, Shelf] = {}
        for shelf in SHELVES:
            found = load_rows(connection, shelf, platform, self._list_ids())
            self.stored.update(found)
            self.homes.update(dict.fromkeys(found, shelf))
        self.edits = self._load_edits()
        self.rows: dict[str, PostRow] = {}
        self.new_edits: dict[tuple[str, str], EditRow] = {}
        self.absorbed: dict[str, str] = {}

    def _load_known_aliases(self) -> dict[str, str]:
        ids = [sighting.row.post_id for sighting in self.sightings]
        ids += [alias for sighting in self.sightings for alias in sighting.aliases]
        return load_aliases(self.connection, self.platform, ids)

    def _list_ids(self) -> set[str]:
        ids = {sighting.row.post_id for sighting in self.sightings}
        return ids.union(self.links, self.links.values())

    def _load_edits(self) -> dict[str, list[EditRow]]:
        """Load earlier texts where they may decide, which is seldom."""
        if not self.stored:
            return {}
        doubtful = set(self.links).union(self.links.values())
        read_version = attrgetter("text", "edited_at")
        for row, _ in self.sightings:
            stored = self.stored.get(row.post_id)
            if stored is not None and read_version(stored) != read_version(row):
                doubtful.add(row.post_id)
        wanted = doubtful.intersection(self.stored)
        return load_edits(self.connection, self.platform, wanted) if wanted else {}

    def list_rows(self) -> Iterator[PostRow]:
        """Yield the sightings under the ids of the posts themselves."""
        if not self.links:
            yield from map(_take_row, self.sightings)
            return
        for row, _ in self.sightings:
            post_id = resolve_id(self.links, row.post_id)
            yield row if post_id == row.post_id else make_edit_of(row, post_id)

    def absorb(self, seen_at: int) -> None:
        """Make rows that turn out to be edits of another post a part of it."""
        for alias in sorted(self.links.keys() & self.stored.keys(), key=order_ids):
            row = self.stored[alias]
            post_id = resolve_id(self.links, alias)
            if post_id == alias:
                continue
            self.absorbed[alias] = post_id
            for edit in self.edits.get(alias, ()):
                self._keep_edit(edit._replace(post_id=post_id))
            self.merge(make_edit_of(row, post_id), seen_at)

    def merge(self, row: PostRow, seen_at: int) -> Kind:
        """Merge one sighting and say what it was."""
        post_id = row.post_id
        known = self.rows.get(post_id) or self.stored.get(post_id)
        if known is None:
            self.rows[post_id] = row if row.seen_at else PostRow(*row[:-1], seen_at)
            return "new"
        before = revive_row(known, row, seen_at=seen_at) if self.is_live else known
        after, edit = merge_rows(before, row, self.edits.get(post_id, ()), seen_at=seen_at)
        if edit is not None:
            self._keep_edit(edit)
        if after != known:
            self.rows[post_id] = after
        return "changed" if after != known or edit else "unchanged"

    def _keep_edit(self, edit: EditRow) -> None:
        self.edits.setdefault(edit.post_id, []).append(edit)
        self.new_edits.setdefault((edit.post_id, edit.digest), edit)

    def write(self) -> None:
        """Write what changed, each post where it belongs."""
        self._move()
        aliases = self._list_new_aliases()
        rows: dict[Shelf, list[PostRow]] = {shelf: [] for shelf in SHELVES}
        for row in self.rows.values():
            rows[choose_shelf(row.visibility)].append(row)
        for shelf in SHELVES:
            self._write_posts(shelf, rows[shelf])
            self._write_aliases(shelf, aliases)

    def _find_shelf(self, post_id: str) -> Shelf:
        row = self.rows.get(post_id) or self.stored[post_id]
        return choose_shelf(row.visibility)

    def _move(self) -> None:
        """Bring posts that turned out to be private, or part of a private one, to its shelf."""
        moved: defaultdict[tuple[Shelf, Shelf], list[str]] = defaultdict(list)
        for post_id in (self.rows.keys() | self.absorbed).intersection(self.homes):
            target = self._find_shelf(self.absorbed.get(post_id, post_id))
            if target is not self.homes[post_id]:
                moved[self.homes[post_id], target].append(post_id)
        for (source, target), ids in moved.items():
            move_belongings(self.connection, self.platform, ids, source, target)
            erase_reviews(self.connection, self.platform, ids)

    def _write_posts(self, shelf: Shelf, own: list[PostRow]) -> None:
        """Write posts and earlier texts; a deleted post takes its earlier texts along."""
        deleted = {row.post_id for row in own if row.deleted_at is not None}
        absorbed = {
            before: after
            for before, after in self.absorbed.items()
            if self._find_shelf(after) is shelf
        }
        if absorbed:
            point_aliases(self.connection, shelf, self.platform, absorbed)
            delete_of(self.connection, shelf.posts, self.platform, absorbed)
        erase_reviews(self.connection, self.platform, deleted)
        if deleted or absorbed:
            delete_of(self.connection, shelf.edits, self.platform, deleted.union(absorbed))
        edits = [
            edit
            for edit in self.new_edits.values()
            if edit.post_id not in deleted and self._find_shelf(edit.post_id) is shelf
        ]
        write_rows(self.connection, shelf.posts, own)
        write_rows(self.connection, shelf.edits, edits, overwrite=False)

    def _write_aliases(self, shelf: Shelf, aliases: Mapping[str, str]) -> None:
        """Write aliases where their posts are, and take them away where these are not."""
        own = {
            alias: post_id
            for alias, post_id in aliases.items()
            if self._find_shelf(post_id) is shelf
        }
        others = self.known_aliases.keys() & aliases - own.keys()
        if others:
            delete_aliases(self.connection, shelf, self.platform, others)
        rows = [(self.platform, alias, post_id) for alias, post_id in own.items()]
        write_rows(self.connection, shelf.aliases, rows)

    def _list_new_aliases(self) -> dict[str, str]:
        resolved = ((alias, resolve_id(self.links, alias)) for alias in self.links)
        return {
            alias: post_id
            for alias, post_id in resolved
            if alias != post_id and self.known_aliases.get(alias) != post_id
        }


def merge_sightings(
    connection: Connection,
    platform: str,
    sightings: list[Sighting],
    *,
    seen_at: int,
    is_live: bool = False,
) -> Counter[Kind]:
    """Merge sightings of one platform into the tables and count what they were.

    Live ones were seen on the platform itself just now; others may be of any age.
    """
    batch = _Batch(connection, platform, sightings, is_live=is_live)
    batch.absorb(seen_at)
    counts: Counter[Kind] = Counter(batch.merge(row, seen_at) for row in batch.list_rows())
    batch.write()
    return counts


def resolve_id(links: Mapping[str, str], post_id: str) -> str:
    """Follow aliases to the post itself; a circle ends at its oldest id."""
    if post_id not in links:
        return post_id
    passed = [post_id]
    while (following := links.get(passed[-1])) is not None:
        if following in passed:
            return min(passed[passed.index(following) :], key=order_ids)
        passed.append(following)
    return passed[-1]


def _join_links(known: Mapping[str, str], sightings: Iterable[Sighting]) -> dict[str, str]:
    """Join the aliases that are known with those that the sightings tell."""
    links = dict(known)
    for row, aliases in sightings:
        for alias in aliases:
            if alias != row.post_id:
                # Two posts that claim one alias: whoever came first must not matter.
                links[alias] = min(links.get(alias, row.post_id), row.post_id, key=order_ids)
    return links
