"""Answers kept as JSON: a document, or one a line; which format, which server."""

import json

import pytest

from listener.collect.archive import (
    BrokenLine,
    Note,
    detect_format,
    json_pages,
    open_source,
    read_archive,
)
from listener.errors import ImportFileError
from listener.posts import Post


def make_tweet(number=1):
    return {
        "id": str(10**18 + number),
        "author_id": "1",
        "text": f"words {number}",
        "created_at": "2026-03-02T10:00:00Z",
        "edit_history_tweet_ids": [str(10**18 + number)],
    }


def make_status(number=1, acct="anna"):
    return {
        "id": str(number),
        "uri": f"https://social.example/statuses/{number}",
        "account": {"id": "1", "acct": acct, "url": "https://social.example/@anna"},
        "content": f"<p>words {number}</p>",
        "created_at": "2026-03-02T10:00:00Z",
        "visibility": "public",
    }


def read(tmp_path, content, **options):
    path = tmp_path / "pages.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_source(path) as source:
        return list(read_archive(source, **options))


def detect(tmp_path, content):
    path = tmp_path / "pages.json"
    path.write_text(content)
    with open_source(path) as source:
        return detect_format(source)


def texts(entries):
    return [entry.text for entry in entries if isinstance(entry, Post)]


def dump_lines(values):
    return "".join(json.dumps(value) + "\n" for value in values)


WAYS = {
    "one a line": dump_lines,
    "one line": json.dumps,
    "pretty": lambda values: json.dumps(values, indent=2),
    "one a line in brackets": lambda values: (
        "[\n" + ",\n".join(json.dumps(value) for value in values) + "\n]\n"
    ),
    "empty lines between": lambda values: "\n\n".join(json.dumps(value) for value in values),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [make_tweet, make_status])
@pytest.mark.parametrize("count", [1, 2, 100])
def test_documents_and_lines_are_told_apart(tmp_path, way, make, count):
    content = WAYS[way]([make(number) for number in range(count)])
    assert texts(read(tmp_path, content)) == [f"words {number}" for number in range(count)]


def test_a_pretty_page_is_one_document(tmp_path):
    page = {"data": [make_tweet(1)], "includes": {"tweets": [make_tweet(2)]}, "meta": {}}
    assert texts(read(tmp_path, json.dumps(page, indent=4))) == ["words 1", "words 2"]


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ({"data": [], "meta": {"result_count": 0}}, "x"),
        ({"meta": {"result_count": 0}}, "x"),
        ({"data": [{"id": "1", "text": "hi"}]}, "x"),
        ({"data": make_tweet()}, "x"),
        (make_tweet(), "x"),
        ([make_tweet()], "x"),
        ({**make_tweet(), "referenced_posts": [], "__twarc": {}}, "x"),
        ([], "mastodon"),
        (make_status(), "mastodon"),
        ([make_status()], "mastodon"),
        ({"ancestors": [], "descendants": []}, "mastodon"),
        ({"accounts": [], "statuses": [], "hashtags": []}, "mastodon"),
        ([{"id": "1", "type": "mention", "account": {}, "status": make_status()}], "mastodon"),
        ([{"id": "1", "accounts": [], "last_status": make_status()}], "mastodon"),
    ],
)
def test_the_format_is_told_by_the_content(tmp_path, page, form):
    assert detect(tmp_path, json.dumps(page)) == form
    assert detect(tmp_path, json.dumps(page, indent=2)) == form


def test_a_broken_line_is_named_and_costs_no_other(tmp_path):
    content = dump_lines([make_tweet(1)]) + '{"id": \n' + dump_lines([make_tweet(2)])
    first, broken, last = read(tmp_path, content)
    assert (first.text, last.text) == ("words 1", "words 2")
    assert broken.line == 2
    assert broken.reason.startswith("not JSON")


def test_a_broken_first_line_makes_no_document_of_lines(tmp_path):
    entries = read(tmp_path, '{"id": \n' + dump_lines([make_tweet(1)]), form="x")
    assert isinstance(entries[0], BrokenLine)
    assert texts(entries) == ["words 1"]


def test_a_broken_part_of_a_page_has_the_line_of_the_page(tmp_path):
    page = {"data": [make_tweet(1), {"id": "no"}, make_tweet(2)]}
    entries = read(tmp_path, dump_lines([make_tweet(0), page]))
    assert texts(entries) == ["words 0", "words 1", "words 2"]
    assert BrokenLine(2, "post with an odd id: id is no number") in entries


def test_what_x_left_out_is_noted(tmp_path):
    page = {"data": make_tweet(), "errors": [{"title": "Not Found", "resource_id": "5"}]}
    assert Note(1, "X left out: something 5 (Not Found)") in read(tmp_path, dump_lines([page]))


def test_broken_utf8_is_replaced_and_noted(tmp_path):
    content = json.dumps(make_tweet()).encode().replace(b"words 1", b"w\xffrds")
    post, note = read(tmp_path, content)
    assert post.text == "w\N{REPLACEMENT CHARACTER}rds"
    assert note == Note(1, "bytes that are no UTF-8 were replaced")


def test_half_characters_and_nul_are_taken_out(tmp_path):
    content = json.dumps(make_tweet()).replace("words 1", r"a\ud800b\u0000c \ud83d\ude00")
    (post,) = read(tmp_path, content)
    assert post.text == "abc \N{GRINNING FACE}"


@pytest.mark.parametrize("content", ["1" * 5_000, "[" * 100_000, "{" * 100_000, '"', "NaN", "-"])
def test_json_that_no_reader_likes_is_a_broken_line(tmp_path, content):
    entries = read(tmp_path, dump_lines([make_tweet()]) + content + "\n", form="x")
    assert texts(entries) == ["words 1"]
    assert [type(entry) for entry in entries[1:]] == [BrokenLine]


def test_the_server_is_learned_from_earlier_lines(tmp_path):
    content = dump_lines(
        [make_status(1), {**make_status(2, "ben@other.example"), "in_reply_to_id": "1"}]
    )
    _, reply = read(tmp_path, content)
    assert reply.reply_to_id == "social.example/1"


def test_the_server_may_be_named(tmp_path):
    (post,) = read(tmp_path, dump_lines([make_status()]), server="home.example")
    assert post.aliases == ("home.example/1",)


def test_a_document_that_is_too_large_is_refused_with_a_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(json_pages, "LARGEST_DOCUMENT", 100)
    with pytest.raises(ImportFileError, match="write one page a line instead"):
        read(tmp_path, json.dumps([make_tweet()], indent=2))
