"""What parts have written down of one brand: its evidence, and what its figures are counted from.

Neither is ever held for all weeks of a large brand: evidence is written stretch by stretch,
figures are counted from what a few weeks look at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from listener.jobs.partitions.planning import PLAN
from listener.jobs.partitions.work_folder import TABLES, write_parquet
from listener.measure.partitions import merge_counts, merge_waits
from listener.measure.tables import Tables
from listener.report.export import hide_words_and_people, list_codes

Arrange = Callable[[pl.DataFrame], pl.DataFrame]

ROWS_AT_ONCE = 50_000
_ORDER = {
    "cases": ("opened_at", "case"),
    "posts": ("case", "order"),
    "turns": ("case", "turn"),
    "replies": ("post",),
    "promises": ("case", "at", "post"),
}
_MERGES = {"events": merge_waits, "counts": merge_counts}
# No figure is counted from these, and of all posts of a brand they take much room.
_UNCOUNTED = {"posts": ("url", "author_handle", "author_name", "seen_at")}


def save_tables(folder: Path, key: str, target: Path, *, handles: str) -> None:
    """Write the evidence of a brand, and what its parts have counted.

    Args:
        folder: The work folder.
        key: Of the brand.
        target: Where its tables are written.
        handles: How customers are shown.
    """
    show = partial(hide_words_and_people, handles=handles)
    for name, order in _ORDER.items():
        rows = scan_table(folder, name, key)
        codes = _list_people(rows) if name == "cases" and handles != "full" else None
        arrange = partial(_arrange, order=order, show=partial(show, codes=codes))
        _save_stretches(rows, order[0], arrange, target / f"{name}.parquet")
    for name, merge in _MERGES.items():
        _save_stretches(scan_table(folder, name, key), "week", merge, target / f"{name}.parquet")
    write_parquet(show(read_deletions(folder, key)), target / "deletions.parquet")


def _arrange(rows: pl.DataFrame, order: Sequence[str], show: Arrange) -> pl.DataFrame:
    return show(rows.sort(order))


def _list_people(cases: pl.LazyFrame) -> pl.DataFrame:
    """Return by what codes the customers of all cases are shown."""
    return list_codes(cases.select("platform", "customer").unique().collect())


def _save_stretches(
    rows: pl.LazyFrame,
    key: str,
    arrange: Arrange,
    path: Path,
) -> None:
    """Write rows as they are arranged, stretch by stretch: one alone is held.

    Args:
        rows: All of them.
        key: By what they are cut; rows with the same key stay together.
        arrange: Makes of a stretch what is written.
        path: Where to.
    """
    keys = rows.select(key).collect().to_series().sort()
    starts = keys.gather_every(ROWS_AT_ONCE).unique(maintain_order=True)
    del keys
    if starts.len() < 2:
        write_parquet(arrange(_collect(rows)), path)
        return
    ends = starts.shift(-1)

    def iter_stretches(*_: object) -> Iterator[pl.DataFrame]:
        for start, end in zip(starts, ends, strict=True):
            inside = pl.col(key) >= start
            chosen = inside if end is None else inside & (pl.col(key) < end)
            yield arrange(_collect(rows.filter(chosen)))

    schema = arrange(rows.head(0).collect()).schema
    write_parquet(register_io_source(iter_stretches, schema=schema), path)


def scan_table(folder: Path, name: str, key: str) -> pl.LazyFrame:
    """Return the brand's rows of all parts."""
    paths = sorted((folder / TABLES / name).glob("*.parquet"))
    return pl.scan_parquet(paths, glob=False).filter(pl.col("_brand") == key).drop("_brand")


def read_deletions(folder: Path, key: str) -> pl.DataFrame:
    """Return which posts of customers of the brand are gone."""
    paths = sorted((folder / PLAN / "deletions").glob("*.parquet"))
    found = pl.scan_parquet(paths, glob=False).filter(pl.col("brand") == key)
    return found.rename({"created_at": "at"}).collect()


def find_first_moment(folder: Path, key: str) -> datetime | None:
    """Return when the brand's first case began, or when it wrote its first post."""
    opened = scan_table(folder, "cases", key).select(pl.col("opened_at").min().alias("at"))
    wrote = scan_table(folder, "replies", key).select(pl.col("at").min())
    first: datetime | None = pl.concat([opened, wrote]).min().collect().item()
    return first


def read_nothing(folder: Path) -> Tables:
    """Return tables without rows."""
    return _make_tables({name: scan_table(folder, name, "").head(0).collect() for name in _ORDER})


def read_span(folder: Path, key: str, since: datetime, until: datetime) -> Tables:
    """Return what figures of some weeks of a brand are counted from.

    That are the replies of a span, and all of the cases that began in it or in which something
    was said in it; and of each platform the first post after it and the last one of all, for it
    is told from when to when there are any.
    """
    scans = {name: scan_table(folder, name, key).drop(_UNCOUNTED.get(name, ())) for name in _ORDER}
    inside, began = (pl.col(at).is_between(since, until, "left") for at in ("at", "opened_at"))
    replies = _collect(scans["replies"].filter(inside))
    named = [replies.select("case").drop_nulls(), *_list_cases(scans, inside, began)]
    wanted = pl.concat(named).unique().lazy()
    is_edge = pl.col("at").is_in(_find_edges(scans["posts"], until).implode())
    edges = scans["posts"].filter(is_edge).join(wanted, on="case", how="anti")
    found = {
        name: _collect(scans[name].join(wanted, on="case", how="semi"))
        for name in ("cases", "posts", "turns", "promises")
    }
    found["posts"] = pl.concat([found["posts"], _collect(edges)])
    return _make_tables({**found, "replies": replies}, read_deletions(folder, key))


def _list_cases(
    scans: Mapping[str, pl.LazyFrame], inside: pl.Expr, began: pl.Expr
) -> list[pl.DataFrame]:
    chosen = (scans["posts"].filter(inside), scans["cases"].filter(began))
    return [_collect(rows.select(pl.col("case").unique())) for rows in chosen]


def _find_edges(posts: pl.LazyFrame, until: datetime) -> pl.Series:
    """Return of each platform when the first post after a moment was written, and the last one."""
    later = pl.col("at").filter(pl.col("at") >= until)
    edges = posts.group_by("platform").agg(later.min().alias("next"), pl.col("at").max())
    return _collect(edges).unpivot(["next", "at"])["value"].drop_nulls()


def _make_tables(found: Mapping[str, pl.DataFrame], gone: pl.DataFrame | None = None) -> Tables:
    tables = {name: rows.sort(_ORDER[name]) for name, rows in found.items()}
    return Tables(
        cases=tables["cases"],
        case_posts=tables["posts"],
        turns=tables["turns"],
        replies=tables["replies"],
        promises=tables["promises"],
        deletions=pl.DataFrame() if gone is None else gone,
    )


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    """Read file after file: of rows that are not chosen no more is held than of a few."""
    return rows.collect(engine="streaming")
