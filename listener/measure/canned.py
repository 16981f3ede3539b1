"""Canned replies: near duplicates of what several other customers were told not long ago.

`docs/measures.md`, section 6. Two texts are near duplicates if the Jaccard index of
their sets of three words in a row is 0.8 or more; texts of fewer than six words if
their words are the same. A reply is canned if it is a near duplicate of replies to at
least three other customers in the 28 days before it.

The search is exact. Of a text's triples the rarest lead to all texts that can be near
duplicates (prefix filter: Chaudhuri et al. 2006); where these stand in both says which texts
are like no others (positional filter: Xiao et al. 2008), and of those only the same words count.
The others look for each other on a shelf, all at once; sketches sort out most of what is not
near, and the sets decide on the rest. Who has found three customers looks no further.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from listener.measure.known import add_known
from listener.measure.ranges import split
from listener.measure.shelf import Shelf
from listener.measure.text import join_words
from listener.measure.told_lately import LEAST_CUSTOMERS, ToldLately, find_places
from listener.measure.word_triples import Triples, make_triples

REPLIES_AT_ONCE = 50_000
CANNED_SCHEMA = {"post": pl.UInt32, "canned": pl.Boolean, "cluster": pl.UInt32}


def find_canned_replies(posts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Tell which replies are canned, and which hang together.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, with `automatic`.

    Returns:
        One row a reply that a person gave and nobody deleted: `post`, `canned` and
        `cluster`: the first of the replies that it hangs together with by near
        duplicates, null if it is alone.
    """
    texts = add_known(list_told(posts, targets), posts.select("post", "text"))
    told = texts.with_columns(join_words(texts["text"]).alias("said")).drop("text")
    found = map(mark_canned, _divide(told))
    return pl.concat([pl.DataFrame(schema=CANNED_SCHEMA), *found]).sort("post")


def _divide(told: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the replies of some brands at a time: those of small ones together, it is quicker."""
    sizes = told.group_by("brand", maintain_order=True).agg(pl.len().cast(pl.Int64))
    for part in split(sizes["len"].to_numpy(), REPLIES_AT_ONCE):
        yield told.filter(pl.col("brand").is_in(sizes["brand"][part].implode()))


def list_told(posts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return the replies that a person gave and nobody deleted: who was told something when.

    Columns: `post`, `brand`, `person` (a name for each customer) and `at`, in order.
    """
    by_person = targets.filter((pl.col("kind") == "reply") & ~pl.col("automatic"))
    return (
        by_person.select("post", "brand", "customer")
        .sort("post")
        .pipe(add_known, posts.select("post", "platform", "created_at", "deleted_at"))
        .filter(pl.col("deleted_at").is_null())
        .select(
            "post",
            "brand",
            pl.concat_str("platform", "customer", separator="\x1f").alias("person"),
            pl.col("created_at").dt.timestamp("us").alias("at"),
        )
    )


def mark_canned(replies: pl.DataFrame) -> pl.DataFrame:
    """Tell which replies are canned, those of each brand by themselves.

    Args:
        replies: From `list_told`, in order, with what they `said`, words apart by one space.

    Returns:
        `post`, `canned` and `cluster` of each.
    """
    numbered = replies.with_columns(pl.col("person").rank("dense"))
    key = ["brand", "said"]
    texts = replies.select(key).unique(maintain_order=True).with_row_index("line")
    told = numbered.join(texts, on=key, how="left", maintain_order="left").drop("said")
    words = texts["said"].str.split(" ").list.filter(pl.element() != "")
    triples = make_triples(words, texts["brand"].rank("dense"))
    may_be_near = pl.col("line").is_in(pl.Series(triples.find_likely(), dtype=pl.UInt32).implode())
    wordless = pl.col("line").is_in(texts.filter(said="")["line"].implode())
    found = pl.concat(
        [
            told.filter(wordless).select("post", canned=pl.lit(value=False), cluster="post"),
            _compare_same(told.filter(~wordless & ~may_be_near)),
            _compare_near(told.filter(may_be_near), triples),
        ]
    )
    is_alone = pl.len().over("cluster") == 1
    return found.sort("post").with_columns(pl.when(~is_alone).then("cluster").alias("cluster"))


def _compare_same(told: pl.DataFrame) -> pl.DataFrame:
    """Tell it of texts that are like no others: only the same words count.

    A text that nobody was told for 28 days begins a new cluster.
    """
    rows = find_places(told)
    row, _ = ToldLately(rows).find_others_of_same()
    canned = np.bincount(row, minlength=rows.height) >= LEAST_CUSTOMERS
    cluster = rows["post"].gather(rows["place"]).alias("cluster")
    return rows.select("post", pl.Series("canned", canned, dtype=pl.Boolean), cluster)


def _compare_near(told: pl.DataFrame, triples: Triples) -> pl.DataFrame:
    """Tell it of texts that may be like others."""
    if told.is_empty():  # as with most brands that say little
        return told.select("post", canned=pl.lit(value=False), cluster="post")
    canned, first = Shelf(told, triples).search()
    cluster = told["post"].gather(first)
    return told.select("post", pl.Series("canned", canned), cluster.alias("cluster"))
