"""In what words the brand speaks: canned, signed, and with "du" or "Sie".

`docs/measures.md`, section 6.
"""

from datetime import datetime, timedelta

import polars as pl

from listener.figures import Cluster, Share, Voice
from listener.measure.held import LOOK_BACK
from listener.measure.selection import count_where
from listener.measure.statistics import make_share
from listener.measure.told_lately import WINDOW_DAYS

REGISTERS = ("familiar", "formal", "mixed", "none")
CLUSTERS = 5
LEAST_REPLIES = 2
_NAMED = ("case", "platform", "post", "post_id", "at", "cluster")


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
    stands = ~pl.col("deleted")
    is_told = stands & pl.col("canned").is_not_null()
    if measured_since is not None:
        is_told &= pl.col("at") >= find_canned_since(measured_since)
    is_canned = is_told & pl.col("canned")
    signed = stands & pl.col("signed")
    counts = count_where(replies, told=is_told, canned=is_canned, stand=stands, signed=signed)
    return Voice(
        canned_share=make_share(counts["canned"], counts["told"], "replies"),
        clusters=list_clusters(_name_customers(replies, is_canned, customers), counts["told"]),
        signed_share=make_share(counts["signed"], counts["stand"], "replies"),
        register_brand=_share_registers(cases["register_brand"]),
        register_customer=_share_registers(cases["register_customer"]),
        register_mismatch=measure_mismatch(cases),
    )


def find_canned_since(measured_since: datetime) -> datetime:
    """Return from when on the words of the 28 days before a reply are known."""
    return measured_since - LOOK_BACK + timedelta(days=WINDOW_DAYS)


def _name_customers(
    replies: pl.DataFrame, is_canned: pl.Expr, customers: pl.DataFrame
) -> pl.DataFrame:
    canned = replies.select(_NAMED, canned=is_canned).filter("canned")
    return canned.join(customers, on="case", how="left")


def list_clusters(canned: pl.DataFrame, told: int) -> tuple[Cluster, ...]:
    """Return the largest groups of canned replies, of at least two each.

    Args:
        canned: These replies, with `customer`.
        told: Of how many replies that was to be told.
    """
    groups = (
        canned.sort("at", "post")
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
            replies=make_share(row["replies"], told, "replies"),
            customers=row["customers"],
        )
        for row in groups.iter_rows(named=True)
    )


def measure_mismatch(cases: pl.DataFrame) -> Share:
    """Measure `register_mismatch`, over the cases in which each side keeps to one register."""
    differs = pl.col("register_brand") != pl.col("register_customer")
    clear = _keeps_to_one()
    counts = count_where(cases, clear=clear, differs=clear & differs)
    return make_share(counts["differs"], counts["clear"])


def _keeps_to_one() -> pl.Expr:
    clear = ("familiar", "formal")
    sides = (pl.col(f"register_{side}").is_in(clear) for side in ("brand", "customer"))
    return pl.all_horizontal(sides).fill_null(value=False)


def _share_registers(registers: pl.Series) -> dict[str, Share]:
    counts = dict(registers.value_counts().iter_rows())
    return {name: make_share(counts.get(name, 0), registers.count()) for name in REGISTERS}
