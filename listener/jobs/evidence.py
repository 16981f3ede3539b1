"""Gather the tables that prove a report's figures."""

from collections.abc import Mapping, Sequence

import polars as pl

from listener.figures import (
    Dialogue,
    Flow,
    PlatformCoverage,
    PrivatePart,
    Promises,
    Resolution,
    Selective,
    ServiceTime,
    Share,
    ToldCounts,
    ToldElsewhere,
    Voice,
    WeekFigures,
)
from listener.jobs.basis import list_runs
from listener.jobs.measuring import Measured
from listener.jobs.review_evidence import list_review_tables
from listener.label import Phrases, iter_evidence, label_evidence
from listener.posts import Brand

_NO_WORDS = pl.DataFrame(schema={"post": pl.UInt32, "label": pl.String, "words": pl.String})


class LabelQuotes:
    """The words behind labels, looked up once for all reports of a run."""

    def __init__(
        self,
        measured: Measured,
        brands: Sequence[Brand],
        phrases: Phrases,
        told: pl.Series | None = None,
    ) -> None:
        """Read the posts of these brands' cases again, this time for the words.

        Args:
            measured: Their labels are known from it.
            brands: Whose replies are quoted, and all posts of whose cases.
            phrases: What posts are read by.
            told: Names of cases; where given, no posts of other cases are quoted but replies.
        """
        own = pl.col("brand").is_in([brand.key for brand in brands])
        is_told = own if told is None else own & pl.col("case").is_in(told.implode())
        said = measured.said
        rows = [said.case_posts.filter(is_told), said.replies.filter(own)]
        labels = pl.concat([each["post", "labels"] for each in rows]).unique("post")
        around = _find_around(measured, labels["post"])
        found = iter_evidence(around, phrases, labels=labels)
        words = pl.concat([_NO_WORDS, *(rows.select(_NO_WORDS.columns) for rows in found)])
        self._words = words if measured.reviews.is_empty else _drop_denied(words, measured)

    def find(self, posts: pl.Series) -> pl.DataFrame:
        """Return `post`, `label` and `words` of some posts."""
        return self._words.filter(pl.col("post").is_in(posts.implode()))


def _drop_denied(words: pl.DataFrame, measured: Measured) -> pl.DataFrame:
    """Leave out the words behind labels that a person has taken away."""
    tables = measured.tables
    given = pl.concat([tables.case_posts["post", "labels"], tables.replies["post", "labels"]])
    held = given.explode("labels").rename({"labels": "label"}).unique()
    return words.join(held, on=["post", "label"], how="semi", maintain_order="left")


def quote_labels(measured: Measured, posts: pl.Series, phrases: Phrases) -> pl.DataFrame:
    """Return the words behind the labels of some posts; only the cases around them are read."""
    return label_evidence(_find_around(measured, posts), phrases, only=posts)


def _find_around(measured: Measured, posts: pl.Series) -> pl.DataFrame:
    """Return some posts with all others of their cases, as they are read."""
    rows = measured.tables.case_posts.select("case", "post")
    cases = rows.filter(pl.col("post").is_in(posts.implode())).select("case").unique()
    around = rows.join(cases, on="case", how="semi")["post"]
    needed = pl.concat([around, posts.cast(around.dtype)]).unique()
    return measured.readable.filter(pl.col("post").is_in(needed.implode()))


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
        "private": tables.private.filter(own),
        "promises": tables.promises.filter(own),
        "told": tables.told.filter(own),
        "coverage": list_coverage(figures),
        "runs": list_runs(measured, brand),
        **list_review_tables(measured, brand),
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
        (figures.brand, figures.outcome_week if _is_of_outcome_week(row[0]) else figures.week, *row)
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
        "private.unanswered",
        "private.outcomes",
        "dialogue.reach",
        "dialogue.depth",
        "dialogue.asks_back",
        "dialogue.selective",
        "told_elsewhere",
        "flow",
    }
)


def _is_of_outcome_week(figure: str) -> bool:
    """Tell by its name, or by that of what it is a part of."""
    parts = figure.split(".")
    return any(".".join(parts[:depth]) in _OF_OUTCOME_WEEK for depth in range(1, len(parts) + 1))


_PARTED = (
    Dialogue,
    Flow,
    PrivatePart,
    Promises,
    Selective,
    ServiceTime,
    ToldCounts,
    ToldElsewhere,
    Voice,
)


def _share_rows(name: str, value: object) -> list[tuple[str, int, int | None]]:
    if isinstance(value, Share):
        return [(name, value.count, value.total)]
    if isinstance(value, Resolution):
        value = {part: getattr(value, part) for part in ("lower", "upper", "confirmed_share")}
    if isinstance(value, _PARTED):
        value = {part: getattr(value, part) for part in value.__dataclass_fields__}
    if isinstance(value, dict):
        return [row for key, part in value.items() for row in _share_rows(f"{name}.{key}", part)]
    return [(name, value, None)] if isinstance(value, int) else []


def list_coverage(figures: WeekFigures) -> pl.DataFrame:
    """Return what was seen of the brand in the period: one row a platform."""
    rows = [_describe_platform(figures, each) for each in figures.coverage.platforms]
    return pl.DataFrame(rows, schema=COVERAGE_SCHEMA)


_MOMENT = pl.Datetime("us", "UTC")
COVERAGE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "brand": pl.String,
    "platform": pl.String,
    "week": pl.String,
    "mode": pl.String,
    "class": pl.String,
    "reasons": pl.List(pl.String),
    "collected_from": _MOMENT,
    "collected_to": _MOMENT,
    "watched_from": _MOMENT,
    "observed_until": _MOMENT,
    "runs_planned": pl.Int64,
    "runs_done": pl.Int64,
    "runs_failed": pl.Int64,
    "runs_paused": pl.Int64,
    "hole_since": _MOMENT,
    "hole_until": _MOMENT,
    "hole_seconds": pl.Float64,
    "hole_open": pl.Boolean,
    "posts": pl.Int64,
    "announced": pl.Int64,
    "collected": pl.Int64,
    "opening_unknown": pl.Int64,
    "losses": pl.Int64,
    "lost_seconds": pl.Float64,
    "deleted": pl.Int64,
}


def _describe_platform(figures: WeekFigures, seen: PlatformCoverage) -> dict[str, object]:
    return {
        "brand": figures.brand,
        "week": figures.week,
        "mode": figures.mode,
        **describe_coverage(seen),
    }


def describe_coverage(seen: PlatformCoverage) -> dict[str, object]:
    """Return a platform's coverage as a row of a table."""
    hole = seen.hole
    return {
        "platform": seen.platform,
        "class": seen.grade,
        "reasons": list(seen.reasons),
        "collected_from": seen.collected_from,
        "collected_to": seen.collected_to,
        "watched_from": seen.watched_from,
        "observed_until": seen.observed_until,
        "runs_planned": seen.runs.planned,
        "runs_done": seen.runs.done,
        "runs_failed": seen.runs.failed,
        "runs_paused": seen.runs.paused,
        "hole_since": hole and hole.since,
        "hole_until": hole and hole.until,
        "hole_seconds": hole and hole.seconds,
        "hole_open": hole and hole.is_open,
        "posts": seen.posts,
        "announced": seen.announced,
        "collected": seen.collected,
        "opening_unknown": seen.opening_unknown,
        "losses": len(seen.gaps),
        "lost_seconds": seen.lost_seconds,
        "deleted": seen.deleted,
    }
