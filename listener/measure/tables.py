"""The evidence tables: everything that is known of each case, turn and reply.

`docs/measures.md`, section 9. Figures are computed from these tables alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from listener.measure.cases import Threads
from listener.measure.fate import fast_no_help, last_public_word, measure_fates
from listener.measure.followups import add_followups, find_recontacts
from listener.measure.handling import add_reply_kind, measure_handling
from listener.measure.outcome import measure_outcomes
from listener.measure.turns import add_turns, measure_turns, wait_columns
from listener.posts import BRAND_LABELS, DEFLECTIONS, LABELS, Brand


@dataclass(frozen=True, slots=True)
class Tables:
    """The evidence; columns are listed in `docs/evidence.md`.

    Attributes:
        cases: One row a case.
        case_posts: One row a post of a case, in order; with texts.
        turns: One row a turn.
        replies: One row a brand's post, answers and broadcasts.
    """

    cases: pl.DataFrame
    case_posts: pl.DataFrame
    turns: pl.DataFrame
    replies: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """How far and until when one looked.

    Attributes:
        as_of: The moment of measuring.
        until: `platform` and `observed_until`; a platform that is not in it
            was observed until `as_of`.
        settle_days: How long a conversation must have been quiet and then
            visited before silence counts as an outcome.
    """

    as_of: datetime
    until: pl.DataFrame
    settle_days: int = 7


def build_tables(
    threads: Threads, labels: pl.DataFrame, brands: Sequence[Brand], observation: Observation
) -> Tables:
    """Measure every case.

    Args:
        threads: From `build_threads`.
        labels: `post`, `language` and one Boolean column for each of `LABELS`.
        brands: For their time zone, mode and first day to count.
        observation: When and how far one looked.
    """
    spoken = _read(threads, labels)
    openings = _open(spoken, threads.posts, brands, observation)
    turns = measure_turns(spoken, openings.select("case", "observed_until", "clocked"))
    cases = _judge(spoken, openings, turns, observation)
    counted = cases.filter(_is_counted(brands)).sort("brand", "opened_at", "case")
    kept = counted.select("case")
    return Tables(
        cases=counted,
        case_posts=_show_posts(spoken.join(kept, on="case", how="semi"), threads.posts),
        turns=turns.join(kept, on="case", how="semi"),
        replies=_list_replies(threads, labels, spoken, brands),
    )


def _read(threads: Threads, labels: pl.DataFrame) -> pl.DataFrame:
    """Put labels beside the posts of cases; what was deleted says nothing."""
    known = labels.select("post", pl.col("language").alias("read_as"), *LABELS)
    spoken = threads.members.join(known, on="post", how="left", maintain_order="left")
    spoken = spoken.with_columns(
        pl.col(label).fill_null(value=False) & ~pl.col("deleted") for label in LABELS
    )
    return add_followups(add_turns(add_reply_kind(spoken)))


def _open(
    spoken: pl.DataFrame, posts: pl.DataFrame, brands: Sequence[Brand], observation: Observation
) -> pl.DataFrame:
    """Describe how each case began, and how long it was watched."""
    by_customer = pl.col("side") == "customer"
    needs = by_customer & pl.col("need")
    solved_at = pl.col("created_at").filter(by_customer & pl.col("solved")).min()
    begun = spoken.group_by("case", maintain_order=True).agg(
        pl.col("brand", "platform", "customer", "conversation", "segment", "post").first(),
        pl.col("created_at").first().alias("opened_at"),
        pl.col("side").first().alias("opened_by"),
        (pl.col("parent_missing").first() | pl.col("opening_deleted").first()).alias(
            "opening_unknown"
        ),
        pl.col("untagged").first(),
        needs.any().alias("has_need"),
        (by_customer & pl.any_horizontal("need", "unsolved", "solved")).any().alias("has_matter"),
        pl.col("complaint").first().alias("opening_complaint"),
        pl.col("praise").first().alias("opening_praise"),
        by_customer.sum().alias("customer_posts"),
        pl.col("turn").max().alias("turns"),
        pl.col("created_at").last().alias("last_post_at"),
        pl.col("side").last().alias("last_by"),
        (solved_at - pl.col("created_at").first()).dt.total_seconds().alias("solved_seconds"),
    )
    by_brand = pl.col("opened_by") == "brand"
    described = begun.join(_openers(posts), on="post", how="left").join(
        _weeks(brands), on="brand", how="left"
    )
    watched = described.join(observation.until, on="platform", how="left").with_columns(
        pl.min_horizontal(
            pl.col("observed_until").fill_null(observation.as_of), pl.lit(observation.as_of)
        ).alias("observed_until"),
        (by_brand & ~pl.col("opening_unknown")).alias("proactive"),
        ~(by_brand | pl.col("opening_unknown") | pl.col("untagged")).alias("clocked"),
    )
    return _add_week(watched).drop("post")


def _openers(posts: pl.DataFrame) -> pl.DataFrame:
    """Return what leads to opening posts; nothing does where followers alone may read."""
    is_public = pl.col("visibility") != "private"
    return posts.select(
        "post",
        pl.when(is_public).then("post_id").alias("opening_post"),
        pl.when(is_public).then("url").alias("opening_url"),
    )


def _weeks(brands: Sequence[Brand]) -> pl.DataFrame:
    rows = [(brand.key, brand.time_zone, brand.mode) for brand in brands]
    schema = {"brand": pl.String, "time_zone": pl.String, "mode": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _add_week(cases: pl.DataFrame) -> pl.DataFrame:
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


def _judge(
    spoken: pl.DataFrame,
    openings: pl.DataFrame,
    turns: pl.DataFrame,
    observation: Observation,
) -> pl.DataFrame:
    """Join everything that is measured of a case."""
    recontacts = find_recontacts(openings)
    cases = openings.join(recontacts, on="case", how="left").with_columns(
        pl.col("case").is_in(recontacts["recontact_of"].implode()).alias("recontacted"),
        *_ages(observation),
    )
    ages = cases.select("case", "settled", "due", "recontacted", "observed_until")
    parts = (
        measure_handling(spoken),
        measure_outcomes(spoken, ages),
        measure_fates(spoken, ages, settle_days=observation.settle_days),
        _first_waits(spoken, cases, turns),
        _count_followups(spoken),
    )
    for part in parts:
        cases = cases.join(part, on="case", how="left")
    cases = _name_deciding_posts(cases, spoken)
    return cases.with_columns(fast_no_help().alias("fast_no_help"))


def _ages(observation: Observation) -> list[pl.Expr]:
    day = 86_400_000_000
    watched = (pl.col("observed_until") - pl.col("last_post_at")).dt.total_microseconds() / day
    passed = (pl.lit(observation.as_of) - pl.col("last_post_at")).dt.total_microseconds() / day
    return [
        watched.alias("observed_days"),
        (watched >= observation.settle_days).alias("settled"),
        (passed >= observation.settle_days).alias("due"),
    ]


def _first_waits(spoken: pl.DataFrame, cases: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Measure the first and the first helpful reply, over the same cases.

    Both run from the opening post of cases that the customer opened with a
    need, whose opening is known and which were not found by keyword alone.
    """
    first = turns.filter(pl.col("clock") == "first_reply").select(
        "case",
        pl.col("wait_seconds").alias("_wait"),
        pl.col("observed").alias("_observed"),
        pl.col("skewed").alias("_skewed"),
    )
    helped = (
        spoken.filter(pl.col("helps"))
        .group_by("case")
        .agg(pl.col("created_at").first().alias("_helped_at"))
    )
    asked = first.with_columns(pl.lit(value=True).alias("_runs"))
    joined = (
        cases.select("case", "opened_at", "observed_until")
        .join(asked, on="case", how="left")
        .join(helped, on="case", how="left")
        .with_columns(pl.col("_runs").fill_null(value=False))
    )
    runs = pl.col("_runs")
    return joined.select(
        "case",
        pl.col("_wait").alias("first_reply_seconds"),
        pl.col("_observed").alias("first_reply_observed"),
        pl.col("_skewed").fill_null(value=False).alias("first_reply_skewed"),
        *wait_columns("opened_at", "_helped_at", runs, "helpful_"),
    ).rename(
        {
            "helpful_wait_seconds": "first_helpful_seconds",
            "helpful_observed": "first_helpful_observed",
            "helpful_skewed": "first_helpful_skewed",
        }
    )


def _count_followups(spoken: pl.DataFrame) -> pl.DataFrame:
    said = spoken.filter(~pl.col("automatic"))
    return said.group_by("case").agg(
        pl.col("chase").sum().alias("chases"),
        pl.col("followup_asked").sum().alias("followups_asked"),
        pl.col("followup_unasked").sum().alias("followups_unasked"),
        pl.col("reopens").any().alias("reopened"),
        last_public_word().last().alias("last_public_word"),
    )


def _name_deciding_posts(cases: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """Replace the numbers of deciding posts by row numbers of posts."""
    for name in ("outcome", "fate"):
        posts = spoken.select(
            "case", pl.col("order").alias(f"{name}_order"), pl.col("post").alias(f"{name}_post")
        )
        cases = cases.with_columns(pl.col(f"{name}_order").cast(pl.Int64)).join(
            posts.with_columns(pl.col(f"{name}_order").cast(pl.Int64)),
            on=["case", f"{name}_order"],
            how="left",
        )
    return cases.drop("outcome_order", "fate_order")


def _is_counted(brands: Sequence[Brand]) -> pl.Expr:
    counted: pl.Expr = pl.lit(value=True)
    for brand in brands:
        if brand.count_from is not None:
            too_early = (pl.col("brand") == brand.key) & (pl.col("opened_on") < brand.count_from)
            counted = counted & ~too_early
    return counted


def labels_as_list(labels: Sequence[str]) -> pl.Expr:
    """Return the names of the labels that hold, as a list."""
    named = [pl.when(pl.col(label)).then(pl.lit(label)) for label in labels]
    return pl.concat_list(named).list.drop_nulls()


def _show_posts(spoken: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    shown = posts.select(
        "post", "post_id", "text", "url", "author_handle", "author_name", "visibility"
    )
    return spoken.join(shown, on="post", how="left", maintain_order="left").select(
        "case",
        "brand",
        "platform",
        "post",
        "post_id",
        "side",
        pl.col("created_at").alias("at"),
        "order",
        "turn",
        "automatic",
        "deleted",
        "read_as",
        "text",
        "url",
        "author_handle",
        "author_name",
        "visibility",
        labels_as_list(LABELS).alias("labels"),
        "deflects",
        "helps",
        "chase",
        "followup_asked",
        "followup_unasked",
        "reopens",
    )


def _list_replies(
    threads: Threads, labels: pl.DataFrame, spoken: pl.DataFrame, brands: Sequence[Brand]
) -> pl.DataFrame:
    """List each post of a brand once, with the first case that it belongs to."""
    first_case = (
        spoken.filter(pl.col("side") == "brand")
        .group_by("post")
        .agg(pl.col("case").first(), pl.col("automatic").first(), pl.len().alias("in_cases"))
    )
    facts = threads.posts.select(
        "post",
        "platform",
        "post_id",
        "url",
        pl.col("created_at").alias("opened_at"),
        pl.col("deleted_at").is_not_null().alias("deleted"),
    )
    known = labels.select("post", *LABELS)
    rows = (
        threads.targets.join(facts, on="post")
        .join(first_case, on="post", how="left")
        .join(known, on="post", how="left")
        .join(_weeks(brands), on="brand", how="left")
        .with_columns(
            pl.col("automatic").fill_null(value=False),
            *(pl.col(label).fill_null(value=False) & ~pl.col("deleted") for label in LABELS),
        )
        .sort("post")
    )
    helps = pl.any_horizontal("answer", "done")
    return _add_week(rows).select(
        "brand", "platform", "post", "post_id", "kind", "case", "in_cases",
        pl.col("opened_at").alias("at"), "week", "automatic", "deleted",
        labels_as_list(BRAND_LABELS).alias("labels"),
        pl.any_horizontal(DEFLECTIONS).alias("deflects"),
        helps.alias("helps"),
        labels_as_list(DEFLECTIONS).alias("targets"),
        "url",
    )  # fmt: skip
