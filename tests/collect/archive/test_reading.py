"""Streams: whatever a file or a pipe gives, in pieces of any size."""

import gzip
import io
import sys
import tracemalloc
from types import SimpleNamespace

import pytest

from listener.collect.archive import BrokenLine, open_source, read_archive
from listener.collect.archive import reading as reading_module
from listener.collect.archive.listener_lines import dump_post
from tests.builders import make_post


class SlowPipe(io.RawIOBase):
    """Gives one byte at a time, as a slow writer may."""

    def __init__(self, content):
        super().__init__()
        self.content = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self.content.read(1)
        buffer[: len(piece)] = piece
        return len(piece)


def pipe(monkeypatch, content):
    stream = io.BufferedReader(SlowPipe(content))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))


@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_slow_pipe_is_read_like_a_file(monkeypatch, pack, mark, end):
    posts = [make_post(f"words {number}") for number in range(5)]
    pipe(monkeypatch, pack(mark + b"".join(dump_post(post) + end for post in posts)))
    with open_source("-") as source:
        assert source.name == "-"
        assert list(read_archive(source)) == posts


def test_two_gzip_files_in_one_are_read_as_one(tmp_path):
    posts = [make_post("one"), make_post("two")]
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(b"".join(gzip.compress(dump_post(post) + b"\n") for post in posts))
    with open_source(path) as source:
        assert list(read_archive(source)) == posts


def test_a_line_that_is_too_long_is_broken_and_costs_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_module, "LONGEST_LINE", 1_000)
    posts = [make_post("one"), make_post("x" * 5_000), make_post("two")]
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"".join(dump_post(post) + b"\n" for post in posts))
    with open_source(path) as source:
        first, broken, last = read_archive(source)
    assert (first, last) == (posts[0], posts[2])
    assert (broken.line, type(broken)) == (2, BrokenLine)


def measure_peak(path):
    tracemalloc.start()
    with open_source(path) as source:
        count = sum(1 for _ in read_archive(source))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return count, peak


ROW = "{},115712,True,Tue Oct 31 22:10:47 +0000 2017,my train is late again,,\n"
HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
TWEET = '{{"data":{{"id":"{}","author_id":"1","text":"hi","created_at":"2026-03-02T10:00:00Z"}}}}\n'


@pytest.mark.parametrize(("header", "line"), [(HEADER, ROW), ("", TWEET)], ids=["csv", "x"])
def test_memory_does_not_grow_with_the_file(tmp_path, header, line):
    peaks = []
    for number in (8_000, 24_000):
        path = tmp_path / str(number)
        start = 10**18
        path.write_text(header + "".join(line.format(start + n) for n in range(number)))
        count, peak = measure_peak(path)
        assert count == number
        peaks.append(peak)
    assert peaks[1] < peaks[0] * 1.1 + 100_000
