"""Texts as sets of three words in a row, prepared for finding near duplicates.

Each distinct text becomes a set of numbers. A number stands for three words; the
rarer they are, the smaller it is. A *sketch* of 256 bits tells of most pairs of
texts, without looking at the sets, that they are no near duplicates.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.measure.graph import Links
from listener.measure.ranges import split, spread

LEAST_WORDS = 6
SKETCH_BYTES = 32
PAIRS_AT_ONCE = 2**18
_TEXT = 32
_TRIPLE = 2**_TEXT - 1
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Triples:
    """The triples of texts by their number; texts of fewer than six words have none.

    Attributes:
        names: Those of all texts, one text after the other, rare ones first: the number of
            the text, and in the lower 32 bits that of the triple.
        ends: Where each text's triples end.
        sizes: How many there are.
        sketches: One row a text, of eight bytes each.
    """

    names: Links
    ends: Links
    sizes: Links
    sketches: NDArray[np.uint64]

    def are_near(self, texts: Links, others: Links) -> NDArray[np.bool_]:
        """Tell which pairs of texts have a Jaccard index of 0.8 or more, in whole numbers."""
        near = self._may_be_near(texts, others)
        likely = np.flatnonzero(near)
        for part in split(self.sizes[texts[likely]], PAIRS_AT_ONCE):
            pairs = likely[part]
            near[pairs] = self._share_enough(texts[pairs], others[pairs])
        return near

    def _may_be_near(self, texts: Links, others: Links) -> NDArray[np.bool_]:
        """Tell which pairs of texts may be near duplicates; what is left out is none.

        Two sets whose Jaccard index is 0.8 or more differ in at most a ninth of their sizes
        together, and the sketches cannot differ in more bits than the sets in triples.
        """
        differing = np.bitwise_count(self.sketches[texts] ^ self.sketches[others]).sum(axis=1)
        together = self.sizes[texts] + self.sizes[others]
        return np.asarray(9 * differing.astype(np.int64) <= together)

    def _share_enough(self, texts: Links, others: Links) -> NDArray[np.bool_]:
        pair, within = spread(self.sizes[texts])
        begins = self.ends[texts] - self.sizes[texts]
        triples = self.names[begins[pair] + within] & _TRIPLE
        wanted = (others[pair] << _TEXT) | triples
        found = self.names.take(np.searchsorted(self.names, wanted), mode="clip")
        together = np.bincount(pair[found == wanted], minlength=len(texts))
        return np.asarray(9 * together >= 4 * (self.sizes[texts] + self.sizes[others]))

    def find_likely(self) -> NDArray[np.uint32]:
        """Return the texts that may have near duplicates; all others have none.

        Two near duplicates share one of the rarest triples of each. What comes after the first
        that they share is all that they can still have in common, and must be enough.
        """
        rare = self.list_rare()
        kinds = rare.group_by("triple", "size", "left").len()
        size, left, other = pl.col("size"), pl.col("left"), pl.col("size_other")
        together = pl.min_horizontal(left, "left_other")
        is_itself = (size == other) & (left == pl.col("left_other")) & (pl.col("len") == 1)
        likely = kinds.join(kinds, on="triple", suffix="_other").filter(
            (9 * together >= 4 * (size + other)) & ~is_itself
        )
        found = rare.join(likely, on=["triple", "size", "left"], how="semi")
        return found["text"].unique().to_numpy()

    def list_rare(self) -> pl.DataFrame:
        """Return of each `text` so many of its rarest triples that each near duplicate has one.

        `left` is how many there are from this one on, `size` how many in all.
        """
        text, place = spread(self.sizes)
        size = self.sizes[text]
        rows = pl.DataFrame(
            {
                "text": text.astype(np.uint32),
                "triple": self.names & _TRIPLE,
                "size": size,
                "left": size - place,
            }
        )
        return rows.filter(5 * pl.col("left") >= 4 * pl.col("size"))


def make_triples(texts: pl.Series, owners: pl.Series) -> Triples:
    """Number the triples of distinct texts.

    Args:
        texts: Lists of words.
        owners: A number for each text's brand; texts of several have no triple in common.
    """
    rows = _number_triples(texts, owners)
    text, number = (rows[name].to_numpy() for name in ("text", "triple"))
    sizes = np.bincount(text, minlength=len(texts)).astype(np.int64)
    sketches = np.zeros((len(texts), SKETCH_BYTES), dtype=np.uint8)
    place = (number.astype(np.uint64) * _SPREAD) >> np.uint64(56)
    bits = np.left_shift(1, place & np.uint64(7)).astype(np.uint8)
    np.bitwise_or.at(sketches, (text, (place >> np.uint64(3)).astype(np.int64)), bits)
    names = (text.astype(np.int64) << _TEXT) | number
    return Triples(names, np.cumsum(sizes), sizes, sketches.view(np.uint64))


def _number_triples(texts: pl.Series, owners: pl.Series) -> pl.DataFrame:
    """Return `text` and `triple`, each once, in order of texts and rareness."""
    words = (
        pl.DataFrame({"word": texts, "owner": owners.cast(pl.UInt64)})
        .with_row_index("text")
        .filter(pl.col("word").list.len() >= LEAST_WORDS)
        .explode("word")
    )
    known = pl.Enum(words["word"].unique().sort())  # sorts each word once, as a rank would not
    number = pl.col("word").cast(known).to_physical().cast(pl.UInt64)
    words = words.select(
        "text", (pl.col("owner") * 2**32 + number).rank("dense").cast(pl.UInt64).alias("word")
    )
    within = pl.col("text").shift(-2) == pl.col("text")
    triples = (
        words.with_columns(_join("word", 1).rank("dense").cast(pl.UInt64).alias("pair"))
        .with_columns(_join("pair", 2).alias("triple"))
        .filter(within)
        .select("text", "triple")
    )
    once = triples.unique()
    seen = once.group_by("triple").len().sort("len", "triple").with_row_index("_rank")
    return (
        once.join(seen, on="triple")
        .select("text", pl.col("_rank").alias("triple"))
        .sort("text", "triple")
    )


def _join(first: str, ahead: int) -> pl.Expr:
    """Return a number that stands for this one and a word further on, for the same two only."""
    return pl.col(first) * 2**32 + pl.col("word").shift(-ahead)
