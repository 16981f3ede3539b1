"""Merge batches of posts into the tables.

A batch is read, merged in memory and written with one statement for each table.
Nobody else writes meanwhile (`Database.writing`), so what was read stays true.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Literal

from sqlalchemy import Connection

from listener.store.merging import EditRow, make_edit_of, merge_rows
from listener.store.rows import PostRow, Sighting, order_ids
from listener.store.statements import (
    delete_edits,
    delete_posts,
    load_aliases,
    load_edits,
    load_rows,
    point_aliases,
    write_rows,
)
from listener.store.tables import ALIASES, EDITS, POSTS

Kind = Literal["new", "changed", "unchanged"]


class _Batch:
    """The posts of one platform in one batch, while they are being merged."""

    def __init__(self, connection: Connection, platform: str, sightings: list[Sighting]) -> None:
        self.connection = connection
        self.platform = platform
        self.sightings = sightings
        self.known_aliases = self._load_known_aliases()
        self.links = _join_links(self.known_aliases, sightings)
        self.stored = load_rows(connection, platform, self._list_ids())
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
        for row, _ in self.sightings:
            post_id = resolve_id(self.links, row.post_id)
            yield row if post_id == row.post_id else make_edit_of(row, post_id)

    def absorb(self, seen_at: int) -> None:
        """Make rows that turn out to be edits of another post a part of it."""
        for alias in sorted(self.links, key=order_ids):
            row = self.stored.get(alias)
            post_id = resolve_id(self.links, alias)
            if row is None or post_id == alias:
                continue
            self.absorbed[alias] = post_id
            for edit in self.edits.get(alias, ()):
                self._keep_edit(edit._replace(post_id=post_id))
            self.merge(make_edit_of(row, post_id), seen_at)

    def merge(self, row: PostRow, seen_at: int) -> Kind:
        """Merge one sighting and say what it was."""
        post_id = row.post_id
        before = self.rows.get(post_id) or self.stored.get(post_id)
        if before is None:
            self.rows[post_id] = row
            return "new"
        after, edit = merge_rows(before, row, self.edits.get(post_id, ()), seen_at=seen_at)
        if edit is not None:
            self._keep_edit(edit)
        if after != before:
            self.rows[post_id] = after
        return "changed" if after != before or edit else "unchanged"

    def _keep_edit(self, edit: EditRow) -> None:
        self.edits.setdefault(edit.post_id, []).append(edit)
        self.new_edits.setdefault((edit.post_id, edit.digest), edit)

    def write(self) -> None:
        """Write what changed; a deleted post takes its earlier texts along."""
        deleted = {row.post_id for row in self.rows.values() if row.deleted_at is not None}
        if self.absorbed:
            point_aliases(self.connection, self.platform, self.absorbed)
            delete_posts(self.connection, self.platform, self.absorbed)
        if deleted or self.absorbed:
            delete_edits(self.connection, self.platform, deleted.union(self.absorbed))
        edits = [edit for edit in self.new_edits.values() if edit.post_id not in deleted]
        write_rows(self.connection, POSTS, list(self.rows.values()))
        write_rows(self.connection, EDITS, edits, overwrite=False)
        write_rows(self.connection, ALIASES, self._list_new_aliases())

    def _list_new_aliases(self) -> list[tuple[str, str, str]]:
        resolved = ((alias, resolve_id(self.links, alias)) for alias in self.links)
        return [
            (self.platform, alias, post_id)
            for alias, post_id in resolved
            if alias != post_id and self.known_aliases.get(alias) != post_id
        ]


def merge_sightings(
    connection: Connection, platform: str, sightings: list[Sighting], *, seen_at: int
) -> Counter[Kind]:
    """Merge sightings of one platform into the tables and count what they were."""
    batch = _Batch(connection, platform, sightings)
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
