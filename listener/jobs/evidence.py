"""Gather the tables that prove a report's figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from listener.figures import Resolution, Share, WeekFigures
from listener.jobs.measuring import Measured
from listener.label import Phrases, label_evidence
from listener.measure.tables import Tables
from listener.posts import Brand


class LabelQuotes:
    """The words behind labels, looked up once for all reports of a run."""

    def __init__(self, measured: Measured, brands: Sequence[Brand], phrases: Phrases) -> None:
        """Read the posts of these brands' cases again, this time for the words."""
        keys = [brand.key for brand in brands]
        own = pl.col("brand").is_in(keys)
        tables = measured.tables
        wanted = pl.concat(
            [tables.case_posts.filter(own)["post"], tables.replies.filter(own)["post"]]
        ).unique()
        self._words = _quote_labels(measured, wanted, phrases)

    def find(self, posts: pl.Series) -> pl.DataFrame:
        """Return `post`, `label` and `words` of some posts."""
        return self._words.filter(pl.col("post").is_in(posts.implode()))


def _quote_labels(measured: Measured, posts: pl.Series, phrases: Phrases) -> pl.DataFrame:
    """Return the words behind the labels of some posts; only the cases around them are read."""
    rows = measured.tables.case_posts.select("case", "post")
    cases = rows.filter(pl.col("post").is_in(posts.implode())).select("case").unique()
    around = rows.join(cases, on="case", how="semi")["post"]
    needed = pl.concat([around, posts.cast(around.dtype)]).unique()
    readable = measured.readable.filter(pl.col("post").is_in(needed.implode()))
    return label_evidence(readable, phrases, only=posts)


def gather_evidence(
    measured: Measured, brand: Brand, figures: WeekFigures, quotes: LabelQuotes
) -> Mapping[str, pl.DataFrame]:
    """Return the tables from which the figures can be computed again, of this brand alone."""
    tables = measured.tables
    own = pl.col("brand") == brand.key
    cases = tables.cases.filter(own)
    replies = tables.replies.filter(own)
    return {
        "cases": cases,
        "turns": tables.turns.join(cases.select("case"), on="case", how="semi"),
        "replies": _add_words(replies, quotes),
        "posts": tables.case_posts.filter(own),
        "weekly_counts": list_counts(figures),
        "deletions": tables.deletions.filter(own),
        "coverage": list_coverage(figures, tables),
    }


def _add_words(replies: pl.DataFrame, quotes: LabelQuotes) -> pl.DataFrame:
    words = quotes.find(replies["post"])
    quoted = words.group_by("post", maintain_order=True).agg(
        pl.struct("label", "words").alias("words")
    )
    return replies.join(quoted, on="post", how="left", maintain_order="left")


def list_counts(figures: WeekFigures) -> pl.DataFrame:
    """Return every count and share of the figures: `brand`, `week`, `figure`, `count`, `total`.

    Outcomes and what builds on them bear the week that they are of.
    """
    rows = [
        (figures.brand, figures.outcome_week if name in _OF_OUTCOME_WEEK else figures.week, *row)
        for name in figures.__dataclass_fields__
        for row in _share_rows(name, getattr(figures, name))
    ]
    schema = {
        "brand": pl.String,
        "week": pl.String,
        "figure": pl.String,
        "count": pl.Int64,
        "total": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


_OF_OUTCOME_WEEK = frozenset(
    {
        "outcome_cases",
        "resolution",
        "outcomes",
        "fate",
        "fast_no_help",
        "last_public_word",
        "chased",
        "brand_followup_asked",
        "brand_followup_unasked",
        "reopened",
    }
)


def _share_rows(name: str, value: object) -> list[tuple[str, int, int | None]]:
    if isinstance(value, Share):
        return [(name, value.count, value.total)]
    if isinstance(value, Resolution):
        shares = ("lower", "upper", "confirmed_share")
        return [
            row for part in shares for row in _share_rows(f"{name}.{part}", getattr(value, part))
        ]
    if isinstance(value, dict):
        return [row for key, part in value.items() for row in _share_rows(f"{name}.{key}", part)]
    return [(name, value, None)] if isinstance(value, int) else []


def list_coverage(figures: WeekFigures, tables: Tables) -> pl.DataFrame:
    """Return what was seen of the brand in the period: one row a platform."""
    own = [
        table.filter(pl.col("brand") == figures.brand)
        for table in (tables.case_posts, tables.cases, tables.replies, tables.deletions)
    ]
    rows = [
        _describe_platform(figures, platform, until, own)
        for platform, until in figures.coverage.observed_until.items()
    ]
    moments = ("collected_from", "collected_to", "observed_until")
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(moments, pl.Datetime("us", "UTC")))


def _describe_platform(
    figures: WeekFigures, platform: str, until: datetime, own: Sequence[pl.DataFrame]
) -> dict[str, object]:
    posts, cases, replies, deletions = (
        table.filter(pl.col("platform") == platform) for table in own
    )
    inside = pl.col("at").is_between(figures.since, figures.until, closed="left")
    opened = pl.col("opened_at").is_between(figures.since, figures.until, closed="left")
    return {
        "brand": figures.brand,
        "platform": platform,
        "week": figures.week,
        "mode": figures.mode,
        "class": figures.coverage.grade,
        "collected_from": posts["at"].min(),
        "collected_to": posts["at"].max(),
        "observed_until": until,
        "posts": posts.filter(inside)["post"].n_unique(),
        "opening_unknown": cases.filter(opened & pl.col("opening_unknown")).height,
        "deleted": deletions.filter(inside).height
        + replies.filter(inside & pl.col("deleted")).height,
    }
