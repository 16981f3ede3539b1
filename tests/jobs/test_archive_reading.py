"""Reading ahead: the same posts in the same order, whatever becomes of the other process."""

import os
import signal
import time
from functools import partial
from itertools import chain

import pytest

from listener.collect.archive import BrokenLine, Note, Piece
from listener.collect.archive.listener_lines import dump_post, parse_lines
from listener.cores import count_cores
from listener.jobs import archive_reading
from listener.jobs.archive_reading import Findings, read_pieces
from tests.builders import START, make_post

LONGEST_WAIT_SECONDS = 60
PIECES_BESIDE = 10


def cut_pieces(parse, marks, texts):
    """Yield pieces of two lines until another process has parsed some; one line each is broken."""
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    left = PIECES_BESIDE
    while left and time.monotonic() < end:
        post = make_post(str(len(texts)), at=len(texts), author=f"name{len(texts)}")
        texts.append(post.text)
        number = 2 * len(texts)
        yield Piece(parse, [(number - 1, dump_post(post)), (number, b"{broken")])
        if any(marks.iterdir()):
            left -= 1
        else:
            time.sleep(0.02)


def parse_elsewhere(lines, *, home, marks, dies):
    """Parse, and where that is another process, leave a mark or die of it."""
    if os.getpid() != home:
        (marks / "parsed").touch()
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
    yield from parse_lines(lines)


@pytest.mark.skipif(count_cores() == 1, reason="there is no core for another process")
@pytest.mark.parametrize("dies", [False, True])
def test_a_process_beside_loses_and_doubles_nothing(tmp_path, store, monkeypatch, caplog, dies):
    monkeypatch.setattr(archive_reading, "PIECES_HERE", 2)
    marks = tmp_path / "marks"
    marks.mkdir()
    parse = partial(parse_elsewhere, home=os.getpid(), marks=marks, dies=dies)
    texts = []
    pieces = cut_pieces(parse, marks, texts)
    found, sightings = Findings(names=set()), []
    for piece, findings in read_pieces(pieces, seen_at=START, wants_names=True):
        found.add(findings)
        sightings += piece
    assert any(marks.iterdir()), "all was read in this process"
    assert ("going on with one core" in caplog.text) is dies
    assert [row.text for row, _ in sightings] == texts
    assert (found.broken, len(found.names)) == (len(texts), len(texts))
    assert [problem.line for problem in found.problems] == [2, 4, 6, 8, 10]
    counts = store.save_sightings(sightings, seen_at=START, batch=7)
    assert (counts.read, counts.new) == (len(texts), len(texts))
    assert store.load_posts().height == len(texts)


def test_all_findings_are_counted_and_the_first_are_kept():
    first, second = Findings(), Findings()
    post = make_post()
    assert list(first.keep_posts([BrokenLine(1, "no"), post, Note(2, "so")])) == [post]
    entries = ((BrokenLine(number, "no"), Note(number, "so")) for number in range(3, 9))
    assert list(second.keep_posts(chain.from_iterable(entries))) == []
    first.add(second)
    assert (first.broken, first.noted, first.names) == (7, 7, None)
    assert [problem.line for problem in first.problems] == [1, 3, 4, 5, 6]
    assert [note.line for note in first.notes] == [2, 3, 4, 5, 6]
