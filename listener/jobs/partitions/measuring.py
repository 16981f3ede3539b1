"""Measure one part: labels, cases, and how long customers waited."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from listener.jobs.measuring import list_readable_posts
from listener.jobs.partitions.planning import PLAN, Setup
from listener.jobs.partitions.splitting import POSTS
from listener.jobs.partitions.work_folder import TABLES, read_table, read_tables, write_table
from listener.label import Phrases, add_registers, label_posts, label_promises
from listener.measure.cases import Threads
from listener.measure.partitions import Partition, PartitionResult, count_cases, count_waits
from listener.measure.tables import Observation, build_tables
from listener.posts import Brand

_NO_DELETIONS = pl.DataFrame(
    schema={
        "brand": pl.String,
        "platform": pl.String,
        "post": pl.UInt32,
        "created_at": pl.Datetime("us", "UTC"),
    }
)


def measure_partition(
    part: Partition, brands: Sequence[Brand], phrases: Phrases, observation: Observation
) -> PartitionResult:
    """Read the posts of a part and judge its cases: frames in, frames out.

    The same, whoever calls it where: it knows nothing of files, other parts and machines.
    """
    readable = list_readable_posts(part.threads, brands)
    labels = add_registers(label_posts(readable, phrases), readable, phrases.languages)
    labels = labels.join(part.canned, on="post", how="left", maintain_order="left")
    promises = label_promises(readable, labels, phrases)
    tables = build_tables(part.threads, labels, brands, observation, said=promises)
    return PartitionResult(tables, count_waits(tables), count_cases(tables))


@dataclass(frozen=True, slots=True)
class PartMeasurer:
    """Measures parts that lie in the work folder; it goes to every machine once."""

    setup: Setup
    phrases: Phrases
    observation: Observation

    def __call__(self, number: int) -> int:
        """Measure the part of this number, write down its tables, return how many cases it has."""
        part = read_part(self.setup.folder, number)
        result = measure_partition(part, self.setup.brands, self.phrases, self.observation)
        for name, table in iter_tables(result):
            write_table(table, self.setup.folder / TABLES / name / f"{number:06}.parquet")
        return result.tables.cases.height


def read_part(folder: Path, number: int) -> Partition:
    """Read what was handed on to a part."""
    own = pl.col("part") == number
    posts = read_tables(folder / POSTS, own).drop("part").sort("post")
    members, targets = (
        read_tables(folder / PLAN / name, own).drop("part") for name in ("members", "targets")
    )
    canned = read_table(folder / PLAN / "canned.parquet", own).drop("part")
    return Partition(Threads(posts, targets, members, _NO_DELETIONS), canned)


def iter_tables(result: PartitionResult) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the evidence without words, each table with `_brand` and sorted by it."""
    tables = result.tables
    brands = tables.cases.select("case", pl.col("brand").alias("_brand"))
    named = {
        "cases": tables.cases,
        "posts": tables.case_posts.drop("text"),
        "replies": tables.replies,
        "promises": tables.promises,
        "events": result.waits,
        "counts": result.counts,
    }
    for name, table in named.items():
        own = table.with_columns(_brand=pl.col("brand"))
        yield name, own.sort("_brand", maintain_order=True)
    own = tables.turns.join(brands, on="case", maintain_order="left")
    yield "turns", own.sort("_brand", maintain_order=True)
