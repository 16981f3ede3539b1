"""Measure the private part of brands that are seen with their own access.

Private words are read here, by the same phrases, and go nowhere: what comes out
are times, counts and outcomes, and for silent hand-overs a fate.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from listener.jobs.brand_facts import list_handles, list_languages
from listener.label import Phrases, label_posts
from listener.measure.cases import Threads
from listener.measure.messages import find_messages
from listener.measure.private import (
    close_hand_overs,
    divide_talks,
    list_hand_overs,
    measure_private_parts,
)
from listener.measure.tables import Observation, Tables
from listener.measure.watch import GROUP, Watch, find_private_until
from listener.posts import Brand
from listener.store.store import Store


def add_private_part(
    tables: Tables, messages: pl.DataFrame, until: pl.DataFrame, reader: "PrivateReader"
) -> Tables:
    """Return the tables with `private`, and with what it tells of hand-overs.

    Args:
        tables: The evidence of what is public.
        messages: From `load_messages`.
        until: From `find_until`.
        reader: Reads the messages.
    """
    talks = divide_talks(messages, list_hand_overs(tables.cases, tables.case_posts))
    private = measure_private_parts(
        talks,
        reader.label(talks),
        reader.brands,
        until,
        settle_days=reader.observation.settle_days,
    )
    return replace(tables, private=private, cases=close_hand_overs(tables.cases, private))


class PrivateReader:
    """Reads private messages by the phrases of the public ones."""

    def __init__(self, brands: Sequence[Brand], phrases: Phrases, observation: Observation) -> None:
        """Take what is needed for reading."""
        self.brands = brands
        self.observation = observation
        self._phrases = phrases

    def label(self, talks: pl.DataFrame) -> pl.DataFrame:
        """Return the labels of messages, each read in the light of the one before it."""
        before = pl.col("post").shift(1).over("private")
        readable = (
            talks.with_columns(before.alias("previous"))
            .join(list_handles(self.brands), on="brand", how="left")
            .join(list_languages(self.brands), on="brand", how="left")
            .sort("post")
        )
        wanted = ("post", "side", "language", "text", "previous", "author_handle")
        return label_posts(
            readable.select(*wanted, "brand_handles", "brand_languages"), self._phrases
        )


def load_messages(
    store: Store, threads: Threads, brands: Sequence[Brand], observation: Observation
) -> pl.DataFrame:
    """Return the messages of brands that are seen with their own access."""
    posts = store.load_private_posts(until=observation.as_of)
    return find_messages(posts, threads.posts, brands)


def find_until(brands: Sequence[Brand], observation: Observation, watch: Watch) -> pl.DataFrame:
    """Return until when each brand's private part was seen: by runs, else as its public part."""
    rows = {(brand.key, account.platform) for brand in brands for account in brand.accounts}
    schema = {"brand": pl.String, "platform": pl.String}
    live = find_private_until(watch, observation.as_of).rename({"observed_until": "_live"})
    public = observation.until.rename({"observed_until": "_public"})
    as_of = pl.lit(observation.as_of, pl.Datetime("us", "UTC"))
    return (
        pl.DataFrame(sorted(rows), schema=schema, orient="row")
        .join(live, on=GROUP, how="left")
        .join(public.select(*GROUP, "_public"), on=GROUP, how="left")
        .select(
            *GROUP,
            pl.min_horizontal(pl.coalesce("_live", "_public", as_of), as_of).alias(
                "observed_until"
            ),
        )
    )
