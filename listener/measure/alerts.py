"""What of the cases somebody should know at once: who waits, and which promise is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from listener.measure.open_cases import SETTLED_BY_WORDS, find_open_cases
from listener.measure.private import TALK
from listener.measure.service import measure_waits
from listener.measure.tables import Tables
from listener.posts import OPEN_VISIBILITIES, Brand

NEWS = timedelta(days=14)
"""Who has waited for longer, and what was due earlier, is no news."""

_DUE_STATES = ("open", "broken", "not_checkable")
_DUE_UNCHECKED = "not_observed"


def find_unanswered(
    tables: Tables, brands: Sequence[Brand], *, as_of: datetime, limits: Mapping[str, timedelta]
) -> pl.DataFrame:
    """Return the cases in which a customer has waited for an answer for too long.

    The wait is told in service time where the brand has opening hours, and ends where one
    has looked last: a reply that nobody has read yet may be there.

    Args:
        tables: All cases.
        brands: Whose they are.
        as_of: The moment.
        limits: How long is too long, by brand; of others nothing is told.

    Returns:
        `case`, `brand`, `platform`, `customer`, `since`, `seconds`, `in_service`, and of the
        posts of the turn that waits: `post_ids`, all of them, and `url` of the first.
    """
    waiting = find_open_cases(tables, as_of=as_of).filter(
        pl.col("todo") == "answer",
        ~pl.col("untagged"),
        pl.col("waiting_since") >= as_of - NEWS,
    )
    waiting = leave_out_private(waiting, tables.private)
    late = _keep_late(_add_service(waiting, "waiting_since", "waiting_seconds", brands), limits)
    last = (
        tables.case_posts.filter(pl.col("turn") == pl.col("turn").max().over("case"))
        .select("case", "turn")
        .unique()
    )
    return _name_posts(late.rename({"waiting_since": "since"}).join(last, on="case"), tables)


def find_answers(
    tables: Tables, *, as_of: datetime, limits: Mapping[str, timedelta]
) -> pl.DataFrame:
    """Return the turns that were answered after too long; columns as of `find_unanswered`."""
    turns = tables.turns.filter(
        pl.col("observed").fill_null(value=False), pl.col("started_at") >= as_of - NEWS
    )
    in_service = pl.col("service_seconds").is_not_null()
    seconds = pl.coalesce("service_seconds", "wait_seconds")
    waits = turns.filter(~pl.col("off_hours")).with_columns(
        seconds.alias("seconds"), in_service.alias("in_service")
    )
    cases = tables.cases.filter(~pl.col("untagged")).select("case", "brand", "platform", "customer")
    late = _keep_late(waits.rename({"started_at": "since"}).join(cases, on="case"), limits)
    return _name_posts(late, tables)


def find_due_promises(
    tables: Tables, brands: Sequence[Brand], *, as_of: datetime, leads: Mapping[str, timedelta]
) -> pl.DataFrame:
    """Return the promises that are due soon or were, and after which nobody has come back.

    Soon is what the brand's opening hours leave: what is promised for a day is due at midnight,
    when nobody is there any more.

    Args:
        tables: All cases.
        brands: Whose they are.
        as_of: The moment.
        leads: How soon is soon, by brand; of others nothing is told.

    Returns:
        `case`, `brand`, `platform`, `customer`, `since`, `due_at`, `post_id` and `url`.
    """
    unsettled = tables.cases.filter(~pl.col("outcome").is_in(SETTLED_BY_WORDS)).select(
        "case", "customer"
    )
    unkept = pl.col("state").is_in(_DUE_STATES) & (
        pl.col("unchecked").is_null() | (pl.col("unchecked") == _DUE_UNCHECKED)
    )
    now = pl.lit(as_of, dtype=pl.Datetime("us", "UTC"))
    left = (pl.col("due_at") - now).dt.total_microseconds().clip(lower_bound=0) / 1e6
    made = (
        tables.promises.filter(
            unkept & ~pl.col("aside"), pl.col("due_at").is_between(as_of - NEWS, as_of + NEWS)
        )
        .join(unsettled, on="case")
        .with_columns(now.alias("_now"), left.alias("_left"))
    )
    left_over = _add_service(made, "_now", "_left", brands)
    due = left_over.filter(pl.col("seconds") <= _tell_limit(leads))
    return due.select(
        *("case", "brand", "platform", "customer", pl.col("at").alias("since"), "due_at"),
        *("post_id", _open_url()),
    ).sort("due_at", "case", "post_id")


def find_complaints(tables: Tables) -> pl.DataFrame:
    """Return when customers complained: the first complaint of each case, `brand` and `at`."""
    said = tables.case_posts.filter(
        pl.col("side") == "customer", pl.col("labels").list.contains("complaint")
    )
    return said.group_by("case").agg(pl.col("brand").first(), pl.col("at").min()).sort("at", "case")


def leave_out_private(waiting: pl.DataFrame, private: pl.DataFrame) -> pl.DataFrame:
    """Leave out whom the brand has written to in private since he asked, as far as one sees."""
    spoken = (
        private.filter(pl.col("replies") > 0)
        .group_by(TALK)
        .agg(pl.col("last_post_at").max().alias("_spoken_at"))
    )
    known = waiting.join(spoken, on=TALK, how="left", maintain_order="left")
    is_spoken = (pl.col("_spoken_at") >= pl.col("waiting_since")).fill_null(value=False)
    return known.filter(~is_spoken).drop("_spoken_at")


def _keep_late(waits: pl.DataFrame, limits: Mapping[str, timedelta]) -> pl.DataFrame:
    return waits.filter(pl.col("seconds") >= _tell_limit(limits))


def _tell_limit(limits: Mapping[str, timedelta]) -> pl.Expr:
    """Return the seconds that are a brand's limit; null, which nothing reaches, for none."""
    seconds = {brand: limit.total_seconds() for brand, limit in limits.items()}
    return pl.col("brand").replace_strict(seconds, default=None, return_dtype=pl.Float64)


def _add_service(
    rows: pl.DataFrame, start: str, length: str, brands: Sequence[Brand]
) -> pl.DataFrame:
    """Add `seconds`, in the brand's hours where it has such, and `in_service`, whether it has."""
    waits = measure_waits(rows, start, length, brands)
    in_service = rows["brand"].is_in([brand.key for brand in brands if brand.opening_hours])
    # Who has waited only while the brand was closed has not waited yet.
    served = pl.when("in_service").then(pl.col("service_seconds").fill_null(0.0))
    return (
        pl.concat([rows, waits], how="horizontal")
        .with_columns(in_service.alias("in_service"))
        .with_columns(served.otherwise(pl.col(length)).cast(pl.Float64).alias("seconds"))
    )


def _name_posts(late: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Add the posts of a turn."""
    posts = (
        tables.case_posts.filter(~pl.col("automatic"))
        .sort("case", "order")
        .group_by("case", "turn")
        .agg(pl.col("post_id").alias("post_ids"), _open_url().first())
    )
    names = ("case", "brand", "platform", "customer", "since", "seconds", "in_service")
    return (
        late.join(posts, on=["case", "turn"])
        .select(*names, "post_ids", "url")
        .sort("seconds", "case", descending=[True, False])
    )


def _open_url() -> pl.Expr:
    """Return the address of what everybody may read."""
    return pl.when(pl.col("visibility").is_in(list(OPEN_VISIBILITIES))).then("url").alias("url")
