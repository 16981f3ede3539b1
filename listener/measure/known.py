"""What is known of posts, put beside rows that name them by their numbers."""

import numpy as np
import polars as pl

_MOST_MISSING = 3  # numbers for each post that is at hand


def add_known(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of the `post` of each row; null where nothing is.

    In a list of all numbers a post is found much sooner than by a join. Where few of the posts
    are at hand, as in parts of a large store, there would be far more numbers than posts.

    Args:
        rows: With `post`, never null.
        known: `post`, each once, and what is to be added.
    """
    asked, numbers = rows["post"].to_numpy(), known["post"].to_numpy()
    size = 1 + int(max(asked.max(initial=0), numbers.max(initial=0)))
    if size > _MOST_MISSING * known.height:
        return rows.join(known, on="post", how="left", maintain_order="left")
    places = np.full(size, known.height)
    places[numbers] = np.arange(known.height)
    found = pl.Series(places[asked])
    if (is_missing := found == known.height).any():
        found = found.set(is_missing, None)
    return rows.hstack(known.select(pl.exclude("post").gather(found)))
