"""Outcomes that were told from elsewhere, beside those that were seen and never among them.

`docs/measures.md`, section 4, "Told from elsewhere".
"""

from typing import Any

import polars as pl

from listener.figures import ToldCounts, ToldElsewhere

SOLVED, UNSOLVED = "solved", "unsolved"
OUTCOMES_TOLD = (SOLVED, UNSOLVED)
TOLD_SCHEMA: dict[str, pl.DataType] = {
    "case": pl.String(),
    "brand": pl.String(),
    "platform": pl.String(),
    "source": pl.String(),
    "outcome": pl.String(),
    "told_at": pl.Datetime("us", "UTC"),
}
_KEY = ["brand", "platform", "post_id"]
_ROW = "_row"


def no_told() -> pl.DataFrame:
    """Return the table of a world in which nothing was told."""
    return pl.DataFrame(schema=TOLD_SCHEMA)


def place_told(told: pl.DataFrame, case_posts: pl.DataFrame) -> pl.DataFrame:
    """Find the cases that outcomes were told of.

    What was told hangs on a post. Where this post is in several cases of the brand, it is
    told of the case that bears the name it had then, else of that of the post's author.

    Args:
        told: `brand`, `platform`, `post_id` and `case` (its name then).
        case_posts: The posts of all cases.

    Returns:
        The same rows in the same order with `now`, the case's name; null if there is none.
    """
    rows = told.with_row_index(_ROW)
    found = rows.select(_ROW, *_KEY, "case").join(
        case_posts.select(*_KEY, "side", now="case"), on=_KEY
    )
    rank = pl.when(pl.col("now") == pl.col("case")).then(0)
    ranked = found.with_columns(_rank=rank.when(pl.col("side") == "customer").then(1).otherwise(2))
    chosen = ranked.sort(_ROW, "_rank", "now").unique(_ROW, keep="first")
    joined = rows.join(chosen.select(_ROW, "now"), on=_ROW, how="left", maintain_order="left")
    return joined.drop(_ROW)


def attach_told(told: pl.DataFrame, case_posts: pl.DataFrame) -> pl.DataFrame:
    """Return the evidence table: what was told of cases that are there, the oldest first."""
    placed = place_told(told, case_posts).filter(pl.col("now").is_not_null())
    return placed.with_columns(case="now").select(
        pl.col(name).cast(kind) for name, kind in TOLD_SCHEMA.items()
    )


def find_last_told(told: pl.DataFrame) -> pl.DataFrame:
    """Return the last word on each case, whoever said it; of one moment the later row."""
    in_order = told.sort("told_at", maintain_order=True)
    return in_order.unique("case", keep="last", maintain_order=True)


def measure_told(told: pl.DataFrame, cases: pl.DataFrame) -> ToldElsewhere:
    """Count what was told of some cases, by source and beside what was seen.

    Args:
        told: Evidence table of told outcomes.
        cases: The cases of the figure, with `outcome`.
    """
    if told.is_empty():
        return ToldElsewhere(total=cases.height)
    seen = cases.select("case", observed="outcome")
    own = told.join(seen, on="case", maintain_order="left").sort("told_at", maintain_order=True)
    by_source = own.unique(["case", "source"], keep="last", maintain_order=True)
    last = find_last_told(own)
    split = by_source.group_by("case").agg(pl.col("outcome").n_unique())
    return ToldElsewhere(
        cases=last.height,
        total=cases.height,
        told=_count(last),
        sources=_count_by(by_source, "source"),
        observed=_count_by(last, "observed"),
        contradicted=split.filter(pl.col("outcome") > 1).height,
    )


def _count_by(told: pl.DataFrame, column: str) -> dict[str, ToldCounts]:
    groups: Any = told.group_by(column)
    counted = {str(name): _count(part) for (name,), part in groups}
    return {name: counted[name] for name in sorted(counted)}


def _count(told: pl.DataFrame) -> ToldCounts:
    counts = dict(told["outcome"].value_counts().iter_rows())
    return ToldCounts(counts.get(SOLVED, 0), counts.get(UNSOLVED, 0))
