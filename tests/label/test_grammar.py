import polars as pl
import pytest

from listener.label.folding import fold_text, restore_place
from listener.label.grammar import compile_phrase
from listener.label.pieces import PhraseSyntaxError
from listener.label.steps import read_steps
from listener.label.tokens import Tokens
from listener.label.walking import Walker


def find(phrase, text, words=None):
    folded = pl.DataFrame({"text": [text]}).select(fold_text(pl.col("text"))).item()
    sentences = pl.Series(["\x02" + folded + "\x03"])
    found = sentences.str.contains(compile_phrase(phrase, words)).item()
    assert walk(phrase, sentences, words or {}) in {(found, True), (True, False), (found, False)}
    return found


def walk(phrase, sentences, words):
    """Return whether the phrase's steps find it, and whether they tell it exactly."""
    tokens = Tokens(sentences)
    steps = read_steps(phrase, words)
    return bool(tokens.list_sentences(Walker(tokens).walk(steps)).any()), steps.exact


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("send us", "Please SEND  us a note"),
        ("apolog*", "our apologies"),
        ("*formular", "das Kontaktformular bitte"),
        ("(send | drop) us", "drop us a line"),
        ("please [do] call", "please call"),
        ("please [do] call", "please do call"),
        ("[please] call", "call"),
        ("send ... note", "send us a very short note"),
        ("can't", "I can’t"),
        ("can't", "I cant"),
        ("e-mail", "an e mail or an email"),
        ("für", "fuer dich"),
        ("grüße", "Viele GRÜSSE"),
        ("grüße", "viele Gruesse"),
        ("see {link}", "see https://acme.example/a?b=1"),
        ("call {phone-number}", "call (020) 7946-0123"),
        ("{email}", "write to a.b@acme.example."),
        ("ask {handle}", "ask @acme_help"),
        ("^ done", "Done"),
        ("^ [ok | yes] [*] done", "ok all done"),
        ("^ [ok | yes] [*] done", "done"),
        ("done $", "done!! 🎉"),
        ("which store ?", "Which store?"),
        ("{us} now", "for me now"),
        ("sorry we can't", "sorry, we can't"),
        ("😡", "so 😡"),
    ],
)
def test_a_phrase_finds(phrase, text):
    assert find(phrase, text, {"us": "(us | me)"})


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("send us", "send the bus"),
        ("us", "the bus"),
        ("form", "the formula"),
        ("send ... note", "send one two three four five note"),
        ("send ... note", "send it. a note"),
        ("^ done", "I am done"),
        ("done $", "done with it"),
        ("which store ?", "which store. why?"),
        ("{message-link}", "https://acme.example"),
    ],
)
def test_a_phrase_does_not_find(phrase, text):
    assert not find(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("", "empty"),
        ("(a | b", "missing"),
        ("a)", "unexpected"),
        ("{nothing}", "unknown word group"),
        ("... a", "both sides"),
        ("a ...", "both sides"),
        ("[a]", "no word"),
        ("{loop}", "contains itself"),
        ("a \\b", "cannot read"),
    ],
)
def test_a_wrong_phrase_says_why(phrase, reason):
    with pytest.raises(PhraseSyntaxError, match=reason):
        compile_phrase(phrase, {"loop": "a {loop}"})


def test_places_survive_hidden_characters():
    text = "a\u200db\u0301c"
    assert [restore_place(text, place) for place in range(4)] == [0, 2, 4, 5]


def test_folding_keeps_the_number_of_characters():
    text = "ÄÖÜßé “İ” – … 😡"
    folded = pl.DataFrame({"text": [text]}).select(fold_text(pl.col("text"))).item()
    assert len(folded) == len(text)
    assert folded.startswith("aous")
