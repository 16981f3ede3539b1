"""The figures of the private part (`docs/measures.md`, section 5)."""

from datetime import datetime

import polars as pl

from listener.figures import PrivatePart
from listener.measure.outcome import OUTCOMES
from listener.measure.periods import Period
from listener.measure.selection import select_cases
from listener.measure.statistics import make_share, measure_clock
from listener.posts import Brand

_OUTCOMES = tuple(outcome for outcome in OUTCOMES if outcome != "none")


def measure_private(
    private: pl.DataFrame, brand: Brand, periods: tuple[Period, Period], since: datetime | None
) -> PrivatePart | None:
    """Measure one brand's private part.

    There is none for who is watched from outside, nor of a period whose messages are erased.

    Args:
        private: Rows of the table `private`.
        brand: Whose.
        periods: The period, and the one whose outcomes are told.
        since: Since when private messages are kept; None if none were erased.
    """
    if brand.mode != "owner" or (since is not None and periods[0].since < since):
        return None
    own, settled = (select_cases(private, brand, period) for period in periods)
    if since is not None and periods[1].since < since:
        settled = settled.clear()
    asked = settled.filter(pl.col("customer_posts") > 0)
    told = settled.filter(pl.col("outcome") != "none")
    ends = dict(told["outcome"].value_counts().iter_rows())
    alone = int(own["private_only"].sum())
    return PrivatePart(
        counts={"parts": own.height, "joined": own.height - alone, "private_only": alone},
        private_reply=measure_clock(
            "private_reply",
            own.select(
                pl.col("reply_seconds").alias("seconds"),
                pl.col("reply_observed").alias("observed"),
                pl.col("reply_skewed").alias("skewed"),
            ),
        ),
        unanswered=make_share(int((~asked["answered"]).sum()), asked.height),
        outcomes={name: make_share(ends.get(name, 0), told.height) for name in _OUTCOMES},
    )
