"""Posts as columns: rows of the database turned into the frame that everything measures."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from listener.posts import posts_schema
from listener.store.rows import PostRow


def make_frame(rows: Sequence[Any]) -> pl.DataFrame:
    """Return rows of posts, as the database holds them, as columns of `posts_schema()`."""
    return make_frame_of_columns(list(zip(*rows, strict=True)) or [()] * len(PostRow._fields))


def make_frame_of_columns(columns: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Return the same of columns, in the order of `posts_schema()`."""
    series = []
    for (name, kind), values in zip(posts_schema().items(), columns, strict=True):
        if isinstance(kind, pl.Datetime):
            series.append(pl.Series(name, values, dtype=pl.Int64).cast(kind))
        elif isinstance(kind, pl.List):
            lists = pl.Series(name, values, dtype=pl.String)
            series.append(lists.str.json_decode(kind))
        else:
            series.append(pl.Series(name, values, dtype=kind))
    return pl.DataFrame(series)


def sort_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts by time, length of the id and id: databases disagree about the order."""
    return posts.sort("created_at", pl.col("post_id").str.len_chars(), "post_id", "platform")
