"""Plan the parts: which posts stand together, from glances at all of them.

This is the one step that knows of all posts; it sees none of their words, and of most
of what else there is only a slice at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from listener.engines import Engine
from listener.errors import ImportFileError
from listener.jobs.observing import find_visits, list_last_posts
from listener.jobs.partitions.archive_files import ArchiveFile, read_posts
from listener.jobs.partitions.slicing import LOOKS, Slices, cut_into_slices
from listener.jobs.partitions.stored import Known, find_ends
from listener.jobs.partitions.work_folder import HELD, PLANNED, read_tables, write_table
from listener.measure.canned import list_told
from listener.measure.cases import Threads, build_threads
from listener.measure.glances import glance_at
from listener.measure.graph import trace_ancestors
from listener.measure.known import add_known
from listener.measure.listings import count_answers
from listener.measure.partitions import assign_parts, list_people
from listener.measure.tables import Observation
from listener.measure.threads import index_array, make_accounts
from listener.measure.visits import find_visited
from listener.posts import Brand

POSTS_IN_A_PART = 42_000  # with more, two of them at a time take too much memory
SORTED, HELD_OF_ALL, PLAN = "sorted", "held", "plan"
PARTS_IN_A_SLICE = 2
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


def make_plan(
    setup: Setup, engine: Engine, posts_in_a_part: int, known: Known | None = None
) -> Plan:
    """Sort all posts into cases, and cases into parts; write down what each part needs.

    Of a post that stands in several files the last one holds.

    Args:
        setup: Where the glances are, and what they are sorted by.
        engine: Where slices are sorted.
        posts_in_a_part: About how many are measured at once.
        known: What is known of their collection; without it files tell when one looked.
    """
    looks = pl.scan_parquet(setup.folder / LOOKS / "*.parquet")
    seen = looks.select(pl.len()).collect().item()
    known = known or Known(find_ends(looks))
    slices = cut_into_slices(
        setup.folder,
        make_accounts(setup.brands),
        posts_in_a_part * PARTS_IN_A_SLICE,
        as_of=setup.as_of,
    )
    sort = SliceSorter(setup, slices, known)
    count = sum(posts for _, posts in engine.map_small_parts(sort, range(len(slices.folders))))
    numbers = _number_posts(_read_held(setup, "order"))
    people = _renumber(_read_held(setup, "people"), numbers)
    parts = assign_parts(people, max(1, -(-count // posts_in_a_part)))
    for number, own in enumerate(numbers):
        _place_slice(setup.folder, number, own, parts)
    return Plan(
        posts=count,
        doubles=seen - count,
        parts=tuple(parts["part"].unique().sort().to_list()),
        observation=known.observe(
            pl.concat(_read_held(setup, "last")),
            pl.concat(_read_held(setup, "visited")),
            as_of=setup.as_of,
            settle_days=setup.settle_days,
        ),
    )


@dataclass(frozen=True, slots=True)
class SliceSorter:
    """Sorts the posts of slices into cases, and writes these down by numbers of the slice's own."""

    setup: Setup
    slices: Slices
    known: Known

    def __call__(self, number: int) -> int:
        """Sort one slice; return how many posts it has, each once.

        What is held of all slices at once is written apart: by what posts are put in order, who
        speaks in them, when brands spoke last, and which conversations were looked at again.
        """
        posts = read_tables(self.slices.folders[number])
        if posts.select(_NAME).is_duplicated().any():
            posts = posts.unique(_NAME, keep="last", maintain_order=True)
        threads = build_threads(
            posts, self.setup.brands, as_of=self.setup.as_of, authors=self.slices.authors
        )
        visits = find_visits(self.known.visits, threads)
        held = (
            _list_order(threads.posts),
            list_people(threads),
            list_last_posts(threads),
            find_visited(threads.members, threads.posts, visits),
        )
        planned = (_list_rows(threads), threads.members, threads.targets, threads.deletions)
        self._write(SORTED, PLANNED, planned, number)
        self._write(HELD_OF_ALL, HELD, held, number)
        return posts.height

    def _write(
        self, place: str, names: Sequence[str], tables: Sequence[pl.DataFrame], number: int
    ) -> None:
        for name, table in zip(names, tables, strict=True):
            write_table(table, self.setup.folder / place / name / f"{number:06}.parquet")


def _list_rows(threads: Threads) -> pl.DataFrame:
    """Return where each post lies, and whom it tells something."""
    told = list_told(threads.posts, threads.targets).select("post", "person", "at")
    answers = threads.posts.with_columns(count_answers(threads.posts))
    return answers.select("post", "_file", "_row", "brand", "replies_collected").join(
        told, on="post", how="left", maintain_order="left"
    )


def _read_held(setup: Setup, name: str) -> list[pl.DataFrame]:
    """Return what is held of all slices, slice by slice."""
    paths = sorted((setup.folder / HELD_OF_ALL / name).glob("*.parquet"))
    return [pl.read_parquet(path) for path in paths]


def _list_order(posts: pl.DataFrame) -> pl.DataFrame:
    """Return by what `link_posts` puts posts in order, in the order of their numbers."""
    times = posts["created_at"].dt.timestamp("us").to_numpy()
    depth, _ = trace_ancestors(index_array(posts["parent"]), times)
    return posts.select(
        "created_at",
        pl.Series("depth", depth, dtype=pl.UInt32),
        pl.col("post_id").str.len_chars().alias("length"),
        "post_id",
        "platform",
    )


def _number_posts(orders: Sequence[pl.DataFrame]) -> list[pl.Series]:
    """Return the number that each post has among all, slice by slice."""
    together = pl.concat(orders)
    place = together.select(pl.arg_sort_by(together.columns)).to_series()
    numbers = pl.Series("post", place.arg_sort(), dtype=pl.UInt32)
    found, start = [], 0
    for order in orders:
        found.append(numbers.slice(start, order.height))
        start += order.height
    return found


def _renumber(tables: Sequence[pl.DataFrame], numbers: Sequence[pl.Series]) -> pl.DataFrame:
    """Return tables of all slices as one, posts under the numbers that they have among all."""
    pairs = zip(tables, numbers, strict=True)
    return pl.concat([table.with_columns(own.gather(table["post"])) for table, own in pairs])


def _place_slice(folder: Path, number: int, numbers: pl.Series, parts: pl.DataFrame) -> None:
    """Write down what of a slice each part needs, by the numbers that its posts have among all."""
    own = add_known(numbers.to_frame("post"), parts)
    for name in PLANNED:
        table = pl.read_parquet(folder / SORTED / name / f"{number:06}.parquet")
        places = {column: table[column] for column in ("post", "target") if column in table.columns}
        if name != "deletions":
            table = table.with_columns(own["part"].gather(places["post"]))
        table = table.with_columns(
            numbers.gather(own_numbers).alias(column) for column, own_numbers in places.items()
        )
        order = {"rows": ["_file", "_row"], "deletions": ["brand"]}.get(name, ["part"])
        write_table(
            table.sort(order, maintain_order=True), folder / PLAN / name / f"{number:06}.parquet"
        )
