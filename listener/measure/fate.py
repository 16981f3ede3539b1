"""What became of hand-overs, and the two headline claims about fast answers.

`docs/measures.md`, section 4: fate of hand-overs, `fast_no_help`,
`last_public_word`.
"""

import polars as pl

FATES = ("solved", "came_back", "brand_came_back", "private_closed", "silence")
# What only the brand's own access shows.
PRIVATE_FATES = ("private_closed",)
FAST_SECONDS = 3600
HELP_WITHIN_DAYS = 7


def measure_fates(spoken: pl.DataFrame, ages: pl.DataFrame, *, settle_days: float) -> pl.DataFrame:
    """Tell what came of each case's last hand-over.

    Args:
        spoken: Posts of cases in order, with labels and follow-ups.
        ages: `case`, `observed_until`, `recontacted_at`, and `proved_until`: up to
            when it is known that nothing more was said, null if it never was.
        settle_days: Younger hand-overs are not judged.

    Returns:
        `case`, `fate` and `fate_order` (the post that tells), one row for each
        case handed over long enough ago: `solved` (the customer said so),
        `came_back` (unsolved, or chased), `brand_came_back` (in public,
        unasked) or `silence`, which is told only where somebody looked again.
    """
    order = pl.col("order")
    handed_over = spoken.with_columns(
        order.filter(pl.col("deflects")).max().over("case").alias("_handed_over")
    ).filter(pl.col("_handed_over").is_not_null())
    later = order > pl.col("_handed_over")
    back = pl.any_horizontal("unsolved", "chase") & ~pl.col("solved")
    told = handed_over.group_by("case", maintain_order=True).agg(
        pl.col("created_at").filter(order == pl.col("_handed_over")).first().alias("_at"),
        order.filter(later & pl.col("solved")).max().alias("_solved"),
        order.filter(later & back).max().alias("_back"),
        order.filter(later & pl.col("followup_unasked")).min().alias("_brand"),
    )
    old_enough = pl.col("observed_until") - pl.col("_at") >= pl.duration(days=settle_days)
    judged = told.join(ages, on="case", how="left", maintain_order="left").filter(old_enough)
    is_proved = pl.col("proved_until") - pl.col("_at") >= pl.duration(days=settle_days)
    named = judged.with_columns(_fate().alias("fate")).filter(
        (pl.col("fate") != "silence") | is_proved.fill_null(value=False)
    )
    return named.select(
        "case",
        "fate",
        pl.when(pl.col("fate") == "solved")
        .then("_solved")
        .when(pl.col("fate") == "came_back")
        .then("_back")
        .when(pl.col("fate") == "brand_came_back")
        .then("_brand")
        .alias("fate_order"),
    )


def _fate() -> pl.Expr:
    reopened = (pl.col("recontacted_at") > pl.col("_at")).fill_null(value=False)
    solved_last = pl.col("_solved").is_not_null() & (
        pl.col("_solved") > pl.col("_back").fill_null(0)
    )
    return (
        pl.when(solved_last)
        .then(pl.lit("solved"))
        .when(pl.col("_back").is_not_null() | reopened)
        .then(pl.lit("came_back"))
        .when(pl.col("_brand").is_not_null())
        .then(pl.lit("brand_came_back"))
        .otherwise(pl.lit("silence"))
    )


def fast_no_help() -> pl.Expr:
    """Return whether a case was answered within an hour, yet not helped in seven days.

    Null unless it was answered within an hour and followed for seven days, and
    where a deleted reply may have helped. Columns used: `first_reply_seconds`,
    `first_reply_observed`, `first_helpful_seconds`, `first_helpful_observed`,
    `first_helpful_skewed`, `solved_seconds`, `deleted_reply_seconds`,
    `opened_at`, `observed_until`.
    """
    limit = HELP_WITHIN_DAYS * 86400
    fast = pl.col("first_reply_observed") & (pl.col("first_reply_seconds") <= FAST_SECONDS)
    followed = pl.col("observed_until") - pl.col("opened_at") >= pl.duration(seconds=limit)
    in_time = pl.col("first_helpful_observed") & (pl.col("first_helpful_seconds") <= limit)
    helped = in_time.fill_null(value=False) | pl.col("first_helpful_skewed")
    solved = (pl.col("solved_seconds") <= limit).fill_null(value=False)
    no_help = ~(helped | solved)
    unknown = no_help & (pl.col("deleted_reply_seconds") <= limit).fill_null(value=False)
    return pl.when(fast & followed & ~unknown).then(no_help)


def last_public_word() -> pl.Expr:
    """Return what the case's last post is, if the brand's: `hand_over`, `promise` or null."""
    return (
        pl.when(pl.col("is_reply") & pl.col("deflects"))
        .then(pl.lit("hand_over"))
        .when(pl.col("is_reply") & pl.col("promise"))
        .then(pl.lit("promise"))
    )
