"""Whatever the page lists in brief is told in full on pages beside it."""

import os
import re
import signal
from dataclasses import replace
from functools import partial

import pytest

from listener.cores import Processes
from listener.errors import ConfigError
from listener.report.files import save_report
from listener.report.further import tell_further
from listener.report.render import render_page, render_stories
from listener.report.telling import STORIES
from listener.report.weekly import Story
from tests.report.builders import MONDAY, World

LINK = re.compile(r'href="stories/(\d+)\.html#(case-[a-z0-9]+)"')


@pytest.fixture(scope="module")
def week():
    return World(cases=STORIES + 20, weeks=2).tell(as_of=MONDAY, with_further=True)


def test_every_case_is_told_once(week):
    listed = [row.case for row in (*week.cases, *week.outcome_cases)]
    told = [row.case for rows in (week.stories, *week.further) for row in rows]
    assert sorted(told) == sorted(listed)
    assert all(row.story.posts for rows in week.further for row in rows)
    assert {row.page for row in week.others} == set(range(1, len(week.further) + 1))
    assert {row.page for row in week.stories} == {0}


def test_the_number_of_a_case_leads_to_its_story(week):
    pages = [render_stories(week, number) for number in range(1, len(week.further) + 1)]
    leads = LINK.findall(render_page(week))
    assert len(leads) == len(week.others)
    for number, name in leads:
        assert pages[int(number) - 1].count(f'id="{name}"') == 1


def test_pages_lead_back_and_to_each_other(week):
    twice = replace(week, further=(*week.further, *week.further))
    page = render_stories(twice, 2, "de")
    assert 'href="../index.html#cases"' in page
    assert 'href="1.html"' in page
    assert 'href="2.html" aria-current="page"' in page
    rules = set(re.findall(r'href="([^"]*)#rule-', page))
    assert rules <= {"../index.html"}


def test_few_cases_need_no_further_page(tmp_path):
    week = World(cases=3, weeks=1).tell(with_further=True)
    assert week.further == ()
    assert not (save_report(tmp_path, week, {}) / "stories").exists()


def test_a_report_that_is_made_again_has_no_pages_of_before(tmp_path, week):
    folder = save_report(tmp_path, week, {}, formats=("html",))
    names = {path.name for path in (folder / "stories").iterdir()}
    assert names == {f"{number}.html" for number in range(1, len(week.further) + 1)}
    save_report(tmp_path, replace(week, further=()), {}, formats=("html",))
    assert not (folder / "stories").exists()


def save_and_die(save, home):
    save()
    if os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)


def read_all(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_a_process_beside_makes_the_same_pages_even_if_it_is_killed(tmp_path, week, caplog):
    here = read_all(save_report(tmp_path / "here", week, {}))
    own = tmp_path / "own"
    own.mkdir()
    (own / "stories.html").write_text("{{ week.nothing }}")
    with Processes(1) as other:
        beside = read_all(save_report(tmp_path / "beside", week, {}, begin=other.start))
        with pytest.raises(ConfigError, match=r"stories\.html:1"):
            save_report(tmp_path / "bad", week, {}, templates=own, begin=other.start)
        assert not list((tmp_path / "bad").rglob("*.html"))
        assert caplog.text == ""
        killed = save_report(
            tmp_path / "killed",
            week,
            {},
            begin=lambda save: other.start(partial(save_and_die, save, os.getpid())),
        )
    assert len(here) > 3
    assert beside == here
    assert read_all(killed) == here
    assert "going on with one core" in caplog.text


def test_a_page_holds_some_hundred_cases_and_a_bounded_number_of_posts(week):
    (row, *_), story = week.cases, Story((), 0)
    rows = [replace(row, case=f"c{number}", posts=9, story=None) for number in range(700)]
    pages, page_of = tell_further(rows, lambda cases: dict.fromkeys(cases, story))
    assert [len(page) for page in pages] == [277, 277, 146]
    assert page_of["c0"] == 1
    assert page_of["c699"] == 3


def test_a_case_without_a_public_post_is_on_no_page(week):
    rows = [replace(week.cases[0], case=name, story=None) for name in ("seen", "unseen")]
    pages, page_of = tell_further(rows, lambda _: {"seen": Story((), 0)})
    assert [[row.case for row in page] for page in pages] == [["seen"]]
    assert page_of == {"seen": 1}


def test_pages_of_published_sites_lead_to_no_further_page():
    week = World(cases=STORIES + 20, weeks=1).tell(as_of=MONDAY)
    assert week.further == ()
    assert "stories/" not in render_page(week)
