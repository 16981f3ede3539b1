"""Save any number of posts, in batches, as one transaction or as many."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar, cast

from sqlalchemy import Connection

from listener.posts import OPEN_VISIBILITIES, Platform, Post
from listener.store.columns import count_microseconds, make_moment
from listener.store.database import Database
from listener.store.forgotten import Forgotten, load_forgotten
from listener.store.imports import ImportRecord
from listener.store.keeping import Keeping, load_keeping
from listener.store.returning import bring_back_sighted
from listener.store.rows import Sighting, make_sightings
from listener.store.sifting import sift_old
from listener.store.upsert import merge_sightings

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformCounts:
    """What became of one platform's posts: each is new, changed, unchanged or refused.

    Attributes:
        changed: The post was known and the sighting told something new of it.
        refused: The post belongs to a forgotten person, or is a private one that is too old to be
            kept.
        oldest: When the first of the kept posts was written.
        newest: When the last of them was written, those of the future left out.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCounts:
    """What became of all the posts that were handed over, and of each platform's.

    Attributes:
        micro_dollars: What had to be booked for them, in millionths of a dollar.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    micro_dollars: int = 0
    platforms: Mapping[Platform, PlatformCounts] = field(default_factory=dict)

    def make_import_records(
        self, *, file: str, format: str, imported_at: datetime, broken: int = 0
    ) -> list[ImportRecord]:
        """Return one record a platform; broken lines are counted with the first one."""
        return [
            ImportRecord(
                platform=platform,
                file=file,
                format=format,
                imported_at=imported_at,
                posts=counts.read,
                new=counts.new,
                changed=counts.changed,
                unchanged=counts.unchanged,
                refused=counts.refused,
                broken=0 if number else broken,
                oldest=counts.oldest,
                newest=counts.newest,
            )
            for number, (platform, counts) in enumerate(self.platforms.items())
        ]


def save_posts(
    database: Database,
    posts: Iterable[Post],
    *,
    seen_at: datetime,
    batch: int,
    commit_each_batch: bool,
) -> SaveCounts:
    """Save posts as they come; nothing is locked before the first batch is there."""
    batches = (make_sightings(each, seen_at=seen_at) for each in _split(posts, batch))
    if not commit_each_batch:
        return _save_all(database, batches, seen_at)
    saving = _Saving(count_microseconds(seen_at))
    for each in batches:
        with database.writing() as connection:
            saving.save(connection, each, load_forgotten(connection))
    return saving.count()


def save_sightings(
    database: Database, sightings: Iterable[Sighting], *, seen_at: datetime, batch: int
) -> SaveCounts:
    """Save posts that are rows already, all of them or none."""
    return _save_all(database, _split(sightings, batch), seen_at)


def _save_all(
    database: Database, batches: Iterator[list[Sighting]], seen_at: datetime
) -> SaveCounts:
    saving = _Saving(count_microseconds(seen_at))
    first = next(batches, None)
    if first is not None:
        with database.writing() as connection:
            forgotten = load_forgotten(connection)
            for each in chain((first,), batches):
                saving.save(connection, each, forgotten)
    return saving.count()


def save_batch(
    connection: Connection, posts: list[Post], forgotten: Forgotten, *, seen_at: datetime
) -> SaveCounts:
    """Save what a platform shows now, within a transaction that holds more than the posts."""
    saving = _Saving(count_microseconds(seen_at), is_live=True)
    saving.save(connection, make_sightings(posts, seen_at=seen_at), forgotten)
    return saving.count()


def _split(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    left = iter(things)
    while part := list(islice(left, size)):
        yield part


class _Tally:
    """A platform's counts while they grow."""

    def __init__(self) -> None:
        self.new = self.changed = self.unchanged = self.refused = 0
        self.moments: list[int] = []

    def count(self) -> PlatformCounts:
        return PlatformCounts(
            read=self.new + self.changed + self.unchanged + self.refused,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            refused=self.refused,
            oldest=make_moment(self.moments[0]) if self.moments else None,
            newest=make_moment(self.moments[-1]) if self.moments else None,
        )


class _Saving:
    """One call of `save_posts`: what all its batches have in common."""

    def __init__(self, seen_at: int, *, is_live: bool = False) -> None:
        self.seen_at = seen_at
        self.is_live = is_live
        self.tallies: dict[str, _Tally] = {}
        self.keeping: Keeping

    def save(self, connection: Connection, sightings: list[Sighting], forgotten: Forgotten) -> None:
        if not sightings:
            return
        self.keeping = load_keeping(connection, forgotten, now=self.seen_at)
        for platform in dict.fromkeys(row.platform for row, _ in sightings):
            own = [sighting for sighting in sightings if sighting.row.platform == platform]
            self._save_platform(connection, platform, own, forgotten)

    def _save_platform(
        self, connection: Connection, platform: str, own: list[Sighting], forgotten: Forgotten
    ) -> None:
        tally = self.tallies.setdefault(platform, _Tally())
        bring_back_sighted(connection, platform, own, self.keeping)
        kept = sift_old(connection, platform, forgotten.sift(own), self.keeping)
        tally.refused += len(own) - len(kept)
        if not kept:
            return
        counts = merge_sightings(
            connection, platform, kept, seen_at=self.seen_at, is_live=self.is_live
        )
        tally.new += counts["new"]
        tally.changed += counts["changed"]
        tally.unchanged += counts["unchanged"]
        # A post from the future has a broken clock: it does not tell how far a file reaches.
        # Nor does a private one: its time is nobody's business.
        past = (
            row.created_at
            for row, _ in kept
            if row.created_at <= self.seen_at and row.visibility in OPEN_VISIBILITIES
        )
        moments = [*tally.moments, *past]
        tally.moments = [min(moments), max(moments)] if moments else []

    def count(self) -> SaveCounts:
        platforms = {name: tally.count() for name, tally in sorted(self.tallies.items())}
        each = platforms.values()
        return SaveCounts(
            read=sum(counts.read for counts in each),
            new=sum(counts.new for counts in each),
            changed=sum(counts.changed for counts in each),
            unchanged=sum(counts.unchanged for counts in each),
            refused=sum(counts.refused for counts in each),
            platforms=cast("Mapping[Platform, PlatformCounts]", platforms),
        )
