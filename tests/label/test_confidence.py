"""Labels that rest on little are less sure than those that rest on plain words."""

import pytest

from listener.label.confidence import rate_posts
from tests.label.conftest import make_input


def rate(phrases, side, text, language="en"):
    posts = make_input((side, text), language=language)
    return rate_posts(posts, phrases)["confidence"].item()


@pytest.mark.parametrize(
    ("side", "plain", "doubtful"),
    [
        ("brand", "Please send us a DM. ^KB", "Our colleagues have the matter on their desk."),
        ("customer", "@acme how do I reset the box?", "@acme great, the box again, as always"),
    ],
)
def test_plain_words_are_surer(phrases, side, plain, doubtful):
    assert rate(phrases, side, plain) > rate(phrases, side, doubtful)


def test_of_a_language_that_is_not_read_nothing_is_sure(phrases):
    assert rate(phrases, "customer", "@acme où est mon colis perdu depuis lundi ?", "fr") == 0


def test_confidence_lies_between_0_and_1(phrases):
    for text in ("", "aaa " * 100, "@acme thanks!! it works now", "😀"):
        assert 0 <= rate(phrases, "customer", text) <= 1
