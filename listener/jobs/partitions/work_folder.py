"""The folder through which parts of the work are handed on, as Parquet files.

Each file is whole or not there, and the same whoever writes it: a part may be done twice.
Files are sorted by what they are asked for, so that asking reads no more than that.
"""

import errno
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

ROWS_TOGETHER = 5_000
TABLES = "tables"
PLANNED = ("rows", "members", "targets", "deletions")
HELD = ("order", "people", "last", "visited")
FOLDERS = (
    *("held", *(f"held/{name}" for name in HELD)),
    *("looks", "slices", "sorted", "posts", "told", "canned", "figures", TABLES),
    *("plan", *(f"{place}/{name}" for place in ("sorted", "plan") for name in PLANNED)),
    *(f"{TABLES}/{name}" for name in ("cases", "posts", "turns", "replies", "promises")),
    *(f"{TABLES}/{name}" for name in ("events", "counts")),
)


def make_folders(folder: Path) -> None:
    """Make all folders; whoever goes on after the whole was given up finds none to write into."""
    folder.mkdir()
    for name in FOLDERS:
        (folder / name).mkdir()


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table; its name is there only when it is whole."""
    begun = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write_parquet(table, begun, compression="lz4", row_group_size=ROWS_TOGETHER)
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


def write_parquet(
    table: pl.DataFrame | pl.LazyFrame,
    path: Path,
    **options: Any,  # noqa: ANN401
) -> None:
    """Write a table, one that is not there yet as it comes.

    Raises:
        OSError: If the disk is full; Polars would not call it so.
    """
    try:
        table.lazy().sink_parquet(path, **options)
    except pl.exceptions.PolarsError as error:
        if "No space left" not in str(error):
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def read_tables(
    folder: Path,
    chosen: pl.Expr | None = None,
    columns: Sequence[str] | None = None,
    without: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the rows of all tables in a folder that are chosen, in the order of files."""
    scans = [pl.scan_parquet(path, glob=False) for path in sorted(folder.glob("*.parquet"))]
    rows = [scan if chosen is None else scan.filter(chosen) for scan in scans]
    wanted = [scan.drop(without) if columns is None else scan.select(columns) for scan in rows]
    return pl.concat(wanted, how="vertical_relaxed").collect()


def read_table(path: Path, chosen: pl.Expr) -> pl.DataFrame:
    """Return the rows of one table that are chosen, in their order."""
    return pl.scan_parquet(path, glob=False).filter(chosen).collect()
