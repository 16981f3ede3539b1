"""In what words the brand speaks: canned, signed, and with "du" or "Sie".

`docs/measures.md`, section 6.
"""

from datetime import datetime, timedelta

import polars as pl

from listener.figures import Cluster, Share, Voice
from listener.measure.held import LOOK_BACK
from listener.measure.statistics import make_share
from listener.measure.told_lately import WINDOW_DAYS

REGISTERS = ("familiar", "formal", "mixed", "none")
CLUSTERS = 5
LEAST_REPLIES = 2


def measure_registers(spoken: pl.DataFrame) -> pl.DataFrame:
    """Judge how each side of a case addresses the other one.

    Args:
        spoken: Posts of cases with `side`, `automatic`, and `familiar` and `formal`:
            null where the post's language does not tell them apart.

    Returns:
        One row a case: `case`, `register_brand` and `register_customer`: `familiar`,
        `formal`, `mixed` or `none`; null if that side wrote nothing that could tell.
    """
    return spoken.group_by("case", maintain_order=True).agg(
        _judge_side(side).alias(f"register_{side}") for side in ("brand", "customer")
    )


def _judge_side(side: str) -> pl.Expr:
    wrote = (pl.col("side") == side) & ~pl.col("automatic") & pl.col("familiar").is_not_null()
    familiar, formal = (pl.col(name).filter(wrote).any() for name in ("familiar", "formal"))
    return (
        pl.when(~wrote.any())
        .then(pl.lit(None, dtype=pl.String))
        .when(familiar & formal)
        .then(pl.lit("mixed"))
        .when(familiar)
        .then(pl.lit("familiar"))
        .when(formal)
        .then(pl.lit("formal"))
        .otherwise(pl.lit("none"))
    )


def measure_voice(
    replies: pl.DataFrame,
    cases: pl.DataFrame,
    customers: pl.DataFrame,
    measured_since: datetime | None,
) -> Voice:
    """Measure one brand's voice.

    Args:
        replies: Its replies of the period that persons gave, rows of `replies`.
        cases: Its cases of the period with a need, rows of `cases`.
        customers: `case` and `customer` of all cases.
        measured_since: Where words are gone: from when on weeks can be measured. What is
            canned can be told three weeks later.
    """
    told = replies.filter(~pl.col("deleted") & pl.col("canned").is_not_null())
    if measured_since is not None:
        told = told.filter(pl.col("at") >= find_canned_since(measured_since))
    return Voice(
        canned_share=_share(told, pl.col("canned"), "replies"),
        clusters=list_clusters(told.join(customers, on="case", how="left")),
        signed_share=_share(replies.filter(~pl.col("deleted")), pl.col("signed"), "replies"),
        register_brand=_share_registers(cases["register_brand"]),
        register_customer=_share_registers(cases["register_customer"]),
        register_mismatch=measure_mismatch(cases),
    )


def find_canned_since(measured_since: datetime) -> datetime:
    """Return from when on the words of the 28 days before a reply are known."""
    return measured_since - LOOK_BACK + timedelta(days=WINDOW_DAYS)


def list_clusters(replies: pl.DataFrame) -> tuple[Cluster, ...]:
    """Return the largest groups of canned replies, of at least two each."""
    groups = (
        replies.filter("canned")
        .sort("at", "post")
        .group_by("cluster")
        .agg(
            pl.len().alias("replies"),
            pl.struct("platform", "customer").n_unique().alias("customers"),
            pl.col("post_id", "platform").last(),
        )
        .filter(pl.col("replies") >= LEAST_REPLIES)
        .sort("replies", "customers", "post_id", descending=[True, True, False])
        .head(CLUSTERS)
    )
    return tuple(
        Cluster(
            post=row["post_id"],
            platform=row["platform"],
            replies=make_share(row["replies"], replies.height, "replies"),
            customers=row["customers"],
        )
        for row in groups.iter_rows(named=True)
    )


def measure_mismatch(cases: pl.DataFrame) -> Share:
    """Measure `register_mismatch`, over the cases in which each side keeps to one register."""
    differs = pl.col("register_brand") != pl.col("register_customer")
    return _share(cases.filter(_keeps_to_one()), differs)


def _keeps_to_one() -> pl.Expr:
    clear = ("familiar", "formal")
    sides = (pl.col(f"register_{side}").is_in(clear) for side in ("brand", "customer"))
    return pl.all_horizontal(sides).fill_null(value=False)


def _share_registers(registers: pl.Series) -> dict[str, Share]:
    known = registers.drop_nulls()
    return {name: make_share(int((known == name).sum()), len(known)) for name in REGISTERS}


def _share(frame: pl.DataFrame, condition: pl.Expr, unit: str = "cases") -> Share:
    count = frame.select(condition.sum()).item() if frame.height else 0
    return make_share(int(count or 0), frame.height, unit)
