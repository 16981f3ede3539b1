"""What happens after the first exchange: chases, follow-ups, reopened cases.

`docs/measures.md`, section 4.
"""

import polars as pl

from listener.measure.runs import before, put_back, running_count

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
    chosen = ~spoken["automatic"]
    marked = spoken.filter(chosen).with_columns(_chase().alias("chase"))
    flags = marked.select(
        "chase", _followup_unasked(), _followup_asked(), _reopens().alias("reopens")
    )
    joined = put_back(spoken, chosen, flags)
    return joined.with_columns(pl.col(name).fill_null(value=False) for name in flags.columns)


def _chase() -> pl.Expr:
    replied = running_count(pl.col("is_reply"), "case") > 0
    after_reply = replied & (pl.col("side") == "customer")
    asked_back = _in_turn_before(pl.col("is_reply") & pl.col("question"))
    unprompted = pl.col("need") & ~asked_back
    return after_reply & (pl.col("unsolved") | unprompted)


def _followup_unasked() -> pl.Expr:
    again = pl.col("is_reply") & (before("side", "case") == "brand")
    late = pl.col("created_at") - before("created_at", "case") >= UNASKED_AFTER
    return (again & late).fill_null(value=False).alias("followup_unasked")


def _followup_asked() -> pl.Expr:
    starts = pl.col("turn") != before("turn", "case")
    asked = pl.col("is_reply") & starts & _in_turn_before(pl.col("chase"))
    return asked.fill_null(value=False).alias("followup_asked")


def _in_turn_before(flag: pl.Expr) -> pl.Expr:
    """Return whether the flag holds in the turn before, of rows that all have a turn."""
    starts = (pl.col("turn") != before("turn", "case")).fill_null(value=True)
    earlier = running_count(flag, "case") - flag.cast(pl.Int64)
    until_this = pl.when(starts).then(earlier).forward_fill()
    until_last = pl.when(starts).then(until_this.shift(1)).forward_fill()
    return (pl.col("turn") > 1) & (until_this > until_last).fill_null(value=False)


def _reopens() -> pl.Expr:
    solved_before = running_count(pl.col("solved"), "case") > pl.col("solved").cast(pl.Int64)
    asks = pl.any_horizontal("need", "unsolved") & (pl.col("side") == "customer")
    return asks & solved_before & ~pl.col("solved")
