"""The public corpus's columns, as they come and as they are broken."""

import gzip
from datetime import UTC, datetime

import pytest

from listener.collect.archive import BrokenLine, Note, open_source, read_archive
from listener.collect.archive.customer_support import parse_time
from listener.errors import ImportFileError

HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
TIME = "Tue Oct 31 22:10:47 +0000 2017"


def read(tmp_path, content, form=None):
    path = tmp_path / "corpus.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_source(path) as source:
        return list(read_archive(source, form))


def row(number, text="hello", author="115712", parent=""):
    return f"{number},{author},True,{TIME},{text},,{parent}\n"


def test_a_row_becomes_a_post(tmp_path):
    (post,) = read(tmp_path, HEADER + row(7, '"@AcmeHelp &amp; @acmehelp, you &lt;3"', parent="5"))
    assert post.platform == "x"
    assert post.post_id == "7"
    assert post.author_id == post.author_handle == "115712"
    assert post.text == "@AcmeHelp & @acmehelp, you <3"
    assert post.mentions == ("acmehelp",)
    assert post.reply_to_id == "5"
    assert post.created_at == datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)
    assert post.url is None


def test_ids_that_a_tool_has_made_numbers_are_mended(tmp_path):
    (post,) = read(tmp_path, HEADER + row("7.0", parent="5.0"))
    assert (post.post_id, post.reply_to_id) == ("7", "5")


def test_columns_may_stand_in_any_order(tmp_path):
    content = "text,tweet_id,in_response_to_tweet_id,created_at,author_id\n"
    (post,) = read(tmp_path, f"{content}hello,7,,{TIME},acme\n")
    assert (post.post_id, post.author_id, post.text) == ("7", "acme", "hello")


def test_quoted_line_breaks_and_commas_are_text(tmp_path):
    entries = read(tmp_path, HEADER + row(1, '"one,\ntwo ""three"""') + row(2))
    assert [entry.text for entry in entries] == ['one,\ntwo "three"', "hello"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("1,2,3\n", "3 fields instead of 7"),
        (f",115712,True,{TIME},hello,,\n", "tweet_id or author_id is empty"),
        ("1,115712,True,yesterday,hello,,\n", 'created_at "yesterday" is no time'),
        ("1,115712,True,Tue Foo 31 22:10:47 +0000 2017,x,,\n", "is no time"),
        ("1,115712,True,Tue Feb 31 22:10:47 +0000 2017,x,,\n", "day"),
    ],
)
def test_a_broken_row_is_named_and_costs_no_other(tmp_path, broken, reason):
    entries = read(tmp_path, HEADER + row(8) + broken + row(9))
    assert [entries[0].post_id, entries[2].post_id] == ["8", "9"]
    assert isinstance(entries[1], BrokenLine)
    assert entries[1].line == 3
    assert reason in entries[1].reason


def test_line_numbers_count_lines_inside_of_quotes(tmp_path):
    entries = read(tmp_path, HEADER + row(1, '"a\nb\nc"') + "broken\n" + row(2))
    assert entries[1].line == 5


def test_a_stray_quote_costs_one_row_only(tmp_path):
    rows = [row(n) for n in range(1, 1001)]
    rows[300] = row(301, '"never closed')
    entries = read(tmp_path, HEADER + "".join(rows))
    broken = [entry for entry in entries if isinstance(entry, BrokenLine)]
    assert len(entries) == 1000
    assert [entry.line for entry in broken] == [302]


def test_two_stray_quotes_in_a_row_cost_these_two(tmp_path):
    content = HEADER + row(1, '"open') + row(2, '"open') + row(3)
    entries = read(tmp_path, content)
    assert [isinstance(entry, BrokenLine) for entry in entries] == [True, True, False]


def test_nul_and_broken_utf8_cost_nothing(tmp_path):
    content = HEADER.encode() + row(1, "a\x00b").encode() + row(2, "c@d").encode()
    entries = read(tmp_path, content.replace(b"c@d", b"c\xffd"))
    notes = [entry for entry in entries if isinstance(entry, Note)]
    assert [entry.text for entry in entries if entry not in notes] == ["ab", "c�d"]
    assert notes == [Note(3, "bytes that are no UTF-8 were replaced")]


def test_a_post_of_a_megabyte_is_cut_and_that_is_noted(tmp_path):
    post, note = read(tmp_path, HEADER + row(1, "a" * 1_000_000))
    assert post.text == "a" * 100_000
    assert note == Note(2, "post 1: cut to 100,000 characters")


def test_an_endless_entity_costs_nothing(tmp_path):
    (post,) = read(tmp_path, HEADER + row(1, f"a &#{'9' * 5000}; b"))
    assert post.text == "a \N{REPLACEMENT CHARACTER} b"


@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_gzip_byte_order_mark_and_line_ends(tmp_path, pack, end):
    content = (HEADER + row(1)).replace("\n", end)
    (post,) = read(tmp_path, pack(b"\xef\xbb\xbf" + content.encode()))
    assert post.text == "hello"


def test_a_cut_off_gzip_file_keeps_what_was_there(tmp_path):
    text = "".join(f"{n * 7919 % 104729:x}" for n in range(20_000))
    packed = gzip.compress((HEADER + row(1) + row(2, text)).encode())
    entries = read(tmp_path, packed[: len(packed) // 2])
    assert entries[0].post_id == "1"
    assert "cut off" in entries[-1].reason


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ImportFileError, match="created_at"):
        read(tmp_path, "tweet_id,author_id,text,in_response_to_tweet_id\n1,2,3,\n")


@pytest.mark.parametrize(
    "content",
    [b"hello\nworld\n", b"\x89PNG\r\n", b"<html>", b'{"a": 1}', b"PK\x03\x04", b"{{{"],
)
def test_unknown_formats_are_refused_with_the_choices(tmp_path, content):
    with pytest.raises(ImportFileError, match="--format customer-support-csv"):
        read(tmp_path, content)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(tmp_path, content):
    with pytest.raises(ImportFileError, match="there is nothing in it"):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ImportFileError, match="No such file"), open_source(tmp_path / "none"):
        pass


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ImportFileError, match="is a folder"), open_source(tmp_path):
        pass


def test_progress_counts_the_bytes_on_disk(tmp_path):
    path = tmp_path / "corpus.csv"
    path.write_text(HEADER + row(1))
    seen = []
    with open_source(path, seen.append) as source:
        list(read_archive(source))
    assert seen[-1] == path.stat().st_size


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun Jan 01 00:00:00 +0000 2017", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T01:00:00+01:00", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01 00:00:00", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_times(text, moment):
    assert parse_time(text) == moment
