"""Hand posts on to their parts, and what customers were told to who looks for canned replies."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from listener.jobs.partitions.archive_files import ArchiveFile, read_posts
from listener.jobs.partitions.planning import PLAN
from listener.jobs.partitions.work_folder import read_tables, write_table
from listener.measure.canned import CANNED_SCHEMA, mark_canned
from listener.measure.text import join_words

POSTS, TOLD, CANNED = "posts", "told", "canned"


def split_file(file: ArchiveFile, folder: Path) -> None:
    """Write the posts of one file again, each with the part to which it belongs."""
    rows = read_tables(folder / PLAN / "rows", pl.col("_file") == file.number)
    posts = (
        read_posts(file.path)
        .with_row_index("_row")
        .join(rows.drop("_file"), on="_row")
        .drop("_row")
        .sort("part", "post")
    )
    name = f"{file.number:06}.parquet"
    write_table(_list_told(posts), folder / TOLD / name)
    write_table(posts.drop("person", "at"), folder / POSTS / name)


def _list_told(posts: pl.DataFrame) -> pl.DataFrame:
    """Return each text once, without names and numbers, and who was told it when."""
    told = posts.filter(pl.col("person").is_not_null())
    told = told.select("brand", join_words(told["text"]).alias("said"), "post", "person", "at")
    return told.group_by("brand", "said").agg("post", "person", "at").sort("brand", "said")


def find_canned_of_brand(brand: str, folder: Path) -> None:
    """Tell which replies of one brand are canned, from what customers were told."""
    texts = read_tables(folder / TOLD, pl.col("brand") == brand)
    told = texts.explode("post", "person", "at").sort("post")
    write_table(mark_canned(told), folder / CANNED / f"{brand}.parquet")


def write_canned(folder: Path) -> None:
    """Put what was found of all brands' replies where their parts are planned."""
    parts = read_tables(folder / PLAN / "targets", columns=["post", "part"])
    found = [pl.read_parquet(path) for path in sorted((folder / CANNED).glob("*.parquet"))]
    canned = pl.concat([pl.DataFrame(schema=CANNED_SCHEMA), *found]).join(parts, on="post")
    write_table(canned.sort("part", "post"), folder / PLAN / "canned.parquet")


def list_told_brands(folder: Path) -> Sequence[str]:
    """Return the brands that have told anybody anything."""
    return sorted(read_tables(folder / TOLD, columns=["brand"])["brand"].unique())
