"""Which old posts are needed still: words of dealings that go on stay until these are over.

A case may have begun before the day from which on words are kept, and go on after
it. Without its first half the second one would be read wrongly, or count as a case
of its own. So its posts, and those that posts of today hang on, are held back.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.measure.cases import Threads
from listener.measure.dealings import GROUP
from listener.measure.graph import NO_PARENT, Links
from listener.measure.recontacts import RECONTACT_WITHIN_MICROSECONDS
from listener.measure.threads import index_array

HELD_AT_MOST = timedelta(days=90)
"""No post keeps its words longer than that for the sake of others."""

LOOK_BACK = timedelta(microseconds=RECONTACT_WITHIN_MICROSECONDS)


def find_measured_since(texts_since: datetime) -> datetime:
    """Return from when on cases are measured as if no words had gone.

    A case of the first days may take up an older one, and that one's words are gone.
    """
    return texts_since + LOOK_BACK


def find_held_posts(threads: Threads, before: datetime) -> pl.DataFrame:
    """Return `platform` and `post_id` of posts from before a moment that are needed after it.

    That are the posts of dealings in which something was said since; and what those,
    and all posts since, answer and quote, up to the first post of the thread.
    """
    posts, members = threads.posts, threads.members
    alive = members.filter(pl.col("created_at") >= before).select(GROUP).unique()
    people = alive.select("platform", "conversation", pl.col("customer").alias("author_id"))
    needed = pl.concat(
        [
            posts.filter(pl.col("created_at") >= before)["post"],
            members.join(alive, on=GROUP, how="semi")["post"],
            # Deleted ones too, which are in no case: others hang on them.
            posts.join(people, on=people.columns, how="semi")["post"],
        ]
    )
    held = posts.filter(pl.Series(_add_ancestors(posts, needed)))
    oldest = before - HELD_AT_MOST
    inside = pl.col("created_at").is_between(oldest, before, closed="left")
    return held.filter(inside).select("platform", "post_id")


def _add_ancestors(posts: pl.DataFrame, needed: pl.Series) -> NDArray[np.bool_]:
    """Tell of each post whether it is needed, or something needed leads up to it."""
    links = [index_array(posts["parent"]), index_array(posts["quoted"])]
    held = np.zeros(posts.height, dtype=np.bool_)
    reached: Links = needed.unique().cast(pl.Int64).to_numpy()
    while len(reached):
        held[reached] = True
        above = np.unique(np.concatenate([link[reached] for link in links]))
        above = above[above != NO_PARENT]
        reached = above[~held[above]]
    return held
