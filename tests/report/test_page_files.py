"""What makes pages is made ready before there is anything to tell."""

import jinja2
import pytest

from listener.report import telling
from listener.report.environment import make_environment
from listener.report.page_files import prepare_pages
from listener.report.render import render_page, render_stories
from tests.report.builders import World


@pytest.fixture
def compiled(monkeypatch):
    """Return the names of the templates that are compiled from now on."""
    make_environment.cache_clear()
    names = []
    compile_source = jinja2.Environment.compile

    def note(self, source, name=None, *args, **options):
        names.append(name)
        return compile_source(self, source, name, *args, **options)

    monkeypatch.setattr(jinja2.Environment, "compile", note)
    yield names
    make_environment.cache_clear()


def test_pages_need_nothing_that_was_not_made_ready(compiled, monkeypatch):
    prepare_pages("de", None)
    assert {"page.html", "page_cases.html", "stories.html", "story.html"} <= {*compiled}
    assert len(compiled) == len({*compiled})
    compiled.clear()
    monkeypatch.setattr(telling, "STORIES", 10)
    week = World(cases=60, weeks=3).tell(with_further=True)
    render_page(week, "de")
    render_stories(week, 1, "de")
    assert compiled == []


def test_own_parts_of_pages_are_made_ready_too(compiled, tmp_path):
    (tmp_path / "page_statement.html").write_text("{% include 'own.html' %}")
    (tmp_path / "own.html").write_text("ours")
    prepare_pages("en", tmp_path)
    assert "own.html" in compiled


def test_a_mistake_of_an_own_part_stops_what_is_made_ready(compiled, tmp_path):
    (tmp_path / "page_statement.html").write_text("{% if %}")
    with pytest.raises(jinja2.TemplateSyntaxError):
        prepare_pages("en", tmp_path)
