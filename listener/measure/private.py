"""The private part: what a brand and a customer write to each other alone.

`docs/measures.md`, section 5. It is seen only with the brand's own access, and
measured apart from everything public. No word of it leaves this module's callers:
the table that comes out holds times, counts and outcomes.
"""

from collections.abc import Sequence

import polars as pl

from listener.measure.automatic import find_automatic_replies
from listener.measure.cases import SEGMENT_PAUSE, digest_names
from listener.measure.handling import add_reply_kind
from listener.measure.openings import add_week, list_zones
from listener.measure.outcome import measure_outcomes
from listener.measure.turns import wait_columns
from listener.posts import LABELS, Brand

HAND_OVER_WITHIN = "14d"
TALK = ("brand", "platform", "customer")
CLOSED = ("resolved", "claimed")
_MOMENT = pl.Datetime("us", "UTC")
PRIVATE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "private": pl.String,
    **dict.fromkeys(TALK, pl.String),
    "case": pl.String,
    "private_only": pl.Boolean,
    "opened_at": _MOMENT,
    "opened_by": pl.String,
    "week": pl.String,
    "handed_over_at": _MOMENT,
    "customer_posts": pl.Int64,
    "replies": pl.Int64,
    "automatic_replies": pl.Int64,
    "last_post_at": _MOMENT,
    "observed_until": _MOMENT,
    "settled": pl.Boolean,
    "answered": pl.Boolean,
    "reply_seconds": pl.Float64,
    "reply_observed": pl.Boolean,
    "reply_skewed": pl.Boolean,
    "outcome": pl.String,
    "outcome_rule": pl.String,
    "closed": pl.Boolean,
    "mode": pl.String,
}


def make_private_table() -> pl.DataFrame:
    """Return the table without a row."""
    return pl.DataFrame(schema=PRIVATE_SCHEMA)


def list_hand_overs(cases: pl.DataFrame, case_posts: pl.DataFrame) -> pl.DataFrame:
    """Return when customers were sent elsewhere: `brand`, `platform`, `customer`, `case`, `at`."""
    people = cases.select("case", "customer")
    return (
        case_posts.filter("deflects")
        .select("case", "brand", "platform", "at")
        .join(people, on="case")
        .sort("at", "case")
    )


def divide_talks(messages: pl.DataFrame, hand_overs: pl.DataFrame) -> pl.DataFrame:
    """Divide what was written into private parts, each with the case that it belongs to.

    A message belongs to the customer's latest case with a hand-over in the 14 days
    before. A part goes on until such a case is another one, or the customer writes
    after a pause of 14 days.

    Args:
        messages: From `find_messages`.
        hand_overs: From `list_hand_overs`.

    Returns:
        The messages in order with `private` (the part's name), `order` (from 1), `case`
        and `handed_over_at` (null if it is `private_only`).
    """
    handed = hand_overs.select(*TALK, pl.col("case").alias("_case"), pl.col("at").alias("_at"))
    joined = messages.sort("created_at", "post").join_asof(
        handed.sort("_at"),
        left_on="created_at",
        right_on="_at",
        by=list(TALK),
        strategy="backward",
        tolerance=HAND_OVER_WITHIN,
        coalesce=False,
        check_sortedness=False,
    )
    ordered = joined.sort(*TALK, "created_at", "post")
    pause = pl.col("created_at") - pl.col("created_at").shift(1).over(TALK)
    known = pl.col("_case").forward_fill().shift(1).over(TALK)
    begins = (
        pause.is_null()
        | ((pl.col("side") == "customer") & (pause >= SEGMENT_PAUSE))
        | (pl.col("_case").is_not_null() & pl.col("_case").ne_missing(known))
    )
    parts = ordered.with_columns(begins.cum_sum().alias("_part")).with_columns(
        pl.int_range(1, pl.len() + 1).over("_part").alias("order"),
        pl.col("_case").first().over("_part").alias("case"),
        pl.col("_at").first().over("_part").alias("handed_over_at"),
    )
    return _name_parts(parts).drop("_case", "_at", "_part")


def _name_parts(parts: pl.DataFrame) -> pl.DataFrame:
    """Add `private`, a name made of whom it is between and when it began."""
    first = parts.unique("_part", keep="first", maintain_order=True)
    began = pl.col("created_at").dt.timestamp("us").cast(pl.String)
    names = first.select(pl.concat_str(pl.lit("private"), *TALK, began, separator="\x1f"))
    named = first.select("_part").with_columns(digest_names(names.to_series()).alias("private"))
    return parts.join(named, on="_part", how="left", maintain_order="left")


def measure_private_parts(
    talks: pl.DataFrame,
    labels: pl.DataFrame,
    brands: Sequence[Brand],
    until: pl.DataFrame,
    *,
    settle_days: float,
) -> pl.DataFrame:
    """Measure each private part.

    Args:
        talks: From `divide_talks`.
        labels: `post` and one Boolean column for each of `LABELS`.
        brands: For their time zones.
        until: `brand`, `platform` and `observed_until`, of all brands.
        settle_days: How long nothing more must have been written before silence counts.

    Returns:
        One row a part, with `PRIVATE_SCHEMA`.
    """
    if talks.is_empty():
        return make_private_table()
    spoken = _read(talks, labels)
    parts = _describe(spoken).join(until, on=["brand", "platform"], how="left")
    watched = pl.col("observed_until") - pl.col("last_post_at")
    settled = (watched >= pl.duration(days=settle_days)).fill_null(value=False)
    parts = add_private_waits(parts.with_columns(settled.alias("settled")))
    ages = parts.select(
        pl.col("private").alias("case"),
        "settled",
        pl.col("settled").alias("due"),
        pl.lit(None, dtype=_MOMENT).alias("recontacted_at"),
    )
    ends = measure_outcomes(spoken.rename({"case": "_public", "private": "case"}), ages)
    judged = parts.join(ends.rename({"case": "private"}), on="private", how="left")
    closed = pl.col("settled") & pl.col("outcome").is_in(CLOSED)
    zoned = judged.with_columns(closed.alias("closed")).join(list_zones(brands), on="brand")
    columns = [pl.col(name).cast(kind) for name, kind in PRIVATE_SCHEMA.items()]
    return add_week(zoned).select(columns).sort("opened_at", "private")


def _read(talks: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Put labels beside messages; what brought the customer was often said in public."""
    labelled = talks.join(labels.select("post", *LABELS), on="post", how="left").with_columns(
        pl.col(label).fill_null(value=False) for label in LABELS
    )
    ordered = labelled.sort("private", "order")
    by_customer = pl.col("side") == "customer"
    is_first = by_customer & (by_customer.cum_sum().over("private") == 1)
    needs = pl.col("need") | (is_first & pl.col("case").is_not_null())
    automatic = find_automatic_replies(ordered, _list_targets(ordered))
    is_automatic = pl.col("post").is_in(automatic.implode()) & ~by_customer
    marked = ordered.with_columns(needs.alias("need"), is_automatic.alias("automatic"))
    return add_reply_kind(marked.with_columns(pl.lit(value=False).alias("deleted")))


def _list_targets(ordered: pl.DataFrame) -> pl.DataFrame:
    """Return the brands' messages with the customer's message just before."""
    asked = pl.when(pl.col("side") == "customer").then("post").shift(1).over("private")
    answers = ordered.with_columns(asked.alias("target")).filter(pl.col("side") == "brand")
    return answers.select("post", "brand", "customer", "target")


def _describe(spoken: pl.DataFrame) -> pl.DataFrame:
    """Tell how each part began, and how long the first answer was waited for."""
    by_customer, is_reply = pl.col("side") == "customer", pl.col("is_reply")
    order, at = pl.col("order"), pl.col("created_at")
    asked = order.filter(by_customer).min()
    is_brand_first = (order.filter(is_reply).min() < asked).fill_null(is_reply.any())
    answers = is_reply & (is_brand_first | (order > asked).fill_null(value=False))
    return spoken.group_by("private", maintain_order=True).agg(
        pl.col(*TALK, "case", "handed_over_at").first(),
        pl.col("case").first().is_null().alias("private_only"),
        at.first().alias("opened_at"),
        pl.col("side").first().alias("opened_by"),
        by_customer.sum().alias("customer_posts"),
        is_reply.sum().alias("replies"),
        pl.col("automatic").sum().alias("automatic_replies"),
        at.max().alias("last_post_at"),
        answers.any().alias("answered"),
        pl.when(is_brand_first)
        .then(pl.col("handed_over_at").first())
        .otherwise(at.filter(by_customer).first())
        .alias("_asked_at"),
        at.filter(answers).first().alias("_answered_at"),
    )


def add_private_waits(parts: pl.DataFrame) -> pl.DataFrame:
    """Add the wait for the first private reply, open where there was none yet."""
    runs = pl.col("_asked_at").is_not_null()
    waits = wait_columns("_asked_at", "_answered_at", runs, "reply_")
    named = {"reply_wait_seconds": "reply_seconds"}
    return parts.with_columns(waits).rename(named)


def close_hand_overs(cases: pl.DataFrame, private: pl.DataFrame) -> pl.DataFrame:
    """Give silent hand-overs the fate `private_closed` where the private part has ended well."""
    closed = private.filter(pl.col("closed") & ~pl.col("private_only")).select("case").unique()
    ended = pl.col("case").is_in(closed["case"].implode())
    silent = (pl.col("fate") == "silence") | pl.col("fate").is_null()
    fate = pl.when(ended & silent).then(pl.lit("private_closed")).otherwise("fate")
    return cases.with_columns(fate.alias("fate"))
