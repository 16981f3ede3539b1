"""Sentences as tokens: what stands where, and what between.

A token is a run of letters and digits, or any other character that separates nothing. All
tokens of all sentences are numbered through; a place is the number of a token.
"""

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Words = list[int]
"""Numbers of different words, in order."""

SPACE, BREAK, APOSTROPHE, HYPHEN, CLOSING, OTHER = (1 << n for n in range(6))
"""What separates tokens: one bit for each kind of character."""

_SEPARATORS = {
    **dict.fromkeys(",;:(*/_~>", OTHER),
    " ": SPACE,
    "\n": BREAK,
    "'": APOSTROPHE,
    "-": HYPHEN,
    '"': CLOSING,
    ")": CLOSING,
}
_MASKS = bytes(_SEPARATORS.get(chr(code), 0) for code in range(256))
_SEPARATES, _WORD, _SIGN, _GOES_ON = range(4)
_WIDTH = 8  # so many bytes of a token are compared at once; longer ones are hashed
_LOW_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_WIDTH + 1)], dtype=np.uint64)
_FEW = 4  # so many words are compared one by one, so many places put together
_HASH_BITS = (1 << 64) - 1
_SENTENCE_BITS = 4_096
EVERYWHERE = (1 << _SENTENCE_BITS) - 1
"""The bits of all sentences."""


def _tell_kind(code: int) -> int:
    if chr(code) in "abcdefghijklmnopqrstuvwxyz0123456789":
        return _WORD
    if _MASKS[code]:
        return _SEPARATES
    return _GOES_ON if 0x80 <= code < 0xC0 else _SIGN  # within a character of UTF-8, or not


_KINDS = bytes(map(_tell_kind, range(256)))


class Tokens:
    """The tokens of a column of sentences.

    Attributes:
        count: How many there are.
        is_word: Of each token whether it is a word and no sign.
        byte: The first byte of each token.
        inner: Whether it has a token before it in its sentence.
        gap: What stands between the one before it and itself, as bits of all kinds.
        gap_size: How many characters that are.
        before, after: The bytes around it.
    """

    def __init__(self, texts: pl.Series) -> None:
        """Find the tokens of folded sentences."""
        texts = texts.str.replace_all("&+", "&")  # folding makes several of `&amp;`
        self._raw = texts.str.join("\n").cast(pl.Binary).item() or b""
        self._begins, self._ends = _find_tokens(self._raw)
        self.count, self._size = len(self._begins), len(texts)
        sizes = texts.str.len_bytes().cast(pl.Int64).to_numpy() + 1
        opening = np.searchsorted(self._begins, np.cumsum(sizes) - sizes)
        self._sentences = np.repeat(
            np.arange(len(texts), dtype=np.int32), np.diff(opening, append=self.count)
        )
        self._opening = opening[opening < self.count]
        self._look_around(self._opening)
        self._list_words()

    def _look_around(self, opening: Places) -> None:
        raw = np.frombuffer(b"\n" + self._raw + b"\n", np.uint8)
        masks = np.frombuffer(self._raw.translate(_MASKS), np.uint8)
        self.byte = raw[self._begins + 1]
        self.before, self.after = raw[self._begins], raw[self._ends + 1]
        self.is_word = np.frombuffer(_KINDS, np.uint8)[self.byte] == _WORD
        self.inner = np.ones(self.count, np.bool_)
        self.inner[opening] = False
        self.gap, self.gap_size = np.zeros(self.count, np.uint8), np.zeros(self.count, np.int32)
        if self.count > 1:
            self.gap[1:] = np.bitwise_or.reduceat(masks, self._ends - 1)[:-1]
            self.gap_size[1:] = self._begins[1:] - self._ends[:-1]

    def _list_words(self) -> None:
        """Note where each different token stands, in the order of the alphabet."""
        keys = _make_keys(self._raw, self._begins, self._ends)
        places = np.arange(self.count)
        found = pl.DataFrame({"key": keys, "place": places}).group_by("key").agg("place")
        first = found.select(pl.col("place").list.first()).to_series().to_numpy()
        words = _cut(self._raw, self._begins[first], self._ends[first])
        order = sorted(range(len(words)), key=words.__getitem__)
        self._words = [words[number] for number in order]
        self._number = {word: number for number, word in enumerate(self._words)}
        self._known = frozenset(words)  # to meet a set with a dictionary is to go through all of it
        self._joined = b"\n".join([b"", *self._words, b""])
        self._starts = np.cumsum([1, *(len(word) + 1 for word in self._words)])
        lists = found["place"].gather(order)
        self._places = lists.explode().to_numpy()
        counts = lists.list.len().cast(pl.Int64).to_numpy()
        self._stops = np.concatenate(([0], np.cumsum(counts))).tolist()
        self._numbers = np.full(self.count + 1, len(words), np.int32)
        self._numbers[self._places] = np.repeat(np.arange(len(words)), counts)

    def has_none(self, texts: frozenset[bytes]) -> bool:
        """Return whether none of these tokens stands anywhere."""
        return texts.isdisjoint(self._known)

    def find_sentences(self, text: bytes, *, opens: bool, closes: bool) -> int:
        """Return the sentences in which a token stands, as bits: of many, some share one.

        `opens` and `closes` allow for more letters.
        """
        if not (opens or closes) and text not in self._known:
            return 0
        words = self.find(frozenset([text]), opens=opens, closes=closes)
        if not words:
            return 0
        sentences = self._sentences[self.list_words(words)] % _SENTENCE_BITS
        if len(sentences) <= _FEW:
            few: set[int] = set(sentences.tolist())
            return sum(1 << sentence for sentence in few)
        flags = np.zeros(_SENTENCE_BITS, np.bool_)
        flags[sentences] = True
        return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")

    def count_words(self, words: Words) -> int:
        """Return how often some words stand anywhere."""
        stops = self._stops
        return sum(stops[number + 1] - stops[number] for number in words)

    def list_words(self, words: Words) -> Places:
        """Return where some words stand."""
        stops = self._stops
        pieces = [self._places[stops[number] : stops[number + 1]] for number in words]
        return np.concatenate(pieces) if len(pieces) != 1 else pieces[0]

    def are_words(self, places: Places, words: Words) -> Flags:
        """Return of each place whether one of some words stands there."""
        found: Flags
        if len(words) <= _FEW:
            numbers = self._numbers[places]
            found = numbers == words[0]
            for number in words[1:]:
                found |= numbers == number
            return found
        wanted = np.zeros(len(self._words) + 1, np.bool_)
        wanted[words] = True
        found = wanted[self._numbers[places]]
        return found

    def find(self, texts: frozenset[bytes], *, opens: bool = False, closes: bool = False) -> Words:
        """Return the numbers of words, in order: `opens` and `closes` allow for more letters."""
        if not (opens or closes):
            return sorted(map(self._number.__getitem__, texts & self._known))
        if opens:
            found = {number for text in texts for number in self._find_within(text, closes)}
            return sorted(found)
        return sorted({number for text in texts for number in self._find_beginning(text)})

    def _find_beginning(self, text: bytes) -> range:
        return range(bisect_left(self._words, text), bisect_left(self._words, text + b"\xff"))

    def _find_within(self, text: bytes, closes: bool) -> list[int]:
        hits = list(_find_all(self._joined, text if closes else text + b"\n"))
        numbers: list[int] = (np.searchsorted(self._starts, hits, "right") - 1).tolist()
        return numbers

    def list_numbered(self) -> Flags:
        """Return of each token whether a digit is in it."""
        flags = np.zeros(self.count, np.bool_)
        letters = np.frombuffer(self._raw, np.uint8)
        digits = np.flatnonzero((letters >= ord("0")) & (letters <= ord("9")))
        flags[np.searchsorted(self._begins, digits, "right") - 1] = True
        return flags

    def list_last(self, sign: bytes) -> Flags:
        """Return of each token whether no word stands between it and that sign in its sentence."""
        ends = np.flatnonzero(self.byte == ord(sign))
        words = np.flatnonzero(self.is_word)
        before = np.concatenate(([-1], words))[np.searchsorted(words, ends)]
        opening = self._opening[np.searchsorted(self._opening, ends, "right") - 1]
        changes = np.zeros(self.count + 1, np.int64)
        np.add.at(changes, np.maximum(before, opening), 1)
        np.add.at(changes, ends, -1)
        last: Flags = np.cumsum(changes[:-1]) > 0
        return last

    def has_gap(self, gap: str) -> Flags:
        """Return of each token whether exactly this stands before it."""
        flags: Flags = self.inner & (self.gap_size == len(gap))
        for place in range(len(gap)):
            around = np.flatnonzero(flags)
            letters = np.frombuffer(self._raw, np.uint8)[self._begins[around] - place - 1]
            flags[around] = letters == ord(gap[-1 - place])
        return flags

    def list_sentences(self, places: Places) -> Flags:
        """Return of each sentence whether one of the places is in it."""
        found = np.zeros(self._size, np.bool_)
        found[self._sentences[places]] = True
        return found


def _find_tokens(raw: bytes) -> tuple[Places, Places]:
    """Return where each token begins, and the byte after it."""
    kinds = np.frombuffer(raw.translate(_KINDS), np.uint8)
    word = kinds == _WORD
    joined = word[:-1] & word[1:]
    begins = word | (kinds == _SIGN)
    begins[1:] &= ~joined
    ends = kinds != _SEPARATES
    ends[:-1] &= ~(joined | (kinds[1:] == _GOES_ON))
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _make_keys(raw: bytes, begins: Places, ends: Places) -> npt.NDArray[np.uint64]:
    """Return one number for each token, the same for the same one."""
    padded = np.frombuffer(raw + bytes(_WIDTH), np.uint8)
    windows = np.lib.stride_tricks.as_strided(
        padded[:_WIDTH].view("<u8"), shape=(len(raw) + 1,), strides=(1,)
    )
    keys: npt.NDArray[np.uint64] = windows[begins]
    keys &= _LOW_BYTES[np.minimum(ends - begins, _WIDTH)]
    long = np.flatnonzero(ends - begins > _WIDTH)
    hashes = [hash(word) & _HASH_BITS for word in _cut(raw, begins[long], ends[long])]
    keys[long] = np.array(hashes, dtype=np.uint64)
    return keys


def _cut(raw: bytes, begins: Places, ends: Places) -> list[bytes]:
    places = zip(begins.tolist(), ends.tolist(), strict=True)
    return [raw[begin:end] for begin, end in places]


def _find_all(text: bytes, part: bytes) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)
