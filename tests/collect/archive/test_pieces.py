"""Pieces: whatever the lines are cut into, and wherever they are parsed, the same comes out."""

import gzip
import pickle
from itertools import chain

import orjson
import pytest

from listener.collect.archive import (
    BrokenLine,
    cut_archive,
    detect_format,
    open_source,
    pieces,
    reading,
)
from listener.collect.archive.listener_lines import dump_post
from tests.builders import make_post
from tests.collect.archive.test_customer_support import HEADER, row
from tests.collect.archive.test_json_pages import dump_lines, make_status, make_tweet

LISTENER = b"\n".join([dump_post(make_post("one")), b"{broken", b"", dump_post(make_post("two"))])
CSV = HEADER + "".join(
    [row(1), row(2, '"two\nlines, ""quoted"""'), '3,"stray,True\n', row(4), row(5, '"a\nb"'), "6\n"]
)
TWEETS = dump_lines([make_tweet(1), make_tweet(2)]) + '{broken\n{"data": [{}, 7]}\n'
# A server is told by the third page: local ids before it are of nobody knows where.
ELSEWHERE = {**make_status(2, "ben@far.example"), "in_reply_to_id": "1"}
STATUSES = dump_lines([[], ELSEWHERE, make_status(1), ELSEWHERE])
FILES = {"listener": LISTENER, "csv": CSV.encode(), "x": TWEETS.encode()}
FILES |= {"mastodon": STATUSES.encode(), "document": orjson.dumps([make_status(1), ELSEWHERE])}


def read(path, *, backwards=False):
    """Return what is in a file, each piece parsed as a process that gets it would."""
    with open_source(path) as source:
        sent = list(map(pickle.dumps, cut_archive(source, detect_format(source))))
    order = range(len(sent) - 1, -1, -1) if backwards else range(len(sent))
    parsed = {
        number: list(pickle.loads(sent[number]).parse())  # noqa: S301 - made here
        for number in order
    }
    return [entry for number in sorted(parsed) for entry in parsed[number]], len(sent)


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize(("lines", "size"), [(1, 1), (2, 100), (3, 150)])
def test_no_piece_needs_another(tmp_path, monkeypatch, form, lines, size):
    path = tmp_path / "archive"
    path.write_bytes(FILES[form])
    whole, _ = read(path)
    monkeypatch.setattr(pieces, "PIECE_LINES", lines)
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    cut, number = read(path, backwards=True)
    assert cut == whole
    assert number > 1 or form == "document"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_blocks_are_whole_lines(tmp_path, monkeypatch, size, end):
    monkeypatch.setattr(reading, "LONGEST_LINE", 30)
    path = tmp_path / "lines"
    lines = [b"one", b"", b"a\x85\xe2\x80\xa8b" * 3, b"endless" * 99, b"-" * 29, b"last"]
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines) + end)
    with open_source(path) as source:
        expected = list(source.read_lines())
    with open_source(path) as source:
        found = list(source.read_blocks(size))
    assert list(chain.from_iterable(found)) == expected
    assert max(len(block.content) for block in found) <= 30 + 2 * size
    assert len(found) > 1


def test_damage_follows_what_was_read(tmp_path):
    packed = gzip.compress(b"".join(dump_post(make_post(str(n))) + b"\n" for n in range(3_000)))
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    entries, _ = read(path)
    *posts, broken = entries
    assert [post.text for post in posts] == [str(number) for number in range(len(posts))]
    assert broken == BrokenLine(len(posts) + 1, "the compressed file is cut off or damaged here")
