"""Look over phrases, alone and against the posts of the store."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from listener.jobs.measuring import list_readable_posts
from listener.label import Phrases
from listener.label.checking import PhraseNote, check_against_posts
from listener.measure.cases import build_threads
from listener.posts import Brand
from listener.store.store import Store

POSTS_AT_MOST = 50_000


def check_against_store(
    store: Store, brands: Sequence[Brand], phrases: Phrases, *, as_of: datetime
) -> tuple[list[PhraseNote], int]:
    """Compare phrases with the newest posts of the store.

    Returns:
        What is to be said of phrases that found nothing in them, or only what another one
        found; and how many posts were read.
    """
    threads = build_threads(store.load_posts(until=as_of), brands, as_of=as_of)
    posts = list_readable_posts(threads, brands).filter(pl.col("text") != "").tail(POSTS_AT_MOST)
    return check_against_posts(phrases, posts), posts.height
