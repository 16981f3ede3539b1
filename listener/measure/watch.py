"""How a brand was watched, from the ledger of runs.

`docs/measures.md`, sections 2 and 8. A run that came to its end has read
everything up to the moment at which it began; between two such moments nothing
is lost as long as the platform still shows what was written there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from listener.figures import Gap, Hole, Runs
from listener.measure.periods import Period

# What is known already is asked for again, and private posts are in no public figure.
NO_SOURCES = ("visits", "states", "private")
REMOVED_AFTER = timedelta(days=30)
GROUP = ("brand", "platform")
_MOMENT = pl.Datetime("us", "UTC")
_RUNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "platform": pl.String,
    "brand": pl.String,
    "kind": pl.String,
    "planned_at": _MOMENT,
    "started_at": _MOMENT,
    "finished_at": _MOMENT,
    "state": pl.String,
    "lost_since": _MOMENT,
    "lost_until": _MOMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of live collection.

    Attributes:
        runs: The ledger, with at least `source`, `platform`, `brand`, `kind`,
            `planned_at`, `started_at`, `finished_at`, `state`, `lost_since` and
            `lost_until`.
        delays: How late posts arrive, in seconds by platform.
        current: Keys of the sources that the settings name now, None if that is
            not known. Others hold nothing back.
    """

    runs: pl.DataFrame = field(default_factory=lambda: make_runs([]))
    delays: Mapping[str, float] = field(default_factory=dict)
    current: frozenset[str] | None = None


def make_runs(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return a ledger with the columns that measuring needs."""
    return pl.DataFrame(rows, schema=_RUNS)


def list_known_runs(watch: Watch, as_of: datetime) -> pl.DataFrame:
    """Return the runs as they were known at a moment: what ended later was running then."""
    known = watch.runs.filter(pl.col("started_at") <= as_of)
    was_running = (pl.col("finished_at") > as_of).fill_null(value=False)
    return known.with_columns(
        pl.when(was_running).then(pl.lit("running")).otherwise("state").alias("state")
    )


def list_sources(watch: Watch, as_of: datetime) -> pl.DataFrame:
    """Return what is read for public figures, one row a source.

    Returns:
        `brand`, `platform`, `source`, `first_run`, `last_run`, `last_done` (starts of
        its runs; the last one null if no run ever came to its end) and `removed`: the
        settings name it no more, or, where that is not known, it has not run in the
        last thirty days in which others of the brand have.
    """
    runs = list_known_runs(watch, as_of).filter(~pl.col("kind").is_in(NO_SOURCES))
    return _list_sources(runs, watch)


def _list_sources(runs: pl.DataFrame, watch: Watch) -> pl.DataFrame:
    started = pl.col("started_at")
    sources = runs.group_by(*GROUP, "source").agg(
        started.min().alias("first_run"),
        started.max().alias("last_run"),
        started.filter(pl.col("state") == "done").max().alias("last_done"),
    )
    return sources.with_columns(_is_removed(watch).alias("removed")).sort(*GROUP, "source")


def _is_removed(watch: Watch) -> pl.Expr:
    newest = pl.col("last_run").max().over(GROUP)
    is_old = newest - pl.col("last_run") > REMOVED_AFTER
    if watch.current is None:
        return is_old
    is_named = pl.col("source").is_in(list(watch.current))
    # Where no source is named the brand itself is gone from the settings: age decides.
    return pl.when(is_named.any().over(GROUP)).then(~is_named).otherwise(is_old)


def find_live_until(watch: Watch, as_of: datetime) -> pl.DataFrame:
    """Return until when brands were watched live: `brand`, `platform`, `observed_until`.

    That is the start of the last complete run, the earliest over the sources, less
    the platform's delay. A source without a complete run was never watched: then
    observation ends where its first run began.
    """
    return _find_until(list_sources(watch, as_of), watch)


def find_private_until(watch: Watch, as_of: datetime) -> pl.DataFrame:
    """Return the same for the private messages of brands that are seen with their own access."""
    runs = list_known_runs(watch, as_of).filter(pl.col("kind") == "private")
    return _find_until(_list_sources(runs, watch), watch)


def _find_until(sources: pl.DataFrame, watch: Watch) -> pl.DataFrame:
    required = sources.filter(~pl.col("removed"))
    earliest = required.group_by(GROUP).agg(
        pl.coalesce("last_done", "first_run").min().alias("_seen")
    )
    delayed = earliest.with_columns(
        pl.col("platform")
        .replace_strict(dict(watch.delays), default=0, return_dtype=pl.Float64)
        .alias("_delay")
    )
    micros = (pl.col("_delay") * 1e6).cast(pl.Int64)
    until = (pl.col("_seen") - pl.duration(microseconds=micros)).cast(_MOMENT)
    return delayed.select(*GROUP, until.alias("observed_until")).sort(GROUP)


def list_holes(watch: Watch, as_of: datetime) -> pl.DataFrame:
    """Return all stretches without a complete run, longer than no time at all.

    They reach from a source's first run to its first complete one, from the start of
    each complete run to that of the next, and from the last one to `as_of` (`is_open`);
    those of a removed source end with its last run.

    Returns:
        `brand`, `platform`, `source`, `since`, `until`, `is_open`.
    """
    sources = list_sources(watch, as_of)
    runs = list_known_runs(watch, as_of).filter(pl.col("state") == "done")
    key = [*GROUP, "source"]
    complete = runs.join(sources, on=key, how="semi").select(*key, pl.col("started_at").alias("at"))
    first = sources.select(*key, pl.col("first_run").alias("at"))
    starts = pl.concat([first, complete]).unique().sort(*key, "at")
    stretches = starts.with_columns(pl.col("at").shift(-1).over(key).alias("until"))
    ends = sources.select(
        *key, "removed", pl.when("removed").then("last_run").otherwise(as_of).alias("_end")
    )
    return (
        stretches.join(ends, on=key, how="left", maintain_order="left")
        .with_columns((pl.col("until").is_null() & ~pl.col("removed")).alias("is_open"))
        .select(
            *key,
            pl.col("at").alias("since"),
            pl.coalesce("until", pl.col("_end").cast(_MOMENT)).alias("until"),
            "is_open",
        )
        .filter(pl.col("since") < pl.col("until"))
    )


def find_longest_hole(holes: pl.DataFrame, period: Period) -> Hole | None:
    """Return the longest hole that overlaps a period, the earliest of several.

    A hole that has ended counts with its whole length, wherever the period cuts it:
    what it has cost depends on that. An open one is cut at the period's end.

    Args:
        holes: From `list_holes`, of one brand and platform.
        period: The period.
    """
    inside = holes.filter(
        pl.col("since") < period.until, pl.col("until") > period.since
    ).with_columns(
        pl.when("is_open")
        .then(pl.min_horizontal("until", pl.lit(period.until)))
        .otherwise("until")
        .alias("until")
    )
    length = (pl.col("since") - pl.col("until")).alias("_length")
    longest = inside.with_columns(length).sort("_length", "since", "source").head(1)
    for row in longest.iter_rows(named=True):
        return Hole(row["since"], row["until"], row["is_open"], row["source"])
    return None


def count_runs(runs: pl.DataFrame, period: Period) -> Runs:
    """Count the runs that were planned in a period; a killed one counts as failed."""
    planned = runs.filter(pl.col("planned_at").is_between(period.since, period.until, "left"))
    states = dict(planned["state"].value_counts().iter_rows())
    return Runs(
        planned=planned.height,
        done=states.get("done", 0),
        failed=states.get("failed", 0) + states.get("stopped", 0),
        paused=states.get("paused", 0),
    )


def list_gaps(runs: pl.DataFrame) -> pl.DataFrame:
    """Return what was lost for good: `brand`, `platform`, `source`, `since`, `until`.

    `since` is null where nobody knows how far back it reaches. What a source tells
    again is listed once. Private posts are in no public figure, nor are their losses.
    """
    is_lost = (pl.col("lost_since") < pl.col("lost_until")).fill_null(value=True)
    known = runs.filter(pl.col("lost_until").is_not_null() & is_lost, pl.col("kind") != "private")
    gaps = known.select(
        *GROUP, "source", pl.col("lost_since").alias("since"), pl.col("lost_until").alias("until")
    )
    return gaps.unique().sort(*GROUP, "until", "since", "source")


def select_gaps(gaps: pl.DataFrame, period: Period) -> tuple[Gap, ...]:
    """Return the losses that overlap a period, each stretch once."""
    is_inside = (pl.col("since") < period.until).fill_null(value=True)
    inside = gaps.filter(is_inside, pl.col("until") > period.since)
    stretches = inside.select("since", "until").unique(maintain_order=True)
    return tuple(Gap(since, until) for since, until in stretches.iter_rows())


def measure_lost(gaps: tuple[Gap, ...], period: Period) -> float:
    """Return how many seconds of a period losses cover; what overlaps counts once."""
    cut = sorted((max(gap.since or period.since, period.since), gap.until) for gap in gaps)
    lost, reached = timedelta(0), period.since
    for since, until in cut:
        end = min(until, period.until)
        lost += max(end - max(since, reached), timedelta(0))
        reached = max(reached, end)
    return lost.total_seconds()
