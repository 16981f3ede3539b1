from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
from polars.testing import assert_frame_equal

from listener.posts import posts_schema
from listener.store import frames
from tests.builders import START, make_frame, make_post, talk

SEEN_AT = START + timedelta(days=30)


def with_seen(frame):
    return frame.with_columns(seen_at=pl.lit(SEEN_AT).dt.cast_time_unit("us"))


def save(store, *posts):
    store.save_posts(posts, seen_at=SEEN_AT)


def full_post(**fields):
    return make_post(
        "@acme “Hello” 🙂",
        **{
            "author_name": "Änna",
            "language": None,
            "quote_of_id": "8",
            "conversation_id": "7",
            "url": "https://x.example/1",
            "visibility": "unlisted",
            "edited_at": START + timedelta(minutes=1, microseconds=7),
            "replies_announced": 0,
            "aliases": ("9", "10"),
            **fields,
        },
    )


def test_an_empty_store_gives_an_empty_frame_with_all_columns(store):
    frame = store.load_posts()
    assert frame.height == 0
    assert frame.schema == pl.Schema(posts_schema())


def test_the_frame_is_the_one_that_the_measures_are_tested_with(store):
    posts = [*talk("anna: @acme @bea hello", "acme: @anna hi", "bea: me too"), full_post()]
    save(store, *posts)
    assert_frame_equal(store.load_posts(), with_seen(make_frame(posts)))


def test_references_to_aliases_name_the_posts_themselves(store):
    save(
        store,
        make_post(post_id="100", aliases=("105",)),
        make_post(post_id="200", reply_to="105", quote_of_id="105", at=1),
        make_post(post_id="300", reply_to="105", platform="mastodon", at=2),
    )
    rows = store.load_posts().select("post_id", "reply_to_id", "quote_of_id").rows()
    assert rows == [("100", None, None), ("200", "100", "100"), ("300", "105", None)]


def test_a_reply_that_is_there_before_its_post_is_resolved_later(store):
    save(store, make_post(post_id="200", reply_to="105"))
    save(store, make_post(post_id="100", aliases=("105",)))
    assert store.load_posts()["reply_to_id"].to_list() == [None, "100"]


def test_posts_are_ordered_by_time_then_by_the_age_of_the_id(store):
    save(
        store,
        make_post(post_id="100"),
        make_post(post_id="99"),
        make_post(post_id="98"),
        make_post(post_id="1000", at=-1),
        make_post(post_id="98", platform="mastodon"),
    )
    frame = store.load_posts()
    assert frame["post_id"].to_list() == ["1000", "98", "98", "99", "100"]
    assert frame["platform"].to_list()[1:3] == ["mastodon", "x"]


def test_the_span_of_time_includes_its_start_and_not_its_end(store):
    save(store, *(make_post(post_id=str(minute), at=minute) for minute in range(5)))
    since, until = START + timedelta(minutes=1), START + timedelta(minutes=3)
    assert store.load_posts(since=since, until=until)["post_id"].to_list() == ["1", "2"]
    assert store.load_posts(since=until).height == 2
    assert store.load_posts(until=since).height == 1


def test_platforms_can_be_chosen(store):
    save(store, make_post(), make_post(author="bea@social.example"))
    assert store.load_posts(platforms=["x"])["platform"].to_list() == ["x"]
    assert store.load_posts(platforms=["x", "mastodon"]).height == 2
    assert store.load_posts(platforms=[]).height == 0


def test_many_posts_come_in_several_parts(store, monkeypatch):
    monkeypatch.setattr(frames, "_ROWS_AT_ONCE", 3)
    posts = [make_post(at=minute) for minute in range(10)]
    save(store, *posts)
    assert_frame_equal(store.load_posts(), with_seen(make_frame(posts)))
    assert len(list(store.iter_posts())) == 10


def test_an_export_loses_nothing(store):
    posts = [
        full_post(post_id="1", aliases=("9", "10")),
        make_post("", post_id="20", deleted_at=START, author_name=""),
        make_post(post_id="100", reply_to="9", created_at=datetime(2006, 3, 21, tzinfo=UTC)),
    ]
    save(store, *posts)
    assert list(store.iter_posts()) == posts


def test_an_export_can_be_imported_again(store):
    posts = [full_post(post_id="1"), make_post(post_id="2")]
    save(store, *posts)
    counts = store.save_posts(list(store.iter_posts()), seen_at=SEEN_AT)
    assert counts.unchanged == 2


def test_saving_while_an_export_runs_does_not_change_the_export(store):
    save(store, *(make_post(post_id=str(number)) for number in range(100, 110)))
    export = store.iter_posts()
    first = next(export)
    store.save_posts([make_post(post_id="999")], seen_at=SEEN_AT)
    assert len([first, *export]) == 10


def test_edits_leave_the_frame_with_the_newest_text(store):
    post = make_post("before", post_id="1")
    save(store, post)
    save(store, replace(post, text="after"))
    assert store.load_posts()["text"].to_list() == ["after"]
    assert store.load_posts()["edited_at"].to_list() == [SEEN_AT]


def test_known_posts_come_back_whole_by_their_ids(store):
    post, other = full_post(), make_post("something else")
    save(store, post, other)
    assert store.load_known("x", [post.post_id, "unknown"]) == [post]
    assert store.load_known("mastodon", [post.post_id]) == []
    assert store.load_known("x", post.aliases) == []
