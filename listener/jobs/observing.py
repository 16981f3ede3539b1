"""Find out how far and until when one looked: by what runs, visits and files tell."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl

from listener.errors import ConfigError
from listener.jobs.collecting.plans import list_source_keys, plan_desks
from listener.measure.cases import Threads
from listener.measure.tables import Observation
from listener.measure.watch import GROUP, Watch, find_live_until
from listener.settings import Settings, load_tokens
from listener.store.store import Store


def list_delays(settings: Settings) -> dict[str, float]:
    """Return how late posts arrive on each platform, in seconds."""
    return {"mastodon": settings.mastodon.delay_seconds, "x": settings.x.delay_seconds}


def list_current_sources(settings: Settings) -> frozenset[str] | None:
    """Return the keys of the sources that the settings name, None if tokens cannot be read."""
    try:
        tokens = load_tokens(settings)
        messages = settings.x.private_messages
        return list_source_keys(plan_desks(settings.brands, tokens, x_messages=messages))
    except ConfigError:
        return None


def load_watch(
    store: Store,
    *,
    delays: Mapping[str, float] | None = None,
    sources: Collection[str] | None = None,
    since: datetime | None = None,
) -> Watch:
    """Return what is known of live collection, or what tells of the time since a moment."""
    current = None if sources is None else frozenset(sources)
    runs = store.load_runs() if since is None else store.load_watching_runs(since)
    return Watch(runs=runs, delays=delays or {}, current=current)


def observe(
    store: Store,
    threads: Threads,
    watch: Watch,
    *,
    as_of: datetime,
    settle_days: int,
    are_all: bool = False,
) -> Observation:
    """Return how far and until when one looked at the cases of these threads.

    Args:
        store: Where runs, files and visits are noted.
        threads: The posts that are measured.
        watch: What is known of live collection.
        as_of: The moment of measuring.
        settle_days: How long a case must have been quiet before it is judged.
        are_all: Whether these are all posts, so that no visit need be asked for by its post.
    """
    filed = find_observed_until(store.load_imports(), threads)
    live = find_live_until(watch, as_of)
    made = store.load_visits() if are_all else store.load_visits_of(threads.posts)
    visits = find_visits(made, threads)
    return replace(join_ends(filed, live, as_of=as_of, settle_days=settle_days), visits=visits)


def join_ends(
    filed: pl.DataFrame, live: pl.DataFrame, *, as_of: datetime, settle_days: int
) -> Observation:
    """Return what files and runs tell together, before visits are looked at.

    Args:
        filed: From `find_observed_until`.
        live: From `find_live_until`.
        as_of: The moment of measuring.
        settle_days: How long a case must have been quiet before it is judged.
    """
    return Observation(
        as_of=as_of,
        until=_take_later(filed, live),
        settle_days=settle_days,
        live=live.select(GROUP),
        filed=filed.rename({"observed_until": "filed_until"}),
    )


def find_visits(visits: pl.DataFrame, threads: Threads) -> pl.DataFrame:
    """Return `post`, `visited_at` and `is_whole` of the visits whose post is known."""
    posts = threads.posts.select("platform", "post_id", "post")
    return visits.join(posts, on=["platform", "post_id"]).select("post", "visited_at", "is_whole")


def _take_later(filed: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
    """Return the later end of observation where a brand has both files and runs."""
    both = pl.concat([filed.select(live.columns), live])
    return both.group_by(GROUP).agg(pl.col("observed_until").max())


def find_observed_until(imports: pl.DataFrame, threads: Threads) -> pl.DataFrame:
    """Return until when each brand was observed: `brand`, `platform`, `observed_until`."""
    return find_end_of_files(imports, list_last_posts(threads))


def find_end_of_files(imports: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Return the same, of which only the last post of each brand is known.

    For imported files that is the newest post of the file. Which file a post
    came from is not kept: the earliest end of a file that can hold the brand's
    newest post is taken, so that another brand's later file proves no silence.
    """
    ends = imports.filter(pl.col("newest").is_not_null()).select("platform", "newest").unique()
    newest = last.group_by("brand", "platform").agg(pl.col("last").max())
    holding = newest.join(ends, on="platform").filter(pl.col("newest") >= pl.col("last"))
    return holding.group_by("brand", "platform").agg(pl.col("newest").min().alias("observed_until"))


def list_last_posts(threads: Threads) -> pl.DataFrame:
    """Return `last`, when brand or customers last said something, by `brand` and `platform`."""
    said = threads.members.select("brand", "platform", "created_at")
    wrote = threads.targets.select("post", "brand").join(
        threads.posts.select("post", "platform", "created_at"), on="post"
    )
    both = pl.concat([said, wrote.select(said.columns)])
    return both.group_by("brand", "platform").agg(pl.col("created_at").max().alias("last"))
