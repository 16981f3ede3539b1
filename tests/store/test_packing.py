"""Posts come in parts: nothing is lost between two of them, whatever is said in it or goes on."""

from contextlib import closing
from datetime import timedelta

import orjson
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from listener.posts import posts_schema
from listener.store import packing
from listener.store.frames import sort_posts
from listener.store.rows import LARGEST_COUNT
from listener.store.store import Store
from tests.builders import START, make_frame, make_post

SEEN_AT = START + timedelta(days=30)
END = START + timedelta(days=1)
LARGEST_VALUE = 1_000_000_000  # bytes: SQLite as it is compiled by default; PostgreSQL 1 GiB
WORDS = (
    'quoted "words", \\ and \\" [1, {"a": null}]',
    "tab\t line\r\n  bell \x07 del \x7f bom \ufeff",
    "\u2028 \u2029 \ud7ff \ue000 \U0010ffff 🙂 e\u0301",
    "null",
    "",
    "' OR 1=1; --  :places %(places)s {0}",
    "x" * 100_000,
)


@pytest.fixture
def posts(monkeypatch):
    monkeypatch.setattr(packing, "POSTS_AT_ONCE", 2)
    return [
        make_post(
            words,
            post_id=str(100 + minute),
            at=minute,
            author_name=words[:20],
            mentions=(words[:20].casefold(), "acme"),
            url=words[:50] or None,
            replies_announced=LARGEST_COUNT - minute,
        )
        for minute, words in enumerate(WORDS)
    ]


def test_whatever_is_said_comes_as_it_was_said(store, posts):
    store.save_posts(posts, seen_at=SEEN_AT)
    expected = make_frame(posts).with_columns(seen_at=pl.lit(SEEN_AT).dt.cast_time_unit("us"))
    assert_frame_equal(store.load_posts(), expected)
    linked = store.load_conversations(since=START + timedelta(minutes=3), until=END)
    assert_frame_equal(linked, expected.tail(len(posts) - 3))


def test_what_is_changed_moved_or_erased_meanwhile_is_read_as_it_was(store, posts, database_url):
    store.save_posts(posts, seen_at=SEEN_AT)
    before = store.load_posts()
    with closing(store.iter_frames(until=END)) as parts, Store.open(database_url) as other:
        found = [next(parts)]
        changed = [make_post("changed", post_id=each.post_id, at=9) for each in posts]
        other.save_posts(changed, seen_at=SEEN_AT)
        other.mark_deleted("x", [each.post_id for each in posts[2:]], at=END)
        other.save_posts([make_post("new", post_id="999")], seen_at=SEEN_AT)
        found.extend(parts)
    assert [part.height for part in found] == [2, 2, 2, 1]
    assert_frame_equal(sort_posts(pl.concat(found)), before)
    assert store.load_posts()["text"].to_list().count("") == len(posts) - 2


def test_no_list_is_longer_than_a_database_can_hold_whatever_is_said(store, posts, monkeypatch):
    most = len(orjson.dumps("\x01"))
    assert packing.CHARACTERS_AT_ONCE * most < LARGEST_VALUE
    store.save_posts(posts, seen_at=SEEN_AT)
    for characters, heights in ((300_000, [2, 2, 2, 1]), (150_000, [1] * 7), (7, [1] * 7)):
        monkeypatch.setattr(packing, "CHARACTERS_AT_ONCE", characters)
        assert [part.height for part in store.iter_frames(until=END)] == heights


def test_nothing_at_all_is_a_frame_with_all_columns(store):
    assert list(store.iter_frames(until=END)) == []
    assert store.load_conversations(since=START, until=END).schema == pl.Schema(posts_schema())
