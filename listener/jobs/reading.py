"""Read posts: only cases in which something is new, changed or gone are read again.

Everything else has the labels that it had; they are kept in the database by week, under
digests of all that they depend on, so that they can be missing but never be wrong.
"""

import logging
from collections.abc import Callable, Mapping

import polars as pl

from listener.errors import StoreError
from listener.label import Phrases, label_posts
from listener.label.kept import (
    KEPT_SCHEMA,
    digest_cases,
    label_new_cases,
    name_reading,
    pack_labels,
)
from listener.measure.cases import Threads
from listener.store.store import Store

ReadPosts = Callable[[pl.DataFrame, Threads], pl.DataFrame]
"""Readable posts, and the threads that they are of, into labels."""

_LOG = logging.getLogger(__name__)
_WORTH_KEEPING = 100  # fewer posts are read as soon as labels are looked up
_SPARE = 2  # a week's labels may be so many times those that are needed


def read_all(phrases: Phrases) -> ReadPosts:
    """Return what reads every post."""
    return lambda readable, _: label_posts(readable, phrases)


def read_new(store: Store, phrases: Phrases, *, are_all: bool = True) -> ReadPosts:
    """Return what reads cases that are new or changed, and keeps how it read them.

    Args:
        store: Where this is kept.
        phrases: What posts are read by.
        are_all: Whether these are all cases of their weeks, so that what is kept of others is
            needed by nobody.
    """

    def read(readable: pl.DataFrame, threads: Threads) -> pl.DataFrame:
        if readable.height < _WORTH_KEEPING:
            return label_posts(readable, phrases)
        try:
            return _read_new(store, phrases, readable, threads, are_all=are_all)
        except StoreError as error:
            _LOG.warning("reading all posts anew: %s", error)
            return label_posts(readable, phrases)

    return read


def _read_new(
    store: Store, phrases: Phrases, readable: pl.DataFrame, threads: Threads, *, are_all: bool
) -> pl.DataFrame:
    reading = name_reading(phrases)
    named = _add_weeks(digest_cases(readable, store.load_kept_key()), threads)
    kept = store.load_kept_labels(reading, named["week"].unique())
    known = pl.concat([pl.DataFrame(schema=KEPT_SCHEMA), *kept.values()]).unique("digest")
    labels = label_new_cases(readable, phrases, named, known)
    fresh = named.join(known, on="digest", how="anti")
    if fresh.height:
        _save(store, reading, _renew(labels, named, fresh, kept, are_all=are_all))
    return labels


def _add_weeks(named: pl.DataFrame, threads: Threads) -> pl.DataFrame:
    """Add `week`, in which the case began: its labels are kept with those of that week."""
    began = threads.posts.select(case_root="post", week=pl.col("created_at").dt.strftime("%G-W%V"))
    return named.join(began, on="case_root", how="left", maintain_order="left")


def _renew(
    labels: pl.DataFrame,
    named: pl.DataFrame,
    fresh: pl.DataFrame,
    kept: Mapping[str, pl.DataFrame],
    *,
    are_all: bool,
) -> dict[str, pl.DataFrame]:
    """Return what is to be kept of the weeks of new cases, and drop what nobody needs any more."""
    weeks = fresh.select("case_root", "week").unique()
    packed = pack_labels(labels, fresh).join(weeks, on="case_root", maintain_order="left")
    renewed = {}
    for (week,), cases in packed.group_by("week"):
        new = cases.select(*KEPT_SCHEMA).unique("digest", maintain_order=True)
        before = kept.get(str(week), new.clear())
        needed = _find_needed(before, named, str(week))
        is_full = are_all and before.height + new.height > _SPARE * (needed.height + new.height)
        renewed[str(week)] = pl.concat([needed if is_full else before, new])
    return renewed


def _find_needed(before: pl.DataFrame, named: pl.DataFrame, week: str) -> pl.DataFrame:
    if before.is_empty():
        return before
    return before.join(named.filter(pl.col("week") == week), on="digest", how="semi")


def _save(store: Store, reading: str, weeks: Mapping[str, pl.DataFrame]) -> None:
    try:
        store.save_kept_labels(reading, weeks)
    except StoreError as error:
        _LOG.warning("how posts were read is not kept: %s", error)
