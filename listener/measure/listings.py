"""The evidence of single posts: those of cases, and all of the brands'."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from listener.measure.cases import Threads
from listener.measure.known import add_known
from listener.measure.label_lists import list_labels
from listener.measure.openings import add_week, list_zones
from listener.measure.reviewed import BY_PERSON, BY_PROGRAM
from listener.posts import BRAND_LABELS, DEFLECTIONS, HELPS, LABELS, Brand


def _labelled_by() -> pl.Expr:
    by_person = pl.col("reviewed").fill_null(value=False)
    named = pl.when(by_person).then(pl.lit(BY_PERSON)).otherwise(pl.lit(BY_PROGRAM))
    return named.alias("labelled_by")


def list_case_posts(spoken: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a post of a case, in order, with its text and what it does."""
    shown = posts.select(
        *("post", "post_id", "text", "url", "author_handle", "author_name", "visibility"),
        *("seen_at", *_ANSWERS),
    )
    return add_known(spoken, shown).select(
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
        "seen_at",
        list_labels(spoken, LABELS).alias("labels"),
        _labelled_by(),
        "deflects",
        "helps",
        "chase",
        "followup_asked",
        "followup_unasked",
        "reopens",
        *_ANSWERS,
    )


def list_replies(
    threads: Threads,
    labels: pl.DataFrame,
    spoken: pl.DataFrame,
    counted: pl.DataFrame,
    brands: Sequence[Brand],
) -> pl.DataFrame:
    """List each post of a brand once, with the first counted case that it belongs to.

    `counted` holds for replies in cases of which figures are made: not before
    the first day to count, not found by keyword alone, not deleted.
    """
    labelled = labels.select("post", "reviewed", "canned", "cluster", *LABELS)
    rows = (
        threads.targets.sort("post")
        .pipe(add_known, _describe(threads.posts))
        .pipe(add_known, _find_counted_cases(spoken, counted))
        .pipe(add_known, labelled)
        .join(list_zones(brands), on="brand", how="left", maintain_order="left")
        .with_columns(
            pl.col("in_cases").fill_null(0),
            *(pl.col(label).fill_null(value=False) & ~pl.col("deleted") for label in LABELS),
        )
    )
    return add_week(rows).select(
        "brand",
        "platform",
        "post",
        "post_id",
        "kind",
        "case",
        "in_cases",
        (pl.col("in_cases") > 0).alias("counted"),
        pl.col("opened_at").alias("at"),
        "week",
        "automatic",
        "deleted",
        list_labels(rows, BRAND_LABELS).alias("labels"),
        _labelled_by(),
        pl.any_horizontal(DEFLECTIONS).alias("deflects"),
        pl.any_horizontal(HELPS).alias("helps"),
        list_labels(rows, DEFLECTIONS).alias("targets"),
        "signed",
        "canned",
        "cluster",
        "url",
        *_ANSWERS,
    )


_ANSWERS = ("replies_announced", "replies_collected")


def with_answers(posts: pl.DataFrame) -> pl.DataFrame:
    """Add how many answers to each post are in the store, beside the platform's count.

    Where only some posts are at hand, these have been counted before.
    """
    if "replies_collected" in posts.columns:
        return posts
    return posts.with_columns(count_answers(posts))


def count_answers(posts: pl.DataFrame) -> pl.Series:
    """Count the answers to each of these posts, all that were linked, among them.

    The column is `replies_collected`.
    """
    parents = posts["parent"].drop_nulls().to_numpy()
    return pl.Series("replies_collected", np.bincount(parents, minlength=posts.height))


def _describe(posts: pl.DataFrame) -> pl.DataFrame:
    return posts.select(
        "post",
        "platform",
        "post_id",
        "url",
        pl.col("created_at").alias("opened_at"),
        pl.col("deleted_at").is_not_null().alias("deleted"),
        *_ANSWERS,
    )


def _find_counted_cases(spoken: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Return for each reply one case that counts, and how many there are."""
    in_figures = counted.filter(~pl.col("untagged")).select("case")
    replies = spoken.select("case", "post", "side").filter(pl.col("side") == "brand")
    replies = replies.join(in_figures, on="case", how="semi")
    named = replies.select("post", pl.col("case").cast(pl.String)).sort("post", "case")
    first = pl.col("case").first()
    return named.group_by("post", maintain_order=True).agg(first, pl.len().alias("in_cases"))
