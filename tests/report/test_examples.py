"""Two conversations on the page: quoted as everywhere else, and never what is not public."""

import re

import pytest

from listener.report.render import render_page
from tests.report.builders import MONDAY, World


def read_section(week, language: str = "en") -> str:
    found = re.search(r'<section id="examples">.*?</section>', render_page(week, language), re.S)
    return found[0] if found else ""


@pytest.fixture(scope="module")
def week():
    return World(cases=60, weeks=3).tell(as_of=MONDAY)


def test_both_are_of_the_week_whose_outcomes_are_told_and_lead_to_the_list(week):
    examples, section = week.figures.examples, read_section(week)
    told = {row.case for row in week.outcome_cases}
    assert {examples.best, examples.worst} <= told
    for case in (examples.best, examples.worst):
        assert f'href="#case-{case}"' in section
        assert week.find_story(case).story.posts[0].text in section.replace("&#39;", "'")
    assert "Cases opened 23–29\u00a0Oct" in section


def test_they_are_told_in_full_however_many_other_cases_there_are():
    week = World(cases=400, weeks=2).tell(as_of=MONDAY)
    assert week.find_story(week.figures.examples.best)
    assert week.find_story(week.figures.examples.worst)


def test_words_that_are_not_public_are_not_quoted():
    world = World(weeks=0)
    row = world.add_case(handling="public", outcome="unresolved", ago=0, chases=1)
    world.add_post(row, "customer", "my secret address", ["need"], visibility="direct")
    section = read_section(world.tell())
    assert f'href="#case-{row["case"]}"' in section
    assert "secret" not in section


def test_without_any_that_qualifies_there_is_no_section():
    world = World(weeks=0)
    world.add_case(handling="unanswered")
    assert read_section(world.tell()) == ""
