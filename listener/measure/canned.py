"""Canned replies: near duplicates of what several other customers were told not long ago.

`docs/measures.md`, section 6. Two texts are near duplicates if the Jaccard index of
their sets of three words in a row is 0.8 or more; texts of fewer than six words if
their words are the same. A reply is canned if it is a near duplicate of replies to at
least three other customers in the 28 days before it.

The search is exact. Of a text's triples the rarest lead to all texts that can be near
duplicates (prefix filter: Chaudhuri et al. 2006); where these stand in both says which texts
are like no others (positional filter: Xiao et al. 2008), and of those only the same words count.
For the others it goes through time with a shelf of the texts of the last 28 days, identical ones
together; sketches sort out most of them, and the sets decide on the rest. It ends as soon as
three customers are found.
"""

from collections.abc import Iterator

import polars as pl

from listener.measure.shelf import LEAST_CUSTOMERS, WINDOW, Shelf, find_others
from listener.measure.text import join_words
from listener.measure.word_triples import Triples, make_triples

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
    texts = list_told(posts, targets).join(
        posts.select("post", "text"), on="post", maintain_order="left"
    )
    told = texts.with_columns(join_words(texts["text"]).alias("said")).drop("text")
    found = map(mark_canned, told.partition_by("brand", maintain_order=True))
    return pl.concat([pl.DataFrame(schema=CANNED_SCHEMA), *found]).sort("post")


def list_told(posts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return the replies that a person gave and nobody deleted: who was told something when.

    Columns: `post`, `brand`, `person` (a name for each customer) and `at`, in order.
    """
    by_person = targets.filter((pl.col("kind") == "reply") & ~pl.col("automatic"))
    kept = posts.filter(pl.col("deleted_at").is_null())
    return (
        by_person.select("post", "brand", "customer")
        .join(kept.select("post", "platform", "created_at"), on="post")
        .sort("post")
        .select(
            "post",
            "brand",
            pl.concat_str("platform", "customer", separator="\x1f").alias("person"),
            pl.col("created_at").dt.timestamp("us").alias("at"),
        )
    )


def mark_canned(replies: pl.DataFrame) -> pl.DataFrame:
    """Tell which replies of one brand are canned: `post`, `canned`, `cluster`.

    Args:
        replies: From `list_told`, in order, with what they `said`, words apart by one space.
    """
    numbered = replies.with_columns(pl.col("person").rank("dense"))
    texts = replies.select("said").unique(maintain_order=True).with_row_index("line")
    told = numbered.join(texts, on="said", how="left", maintain_order="left").drop("said")
    triples = make_triples(texts["said"].str.split(" ").list.filter(pl.element() != ""))
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
    rows = told.sort("line", maintain_order=True)
    is_new = pl.col("line") != pl.col("line").shift(1)
    begins = is_new.fill_null(value=True) | (pl.col("at").diff() > WINDOW)
    rows = rows.with_columns(pl.when(begins).then("post").forward_fill().alias("cluster"))
    to_several = pl.col("person").n_unique().over("line") > LEAST_CUSTOMERS
    several = rows.filter(to_several)
    canned = several.select("post", pl.Series("canned", _count_others(several), dtype=pl.Boolean))
    return rows.join(canned, on="post", how="left").select(
        "post", pl.col("canned").fill_null(value=False), "cluster"
    )


def _count_others(rows: pl.DataFrame) -> Iterator[bool]:
    """Yield for each row whether enough others were told the same lately."""
    last, told = -1, dict[int, int]()
    for line, person, at in rows.select("line", "person", "at").iter_rows():
        if line != last:
            last, told = line, {}
        yield len(find_others(told, person, at - WINDOW)) == LEAST_CUSTOMERS
        told.pop(person, None)
        told[person] = at


def _compare_near(told: pl.DataFrame, triples: Triples) -> pl.DataFrame:
    """Tell it of texts that may be like others."""
    shelf = Shelf(triples, told.height)
    rows = told.select("post", "at", "person", "line").iter_rows()
    found = [(row[0], *shelf.tell(*row)) for row in rows]
    return pl.DataFrame(found, schema=CANNED_SCHEMA, orient="row")
