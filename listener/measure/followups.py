"""What happens after the first exchange: chases, follow-ups, reopened cases.

`docs/measures.md`, section 4.
"""

import polars as pl

from listener.measure.runs import before, running_count

UNASKED_AFTER = pl.duration(hours=12)


def add_followups(spoken: pl.DataFrame) -> pl.DataFrame:
    """Mark posts that follow up.

    Args:
        spoken: Posts of cases in order, with labels, `turn` and `add_reply_kind`.

    Returns:
        The same rows with `chase` (the customer asks again: `unsolved` after a
        reply, or `need` though the brand's preceding turn asked nothing),
        `followup_unasked` (the brand returns after at least 12 hours without a
        word of the customer), `followup_asked` (its first reply after a chase)
        and `reopens` (a need after the customer had called it solved).
    """
    said = spoken.filter(~pl.col("automatic"))
    asked_back = said.group_by("case", (pl.col("turn") + 1).alias("turn")).agg(
        (pl.col("is_reply") & pl.col("question")).any().alias("_asked_back")
    )
    marked = (
        said.join(asked_back, on=["case", "turn"], how="left", maintain_order="left")
        .with_columns(_chase().alias("chase"), _reopens().alias("reopens"))
        .with_columns(
            (
                pl.col("is_reply")
                & (before("side", "case") == "brand")
                & (pl.col("created_at") - before("created_at", "case") >= UNASKED_AFTER)
            )
            .fill_null(value=False)
            .alias("followup_unasked"),
        )
    )
    chased = marked.group_by("case", (pl.col("turn") + 1).alias("turn")).agg(
        pl.col("chase").any().alias("_chased")
    )
    starts = pl.col("turn") != before("turn", "case")
    asked = pl.col("is_reply") & starts & pl.col("_chased")
    flags = marked.join(chased, on=["case", "turn"], how="left", maintain_order="left").select(
        "case",
        "order",
        "chase",
        "followup_unasked",
        asked.fill_null(value=False).alias("followup_asked"),
        "reopens",
    )
    joined = spoken.join(flags, on=["case", "order"], how="left", maintain_order="left")
    names = ("chase", "followup_unasked", "followup_asked", "reopens")
    return joined.with_columns(pl.col(name).fill_null(value=False) for name in names)


def _chase() -> pl.Expr:
    replied = running_count(pl.col("is_reply"), "case") > 0
    after_reply = replied & (pl.col("side") == "customer")
    unprompted = pl.col("need") & ~pl.col("_asked_back").fill_null(value=False)
    return after_reply & (pl.col("unsolved") | unprompted)


def _reopens() -> pl.Expr:
    solved_before = running_count(pl.col("solved"), "case") > pl.col("solved").cast(pl.Int64)
    asks = pl.any_horizontal("need", "unsolved") & (pl.col("side") == "customer")
    return asks & solved_before & ~pl.col("solved")
