"""What came of promises: shares on the page, the list of broken ones, the mail."""

import pytest

from listener.report.headlines import list_headlines
from listener.report.language import Language
from listener.report.render import render_page, render_text
from tests.report.builders import MONDAY, World

HOSTILE = '<script>alert("x")</script>'


def tell(states, *, cases=30, language="en", **changes):
    """Return a week in which the first cases have promises with these states."""
    world = World(cases=0, weeks=1)
    for number in range(cases):
        row = world.add_case(handling="acknowledged")
        world.posts.pop() if world.posts[-1]["side"] == "customer" else None
        if number < len(states):
            world.add_promise(row, states[number], **changes)
    return world.tell(as_of=None)


FEW = ["kept"] * 3 + ["broken"] * 2
MANY = ["kept"] * 9 + ["kept_late"] * 2 + ["broken"] * 9


def test_shares_are_over_promises_of_which_anybody_can_tell():
    page = render_page(tell([*MANY, "not_checkable", "open"]))
    assert "9 of 20 promises" in page
    assert "22 promises were made" in page
    assert "Of 1 nobody can tell" in page
    assert "1 was not yet due" in page


def test_few_promises_are_counts_alone():
    page = render_page(tell(FEW))
    assert "3 of 5 promises" in page


def test_broken_ones_are_listed_with_their_posts_and_the_words_of_the_brand():
    page = render_page(tell(MANY))
    assert "The 9 promises after which the brand did not come back in public" in page
    assert page.count("“within 24 hours”") == 9


def test_a_time_that_was_not_named_is_not_quoted():
    named, unnamed = (render_page(tell(FEW, due_said=said)) for said in (True, False))
    assert "“within 24 hours”" in named
    assert "“within 24 hours”" not in unnamed


def test_words_and_addresses_of_others_stay_harmless():
    week = tell(FEW, due_words=HOSTILE, url="javascript:alert(1)")
    page = render_page(week)
    assert HOSTILE not in page
    assert "javascript:" not in page


def test_a_promise_in_private_is_not_listed():
    assert not tell(FEW, visibility="direct").broken_promises


def test_at_most_fifty_are_listed():
    page = render_page(tell(["broken"] * 60, cases=60))
    assert page.count("“within 24 hours”") == 50
    assert "evidence/promises.csv" in page


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No promise to come back"), ("de", "fand sich kein Versprechen")]
)
def test_no_promise_is_said_as_such(language, said):
    week = tell([])
    assert said in render_page(week, language)
    assert said in " ".join(render_text(week, language).split())


def test_a_week_that_is_too_young_says_so():
    page = render_page(World(cases=30, weeks=1).tell(as_of=MONDAY))
    section = page.split('<section id="promises">')[1].split("</section>")[0]
    assert "Too early to say" in section


def test_the_mail_tells_how_many_were_kept():
    headlines = list_headlines(tell(MANY), Language("en"))
    (kept,) = [headline for headline in headlines if headline.label == "Promises kept"]
    assert kept.shown.value == "45\u00a0%" or kept.shown.value == "45%"
    assert kept.shown.counts == "9 of 20 promises"
    none = list_headlines(tell(["not_checkable"]), Language("en"))
    assert not [headline for headline in none if headline.label == "Promises kept"]


def test_the_text_says_what_the_page_says():
    text = " ".join(render_text(tell(MANY)).split())
    assert "Kept: the brand came back by then: 45" in text
    assert "9 of 20 promises" in text
