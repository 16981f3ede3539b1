"""What a published page may show of a post, and what it calls people."""

import pytest

from listener.report.people import make_code
from listener.report.privacy import OwnPages, PublicPages
from listener.report.quotations import QUOTE_LENGTH

SAID = {"calm@a.example": "unasked", "glad@a.example": "allowed", "no@a.example": "refused"}


def make_pages(**more):
    return PublicPages(**{"key": b"k" * 32, "quoting": SAID, **more})


def make_row(handle="calm@a.example", **more):
    values = {
        "platform": "mastodon" if "@" in handle else "x",
        "post_id": "1234567",
        "side": "customer",
        "visibility": "public",
        "deleted": False,
        "author_handle": handle,
        "url": f"https://a.example/@{handle}/1",
    }
    return {**values, **more}


@pytest.mark.parametrize(
    ("quotes", "quoted"),
    [
        ("none", set()),
        ("indexable", {"glad@a.example"}),
        ("unless_refused", {"glad@a.example", "calm@a.example"}),
    ],
)
def test_only_who_does_not_mind_is_quoted(quotes, quoted):
    pages = make_pages(mastodon_quotes=quotes)
    names = [*SAID, "unknown@a.example"]
    assert {name for name in names if pages.limit_words(make_row(name))} == quoted


@pytest.mark.parametrize(
    "row",
    [
        make_row(visibility="unlisted"),
        make_row(visibility="private"),
        make_row(visibility="direct"),
        make_row(visibility=None),
        make_row(deleted=True),
        make_row("no@a.example"),
        make_row("stranger@a.example"),
        make_row("anna"),
        make_row("", platform="mastodon"),
    ],
)
def test_of_others_no_word_is_shown(row):
    assert make_pages().limit_words(row) == 0


def test_handles_are_compared_as_people_write_them():
    assert make_pages().limit_words(make_row("Calm@A.example")) == QUOTE_LENGTH
    pages = make_pages(opt_outs=frozenset({"calm@a.example", "anna"}))
    assert pages.limit_words(make_row("Calm@A.example")) == 0
    assert not pages.is_listed("4711", "@Anna")
    assert pages.is_listed("4711", "ben")


def test_excerpts_of_x_are_as_long_as_is_set():
    assert make_pages(excerpt_x=40).limit_words(make_row("anna")) == 40
    assert make_pages(excerpt_x=40).limit_words(make_row("anna", deleted=True)) == 0


def test_links_to_x_name_nobody_and_links_to_mastodon_only_the_brand():
    pages = make_pages()
    anna = make_row("anna", url="https://x.com/anna/status/1234567")
    assert pages.find_link(anna) == "https://x.com/i/status/1234567"
    assert pages.name_post(anna) == "1234567"
    for number in ("erased:7f", "12/../34", "", None, "١٢٣"):
        assert pages.find_link({**anna, "post_id": number}) is None
    assert pages.find_link(make_row()) is None
    assert pages.find_link(make_row(side="brand")) is not None
    assert pages.find_link(make_row(side="brand", url="javascript:alert(1)")) is None
    assert make_pages(full=True).find_link(make_row()) is not None
    assert pages.name_post(make_row()) == ""


def test_codes_cannot_be_tested_without_the_key():
    pages = make_pages()
    code = pages.make_code("x", "4711")
    assert code == pages.make_code("x", "4711")
    assert code not in {make_code("x", "4711"), make_pages(key=b"j" * 32).make_code("x", "4711")}
    assert "k" * 32 not in repr(pages)


def test_own_pages_show_what_everybody_could_read():
    pages = OwnPages()
    assert pages.limit_words(make_row("no@a.example")) == QUOTE_LENGTH
    assert pages.is_shown(make_row(deleted=True))
    assert pages.find_link(make_row()) is not None
    assert pages.is_listed("anna")
