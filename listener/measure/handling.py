"""How the brand handled a case: in public, moved elsewhere, or only acknowledged.

`docs/measures.md`, section 3.
"""

import polars as pl

from listener.measure.label_lists import list_labels
from listener.posts import DEFLECTIONS, HELPS

HANDLINGS = (
    "unanswered",
    "public",
    "public_then_moved",
    "moved",
    "linked",
    "acknowledged",
    "reply_deleted",
)
MOVED = ("public_then_moved", "moved")  # handed over at some point


def add_reply_kind(spoken: pl.DataFrame) -> pl.DataFrame:
    """Add what a post does for the case, all false unless it is a person's reply.

    Columns added: `is_reply`, `deflects`, `helps`.
    """
    is_reply = (pl.col("side") == "brand") & ~pl.col("automatic")
    return spoken.with_columns(
        is_reply.alias("is_reply"),
        (is_reply & pl.any_horizontal(DEFLECTIONS)).alias("deflects"),
        (is_reply & pl.any_horizontal(HELPS)).alias("helps"),
    )


def measure_handling(spoken: pl.DataFrame) -> pl.DataFrame:
    """Judge each case's handling.

    Args:
        spoken: Posts of cases in order, with labels and `add_reply_kind`.

    Returns:
        One row a case: `case`, `replies`, `automatic_replies`, `answered`,
        `handling` and `targets` (where it was handed over to).
    """
    is_reply = pl.col("is_reply")
    first_help = pl.col("order").filter(pl.col("helps")).min()
    first_deflection = pl.col("order").filter(pl.col("deflects")).min()
    counted = spoken.group_by("case", maintain_order=True).agg(
        is_reply.sum().alias("replies"),
        pl.col("automatic").sum().alias("automatic_replies"),
        (is_reply & ~pl.col("deleted")).any().alias("_kept"),
        (is_reply & pl.col("link")).any().alias("_link"),
        first_help.alias("_help"),
        first_deflection.alias("_deflection"),
        *((is_reply & pl.col(target)).any().alias(f"_{target}") for target in DEFLECTIONS),
    )
    return counted.select(
        "case",
        "replies",
        "automatic_replies",
        (pl.col("replies") > 0).alias("answered"),
        _handling().alias("handling"),
        list_labels(counted, DEFLECTIONS, "_").alias("targets"),
    )


def _handling() -> pl.Expr:
    helped_in_time = (pl.col("_help") <= pl.col("_deflection")).fill_null(value=False)
    return (
        pl.when(pl.col("replies") == 0)
        .then(pl.lit("unanswered"))
        .when(~pl.col("_kept"))
        .then(pl.lit("reply_deleted"))
        .when(pl.col("_deflection").is_not_null() & helped_in_time)
        .then(pl.lit("public_then_moved"))
        .when(pl.col("_deflection").is_not_null())
        .then(pl.lit("moved"))
        .when(pl.col("_help").is_not_null())
        .then(pl.lit("public"))
        .when("_link")
        .then(pl.lit("linked"))
        .otherwise(pl.lit("acknowledged"))
    )
