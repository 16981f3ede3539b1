"""Walking a phrase's steps along tokens must find what its expression finds."""

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.label.grammar import compile_phrase
from listener.label.pieces import read_pieces
from listener.label.presence import Presence
from listener.label.samples import sample_phrase
from listener.label.steps import read_steps
from listener.label.tokens import Tokens
from listener.label.walking import NOWHERE, Walker

SOME = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = (
    "a",
    "b",
    "ab",
    "a-b",
    "a'b",
    "b*",
    "*b",
    "*a*",
    "ä",
    "é",
    "ß",
    "&",
    "a&b",
    "/",
    "1/2",
    "😡",
)
LETTERS = " \n,;:\"'()*/_~>-ab12.!?&#@+é😡\x02\x03"
words = st.sampled_from(WORDS)
alternatives = st.lists(words, min_size=1, max_size=3).map(" ".join)
choices = st.lists(alternatives, min_size=1, max_size=3).map(lambda some: f"({' | '.join(some)})")
optional = st.one_of(
    st.just("[*]"),
    st.just("[* [*]]"),
    st.lists(alternatives, min_size=1, max_size=2).map(lambda some: f"[{' | '.join(some)}]"),
)
shapes = st.sampled_from(("{link}", "{number}", "{handle}", "{email}", "{phone-number}", "{group}"))
solid = st.one_of(words, words, choices, shapes)
between = st.sampled_from(("", "", "", "...", "[*]", "[a]", "[*] [*]"))
ends = st.sampled_from(("", "", "", "?", "!", "$", "[b]", "[*] ?", "... !"))
starts = st.sampled_from(("", "", "", "^", "[a]", "^ [*]", "^ ..."))
phrases_ = st.tuples(starts, solid, between, solid, between, solid, ends).map(" ".join)
texts = st.one_of(
    st.text(LETTERS, max_size=30),
    st.lists(
        st.sampled_from((*LETTERS, "a", "b", "ab", " ", " ", "&&&&&", "a&&&&&b")), max_size=20
    ).map("".join),
)
GROUPS = {"group": "(a | b [*] a | ab)"}


def compare(phrase, sentences, groups, walker=None):
    """Return where only the expression, and where only the steps find the phrase."""
    steps = read_steps(phrase, groups)
    walker = walker or Walker(Tokens(sentences))
    held = Presence(walker.tokens).may_hold(read_pieces(phrase, groups))
    walked = walker.tokens.list_sentences(walker.walk(steps) if held else NOWHERE)
    found = sentences.str.contains(compile_phrase(phrase, groups)).to_numpy()
    more = walked & ~found if steps.exact else np.zeros(len(found), np.bool_)
    return sentences.filter(pl.Series(found & ~walked)), sentences.filter(pl.Series(more))


@SOME
@given(phrase=phrases_, sentences=st.lists(texts, min_size=1, max_size=20))
def test_steps_find_what_the_expression_finds(phrase, sentences):
    missed, added = compare(" ".join(phrase.split()), pl.Series(sentences), GROUPS)
    assert missed.to_list() == [], phrase
    assert added.to_list() == [], phrase


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shipped_phrases_are_walked_rightly(language, phrases):
    """In texts made from all of them, with separators changed and words glued together."""
    chance = random.Random(2017)  # noqa: S311 - no secret
    rules = [rule for side in phrases.rules[language].values() for rule in side.values()]
    known = [phrase for rule in rules for phrase in rule.all_phrases]
    spoken = [
        sample
        for phrase in chance.sample(known, 100)
        for sample in sample_phrase(phrase.text, phrases.words[language], 3)
    ]
    marred = ["".join(map(_mar(chance), sample)) for sample in spoken]
    sentences = pl.Series([*spoken, *marred, *(f"\x02{text}\x03" for text in marred)])
    walker = Walker(Tokens(sentences))
    for phrase in known:
        missed, added = compare(phrase.text, sentences, phrases.words[language], walker)
        assert missed.to_list() == added.to_list() == [], phrase.text


def test_whether_a_phrase_can_be_found_is_told_by_its_words():
    presence = Presence(Tokens(pl.Series(["ab cd-ef gh", "ii"])))
    for phrase in ("ab [zz] ... gh", "(zz | c*) ef", "*f", "{link} ab", "^ ab $", "[zz] gh", "*"):
        assert presence.may_hold(read_pieces(phrase, {})), phrase
    for phrase in ("ab zz", "(zz | ab yy)", "b", "*e", "f*", "c", "cd-gg", "ab ... ii"):
        assert not presence.may_hold(read_pieces(phrase, {})), phrase


def test_words_of_one_sentence_are_found_among_many():
    """More than have a bit of their own: some share one."""
    sentences = [f"ab{number} cd{number}" for number in range(9_001)]
    presence = Presence(Tokens(pl.Series(sentences)))
    for number in range(0, 9_001, 100):
        assert presence.may_hold(read_pieces(f"cd{number} ... [zz] (ab{number} | zz)", {}))
    assert not presence.may_hold(read_pieces("ab7 cd8", {}))


def _mar(chance):
    """Return a function that changes a separator in ten."""
    others = (" ", "-", "'", "_", ", ", "/", ". ", "", "\n", "! ")
    return lambda letter: (
        chance.choice(others) if letter == " " and chance.random() < 0.1 else letter
    )


def test_steps_along_no_sentence_and_along_sentences_without_a_word():
    for sentences in ([], [""], ["", " ", "'"], ["a", ""]):
        missed, added = compare("a [*] (b | a)", pl.Series(sentences, dtype=pl.String), {})
        assert missed.to_list() == added.to_list() == []


@pytest.mark.parametrize(
    "text", ["a-" * 50_000, "a " * 50_000, '"' * 100_000, "😡" * 25_000, "a" * 100_000]
)
def test_a_long_text_has_no_more_places_than_tokens(text):
    """What is walked stays as long as the text, however often a phrase could begin in it."""
    tokens = Tokens(pl.Series([text]))
    walker = Walker(tokens)
    for phrase in (
        "a [*] [*] [*] a",
        "a ... a ... a",
        "a* ... a* ?",
        "^ [*] a $",
        "{number} ... a",
    ):
        assert len(walker.walk(read_steps(phrase, {}))) <= 100 * max(tokens.count, 1)
