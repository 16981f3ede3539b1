"""Hostile posts on the whole way: from a file to a page that stays harmless."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from listener.cli import main
from listener.collect.archive.listener_lines import dump_post
from listener.resources import templates_dir
from tests.builders import make_post

pytestmark = pytest.mark.long

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
OVERRIDE = "\u202e\u2066evil\u2069"


def publish(folder, posts, *, week="2026-W10"):
    """Import posts, write the report, and return page, text and figures."""
    archive = folder / "posts.jsonl"
    archive.write_bytes(b"".join(dump_post(post) + b"\n" for post in posts))
    database = ["--database", str(folder / "posts.db")]
    assert main([*database, "import", str(archive), "--brand", "acme=acme"]) == 0
    assert main([*database, "report", "--week", week, "--output", str(folder / "out")]) == 0
    report = folder / "out" / "acme" / week
    figures = orjson.loads((report / "report.json").read_bytes())
    return (report / "index.html").read_text(), (report / "report.txt").read_text(), figures


def test_markup_in_texts_and_names_stays_text(tmp_path):
    asked = make_post(f"@acme help {SCRIPT}", author_name=SCRIPT, url="javascript:alert(1)")
    answer = make_post(f"@anna Sorry! {SCRIPT} Please DM us.", author="acme", at=5, reply_to=asked)
    page, text, figures = publish(tmp_path, [asked, answer])
    assert figures["counts"]["cases_with_need"] == 1
    assert "<img" not in page
    own = (templates_dir() / "page.js").read_text(encoding="utf-8")
    assert f"<script>{own}</script>" in page
    assert page.count("<script") == page.count("</script") == 1
    assert "&lt;script&gt;" in page
    assert "javascript:" not in page
    assert SCRIPT not in text


def test_characters_that_turn_the_page_around_are_taken_out(tmp_path):
    asked = make_post(f"@acme help me {OVERRIDE} please", author_name=OVERRIDE)
    page, text, _ = publish(tmp_path, [asked])
    for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        assert character not in page
        assert character not in text


def test_a_post_of_a_megabyte_makes_no_page_of_a_megabyte(tmp_path):
    asked = make_post("@acme help me please, it is broken " + "a" * 1_000_000)
    page, _, figures = publish(tmp_path, [asked])
    assert figures["counts"]["cases"] == 1
    assert len(page) < 300_000


def test_nul_and_lone_surrogates_are_dropped_on_the_way_in(tmp_path):
    line = dump_post(make_post("@acme help me NUL now"))
    archive = tmp_path / "posts.jsonl"
    archive.write_bytes(line.replace(b"NUL", rb"\u0000") + b"\n")
    database = ["--database", str(tmp_path / "posts.db")]
    assert main([*database, "import", str(archive), "--brand", "acme=acme"]) == 0
    assert main([*database, "report", "--week", "2026-W10", "--output", str(tmp_path / "o")]) == 0


def test_reply_links_in_a_circle_end(tmp_path):
    first = make_post("@acme help", post_id="1", reply_to="3")
    second = make_post("@anna which one?", author="acme", at=5, post_id="2", reply_to="1")
    third = make_post("@acme the red one", at=9, post_id="3", reply_to="2")
    _, _, figures = publish(tmp_path, [first, second, third])
    assert figures["counts"]["cases"] == 1


def test_a_reply_dated_before_its_post_gives_no_negative_time(tmp_path):
    asked = make_post("@acme please help me", at=60)
    answer = make_post("@anna Restart it please.", author="acme", at=0, reply_to=asked)
    _, _, figures = publish(tmp_path, [asked, answer])
    assert figures["first_reply"]["skewed"] == 1
    assert figures["first_reply"]["total"] == 0
    assert figures["counts"]["answered"] == 1


def test_ten_thousand_customers_in_one_thread(tmp_path):
    news = make_post("We are down", author="acme", post_id="0")
    asked = make_post("@acme me too, please help", reply_to=news)
    crowd = [
        replace(
            asked,
            post_id=f"p{n}",
            author_id=f"c{n}",
            author_handle=f"c{n}",
            created_at=asked.created_at + timedelta(seconds=n),
        )
        for n in range(10_000)
    ]
    page, _, figures = publish(tmp_path, [news, *crowd])
    assert figures["counts"]["cases"] == 10_000
    assert figures["first_reply"]["open"] == 10_000
    assert len(page) < 6_000_000


@pytest.mark.parametrize("handle", ["<b>", "a" * 5_000, "../../etc", "=cmd()", "\u202eevil", " "])
def test_handles_of_any_kind_harm_nothing(tmp_path, handle):
    asked = make_post("@acme please help", author_id=handle, author_handle=handle)
    page, _, figures = publish(tmp_path, [asked])
    assert figures["counts"]["cases"] == 1
    assert "<b>" not in page
    cases = (tmp_path / "out/acme/2026-W10/evidence/cases.csv").read_text()
    assert "=cmd" not in cases
