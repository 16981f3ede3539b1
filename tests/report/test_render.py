import base64
import hashlib
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from listener.errors import ConfigError
from listener.figures import Coverage
from listener.report.render import render_index, render_overview, render_page, render_text
from listener.report.weekly import IndexEntry
from tests.report.builders import MONDAY, World, make_brand

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "UPDATE_GOLDEN"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> \u202eevil'


@pytest.fixture(scope="module")
def week():
    return World(cases=14, weeks=3).tell(as_of=MONDAY)


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"look at it, then set {UPDATE}=1"


def drop_drawings(page: str) -> str:
    page = re.sub(r"<style>.*?</style>|<script>.*?</script>|<svg.*?</svg>", "", page, flags=re.S)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-…", page)
    return re.sub(r"\n\s*\n+", "\n", page)


@pytest.mark.parametrize("language", ["en", "de"])
def test_page_and_text_are_as_they_were_read_in_review(week, language):
    compare(f"report.{language}.txt", render_text(week, language))
    compare(f"page.{language}.html", drop_drawings(render_page(week, language)))


def test_a_report_with_few_cases_is_as_it_was_read_in_review():
    few = World(cases=7, weeks=1, seed=5).tell(grade="unknown")
    compare("few.en.txt", render_text(few))
    compare("few.en.html", drop_drawings(render_page(few)))


def read_numbers(text: str) -> set[str]:
    plain = re.sub(r"\s+", " ", text.replace("\u00a0", " "))
    return set(re.findall(r"\d+(?:[.,]\d+)*(?: ?%| (?:min|h|days|Tage)\b)?", plain))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_text_says_no_number_that_the_page_does_not(week, language):
    page = re.sub(r"<[^>]+>", " ", drop_drawings(render_page(week, language)))
    assert read_numbers(render_text(week, language)) <= read_numbers(page)


def test_text_lines_fit_into_a_mail(week):
    for language in ("en", "de"):
        lines = render_text(week, language).splitlines()
        assert max(map(len, lines)) <= 72
        assert "\n\n\n" not in render_text(week, language)


def test_the_policy_names_exactly_the_style_and_the_script_of_the_page(week):
    entries = [IndexEntry("Acme", "2017-W44", "acme/2017-W44/index.html", 3)]
    for page in (render_page(week), render_overview([week]), render_index(entries)):
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
        assert policy.startswith("default-src 'none';")
        for tag in ("style", "script"):
            inside = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.S)
            digest = hashlib.sha256(inside[0].encode()).digest()
            assert len(inside) == 1
            assert f"{tag}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_pages_load_nothing_and_have_no_inline_styles(week):
    for page in (render_page(week), render_overview([week, week])):
        assert not re.search(r"<(?:link|img|iframe|object|embed)\b", page)
        assert not re.search(r"\s(?:src|srcset|style|on\w+)=", page)
        assert not re.search(r"@import|url\((?!#)", page)


def test_hostile_words_stay_words():
    world = World(make_brand(name=HOSTILE), weeks=0)
    row = world.add_case(handling="public", customer=HOSTILE)
    world.add_post(row, "customer", HOSTILE + "x" * 1_000_000, ["need"], url="javascript:alert(1)",
                   author_name=HOSTILE)  # fmt: skip
    for handles in ("initials", "full"):
        week = world.tell(handles=handles)
        for page in (render_page(week), render_overview([week, week])):
            assert page.count("<script>") == 1
            assert "<img" not in page
            assert "javascript:" not in page
            assert "\u202e" not in page.replace(week.brand.name, "")
            assert len(page) < 400_000


def test_plain_text_is_not_escaped():
    week = World(make_brand(name="Smith & Sons"), weeks=0).tell()
    assert "Smith & Sons" in render_text(week)
    assert "Smith &amp; Sons" in render_page(week)


def test_templates_are_escaped_whatever_they_are_called(tmp_path):
    (tmp_path / "page.html").write_text("{% include 'own.html.j2' %}{{ style }}", encoding="utf-8")
    (tmp_path / "own.html.j2").write_text("{{ week.brand.name }}", encoding="utf-8")
    week = World(make_brand(name="<b>"), weeks=0).tell()
    assert render_page(week, templates=tmp_path).startswith("&lt;b&gt;")


def test_own_templates_come_first_and_shipped_ones_fill_up(tmp_path, week):
    (tmp_path / "page_method.html").write_text("<p>our own words</p>", encoding="utf-8")
    page = render_page(week, templates=tmp_path)
    assert "our own words" in page
    assert 'id="cases"' in page


@pytest.mark.parametrize("source", ["{{ nonsense }}", "{% if %}", "{% include 'gone.html' %}"])
def test_a_broken_template_is_named_with_its_line(tmp_path, week, source):
    (tmp_path / "page_method.html").write_text(f"\n{source}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"report\.templates: .+"):
        render_page(week, templates=tmp_path)


def test_fewer_than_ten_cases_have_no_percentages():
    few = World(cases=9, weeks=1).tell()
    page = drop_drawings(render_page(few)).split('id="coverage"')[0]
    for text in (page, render_text(few)):
        assert set(re.findall(r"\d+\s?%", text)) <= {"95%"}


def test_nothing_collected_is_no_data_and_not_zero_percent():
    page = drop_drawings(render_page(World(weeks=0).tell()))
    assert "No case that called for a reply" in page
    assert "0%" not in page.split('id="coverage"')[0]


def test_an_imported_file_says_what_it_cannot_show():
    page = render_page(World(cases=12, weeks=1).tell(grade="unknown"))
    assert "What this file cannot show." in page
    assert "without a public reply so far" not in page


def test_partial_coverage_is_said_at_the_top(week):
    coverage = replace(week.figures.coverage, grade="partial", announced=100, collected=80)
    assert isinstance(coverage, Coverage)
    page = render_page(replace(week, figures=replace(week.figures, coverage=coverage)))
    assert "Not everything was seen." in page
    assert "80 of 100 were collected" in page


def test_from_outside_a_missing_reply_is_called_not_public(week):
    page = drop_drawings(render_page(week))
    assert "no public reply" in page
    assert not re.search(r">no reply\b", page)


def test_the_page_names_the_method(week):
    for text in (render_page(week), render_text(week)):
        for value in ("3f9a1c7be2d4", "phrases-1"):
            assert value in text


def test_the_page_links_to_the_files_beside_it(week):
    page = render_page(week, files=["report.json", "evidence/cases.csv"])
    for file in ("report.json", "evidence/cases.csv"):
        assert f'<a href="{file}" rel="noopener">{file}</a>' in page
    assert 'href="report.json"' not in render_page(week)


def test_a_handle_breaks_before_its_server_only():
    world = World(weeks=0)
    world.add_case(customer="jana@m.example", handling="moved")
    assert "@jana<wbr>@m.example" in render_page(world.tell(handles="full"))


def test_the_link_text_to_a_post_shows_no_handle():
    world = World(weeks=0)
    row = world.add_case(customer="jana@m.example", handling="moved")
    world.add_post(row, "customer", "see https://m.example/@jana/1", ["need"],
                   url="https://m.example/@jana/1")  # fmt: skip
    page = render_page(world.tell())
    assert 'href="https://m.example/@jana/1"' in page
    assert "@jana" not in re.sub(r"<[^>]+>", " ", drop_drawings(page))


def test_new_cases_of_the_same_customer_are_linked():
    world = World(weeks=0)
    old = world.add_case(handling="moved", customer="jo")
    later = old["opened_at"] + timedelta(days=3)
    new = world.add_case(customer="jo", opened_at=later, recontact_of=old["case"])
    page = render_page(world.tell())
    assert "opened a new case 3\u00a0days after this one began" in page
    assert f'<a href="#case-{new["case"]}">' in page
    assert f'<a href="#case-{old["case"]}">' in page


def test_a_large_report_stays_small():
    page = render_page(World(cases=10_000, weeks=1).tell())
    assert len(page.encode()) < 6_000_000
    assert len(re.findall(r"<li [^>]*data-f=", page)) - 300 == 9_700
    assert "300 cases are told in full" in page


def test_a_free_period_has_no_trend_and_names_its_days(week):
    free = replace(week.figures, week="2017-10-30_2017-11-05", trend=())
    page = render_page(replace(week, figures=free))
    assert 'id="trend"' not in page
    assert "30 Oct" in page
