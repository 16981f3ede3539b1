"""Phrases over a column of sentences: which sections match, and where."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from listener.label.phrases import Phrase, Rule
from listener.label.sieve import Bits, Sieve

Rows = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

BLANK = "\ue000"
# An expression for all phrases of a section would not fit into caches, one for each
# phrase would be looked at too often.
_PORTION = 3000


def match_rules(sentences: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Return `sentences` with one Boolean column for each rule.

    Service teams repeat themselves: each wording is searched once.
    """
    wordings = sentences.select(pl.col("sentence").unique())
    return sentences.join(
        _match_wordings(wordings, rules), on="sentence", how="left", maintain_order="left"
    )


def _match_wordings(sentences: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    texts = sentences["sentence"]
    signs = (
        sign for rule in rules.values() for phrase in rule.all_phrases for sign in phrase.signs
    )
    sieve = Sieve(texts, signs)
    raw = sentences.with_columns(
        _find(rule, texts, sieve).alias(name) for name, rule in rules.items()
    )
    return raw.with_columns(
        **{
            name: pl.col(name) & ~_any(other for other in rule.not_with if other in rules)
            for name, rule in rules.items()
            if rule.not_with
        }
    )


def _find(rule: Rule, texts: pl.Series, sieve: Sieve) -> pl.Series:
    """Return whether one of the rule's phrases is left when its exceptions are blanked out.

    Exceptions cost most: they are looked for only where a phrase has been found.
    """
    rows = np.arange(len(texts), dtype=np.uint32)
    found = _search(rule.phrases, texts, rows, sieve)
    if rule.unless_pattern is not None:
        excepted = _search(rule.unless, texts, rows, sieve, found)
        blanked = texts.filter(pl.Series(excepted)).to_frame("sentence").select(blank_out(rule))
        rows[excepted] = np.arange(len(blanked), dtype=np.uint32)
        left = _search(rule.phrases, blanked.to_series(), rows, sieve, excepted)
        found &= left | ~excepted
    return pl.Series(found)


def _search(
    phrases: Sequence[Phrase],
    texts: pl.Series,
    rows: Rows,
    sieve: Sieve,
    among: Flags | None = None,
) -> Flags:
    """Search the phrases; `rows` tells which of the texts stands for each sentence."""
    found = np.zeros(len(rows), dtype=np.bool_)
    allowed = None if among is None else np.packbits(among)
    for portion, bits in _cut(phrases, sieve):
        places = sieve.list_places(bits if allowed is None else bits & allowed)
        if len(places):
            pattern = "|".join(phrase.pattern for phrase in portion)
            hits = texts.gather(rows[places]).str.contains(pattern).to_numpy()
            found[places[hits]] = True
    return found


def _cut(phrases: Sequence[Phrase], sieve: Sieve) -> Iterator[tuple[list[Phrase], Bits]]:
    """Divide phrases into portions, each with the sentences that can hold one of them."""
    portion: list[Phrase] = []
    bits: list[Bits] = []
    for phrase in phrases:
        if sum(len(other.pattern) for other in portion) > _PORTION:
            yield portion, np.bitwise_or.reduce(bits)
            portion, bits = [], []
        portion.append(phrase)
        bits.append(sieve.sift(phrase.signs))
    if portion:
        yield portion, np.bitwise_or.reduce(bits)


def blank_out(rule: Rule, text: pl.Expr | None = None) -> pl.Expr:
    """Return the sentences in which each exception of the rule is one blank character."""
    text = pl.col("sentence") if text is None else text
    if rule.unless_pattern is None:
        return text
    return text.str.replace_all(rule.unless_pattern, BLANK)


def _any(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(pl.col(name) for name in names))
