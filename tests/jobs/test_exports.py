"""Exports: lossless, by brand, all or nothing."""

import gzip
import io
from pathlib import Path

import pytest

from listener.collect.archive.listener_lines import parse_line
from listener.errors import ListenerError
from listener.jobs.exports import Exported, export_posts, open_output
from tests.builders import START, make_brand, make_post, talk

ACME = make_brand("acme", handles=("acme", "help@acme.example"))


def export(store, posts, **options):
    store.save_posts(posts, seen_at=START)
    stream = io.BytesIO()
    told = export_posts(store, stream, **options)
    return told, [parse_line(line) for line in stream.getvalue().splitlines()]


def test_an_export_is_the_whole_store(store):
    posts = [
        make_post("one", aliases=("7", "8"), quote_of_id="9", replies_announced=3),
        make_post("zwei \N{GRINNING FACE}\nlines", author="a@b.example", visibility="unlisted"),
    ]
    told, written = export(store, posts)
    assert set(written) == set(posts)
    assert told == Exported(posts=2, private=0)


@pytest.mark.parametrize("visibility", ["direct", "private"])
def test_private_posts_stay_unless_they_are_asked_for(store, visibility):
    secret = make_post("psst", visibility=visibility)
    assert export(store, [secret]) == (Exported(posts=0, private=1), [])
    assert export(store, [secret], include_private=True)[1] == [secret]


def test_a_brand_is_exported_with_the_whole_of_its_conversations(store):
    ours = talk("anna: @acme it broke", "acme: @anna Which one?", "anna: the red one")
    untouched = make_post("@acme anybody there?")
    others = talk("ben: @bolt it broke", "bolt: @ben Which one?")
    told, written = export(store, [*ours, untouched, *others], brands=[ACME])
    assert sorted(post.post_id for post in written) == sorted(
        post.post_id for post in (*ours, untouched)
    )
    assert told.posts == 4


def test_a_brand_has_its_own_private_posts_only(store):
    posts = [
        make_post("psst @acme", visibility="direct"),
        make_post("psst", author="help@acme.example", visibility="direct"),
        make_post("for followers @acme", visibility="private"),
        make_post("my code is 7", author="anna", conversation_id="81-93", visibility="direct"),
        make_post("thanks", author="acme", conversation_id="81-93", visibility="direct"),
        make_post("psst @bolt", visibility="direct"),
        make_post("mine", author="ben", conversation_id="81-94", visibility="direct"),
    ]
    told, written = export(store, posts, brands=[ACME], include_private=True)
    assert (told, set(written)) == (Exported(posts=5, private=0), set(posts[:5]))
    told, written = export(store, [], brands=[ACME])
    assert (told, written) == (Exported(posts=0, private=5), [])


def write_until_the_disk_is_full(path):
    with open_output(path, io.BytesIO()) as stream:
        stream.write(b"newer")
        raise OSError(28, "No space left on device")


def test_a_failure_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text("older")
    with pytest.raises(ListenerError, match="No space left"):
        write_until_the_disk_is_full(path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_posts_make_the_same_compressed_file(tmp_path):
    for name in ("a.gz", "b.gz"):
        with open_output(tmp_path / name, io.BytesIO()) as stream:
            stream.write(b"same")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"same"


def test_a_minus_is_standard_output():
    output = io.BytesIO()
    with open_output(Path("-"), output) as stream:
        stream.write(b"here")
    assert output.getvalue() == b"here"
