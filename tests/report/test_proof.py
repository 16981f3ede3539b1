"""What a watchdog shows: hashes of what was quoted, copies elsewhere, and the brand's own words."""

import hashlib
import re
from dataclasses import replace
from datetime import date

import orjson
import pytest

from listener.errors import ConfigError
from listener.posts import Statement
from listener.report.case_list import build_brand_week
from listener.report.export import dump_figures
from listener.report.mail import render_mail
from listener.report.privacy import PublicPages
from listener.report.quotations import split_paragraphs
from listener.report.render import render_page, render_text
from listener.report.weekly import Options
from listener.settings import load_settings
from tests.report.builders import MONDAY, World, make_brand

WORDS = "my number is +49 170 1234567, " + "help me please " * 60
LINK = "https://a.example/said"
HOSTILE = '<script>alert("x")</script>\n\nSecond part &\u202e evil'


def make_world(**brand):
    world = World(make_brand(**brand), weeks=0)
    row = world.add_case(handling="public")
    world.add_post(row, "customer", WORDS, ["need"])
    world.add_post(row, "customer", "only for friends", ["need"], visibility="private")
    return world


def test_each_quoted_post_has_the_hash_of_its_whole_words_and_hidden_ones_have_none():
    page = render_page(make_world().tell())
    assert hashlib.sha256(WORDS.encode()).hexdigest() in page
    assert hashlib.sha256(b"only for friends").hexdigest() not in page
    assert "1234567" not in page
    (proof,) = re.findall(r'<ol class="hashes">.*?</ol>', page, re.S)
    assert len(re.findall(r"<code>[0-9a-f]{64}</code>", proof)) == 3
    assert "Last looked at: " in page


def test_it_is_told_when_words_were_seen_first_where_that_was_noted():
    world = World(weeks=0)
    row = world.add_case(handling="public")
    world.add_post(row, "customer", "noted", ["need"], seen_at=MONDAY)
    page = render_page(world.tell())
    assert page.count("first seen Mon 6 Nov 2017, 09:00") == 1


def test_without_an_archive_nothing_leads_to_one_and_with_one_each_post_does():
    world = make_world()
    tables = world.tables
    assert "archived copy" not in render_page(world.tell())
    week = build_brand_week(
        world.measure(), world.brand, tables.cases, tables.case_posts,
        settings=Options(archive="https://archive.example/web"),
    )  # fmt: skip
    page = render_page(week)
    url = week.stories[0].story.posts[0].url
    assert f'href="https://archive.example/web/{url}"' in page
    assert page.count("archived copy") == 3


def test_published_pages_have_no_hash_of_words_that_they_do_not_quote():
    world = make_world()
    tables = world.tables
    week = build_brand_week(
        world.measure(), world.brand, tables.cases, tables.case_posts,
        privacy=PublicPages(key=b"k" * 32),
    )  # fmt: skip
    assert "hashes" not in render_page(week).split("</style>")[1]


def test_the_brand_is_heard_in_its_own_words_and_in_no_others():
    said = Statement(
        week="2017-W44", said_on=date(2017, 11, 9), text=HOSTILE, url="https://a.example"
    )
    other = Statement(week="2017-W43", said_on=date(2017, 11, 1), text="of another week")
    page = render_page(make_world(statements=(other, said)).tell())
    section = re.search(r'<section id="statement">.*?</section>', page, re.S)[0]
    assert "&lt;script&gt;" in section
    assert "<script" not in section
    assert "\u202e" not in section
    assert section.count("<p>") == 2
    assert "9 Nov 2017" in section
    assert "of another week" not in page
    assert 'id="statement"' not in render_page(make_world().tell())


def test_the_statement_stands_in_the_figures_file_the_text_and_the_mail_too():
    said = Statement(week="2017-W44", said_on=date(2017, 11, 9), text=HOSTILE, url=LINK)
    quiet = replace(said, said_on=date(2017, 11, 10), url="")
    week = make_world(statements=(said, quiet)).tell()
    told = orjson.loads(dump_figures(week.figures, brand_name="A", statements=week.statements))
    assert [each["said_on"] for each in told["statements"]] == ["2017-11-09", "2017-11-10"]
    assert told["statements"][0]["url"] == LINK
    assert told["statements"][1]["url"] is None
    assert "Second part" in told["statements"][0]["text"]
    assert "Second part" in render_text(week)
    mail = render_mail(week, place="https://r.example/")
    for form in (mail.text, mail.html):
        assert LINK in form
        assert "Second part" not in form
        assert "of 10 Nov 2017, stands in it in full" in form.replace("\n", " ")
    assert 'id="statement"' in render_page(World(make_brand(statements=(said,)), weeks=0).tell())


def test_paragraphs_are_what_stands_between_empty_lines():
    assert split_paragraphs("a\nb\r\n \r\n\nc\n\n  ") == ["a b", "c"]


TOML = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "x", handle = "Acme" }]
[[brands.acme.statements]]
"""


def load(tmp_path, lines):
    path = tmp_path / "my.toml"
    path.write_text(TOML + lines, encoding="utf-8")
    return load_settings(path, env={})


def test_statements_are_read_from_the_settings(tmp_path):
    settings = load(tmp_path, 'week = "2026-W46"\nsaid_on = 2026-11-20\ntext = "Sorry."')
    assert settings.brands[0].statements == (
        Statement(week="2026-W46", said_on=date(2026, 11, 20), text="Sorry."),
    )


def test_all_mistakes_of_a_statement_are_told_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, 'week = "2026-W60"\nsaid_on = 3\ntext = " "\nurl = "javascript:alert(1)"')
    told = "\n".join(caught.value.problems)
    for name in ("week", "said_on", "text", "url"):
        assert "brands.acme.statements" in told
        assert f".{name}: must be " in told
