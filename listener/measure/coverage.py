"""What was seen of a brand in a period, and what is known to be missing.

`docs/measures.md`, section 8: coverage per brand, platform and period, and its grade.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from listener.figures import Coverage, PlatformCoverage
from listener.measure.periods import Period
from listener.measure.selection import is_inside
from listener.measure.setting import Setting
from listener.measure.tables import Tables
from listener.measure.watch import (
    Watch,
    count_runs,
    find_longest_hole,
    list_gaps,
    list_holes,
    list_known_runs,
    list_sources,
    measure_lost,
    select_gaps,
)
from listener.measure.window import find_look_back
from listener.posts import Brand

GRADES = ("complete", "partial", "unknown")
REASONS = ("began_late", "hole", "stopped", "replies_missing", "loss")
# The recent search of X reaches back seven days. Mastodon's timelines and contexts stay on
# the server, but accounts may have their posts removed as soon as these are a week old.
WINDOWS: Mapping[str, timedelta] = {"x": timedelta(days=7), "mastodon": timedelta(days=7)}
# Whoever collects once a day has seen a period well enough up to its end.
LATEST_END = timedelta(days=1)
ENOUGH_REPLIES = 0.98
_ANSWERED = ("platform", "post", "at", "deleted", "replies_announced", "replies_collected")


def measure_coverage(tables: Tables, brand: Brand, period: Period, setting: Setting) -> Coverage:
    """Measure what was seen of one brand in one period, on each of its platforms."""
    own = _keep_counted(tables).select(pl.col("brand") == brand.key)
    spans, counts = _find_spans(own.case_posts, brand, period), _count_posts(own, period)
    platforms = tuple(
        _measure_platform(brand, platform, period, setting, seen)
        for platform in sorted({*setting.observed_until, *spans})
        for seen in [_describe_posts(platform, spans, counts)]
    )
    looked_at = [span for span in spans.values() if span is not None]
    return Coverage(
        grade=join_grades([each.grade for each in platforms]) or setting.grade,
        collected_from=min((first for first, _ in looked_at), default=None),
        collected_to=max((last for _, last in looked_at), default=None),
        observed_until=setting.observed_until,
        posts=sum(each.posts for each in platforms),
        opening_unknown=sum(each.opening_unknown for each in platforms),
        deleted=sum(each.deleted for each in platforms),
        announced=_add(each.announced for each in platforms),
        collected=_add(each.collected for each in platforms),
        platforms=platforms,
    )


def measure_grade(tables: Tables, brand: Brand, period: Period, setting: Setting) -> str:
    """Measure the grade of that alone; of what is not collected live it is known beforehand."""
    if _select_watch(setting.watch, pl.col("brand") == brand.key) is None:
        return setting.grade
    return measure_coverage(tables, brand, period, setting).grade


def join_grades(grades: Sequence[str]) -> str | None:
    """Return the grade of several platforms together: theirs if they agree, else `partial`."""
    if len(set(grades)) > 1:
        return "partial"
    return grades[0] if grades else None


def _measure_platform(
    brand: Brand, platform: str, period: Period, setting: Setting, described: dict[str, Any]
) -> PlatformCoverage:
    """Measure what was seen of a brand on one platform, and grade it."""
    seen = PlatformCoverage(
        platform=platform,
        grade=setting.grade,
        observed_until=setting.observed_until.get(platform),
        **described,
    )
    here = (pl.col("brand") == brand.key) & (pl.col("platform") == platform)
    watch = _select_watch(setting.watch, here)
    if watch is None:
        return seen
    sources = list_sources(watch, setting.as_of)
    if sources.is_empty():
        return seen
    watched = replace(seen, **_describe_watch(watch, sources, period, setting.as_of))
    reasons = tuple(_find_reasons(watched, sources, period, setting.as_of))
    return replace(watched, grade="partial" if reasons else "complete", reasons=reasons)


def _keep_counted(tables: Tables) -> Tables:
    """Keep the columns that are looked at: to choose rows of all takes ten times as long."""
    place = ("brand", "platform")
    said = ("brand", *_ANSWERED)
    return replace(
        tables,
        cases=tables.cases.select(*place, "opened_at", "opening_unknown"),
        case_posts=tables.case_posts.select(said),
        replies=tables.replies.select(said),
        deletions=tables.deletions.select(*place, "at"),
        private=tables.private.select(place),
    )


def _find_reasons(
    seen: PlatformCoverage, sources: pl.DataFrame, period: Period, as_of: datetime
) -> Iterator[str]:
    """Yield why a period was not seen completely, in the order of `REASONS`."""
    if seen.watched_from is None or seen.watched_from > period.since:
        yield "began_late"
    if seen.hole is not None and seen.hole.until - seen.hole.since > WINDOWS[seen.platform]:
        yield "hole"
    if _has_stopped(sources, min(period.until, as_of)):
        yield "stopped"
    if (seen.collected or 0) < ENOUGH_REPLIES * (seen.announced or 0):
        yield "replies_missing"
    if seen.gaps:
        yield "loss"


def _has_stopped(sources: pl.DataFrame, end: datetime) -> bool:
    """Tell whether a source that is still read was not read up to this moment."""
    read = sources.filter(~pl.col("removed"), pl.col("first_run") < end)
    last = pl.coalesce("last_done", "first_run")
    return bool(read.select((last < end - LATEST_END).any()).item())


def _describe_watch(
    watch: Watch, sources: pl.DataFrame, period: Period, as_of: datetime
) -> dict[str, Any]:
    runs = list_known_runs(watch, as_of)
    gaps = select_gaps(list_gaps(runs), period)
    return {
        "watched_from": sources["first_run"].min(),
        "runs": count_runs(runs, period),
        "hole": find_longest_hole(list_holes(watch, as_of), period),
        "gaps": gaps,
        "lost_seconds": measure_lost(gaps, period),
    }


def _find_spans(
    posts: pl.DataFrame, brand: Brand, period: Period
) -> dict[str, tuple[datetime, datetime] | None]:
    """Find the first and the last post on each platform, of those that a report looks at.

    However much lies in the store; None where these are on other platforms alone.
    """
    looked_at = posts.filter(pl.col("at") >= find_look_back(period, brand.time_zone))
    return {
        platform: (own[0], own[-1]) if len(own) else None
        for platform in posts["platform"].unique()
        for own in [looked_at["at"].filter(looked_at["platform"] == platform).sort()]
    }


def _count_posts(tables: Tables, period: Period) -> dict[str, dict[str, int]]:
    """Count for each platform what falls into the period."""
    is_now, opened = is_inside("at", period), is_inside("opened_at", period)
    said = tables.case_posts.select("platform", "post", "at").filter(is_now).unique("post")
    return {
        "posts": dict(said["platform"].value_counts().iter_rows()),
        "opening_unknown": _count_platforms(tables.cases, opened & pl.col("opening_unknown")),
        "deletions": _count_platforms(tables.deletions, is_now),
        "gone": _count_platforms(tables.replies, is_now & pl.col("deleted")),
        **_count_answers(tables, period),
    }


def _describe_posts(
    platform: str,
    spans: Mapping[str, tuple[datetime, datetime] | None],
    counts: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    first, last = spans.get(platform) or (None, None)
    return {
        "collected_from": first,
        "collected_to": last,
        "posts": counts["posts"].get(platform, 0),
        "opening_unknown": counts["opening_unknown"].get(platform, 0),
        "deleted": counts["deletions"].get(platform, 0) + counts["gone"].get(platform, 0),
        "announced": counts["announced"].get(platform),
        "collected": counts["collected"].get(platform),
    }


def _count_platforms(table: pl.DataFrame, chosen: pl.Expr) -> dict[str, int]:
    where = table.select(pl.col("platform").filter(chosen)).to_series()
    return dict(where.value_counts().iter_rows())


def _count_answers(tables: Tables, period: Period) -> dict[str, dict[str, int]]:
    """Count the answers announced below posts of the period, and the collected ones of these.

    What was collected beyond the announcement, which may be old, makes up for nothing
    that is missing elsewhere.
    """
    is_told = (
        is_inside("at", period) & ~pl.col("deleted") & pl.col("replies_announced").is_not_null()
    )
    both = (tables.case_posts, tables.replies)
    told = pl.concat([table.select(_ANSWERED).filter(is_told) for table in both]).unique("post")
    had = pl.min_horizontal("replies_announced", "replies_collected").sum().alias("had")
    counted = told.group_by("platform").agg(pl.col("replies_announced").sum(), had)
    platforms, announced, collected = (column.to_list() for column in counted)
    return {
        "announced": dict(zip(platforms, announced, strict=True)),
        "collected": dict(zip(platforms, collected, strict=True)),
    }


def _select_watch(watch: Watch | None, chosen: pl.Expr) -> Watch | None:
    """Select the runs of a brand or of one of its platforms; None if there were none."""
    if watch is None or watch.runs.is_empty():
        return None
    runs = watch.runs.filter(chosen)
    return None if runs.is_empty() else replace(watch, runs=runs)


def _add(counts: Iterable[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
