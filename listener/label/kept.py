"""Know cases again by what is said in them, so that nobody has to read them a second time.

Labels depend on the posts of a case alone, on the phrases and on this package. A case of which
no post is new, changed or gone has the digest that it had, and so the labels that it had.
"""

import hashlib
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl

from listener.label.labels import label_posts
from listener.label.languages import add_case_roots
from listener.label.phrases import LABELLER, Phrases
from listener.posts import LABELS

_DIGEST_BYTES = 16
_CASES_AT_ONCE = 10_000
_INPUTS = ("side", "language", "text", "author_handle", "brand_handles", "brand_languages")
_BITS = {name: 1 << number for number, name in enumerate(LABELS)}
KEPT_SCHEMA = {
    "digest": pl.Binary(),
    "languages": pl.List(pl.String()),
    "labels": pl.List(pl.UInt32()),
}
"""One row a case: its digest and, for each of its posts in order, language and labels (bits)."""


def name_reading(phrases: Phrases) -> str:
    """Return a name of everything but the posts that decides about labels."""
    parts = (LABELLER, phrases.digest, pl.__version__, _digest_sources(), *LABELS)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=_DIGEST_BYTES).hexdigest()


@cache
def _digest_sources() -> str:
    """Tell versions of this package apart that bear the same name, as while it is worked on."""
    digest = hashlib.blake2b()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def digest_cases(posts: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Name each case by all that its labels depend on.

    Args:
        posts: As for `label_posts`, in the order of time.
        key: Makes digests that tell nothing to those who do not have it.

    Returns:
        `post`, `case_root`, `digest` of its case and `number` (from 0) in it, row by row.
    """
    # The posts of a case stand one after another: a window or a group would cost a call a case.
    rooted = add_case_roots(posts.select("post", "previous")).lazy().with_row_index("row")
    begins = pl.col("case_root").ne_missing(pl.col("case_root").shift(1))
    first = pl.when(begins).then("at").forward_fill()
    together = rooted.sort("case_root", maintain_order=True).with_row_index("at")
    rows = together.with_columns(
        number=(pl.col("at") - first).cast(pl.Int64), case=begins.cum_sum() - 1
    ).collect()
    before = rows.lazy().select(previous="post", up="number")
    answered = rows.lazy().select("row", "previous")
    up = answered.join(before, on="previous", how="left", maintain_order="left").collect()["up"]
    inputs = posts.select(_INPUTS)[rows["row"]].with_columns(up)
    starts = rows["at"].filter(rows["number"] == 0)
    digests = pl.Series(_digest_all(inputs, starts, key), dtype=pl.Binary())
    named = rows.lazy().with_columns(digest=digests.gather(rows["case"])).sort("row")
    return named.select("post", "case_root", "digest", "number").collect()


def _digest_all(inputs: pl.DataFrame, starts: pl.Series, key: bytes) -> list[bytes]:
    """Return the digests of cases whose posts stand one after another, some cases at a time."""
    bounds, found = [*starts.to_list(), inputs.height], []
    for first in range(0, len(starts), _CASES_AT_ONCE):
        part = bounds[first : first + _CASES_AT_ONCE + 1]
        lines = inputs[part[0] : part[-1]].select(pl.struct(pl.all()).struct.json_encode())
        found += _digest(lines.to_series(), [bound - part[0] for bound in part[1:]], key)
    return found


def _digest(lines: pl.Series, ends: list[int], key: bytes) -> list[bytes]:
    """Return the digests of cases whose last lines are those before these ends."""
    text = memoryview(lines.str.join("\n").cast(pl.Binary).item())
    sizes = lines.str.len_bytes().cast(pl.Int64) + 1
    cuts = sizes.cum_sum().gather([end - 1 for end in ends]).to_list()
    return [
        hashlib.blake2b(text[begin : end - 1], key=key, digest_size=_DIGEST_BYTES).digest()
        for begin, end in pairwise([0, *cuts])
    ]


def label_new_cases(
    posts: pl.DataFrame, phrases: Phrases, named: pl.DataFrame, kept: pl.DataFrame
) -> pl.DataFrame:
    """Label posts as `label_posts` does, but read only cases whose labels were not kept.

    Args:
        posts: As for `label_posts`.
        phrases: What they are read by.
        named: From `digest_cases`.
        kept: With `KEPT_SCHEMA`, labels that were found under this `name_reading`.
    """
    known = named.join(unpack_labels(kept), on=["digest", "number"], how="inner")
    fresh = posts.join(known.select("post"), on="post", how="anti", maintain_order="left")
    found = posts.select("post", "side").join(
        known.select("post", "language", *LABELS), on="post", how="inner"
    )
    both = pl.concat([found, label_posts(fresh, phrases)]) if fresh.height else found
    return posts.select("post").join(both, on="post", how="left", maintain_order="left")


def pack_labels(labels: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Return the labels of cases with `KEPT_SCHEMA`, and `case_root`; one row a case.

    Args:
        labels: From `label_posts`.
        named: From `digest_cases`, for some of these posts.
    """
    bits = pl.sum_horizontal(pl.col(name).cast(pl.UInt32) * bit for name, bit in _BITS.items())
    found = labels.select("post", "language", bits=bits.cast(pl.UInt32))
    rows = named.join(found, on="post", how="inner", maintain_order="left")
    return rows.group_by("case_root", maintain_order=True).agg(
        pl.col("digest").first(), languages=pl.col("language"), labels=pl.col("bits")
    )


def unpack_labels(kept: pl.DataFrame) -> pl.DataFrame:
    """Return `digest`, `number`, `language` and one column a label, one row a post."""
    lists = kept.with_columns(number=pl.int_ranges(0, pl.col("labels").list.len()))
    rows = lists.explode("languages", "labels", "number")
    return rows.select(
        "digest",
        "number",
        pl.col("languages").alias("language"),
        *((pl.col("labels") & bit != 0).alias(name) for name, bit in _BITS.items()),
    )
