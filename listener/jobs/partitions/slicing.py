"""Cut all posts into slices that are sorted into cases one after the other.

What is held of all posts at once are hashes of what they hang on; the rest lies in files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from listener.jobs.partitions.work_folder import write_table
from listener.measure.slices import (
    AUTHOR_COLUMNS,
    LINK_COLUMNS,
    assign_slices,
    find_answers_to_missing,
    list_authors,
    name_links,
)
from listener.posts import OPEN_VISIBILITIES

LOOKS, SLICES = "looks", "slices"
_WRITTEN_AT_ONCE = 200_000  # glances; so that many small files do not make many more


@dataclass(frozen=True, slots=True)
class Slices:
    """Where the posts are.

    Attributes:
        folders: One a slice, with Parquet files of its posts in their order.
        authors: Under which ids brands, and people of whom these speak, wrote.
    """

    folders: tuple[Path, ...]
    authors: pl.DataFrame


def cut_into_slices(
    folder: Path, accounts: pl.DataFrame, posts_in_a_slice: int, *, as_of: datetime
) -> Slices:
    """Write glances again, each slice into a folder of its own.

    Args:
        folder: The work folder, with glances at all posts.
        accounts: The brands' accounts, from `make_accounts`.
        posts_in_a_slice: About how many there are to be.
        as_of: Later posts are not known yet.
    """
    looks = sorted((folder / LOOKS).glob("*.parquet"))
    links = pl.concat(
        [name_links(pl.read_parquet(path, columns=[*LINK_COLUMNS])) for path in looks]
    )
    number = assign_slices(links, max(1, -(-links.height // posts_in_a_slice)))
    marks = pl.DataFrame([number, find_answers_to_missing(links)])
    del links
    spoken_of = [accounts.select("platform", "handle").clear()]
    for at, posts in enumerate(_join_files(looks, marks)):
        spoken_of.append(_list_spoken_of(posts))
        for (name,), own in posts.drop("lost").group_by("slice", maintain_order=True):
            place = folder / SLICES / f"{name:06}"
            place.mkdir(exist_ok=True)
            write_table(own.drop("slice"), place / f"{at:06}.parquet")
    authors = _list_authors(looks, accounts, pl.concat(spoken_of).unique(), as_of)
    return Slices(tuple(sorted((folder / SLICES).iterdir())), authors)


def _join_files(looks: list[Path], marks: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the glances of all files, some files together, with `slice` and `lost`."""
    start, waiting = 0, 0
    parts: list[pl.DataFrame] = []
    for path in looks:
        posts = pl.read_parquet(path)
        parts.append(posts.hstack(marks[start : start + posts.height]))
        start, waiting = start + posts.height, waiting + posts.height
        if waiting >= _WRITTEN_AT_ONCE:
            yield pl.concat(parts)
            parts, waiting = [], 0
    if parts:
        yield pl.concat(parts)


def _list_spoken_of(posts: pl.DataFrame) -> pl.DataFrame:
    """Return whom posts name that answer one that is not there: only there it decides anything."""
    named = posts.filter("lost").select("platform", pl.col("mentions").alias("handle"))
    return named.explode("handle").drop_nulls().unique()


def _list_authors(
    looks: list[Path], accounts: pl.DataFrame, spoken_of: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    brands = accounts.select("platform", "handle")
    people = spoken_of.join(brands, on=["platform", "handle"], how="anti")
    return pl.concat(
        [
            list_authors(_read_authors(looks, as_of), brands, "first"),
            list_authors(_read_authors(looks, as_of), people, "last"),
        ]
    )


def _read_authors(looks: list[Path], as_of: datetime) -> Iterator[pl.DataFrame]:
    is_seen = pl.col("visibility").is_in(OPEN_VISIBILITIES) & (pl.col("created_at") <= as_of)
    for path in looks:
        yield pl.scan_parquet(path, glob=False).filter(is_seen).select(AUTHOR_COLUMNS).collect()
