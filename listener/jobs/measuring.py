"""Measure what lies in the store: load, label, build cases and evidence."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from listener.figures import Method
from listener.jobs.brand_facts import list_handles, list_languages
from listener.jobs.observing import list_current_sources, list_delays, load_watch, observe
from listener.jobs.private_part import (
    PrivateReader,
    add_private_part,
    find_until,
    load_messages,
)
from listener.jobs.reading import ReadPosts, read_all, read_new
from listener.label import LABELLER, Phrases, add_registers, label_promises
from listener.measure import MEASURES_VERSION
from listener.measure.canned import find_canned_replies
from listener.measure.cases import Threads, build_threads
from listener.measure.concerned import choose_concerned
from listener.measure.known import add_known
from listener.measure.reviewed import Reviews, find_held_reviews, override_labels
from listener.measure.runs import before
from listener.measure.tables import Observation, Tables, build_tables
from listener.measure.threads import make_accounts
from listener.measure.told import attach_told
from listener.measure.watch import Watch
from listener.measure.window import list_unknown_authors
from listener.posts import Brand
from listener.settings import Settings
from listener.store.store import Store


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that reports and lists are made from.

    Attributes:
        brands: The brands that were measured.
        tables: The evidence; where people said something of a post or a case, that holds.
        readable: What the labeller was given: `post`, `side`, `language`,
            `text`, `previous`, `author_handle`, `brand_handles`, `brand_languages`.
        observation: When and how far one looked.
        method: Versions of rules, phrases and labeller.
        since: Since when conversations were read; None if all were.
        grade: The coverage of what was not collected live: `unknown`, for files
            may hold answered conversations only.
        watch: What is known of live collection.
        texts_since: Since when posts have their words; None if none were erased.
        private_since: Since when private messages are kept; None if none were erased.
        reviews: What people said of posts and cases, and still holds.
        said: The evidence as the program alone reads it; the same tables if nobody
            said anything.
    """

    brands: tuple[Brand, ...]
    tables: Tables
    readable: pl.DataFrame
    observation: Observation
    method: Method
    said: Tables
    reviews: Reviews = field(default_factory=Reviews)
    since: datetime | None = None
    grade: str = "unknown"
    watch: Watch = field(default_factory=Watch)
    texts_since: datetime | None = None
    private_since: datetime | None = None


def measure_by_settings(
    store: Store,
    settings: Settings,
    brands: Sequence[Brand],
    phrases: Phrases,
    *,
    as_of: datetime,
    since: datetime | None = None,
    chosen: Collection[str] = (),
    with_private: bool = True,
) -> Measured:
    """Measure posts of the store with what the settings say of sources and delays.

    All of them, or the conversations that go on since a moment, or those of some brands.
    """
    return measure_store(
        store,
        brands,
        phrases,
        as_of=as_of,
        since=since,
        settle_days=settings.settle_days,
        delays=list_delays(settings),
        sources=list_current_sources(settings),
        chosen=chosen,
        with_private=with_private,
    )


def measure_store(
    store: Store,
    brands: Sequence[Brand],
    phrases: Phrases,
    *,
    as_of: datetime,
    settle_days: int,
    since: datetime | None = None,
    delays: Mapping[str, float] | None = None,
    sources: Collection[str] | None = None,
    chosen: Collection[str] = (),
    with_private: bool = True,
) -> Measured:
    """Measure posts of the store as they were known at `as_of`.

    Args:
        store: Where the posts are, and what is known of their collection.
        brands: Whose cases are measured.
        phrases: What posts are read by.
        as_of: The moment of measuring.
        settle_days: How long a case must have been quiet before it is judged.
        since: Read only conversations in which something was said since then; all
            without it. Cases that were opened before may lack the older case that they
            take up, and replies of the first 28 days what makes them canned.
        delays: How late posts arrive, in seconds by platform, from `list_delays`.
        sources: Keys of the sources that are collected now, None if not known.
        chosen: Keys of brands of whose cases alone something is to be known; all if empty. It
            holds where a span is read, and no brand is seen with its own access: among
            private messages, people are known by all that is public.
        with_private: Whether private messages are looked at.
    """
    if since is None or any(brand.mode == "owner" for brand in brands):
        chosen = ()
    threads = _build_threads(store, brands, since, as_of, chosen)
    watch = load_watch(store, delays=delays, sources=sources, since=since)
    observation = observe(
        store, threads, watch, as_of=as_of, settle_days=settle_days, are_all=since is None
    )
    reviews = Reviews(store.load_reviews(as_of), store.load_case_reviews(as_of))
    read = read_new(store, phrases, are_all=not chosen)
    measured = measure_threads(threads, brands, phrases, observation, reviews, read)
    measured = _add_told(measured, store.load_told_outcomes(as_of))
    if with_private:
        measured = _add_private(measured, store, threads, phrases, watch)
    return replace(
        measured,
        since=since,
        watch=watch,
        texts_since=store.load_texts_since(),
        private_since=store.load_private_since(),
    )


def _build_threads(
    store: Store,
    brands: Sequence[Brand],
    since: datetime | None,
    as_of: datetime,
    chosen: Collection[str],
) -> Threads:
    if since is None:
        return build_threads(store.load_posts(until=as_of), brands, as_of=as_of)
    posts = store.load_conversations(since=since, until=as_of)
    unknown = list_unknown_authors(posts, make_accounts(brands))
    authors = store.load_authors(unknown, before=since) if unknown.height else None
    if chosen:
        posts, authors = choose_concerned(posts, brands, chosen, authors, as_of=as_of)
    return build_threads(posts, brands, as_of=as_of, authors=authors)


def _add_private(
    measured: Measured, store: Store, threads: Threads, phrases: Phrases, watch: Watch
) -> Measured:
    """Add the private part of brands that are seen with their own access, if there are any."""
    brands, observation = measured.brands, measured.observation
    if all(brand.mode != "owner" for brand in brands):
        return measured
    messages = load_messages(store, threads, brands, observation)
    until = find_until(brands, observation, watch)
    reader = PrivateReader(brands, phrases, observation)
    tables = said = add_private_part(measured.tables, messages, until, reader)
    if measured.said is not measured.tables:
        said = add_private_part(measured.said, messages, until, reader)
    return replace(measured, tables=tables, said=said)


def _add_told(measured: Measured, told: pl.DataFrame) -> Measured:
    """Put beside the cases what was told of them from elsewhere."""
    if told.is_empty():
        return measured
    found = attach_told(told, measured.tables.case_posts)
    said = replace(measured.said, told=found)
    is_same = measured.said is measured.tables
    tables = said if is_same else replace(measured.tables, told=found)
    return replace(measured, tables=tables, said=said)


def measure_threads(
    threads: Threads,
    brands: Sequence[Brand],
    phrases: Phrases,
    observation: Observation,
    reviews: Reviews | None = None,
    read: ReadPosts | None = None,
) -> Measured:
    """Read the posts of cases, and judge the cases; what people said of them holds.

    Args:
        threads: From `build_threads`.
        brands: Whose cases are measured.
        phrases: What posts are read by.
        observation: How far one looked.
        reviews: What people said.
        read: Makes labels of posts; without it all are read.
    """
    held = find_held_reviews(threads, reviews or Reviews())
    readable = list_readable_posts(threads, brands)
    labels = (read or read_all(phrases))(readable, threads)
    labels = add_registers(labels, readable, phrases.languages)
    promises = label_promises(readable, labels, phrases)
    with ThreadPoolExecutor(1) as beside:  # on a core that tables, which need it last, leave free
        canned = beside.submit(find_canned_replies, threads.posts, threads.targets).result
        tables = said = build_tables(threads, labels, brands, observation, None, promises, canned)
    if not held.is_empty:
        told = override_labels(labels, held)
        promises = label_promises(readable, told, phrases)
        tables = build_tables(threads, told, brands, observation, held, promises, canned)
    return Measured(
        brands=tuple(brands),
        tables=tables,
        said=said,
        reviews=held,
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
    `brand_handles` are the accounts of the brand that it is about, `brand_languages` the
    languages in which its posts are read, null for all.
    """
    members = threads.members.select("post", "brand", before("post", "case").alias("previous"))
    written = threads.targets.select("post", pl.col("brand").alias("_author"))
    by_brand = pl.col("_author").is_not_null()
    return (
        threads.posts.select("post", "language", "text", "author_handle", "deleted_at")
        .filter(pl.col("deleted_at").is_null())
        .pipe(add_known, members.unique("post", keep="first", maintain_order=True))
        .pipe(add_known, written)
        .with_columns(pl.coalesce("_author", "brand").alias("brand"))
        .filter(pl.col("brand").is_not_null())
        .join(list_handles(brands), on="brand", how="left", maintain_order="left")
        .join(list_languages(brands), on="brand", how="left", maintain_order="left")
        .select(
            "post",
            pl.when(by_brand).then(pl.lit("brand")).otherwise(pl.lit("customer")).alias("side"),
            "language",
            "text",
            "previous",
            "author_handle",
            "brand_handles",
            "brand_languages",
        )
    )
