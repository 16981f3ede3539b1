"""Which cases people are to look at: drawn by chance, or because they look doubtful.

Each case has a number between 0 and 1 that depends on nothing but its name (a *permanent
random number*, Ohlsson 1995). Chance draws the cases in the order of these numbers, so
that whoever goes on later goes on in the same sample, and the first n of a week's cases
are a simple random sample of that week at any time, without anybody keeping a list.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime

import polars as pl

RANDOM, UNCERTAIN, ASKED = "random", "uncertain", "asked"
_NUMBER_BYTES = 8


def list_drawable_cases(
    cases: pl.DataFrame, *, brands: Collection[str] = (), since: datetime | None = None
) -> pl.DataFrame:
    """Return the cases that a sample stands for, in the order in which chance draws them.

    That are those of which figures may be made and in which nothing was said for as long as
    outcomes take to be judged: a case is looked at once, and then nothing changes any more.

    Args:
        cases: The evidence table, as the program alone reads it.
        brands: Keys of brands; all if empty.
        since: Cases that were opened earlier have lost their words.

    Returns:
        The cases with `stratum`, brand and week, and `drawn_at`, their number.
    """
    chosen = cases.filter(pl.col("due"), ~pl.col("untagged"))
    if brands:
        chosen = chosen.filter(pl.col("brand").is_in(list(brands)))
    if since is not None:
        chosen = chosen.filter(pl.col("opened_at") >= since)
    numbers = pl.Series("drawn_at", [draw_number(case) for case in chosen["case"]], pl.Float64)
    return chosen.with_columns(
        pl.concat_str("brand", "week", separator="/").alias("stratum"), numbers
    ).sort("drawn_at", "case")


def draw_number(case: str) -> float:
    """Return the permanent random number of a case, evenly spread over 0 to 1."""
    digest = hashlib.blake2b(case.encode(), digest_size=_NUMBER_BYTES, person=b"review")
    return int.from_bytes(digest.digest()) / (1 << 8 * _NUMBER_BYTES)
