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
_ANSWERED = ("post", "at", "deleted", "replies_announced", "replies_collected")


def measure_coverage(tables: Tables, brand: Brand, period: Period, setting: Setting) -> Coverage:
    """Measure what was seen of one brand in one period, on each of its platforms."""
    own = _keep_counted(tables).select(pl.col("brand") == brand.key)
    looked_at = _look_back(own.case_posts, brand, period)
    seen_on = own.case_posts["platform"].unique().to_list()
    platforms = tuple(
        measure_platform(own, brand, platform, period, setting)
        for platform in sorted({*setting.observed_until, *seen_on})
    )
    return Coverage(
        grade=join_grades([each.grade for each in platforms]) or setting.grade,
        collected_from=looked_at["at"].min(),  # type: ignore[arg-type]
        collected_to=looked_at["at"].max(),  # type: ignore[arg-type]
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
    watch = setting.watch
    if watch is None or watch.runs.filter(pl.col("brand") == brand.key).is_empty():
        return setting.grade
    return measure_coverage(tables, brand, period, setting).grade


def join_grades(grades: Sequence[str]) -> str | None:
    """Return the grade of several platforms together: theirs if they agree, else `partial`."""
    if len(set(grades)) > 1:
        return "partial"
    return grades[0] if grades else None


def measure_platform(
    tables: Tables, brand: Brand, platform: str, period: Period, setting: Setting
) -> PlatformCoverage:
    """Measure what was seen of a brand on one platform, and grade it."""
    here = tables.select(pl.col("platform") == platform)
    seen = PlatformCoverage(
        platform=platform,
        grade=setting.grade,
        observed_until=setting.observed_until.get(platform),
        **_describe_posts(here, brand, period),
    )
    watch = _select_watch(setting.watch, brand.key, platform)
    if watch.runs.is_empty():
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
    said = (*place, *_ANSWERED)
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


def _describe_posts(tables: Tables, brand: Brand, period: Period) -> dict[str, Any]:
    posts, gone = tables.case_posts, tables.replies.filter("deleted")
    announced, collected = _count_answers(tables, period)
    opened = is_inside("opened_at", period)
    at = is_inside("at", period)
    looked_at = _look_back(posts, brand, period)
    return {
        "collected_from": looked_at["at"].min(),
        "collected_to": looked_at["at"].max(),
        "posts": posts.filter(at)["post"].n_unique(),
        "opening_unknown": tables.cases.filter(opened, pl.col("opening_unknown")).height,
        "deleted": tables.deletions.filter(at).height + gone.filter(at).height,
        "announced": announced,
        "collected": collected,
    }


def _look_back(posts: pl.DataFrame, brand: Brand, period: Period) -> pl.DataFrame:
    """Select what a report looks at, however much lies in the store."""
    return posts.filter(pl.col("at") >= find_look_back(period, brand.time_zone))


def _count_answers(tables: Tables, period: Period) -> tuple[int | None, int | None]:
    """Count the answers announced below posts of the period, and the collected ones of these.

    What was collected beyond the announcement, which may be old, makes up for nothing
    that is missing elsewhere.
    """
    is_told = (
        is_inside("at", period) & ~pl.col("deleted") & pl.col("replies_announced").is_not_null()
    )
    both = (tables.case_posts, tables.replies)
    told = pl.concat([table.select(_ANSWERED).filter(is_told) for table in both]).unique("post")
    if told.is_empty():
        return None, None
    had = pl.min_horizontal("replies_announced", "replies_collected").alias("had")
    announced, collected = told.select(pl.col("replies_announced").sum(), had.sum()).row(0)
    return int(announced), int(collected)


def _select_watch(watch: Watch | None, brand: str, platform: str) -> Watch:
    if watch is None:
        return Watch()
    own = (pl.col("brand") == brand) & (pl.col("platform") == platform)
    return replace(watch, runs=watch.runs.filter(own))


def _add(counts: Iterable[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
