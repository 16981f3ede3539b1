"""Own templates: what they may use, what is wrong with them, and that they come first."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from listener.errors import ConfigError
from listener.report import environment
from listener.report.files import save_report
from listener.report.leaving import render_leave_page
from listener.report.mail import render_mail
from listener.report.render import (
    render_index,
    render_overview,
    render_page,
    render_stories,
    render_text,
)
from listener.report.template_check import check_templates, refuse_mistakes
from listener.report.template_names import COMMON, FUNCTIONS, GIVEN
from listener.report.weekly import Story
from listener.report.work import (
    WorkCase,
    WorkList,
    WorkRow,
    WorkView,
    render_work_case,
    render_work_list,
)
from listener.resources import templates_dir
from tests.report.builders import World, make_brand

NOW = datetime(2026, 3, 9, 10, tzinfo=UTC)
ROW = WorkRow(
    case="abc", brand=make_brand("acme"), platform="x", customer="A. abc", opened_at=NOW,
    todo="answer", waiting_since=NOW, waiting_seconds=60.0, replies=0, chases=0, quote="help",
    url=None, told=None,
)  # fmt: skip
PLACE = "/out/acme/2017-W44/index.html"


@pytest.fixture(scope="module")
def week():
    return World(cases=4, weeks=1).tell()  # too few to draw anything


def render_all(week, templates):
    """Return everything that is made of templates, by the page that it begins with."""
    mail = render_mail(week, place=PLACE, templates=templates)
    work = WorkList(as_of=NOW, brands=(ROW.brand,), rows=(ROW,))
    further = replace(week, further=(week.cases,))
    told = WorkCase(row=ROW, story=Story(()), as_of=NOW)
    return {
        "page.html": render_page(week, templates=templates),
        "stories.html": render_stories(further, 1, templates=templates),
        "report.txt": render_text(week, templates=templates),
        "overview.html": render_overview([week], templates=templates),
        "index.html": render_index([], templates=templates),
        "mail.html": mail.html,
        "mail.txt": mail.text,
        "work.html": render_work_list(work, WorkView(), templates=templates),
        "work_case.html": render_work_case(told, templates=templates),
        "leave.html": render_leave_page("ask", templates=templates),
    }


def test_the_shipped_templates_have_no_mistake():
    assert not check_templates(None).mistakes


def test_every_shipped_template_is_looked_through():
    shipped = {path.name for path in templates_dir().iterdir()}
    found = {each.file for each in check_templates(None).templates}
    assert found | {*environment.SOURCES} == shipped


def test_pages_are_given_what_is_said_that_they_are_given(week, monkeypatch):
    given, render = {}, environment.render_template

    def note(name, language, templates, **values):
        given[name] = {*values} - {"site"}
        return render(name, language, templates, **values)

    for module in ("render", "mail", "work", "leaving"):
        monkeypatch.setattr(f"listener.report.{module}.render_template", note)
    render_all(week, None)
    assert given == {name: {*GIVEN[name]} for name in GIVEN if name != "site.html"}


def test_every_page_may_be_replaced(week, tmp_path):
    """Written once more, each knows the names that it is said to be given."""
    pages = {*GIVEN} - {"site.html"}
    for name in pages:
        names = sorted({*GIVEN[name], *COMMON, *FUNCTIONS})
        used = " ".join(f"{{{{ {each} is defined }}}}" for each in names)
        (tmp_path / name).write_text(f"<p>our own {name} {used}</p>", encoding="utf-8")
    for name, page in render_all(week, tmp_path).items():
        assert f"our own {name}" in page
        assert "False" not in page
    check = check_templates(tmp_path)
    assert not check.mistakes
    assert {each.file for each in check.templates if each.is_own} == pages


def test_parts_of_pages_may_be_replaced(week, tmp_path):
    parts = {
        "macros.html": {"page.html", "overview.html"},
        "story.html": {"page.html", "stories.html", "work_case.html"},
        "mail.css": {"mail.html"},
    }
    for name in parts:
        shipped = (templates_dir() / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text("{{ unknown }}" + shipped, encoding="utf-8")
    check = check_templates(tmp_path)
    assert [(each.file, each.line) for each in check.mistakes] == [
        (name, 1) for name in sorted(parts)
    ]
    assert {each.file: {*each.pages} for each in check.templates if each.is_own} == parts
    told = WorkCase(row=ROW, story=Story(()), as_of=NOW)
    with pytest.raises(ConfigError, match=r"macros\.html:1: 'unknown' is undefined"):
        render_page(week, templates=tmp_path)
    with pytest.raises(ConfigError, match=r"story\.html:1: 'unknown' is undefined"):
        render_work_case(told, templates=tmp_path)
    with pytest.raises(ConfigError, match=r"mail\.css:1: 'unknown' is undefined"):
        render_mail(week, place=PLACE, templates=tmp_path)


def test_styles_and_scripts_may_be_replaced(week, tmp_path):
    for name in environment.SOURCES:
        (tmp_path / name).write_text(f"/* our own {name} */", encoding="utf-8")
    pages = "".join(render_all(week, tmp_path).values())
    assert all(f"/* our own {name} */" in pages for name in environment.SOURCES)
    assert not check_templates(tmp_path).mistakes


MISTAKES = """\
{% extends "layout.html" %}
{% import "macros.html" as m with context %}
{% block titel %}{% endblock %}
{% block body %}
{{ week.brand.nam }} {{ nonsense }} {{ figures.first_reply.medain.value }}
{% for row in week.cases[:3] if row.customer %}{{ row.customr|hndle }} {{ m.fil(1) }}{% endfor %}
{% include "gone.html" %}{% if days is nope %}{% endif %}
{% set f, known = week.figures, 1 %}{{ f.countz }}{{ language.nuber(3) }}{{ known.anything }}
{% from "story.html" import postz, reasons as why with context %}{{ why(week) }}
{% macro own(week, left="") %}{{ week.anything }}{% endmacro %}{{ own(1) }}
{% endblock %}
"""
FOUND = [
    '3: layout.html has no block "titel"; did you mean "title"?',
    '5: Brand has no "nam"; did you mean "name"?',
    '5: Clock has no "medain"; did you mean "median"?',
    '5: there is no variable "nonsense"',
    '6: CaseRow has no "customr"; did you mean "customer"?',
    '6: macros.html has no "fil"; did you mean "fill"?',
    '6: there is no filter "hndle"; did you mean "handle"?',
    '7: there is no template "gone.html"; did you mean "page.html"?',
    '7: there is no test "nope"; did you mean "none"?',
    '8: Language has no "nuber"; did you mean "number"?',
    '8: WeekFigures has no "countz"; did you mean "counts"?',
    '9: story.html has no "postz"; did you mean "posts"?',
]


def test_all_mistakes_are_told_at_once_with_file_and_line(tmp_path):
    (tmp_path / "page.html").write_text(MISTAKES, encoding="utf-8")
    (tmp_path / "pages.html").write_text("never used", encoding="utf-8")
    (tmp_path / "mail.txt").write_text("\n{% if %}", encoding="utf-8")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\xff")
    told = [str(mistake) for mistake in check_templates(tmp_path).mistakes]
    assert told[0].startswith("report.templates: mail.txt:2: Expected an expression")
    assert [line.removeprefix("report.templates: page.html:") for line in told[1:-1]] == FOUND
    assert told[-1].endswith('pages.html:1: no page uses it; did you mean "page.html"?')


def test_what_belongs_together_is_looked_at_together(tmp_path):
    """One's mistakes may show in another: in a part, in the page that has it, in a base."""
    sources = {
        "page_told.html": "{% include 'page_told.html' %}",
        "page_talk.html": "{{ few }}{{ m.bar(1) }}{{ first.median }}",
        "report.txt": "{{ few }}{% include [week.brand.key ~ '.txt'] ignore missing %}",
        "layout.html": "{% block body %}{% endblock %}",
        "macros.html": "{% macro bar(shown) %}{{ ticks }}{% endmacro %}",
        "overview.html": "{% for a in weeks %}{{ a.brand.nme }}{% endfor %}",
        "work.html": "{{ rows[0].qoute }}",
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    told = [str(mistake) for mistake in check_templates(tmp_path).mistakes]
    wanted = (
        'page_told.html:1: "page_told.html" would contain itself',
        'report.txt:1: there is no variable "few"',
        'index.html:2: layout.html has no block "title"; there are: body',
        'page_figures.html:7: macros.html has no "tile"; there are: bar',
        'overview.html:1: Brand has no "nme"; did you mean "name"?',
        'work.html:1: WorkRow has no "qoute"; did you mean "quote"?',
    )
    for line in wanted:
        place, _, text = line.partition(": ")
        file = place.partition(":")[0]
        assert any(file in each and each.endswith(text) for each in told), line
    assert not [each for each in told if "page_talk" in each or "macros.html:" in each]


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "page.html").write_bytes("für".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"page\.html: cannot be read; save it as UTF-8"):
        refuse_mistakes(tmp_path)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ nonsense }}", "'nonsense' is undefined"),
        ("{{ figures.counts.nonsense }}", "no attribute 'nonsense'"),
        ("{{ 1 + 'a' }}", "TypeError"),
        ("{{ 1 // 0 }}", "ZeroDivisionError"),
        ("{{ week.cases[0].story.posts[99].at }}", "no element 99"),
        ("{{ language.week('soon') }}", "ValueError"),
        ("{{ show_share() }}", "TypeError"),
        ("{% include 'gone.html' %}", "gone.html"),
        ("{% if %}", "Expected an expression"),
        ("{{ 'x'|hndle }}", "No filter named 'hndle'"),
        ("{% include 'page_told.html' %}", "RecursionError"),
    ],
)
def test_a_template_that_fails_is_one_line_with_file_line_and_next_step(
    week, tmp_path, source, told
):
    (tmp_path / "page_told.html").write_text(f"\n\n{source}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        render_page(replace(week), templates=tmp_path)
    line = str(caught.value)
    assert line.startswith("report.templates: page_told.html:3: ")
    assert told in line
    assert "--template-check" in line
    assert "\n" not in line


def test_a_mistake_of_the_program_is_not_taken_for_one_of_a_template(week, tmp_path, monkeypatch):
    monkeypatch.setattr("listener.report.functions.list_voice_rows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        render_page(week, templates=tmp_path)


def test_nothing_is_half_written_when_a_template_fails(week, tmp_path):
    out, own = tmp_path / "out", tmp_path / "own"
    own.mkdir()
    folder = save_report(out, week, {})
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (own / "report.txt").write_text("{{ 1 // 0 }}", encoding="utf-8")
    with pytest.raises(ConfigError):
        save_report(out, week, {}, templates=own)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert os.listdir(folder.parent) == [folder.name]  # noqa: PTH208 - hidden ones too
