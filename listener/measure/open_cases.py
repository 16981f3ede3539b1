"""The work list: cases in which somebody still waits for the brand.

Three kinds: a customer who asked and got no answer (`answer`), a promise whose
time has come (`promise`), and a hand-over after which nobody said a word
(`hand_over`). `docs/measures.md`, section 4, says what the labels mean.
"""

from datetime import datetime

import polars as pl

from listener.measure.due import UNTOLD_DAYS
from listener.measure.tables import Tables

TODOS = ("answer", "promise", "hand_over")
PROMISE_DUE = pl.duration(days=UNTOLD_DAYS)
SETTLED_BY_WORDS = ("resolved", "none")


def find_open_cases(tables: Tables, *, as_of: datetime) -> pl.DataFrame:
    """Return the open cases with what is to be done.

    Returns:
        The rows of `cases` with a need, and `todo`, `waiting_since` (the
        customer's first unanswered post, or the brand's promise or hand-over)
        and `waiting_seconds` until the end of observation, the longest first.
    """
    last = _find_last_turns(tables.case_posts, tables.promises)
    open_cases = tables.cases.filter(
        pl.col("has_need") & ~pl.col("outcome").is_in(SETTLED_BY_WORDS)
    )
    now = pl.min_horizontal("observed_until", pl.lit(as_of))
    return (
        open_cases.join(last, on="case")
        .with_columns(_todo(now).alias("todo"))
        .filter(pl.col("todo").is_not_null())
        .with_columns(_wait(now).alias("waiting_seconds"))
        .sort("waiting_seconds", "case", descending=[True, False])
    )


def _wait(now: pl.Expr) -> pl.Expr:
    """Return the seconds waited; a post that is younger than the last look has waited none yet."""
    return (now - pl.col("waiting_since")).dt.total_seconds().clip(lower_bound=0)


def _find_last_turns(posts: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    dues = promises.select("case", "post", "due_at")
    said = posts.filter(~pl.col("automatic")).join(
        dues, on=["case", "post"], how="left", maintain_order="left"
    )
    last_turn = pl.col("turn") == pl.col("turn").max().over("case")
    labels = pl.col("labels").explode()
    return (
        said.filter(last_turn)
        .group_by("case")
        .agg(
            pl.col("side").first().alias("_side"),
            pl.col("at").first().alias("waiting_since"),
            pl.col("deflects").any().alias("_deflects"),
            pl.col("due_at").max().alias("_due_at"),
            labels.is_in(["promise"]).any().alias("_promises"),
            labels.is_in(["need", "unsolved"]).any().alias("_asks"),
        )
    )


def _todo(now: pl.Expr) -> pl.Expr:
    by_brand = pl.col("_side") == "brand"
    # What is promised neither to the customer nor by a time has no due time of its own.
    is_due = now >= pl.coalesce("_due_at", pl.col("waiting_since") + PROMISE_DUE)
    return (
        pl.when(~by_brand & pl.col("_asks"))
        .then(pl.lit("answer"))
        .when(by_brand & pl.col("_deflects"))
        .then(pl.lit("hand_over"))
        .when(by_brand & pl.col("_promises") & is_due)
        .then(pl.lit("promise"))
    )
