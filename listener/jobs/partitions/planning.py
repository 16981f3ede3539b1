"""Plan the parts: which posts stand together, from glances at all of them.

This is the one step that sees all posts at once; it sees none of their words.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from listener.errors import ImportFileError
from listener.jobs.observing import find_observed_until
from listener.jobs.partitions.archive_files import ArchiveFile, read_posts
from listener.jobs.partitions.work_folder import read_tables, write_table
from listener.measure.canned import list_told
from listener.measure.cases import Threads, build_threads
from listener.measure.glances import glance_at
from listener.measure.listings import count_answers
from listener.measure.partitions import assign_parts
from listener.measure.tables import Observation
from listener.measure.threads import make_accounts
from listener.posts import Brand

POSTS_IN_A_PART = 25_000
LOOKS, PLAN = "looks", "plan"
_NAME = ("platform", "post_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all parts are measured with.

    Attributes:
        folder: Where parts are handed on.
    """

    brands: tuple[Brand, ...]
    as_of: datetime
    settle_days: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts that the posts are cut into.

    Attributes:
        posts: How many there are.
        doubles: How many stood in the archive another time.
        parts: Numbers of the parts with any posts.
        observation: How far and until when one looked.
    """

    posts: int
    doubles: int
    parts: tuple[int, ...]
    observation: Observation


def look_at_file(file: ArchiveFile, setup: Setup) -> str | None:
    """Write down what sorting needs of a file's posts; return what is wrong with the file."""
    try:
        posts = read_posts(file.path)
    except ImportFileError as error:
        return str(error)
    numbered = posts.with_row_index("_row").with_columns(
        pl.lit(file.number, dtype=pl.UInt32).alias("_file")
    )
    glances = glance_at(numbered, make_accounts(setup.brands), setup.brands)
    write_table(glances, setup.folder / LOOKS / f"{file.number:06}.parquet")
    return None


def make_plan(setup: Setup, posts_in_a_part: int) -> Plan:
    """Sort all posts into cases, and cases into parts; write down what each part needs.

    Of a post that stands in several files the last one holds.
    """
    posts = read_tables(setup.folder / LOOKS)
    seen = posts.height
    if posts.select(_NAME).is_duplicated().any():
        posts = posts.unique(_NAME, keep="last", maintain_order=True)
    count = posts.height
    newest = posts.group_by("platform").agg(pl.col("created_at").max().alias("newest"))
    threads = build_threads(posts, setup.brands, as_of=setup.as_of)
    parts = assign_parts(threads, max(1, -(-count // posts_in_a_part)))
    _write_plan(setup.folder / PLAN, threads, parts)
    return Plan(
        posts=count,
        doubles=seen - count,
        parts=tuple(parts["part"].unique().sort().to_list()),
        observation=Observation(
            as_of=setup.as_of,
            until=find_observed_until(newest, threads),
            settle_days=setup.settle_days,
        ),
    )


def _write_plan(folder: Path, threads: Threads, parts: pl.DataFrame) -> None:
    posts = threads.posts.with_columns(count_answers(threads.posts))
    rows = posts.select("post", "_file", "_row", "brand", "replies_collected").join(
        parts, on="post", maintain_order="left"
    )
    told = list_told(threads.posts, threads.targets).select("post", "person", "at")
    rows = rows.join(told, on="post", how="left", maintain_order="left")
    write_table(rows.sort("_file", "_row"), folder / "rows.parquet")
    for name, table in (("members", threads.members), ("targets", threads.targets)):
        placed = table.join(parts, on="post", maintain_order="left")
        write_table(placed.sort("part", maintain_order=True), folder / f"{name}.parquet")
    write_table(threads.deletions.sort("brand"), folder / "deletions.parquet")
