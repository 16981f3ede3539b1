"""Measure what lies in the store: load, label, build cases and evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from listener.figures import Method
from listener.label import LABELLER, Phrases, label_posts
from listener.measure import MEASURES_VERSION
from listener.measure.cases import Threads, build_threads
from listener.measure.tables import Observation, Tables, build_tables
from listener.measure.threads import make_accounts
from listener.posts import Brand
from listener.store.store import Store


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that reports and lists are made from.

    Attributes:
        brands: The brands that were measured.
        tables: The evidence.
        readable: What the labeller was given: `post`, `side`, `language`,
            `text`, `previous`, `author_handle`, `brand_handles`.
        observation: When and how far one looked.
        method: Versions of rules, phrases and labeller.
        grade: How complete the collection is: `unknown` for imported files,
            which may hold answered conversations only.
    """

    brands: tuple[Brand, ...]
    tables: Tables
    readable: pl.DataFrame
    observation: Observation
    method: Method
    grade: str = "unknown"


def measure_store(
    store: Store, brands: Sequence[Brand], phrases: Phrases, *, as_of: datetime, settle_days: int
) -> Measured:
    """Measure all posts of the store as they were known at `as_of`."""
    posts = store.load_posts(until=as_of)
    threads = build_threads(posts, brands, as_of=as_of)
    until = find_observed_until(store.load_imports(), threads)
    observation = Observation(as_of=as_of, until=until, settle_days=settle_days)
    return measure_threads(threads, brands, phrases, observation)


def measure_threads(
    threads: Threads, brands: Sequence[Brand], phrases: Phrases, observation: Observation
) -> Measured:
    """Read the posts of cases, and judge the cases."""
    readable = list_readable_posts(threads, brands)
    labels = label_posts(readable, phrases)
    return Measured(
        brands=tuple(brands),
        tables=build_tables(threads, labels, brands, observation),
        readable=readable,
        observation=observation,
        method=Method(
            measures_version=MEASURES_VERSION,
            phrases_digest=phrases.digest,
            labeller=LABELLER,
        ),
    )


def list_readable_posts(threads: Threads, brands: Sequence[Brand]) -> pl.DataFrame:
    """List the posts that have to be read: those of cases, and all of the brands'.

    `previous` is the post before it in its case, in whose light it is read, and
    `brand_handles` are the accounts of the brand that it is about.
    """
    members = threads.members.with_columns(pl.col("post").shift(1).over("case").alias("previous"))
    first = members.group_by("post").agg(pl.col("previous", "brand").first())
    written = threads.targets.select("post", pl.col("brand").alias("_author"))
    wanted = first.join(written, on="post", how="full", coalesce=True).with_columns(
        pl.coalesce("_author", "brand").alias("brand")
    )
    known = threads.posts.filter(pl.col("deleted_at").is_null()).drop("brand")
    by_brand = pl.col("_author").is_not_null()
    return (
        known.join(wanted, on="post")
        .join(_list_handles(brands), on="brand", how="left")
        .sort("post")
        .select(
            "post",
            pl.when(by_brand).then(pl.lit("brand")).otherwise(pl.lit("customer")).alias("side"),
            "language",
            "text",
            "previous",
            "author_handle",
            "brand_handles",
        )
    )


def _list_handles(brands: Sequence[Brand]) -> pl.DataFrame:
    return make_accounts(brands).group_by("brand").agg(pl.col("handle").alias("brand_handles"))


def find_observed_until(imports: pl.DataFrame, threads: Threads) -> pl.DataFrame:
    """Return until when each brand was observed: `brand`, `platform`, `observed_until`.

    For imported files that is the newest post of the file. Which file a post
    came from is not kept: the earliest end of a file that can hold the brand's
    newest post is taken, so that another brand's later file proves no silence.
    """
    ends = imports.filter(pl.col("newest").is_not_null()).select("platform", "newest").unique()
    said = threads.members.select("brand", "platform", "created_at")
    wrote = threads.targets.select("post", "brand").join(
        threads.posts.select("post", "platform", "created_at"), on="post"
    )
    last = (
        pl.concat([said, wrote.select(said.columns)])
        .group_by("brand", "platform")
        .agg(pl.col("created_at").max().alias("_last"))
    )
    holding = last.join(ends, on="platform").filter(pl.col("newest") >= pl.col("_last"))
    return holding.group_by("brand", "platform").agg(pl.col("newest").min().alias("observed_until"))
