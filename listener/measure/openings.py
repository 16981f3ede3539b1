"""How cases began, how big they are, and how long they were watched."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from listener.measure.known import add_known
from listener.posts import Brand


def describe_openings(
    spoken: pl.DataFrame,
    posts: pl.DataFrame,
    brands: Sequence[Brand],
    *,
    as_of: datetime,
    until: pl.DataFrame,
) -> pl.DataFrame:
    """Describe how each case began, and how long it was watched."""
    by_customer = pl.col("side") == "customer"
    needs = by_customer & pl.col("need")
    solved_at = pl.col("created_at").filter(by_customer & pl.col("solved")).min()
    deleted_at = pl.col("created_at").filter(pl.col("is_reply") & pl.col("deleted")).min()
    opened_at = _opening("created_at")
    begun = spoken.group_by("case", maintain_order=True).agg(
        pl.col("brand", "platform", "customer", "conversation", "segment").first(),
        _opening("post"),
        opened_at.alias("opened_at"),
        _opening("side").alias("opened_by"),
        (_opening("parent_missing") | pl.col("opening_deleted").first()).alias("opening_unknown"),
        pl.col("untagged").any(),
        needs.any().alias("has_need"),
        (by_customer & pl.any_horizontal("need", "unsolved", "solved")).any().alias("has_matter"),
        _opening("complaint").alias("opening_complaint"),
        _opening("praise").alias("opening_praise"),
        by_customer.sum().alias("customer_posts"),
        pl.col("turn").max().alias("turns"),
        pl.col("created_at").max().alias("last_post_at"),
        pl.col("side").last().alias("last_by"),
        _seconds(solved_at - opened_at).alias("solved_seconds"),
        _seconds(deleted_at - opened_at).alias("deleted_reply_seconds"),
    )
    by_brand = pl.col("opened_by") == "brand"
    openers = posts.select("post", opening_post="post_id", opening_url="url")
    described = add_known(begun, openers).join(list_zones(brands), on="brand", how="left")
    watched = described.join(until, on=["brand", "platform"], how="left").with_columns(
        pl.min_horizontal(pl.col("observed_until").fill_null(as_of), pl.lit(as_of)).alias(
            "observed_until"
        ),
        (by_brand & ~pl.col("opening_unknown")).alias("proactive"),
        ~(by_brand | pl.col("opening_unknown") | pl.col("untagged")).alias("clocked"),
    )
    return add_week(watched).drop("post")


def _opening(column: str) -> pl.Expr:
    """Return the value of a case's first post that is no automatic reply."""
    return pl.coalesce(pl.col(column).filter(~pl.col("automatic")).first(), pl.col(column).first())


def _seconds(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds() / 1e6


def list_zones(brands: Sequence[Brand]) -> pl.DataFrame:
    """Return `brand`, `time_zone` and `mode`."""
    rows = [(brand.key, brand.time_zone, brand.mode) for brand in brands]
    schema = {"brand": pl.String, "time_zone": pl.String, "mode": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def add_week(cases: pl.DataFrame) -> pl.DataFrame:
    """Add the ISO week of the opening post in the brand's time zone."""
    zones = cases["time_zone"].unique().to_list()
    week: pl.Expr = pl.lit(None, dtype=pl.String)
    opened_on: pl.Expr = pl.lit(None, dtype=pl.Date)
    for zone in zones:
        local = pl.col("opened_at").dt.convert_time_zone(zone)
        here = pl.col("time_zone") == zone
        week = pl.when(here).then(local.dt.strftime("%G-W%V")).otherwise(week)
        opened_on = pl.when(here).then(local.dt.date()).otherwise(opened_on)
    return cases.with_columns(week.alias("week"), opened_on.alias("opened_on"))
