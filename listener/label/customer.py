"""From matched phrases to the labels of a customer's post."""

import polars as pl

from listener.label.grammar import HANDLE
from listener.label.signals import any_of, words_of

_SHARED = r"^rt @"


def decide_sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the sentences of customers with what each of them does."""
    sentence = pl.col("sentence")
    return rows.with_columns(
        asked=sentence.str.contains("?", literal=True),
        words=words_of(sentence),
    ).with_columns(
        plain=~any_of("thanks", "praise", "solved", "moved", "chat", "sent")
        & (pl.col("words") >= 1),
    )


def decide_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return customers' posts with their labels, decided from all of their sentences."""
    answers = pl.col("previous").is_not_null()
    addressed = answers | pl.col("folded").str.contains(HANDLE)
    posts = posts.with_columns(
        moved=pl.col("moved") | pl.col("sent") & pl.col("previous_moves").fill_null(value=False),
    )
    calls = (
        any_of("asked", "asks", "unsolved", "complaint", "problem", "need")
        | pl.col("plain") & ~any_of("praise", "solved", "thanks", "moved", "chat")
        | pl.col("plain") & pl.col("previous_asks").fill_null(value=False)
    )
    shared = pl.col("folded").str.contains(_SHARED)
    return posts.with_columns(
        need=calls & ~shared & (addressed | any_of("asks", "need")),
    )
