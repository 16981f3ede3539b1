"""Posts of a database, handed on as an archive, and what only the database knows of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from listener.jobs.observing import (
    find_end_of_files,
    join_ends,
    list_current_sources,
    list_delays,
    load_watch,
)
from listener.jobs.partitions.archive_files import ArchiveFile
from listener.jobs.partitions.work_folder import write_table
from listener.measure.tables import Observation
from listener.measure.watch import Watch, find_live_until
from listener.settings import Settings
from listener.store.store import Store

_POSTS_IN_A_FILE = 50_000
_VISITS = {
    "platform": pl.String(),
    "post_id": pl.String(),
    "visited_at": pl.Datetime("us", "UTC"),
    "is_whole": pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of how posts were collected.

    Attributes:
        ends: `platform` and `newest` post of each file that was imported; what is not
            collected live was observed until then.
        visits: From `Store.load_visits`.
        watch: What is known of live collection.
        texts_since: Since when posts have their words; None if none were erased.
    """

    ends: pl.DataFrame
    visits: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_VISITS))
    watch: Watch = field(default_factory=Watch)
    texts_since: datetime | None = None

    def observe(
        self, last: pl.DataFrame, visited: pl.DataFrame, *, as_of: datetime, settle_days: int
    ) -> Observation:
        """Return how far one looked at brands of whom this was the last post, and at cases."""
        filed = find_end_of_files(self.ends, last)
        live = find_live_until(self.watch, as_of)
        ends = join_ends(filed, live, as_of=as_of, settle_days=settle_days)
        return replace(ends, visited=visited)


def find_ends(looks: pl.LazyFrame) -> pl.DataFrame:
    """Return the ends of an archive whose files are taken for one."""
    return looks.group_by("platform").agg(pl.col("created_at").max().alias("newest")).collect()


def load_known(store: Store, settings: Settings) -> Known:
    """Return what the database knows besides the posts."""
    watch = load_watch(store, delays=list_delays(settings), sources=list_current_sources(settings))
    return Known(store.load_imports(), store.load_visits(), watch, store.load_texts_since())


def write_stored(store: Store, folder: Path, *, as_of: datetime) -> Iterator[ArchiveFile]:
    """Write the public posts into a folder, many into one file: each part looks into all files.

    Yields:
        Each file as soon as it is written.
    """
    for number, posts in enumerate(_join_frames(store.iter_frames(until=as_of))):
        path = folder / f"{number:06}.parquet"
        write_table(posts, path)
        yield ArchiveFile(number, str(path))


def _join_frames(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    waiting: list[pl.DataFrame] = []
    for posts in frames:
        waiting.append(posts)
        if sum(each.height for each in waiting) >= _POSTS_IN_A_FILE:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)
