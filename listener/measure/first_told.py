"""How the cases of a week were judged when it was first old enough to be judged.

`docs/measures.md`, section 4: what was said up to then is judged by the same rules as
what is said now.
"""

from datetime import timedelta

import polars as pl

from listener.measure.outcome import measure_outcomes
from listener.measure.periods import find_week

TOLD = ("resolved", "unresolved")


def judge_first(
    spoken: pl.DataFrame, cases: pl.DataFrame, recontacts: pl.DataFrame, *, settle_days: int
) -> pl.DataFrame:
    """Judge each case by what had been said when its week was first old enough.

    Args:
        spoken: Posts of cases in order, with labels and `add_reply_kind`.
        cases: `case`, `week`, `time_zone`, `last_post_at`, `outcome` (of now) and
            `recontacted_at`.
        recontacts: From `find_recontacts`.
        settle_days: How long a week's cases are watched before it is judged.

    Returns:
        One row a case: `case` and `told_first`: `resolved`, `unresolved` or null.
    """
    ends = cases.join(_list_first_moments(cases, settle_days), on=["week", "time_zone"], how="left")
    moment = pl.col("judged_at")
    went_on = pl.max_horizontal("last_post_at", "recontacted_at") > moment
    outcome = pl.col("outcome")
    same = ends.filter(~went_on).select("case", outcome.alias("told_first"))
    later = ends.filter(went_on).select("case", "judged_at")
    said = spoken.join(later, on="case", maintain_order="left").filter(
        pl.col("created_at") <= moment
    )
    known = recontacts.join(later, left_on="recontact_of", right_on="case").filter(
        pl.col("opened_at") <= moment
    )
    back = known.group_by(case="recontact_of").agg(recontacted_at=pl.col("opened_at").max())
    ages = later.join(back, on="case", how="left").select(
        "case", "recontacted_at", settled=pl.lit(value=False), due=pl.lit(value=False)
    )
    then = measure_outcomes(said, ages).select("case", told_first="outcome")
    told = pl.when(pl.col("told_first").is_in(TOLD)).then("told_first")
    return pl.concat([same, then]).with_columns(told_first=told)


def _list_first_moments(cases: pl.DataFrame, settle_days: int) -> pl.DataFrame:
    """Return `judged_at` for each `week` and `time_zone`."""
    weeks = cases.select("week", "time_zone").unique().drop_nulls()
    quiet = timedelta(days=settle_days)
    ends = [find_week(name, zone).until + quiet for name, zone in weeks.iter_rows()]
    return weeks.with_columns(judged_at=pl.Series(ends, dtype=pl.Datetime("us", "UTC")))
