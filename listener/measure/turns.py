"""Turns: consecutive posts by the same side, and the clocks that they start.

`docs/measures.md`, sections 1 and 2. Automatic replies are invisible here.
"""

import polars as pl

from listener.measure.runs import after, before, put_back, running_count

SKEW_SECONDS = 300


def add_turns(spoken: pl.DataFrame) -> pl.DataFrame:
    """Add `turn` (from 1 in each case; null for automatic replies).

    Args:
        spoken: Posts of cases in order, with `case`, `side`, `automatic`.
    """
    chosen = ~spoken["automatic"]
    changes = (pl.col("side") != before("side", "case")).fill_null(value=True)
    turns = spoken.filter(chosen).select(running_count(changes, "case").alias("turn"))
    return put_back(spoken, chosen, turns)


def measure_turns(spoken: pl.DataFrame, observed: pl.DataFrame) -> pl.DataFrame:
    """Measure each turn's clock: from its first post to the brand's next reply.

    Args:
        spoken: Posts of cases with `case`, `order`, `turn`, `side`,
            `created_at`, `need`.
        observed: `case`, `observed_until` (the end of observation) and
            `clocked` (false for cases that enter no clock).

    Returns:
        `case`, `turn`, `side`, `started_at`, `posts`, `needs_reply`, `clock`
        (`first_reply` for the opening turn, `followup_reply` for later ones,
        null where nothing was asked), `wait_seconds` (null where no clock
        runs), `observed` (an answer ended the wait; otherwise it is censored)
        and `skewed` (the answer bears an impossible time).
    """
    begins = [pl.col(name).ne_missing(pl.col(name).shift(1)) for name in ("case", "turn")]
    number = pl.any_horizontal(begins).cast(pl.UInt32).cum_sum().set_sorted()
    turns = (
        spoken.filter(pl.col("turn").is_not_null())
        .group_by(number.alias("_number"), maintain_order=True)
        .agg(
            pl.col("case", "turn", "side").first(),
            pl.col("created_at").first().alias("started_at"),
            pl.len().alias("posts"),
            pl.col("need").any().alias("_need"),
        )
        .drop("_number")
        .join(observed, on="case", how="left", maintain_order="left")
    )
    needs = (pl.col("side") == "customer") & pl.col("_need")
    runs = needs & pl.col("clocked")
    clock = (
        pl.when(runs & (pl.col("turn") == 1))
        .then(pl.lit("first_reply"))
        .when(runs)
        .then(pl.lit("followup_reply"))
    )
    answered_at = after("started_at", "case")
    return turns.with_columns(
        needs.alias("needs_reply"), clock.alias("clock"), answered_at.alias("_answered_at")
    ).select(
        "case",
        "turn",
        "side",
        "started_at",
        "posts",
        "needs_reply",
        "clock",
        *wait_columns("started_at", "_answered_at", pl.col("clock").is_not_null()),
    )


def wait_columns(start: str, end: str, runs: pl.Expr, prefix: str = "") -> list[pl.Expr]:
    """Return expressions for a wait: `wait_seconds`, `observed` and `skewed`.

    A reply up to five minutes before its post counts 0 s; an earlier one gives
    no clock. An answer that was not yet observable counts as still waited for.

    Args:
        start: Column with the beginning.
        end: Column with the answer's time, null if there is none.
        runs: Where a clock runs at all.
        prefix: Put before the names, for a second wait in the same frame.
    """
    seconds = (pl.col(end) - pl.col(start)).dt.total_microseconds() / 1e6
    followed = (pl.col("observed_until") - pl.col(start)).dt.total_microseconds() / 1e6
    answered = (pl.col(end) <= pl.col("observed_until")).fill_null(value=False)
    skewed = (seconds < -SKEW_SECONDS).fill_null(value=False)
    wait = pl.when(answered).then(seconds.clip(lower_bound=0)).when(followed >= 0).then(followed)
    return [
        pl.when(runs & ~skewed).then(wait).alias(f"{prefix}wait_seconds"),
        pl.when(runs & ~skewed & wait.is_not_null()).then(answered).alias(f"{prefix}observed"),
        (runs & skewed).alias(f"{prefix}skewed"),
    ]
