"""Canned replies: near duplicates of what several other customers were told not long ago.

`docs/measures.md`, section 6. Two texts are near duplicates if the Jaccard index of
their sets of three words in a row is 0.8 or more; texts of fewer than six words if
their words are the same. A reply is canned if it is a near duplicate of replies to at
least three other customers in the 28 days before it.

The search is exact. It goes through time with a shelf of the texts of the last 28
days, identical ones together. Of a text's triples the rarest lead to all texts that can
be near duplicates (prefix filter: Chaudhuri et al. 2006), sketches sort out most of
these, and the sets decide on the rest. It ends as soon as three customers are found.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.measure.text import split_words
from listener.measure.word_triples import Triples, are_near, make_triples

WINDOW_DAYS = 28
LEAST_CUSTOMERS = 3
_WINDOW = WINDOW_DAYS * 86_400_000_000
_AT_ONCE = 128
MapBrands = Callable[
    [Callable[[pl.DataFrame], pl.DataFrame], Iterable[pl.DataFrame]], Iterable[pl.DataFrame]
]
CANNED_SCHEMA = {"post": pl.UInt32, "canned": pl.Boolean, "cluster": pl.UInt32}


def find_canned_replies(
    posts: pl.DataFrame, targets: pl.DataFrame, each: MapBrands = map
) -> pl.DataFrame:
    """Tell which replies are canned, and which hang together.

    Args:
        posts: Linked posts, from `link_posts`.
        targets: Whom brands' posts answer, with `automatic`.
        each: Does the same with the replies of each brand, here or elsewhere.

    Returns:
        One row a reply that a person gave and nobody deleted: `post`, `canned` and
        `cluster`: the first of the replies that it hangs together with by near
        duplicates, null if it is alone.
    """
    texts = list_told(posts, targets).join(
        posts.select("post", "text"), on="post", maintain_order="left"
    )
    told = texts.with_columns(split_words(pl.col("text")).alias("words")).drop("text")
    found = each(mark_canned, told.partition_by("brand", maintain_order=True))
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
        replies: From `list_told`, in order, with their `words`.
    """
    said = replies.with_columns(
        pl.col("words").list.join(" ").alias("said"), pl.col("person").rank("dense")
    )
    texts = said.unique("said", maintain_order=True).with_row_index("line")
    lines = said.select("said").join(
        texts.select("said", "line"), on="said", how="left", maintain_order="left"
    )
    shelf = _Shelf(make_triples(texts["words"]), replies.height)
    wordless = set(texts.filter(pl.col("words").list.len() == 0)["line"])
    canned, cluster = [], []
    for post, at, person, line in zip(
        said["post"], said["at"], said["person"], lines["line"], strict=True
    ):
        told = None if line in wordless else shelf.tell(post, at, person, line)
        canned.append(told is not None and told[0])
        cluster.append(post if told is None else told[1])
    columns = {"post": replies["post"], "canned": canned, "cluster": cluster}
    found = pl.DataFrame(columns, schema=CANNED_SCHEMA)
    is_alone = pl.len().over("cluster") == 1
    return found.with_columns(pl.when(~is_alone).then("cluster").alias("cluster"))


@dataclass(slots=True)
class _Text:
    """A text, and who was told it when, the latest last.

    Attributes:
        place: Where it stands on the shelf; -1 before it does.
        prefix: So many of its rarest triples that each near duplicate has one of them.
    """

    line: int
    triples: frozenset[int]
    prefix: list[int]
    place: int = -1
    cluster: int = -1
    told: dict[int, int] = field(default_factory=dict)


class _Shelf:
    """The texts of the last 28 days; each place holds one."""

    def __init__(self, triples: Triples, most: int) -> None:
        self._triples = triples
        self._texts: dict[int, _Text] = {}
        self._of_line: dict[int, _Text] = {}
        self._listed: dict[int, array[int]] = defaultdict(lambda: array("q"))
        self._lines: NDArray[np.int64] = np.zeros(most, dtype=np.int64)
        self._last: NDArray[np.int64] = np.zeros(most, dtype=np.int64)
        self._places = 0
        self._cleared = 0

    def tell(self, post: int, at: int, person: int, line: int) -> tuple[bool, int]:
        """Put a reply on the shelf; return whether it is canned, and its cluster."""
        since = at - _WINDOW
        if self._cleared < since:
            self._clear(since)
            self._cleared = at
        text = self._take(line, since)
        is_canned = self._is_canned(text, person, since)
        if text.place < 0:
            text.cluster = post if text.cluster < 0 else text.cluster
            self._add(text)
        text.told.pop(person, None)
        text.told[person] = at
        self._last[text.place] = at
        return is_canned, text.cluster

    def _take(self, line: int, since: int) -> _Text:
        """Return the text as it stands on the shelf, or a new one."""
        text = self._of_line.get(line)
        if text is not None and self._last[text.place] >= since:
            return text
        triples = self._triples.find(line)
        must_share = -(-4 * len(triples) // 5)
        return _Text(line, frozenset(triples), triples[: len(triples) - must_share + 1])

    def _is_canned(self, text: _Text, person: int, since: int) -> bool:
        others = _find_others(text, person, since)
        if len(others) >= LEAST_CUSTOMERS:
            return True
        for near in self._find_near(text, since):
            text.cluster = near.cluster if text.cluster < 0 else text.cluster
            others |= _find_others(near, person, since)
            if len(others) >= LEAST_CUSTOMERS:
                return True
        return False

    def _find_near(self, text: _Text, since: int) -> Iterator[_Text]:
        """Yield the near duplicates on the shelf, each once."""
        seen = {text.place}
        for place in self._sift(text, since):
            if place not in seen:
                seen.add(place)
                near = self._texts[place]
                if are_near(text.triples, near.triples):
                    yield near

    def _sift(self, text: _Text, since: int) -> Iterator[int]:
        """Yield the places, the rarest triple's newest first, that may hold near duplicates."""
        lists = filter(None, map(self._listed.get, text.prefix))
        listed = chain.from_iterable(map(reversed, lists))
        while some := list(islice(listed, _AT_ONCE)):
            places = np.array(some, dtype=np.int64)
            fresh = places[self._last[places] >= since]
            likely = fresh[self._triples.sift(text.line, self._lines[fresh])]
            yield from likely.tolist()

    def _add(self, text: _Text) -> None:
        text.place, self._places = self._places, self._places + 1
        self._of_line[text.line] = self._texts[text.place] = text
        self._lines[text.place] = text.line
        for triple in text.prefix:
            self._listed[triple].append(text.place)

    def _clear(self, since: int) -> None:
        """Take off what nobody was told for 28 days."""
        gone = {place for place in self._texts if self._last[place] < since}
        for place in gone:
            text = self._texts.pop(place)
            if self._of_line.get(text.line) is text:  # else it was put here anew
                del self._of_line[text.line]
        for triple, places in list(self._listed.items()):
            kept = array("q", (place for place in places if place not in gone))
            self._listed[triple] = kept
            if not kept:
                del self._listed[triple]
        for text in self._texts.values():
            text.told = {person: at for person, at in text.told.items() if at >= since}


def _find_others(text: _Text, person: int, since: int) -> set[int]:
    """Return up to three other customers who were told the text lately."""
    others: set[int] = set()
    for other, at in reversed(text.told.items()):
        if at < since or len(others) == LEAST_CUSTOMERS:
            break
        if other != person:
            others.add(other)
    return others
