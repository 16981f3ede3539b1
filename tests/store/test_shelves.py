"""Private posts lie apart: in one place only, and nothing public leads to them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import select

from listener.posts import posts_schema
from listener.store.shelves import PRIVATE, PUBLIC
from listener.store.store import Store
from tests.builders import START, make_frame, make_post

SEEN_AT = START + timedelta(days=30)
LATER = START + timedelta(hours=1)
DIRECT = make_post("psst @acme", post_id="100", aliases=("105",), visibility="direct")
OPEN = replace(DIRECT, visibility="public")


def save(store, *posts, **options):
    return store.save_posts(posts, seen_at=SEEN_AT, **options)


def read_shelf(store, shelf):
    """Return everything that lies on a shelf, as text."""
    with store._database.reading() as connection:
        tables = (shelf.posts, shelf.aliases, shelf.edits)
        return str([connection.execute(select(table)).all() for table in tables])


def list_ids(frame):
    return frame["post_id"].to_list()


def test_without_posts_the_private_frame_has_its_columns_too(store):
    frame = store.load_private_posts()
    assert (frame.height, frame.schema) == (0, pl.Schema(posts_schema()))


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_private_posts_lie_apart(store, visibility):
    secret = make_post("psst", post_id="1", visibility=visibility, aliases=("7",))
    shown = make_post("hello", post_id="2", visibility="unlisted", aliases=("8",))
    counts = save(store, secret, shown)
    assert (counts.new, list_ids(store.load_posts())) == (2, ["2"])
    private = store.load_private_posts().drop("seen_at")
    assert_frame_equal(private, make_frame([secret]).drop("seen_at"))
    assert list(store.iter_posts()) == [shown]
    assert list(store.iter_posts(include_private=True)) == [shown, secret]
    assert store.load_known("x", ["1", "2"]) == [shown, secret]
    assert save(store, secret, shown).unchanged == 2


def test_private_posts_are_chosen_like_others(store):
    fields = {"visibility": "direct", "platform": "mastodon"}
    save(store, *(make_post(post_id=str(minute), at=minute, **fields) for minute in range(5)))
    since, until = START + timedelta(minutes=1), START + timedelta(minutes=3)
    assert list_ids(store.load_private_posts(since=since, until=until)) == ["1", "2"]
    assert store.load_private_posts(platforms=["x"]).height == 0
    assert store.load_private_posts(platforms=["mastodon"]).height == 5


def test_private_posts_have_their_earlier_texts(store):
    save(store, DIRECT)
    save(store, replace(DIRECT, text="psst, @acme", edited_at=LATER))
    assert [edit.text for edit in store.load_edits("x", "105")] == ["psst @acme"]
    assert read_shelf(store, PUBLIC) == "[[], [], []]"


@pytest.mark.parametrize("batch", [1, 10])
@pytest.mark.parametrize("sightings", [(OPEN, DIRECT), (DIRECT, OPEN), (OPEN, DIRECT, OPEN)])
def test_a_post_that_was_ever_seen_private_is_private_only(store, sightings, batch):
    save(store, *sightings, batch=batch)
    assert list(store.iter_posts()) == []
    assert list(store.iter_posts(include_private=True)) == [DIRECT]
    assert read_shelf(store, PUBLIC) == "[[], [], []]"


def test_a_post_takes_along_what_belongs_to_it_when_it_turns_out_to_be_private(store):
    other = make_post("hello", post_id="200", aliases=("205",))
    for post in (OPEN, other):
        save(store, post, replace(post, text="edited", edited_at=LATER))
    counts = save(store, replace(DIRECT, text="edited", edited_at=LATER, aliases=("106",)))
    assert counts.changed == 1
    assert [post.aliases for post in store.iter_posts()] == [("205",)]
    assert [post.aliases for post in store.iter_posts(include_private=True)][1] == ("105", "106")
    assert [edit.text for edit in store.load_edits("x", "106")] == ["psst @acme"]
    assert [edit.text for edit in store.load_edits("x", "205")] == ["hello"]
    assert not any(word in read_shelf(store, PUBLIC) for word in ("psst", "100", "105", "106"))


EDIT_ALONE = make_post("psst, @acme", post_id="105", at=60)


@pytest.mark.parametrize("batch", [1, 10])
@pytest.mark.parametrize("first", ["public", "direct"])
@pytest.mark.parametrize("order", [1, -1])
def test_an_edit_and_its_post_are_private_if_either_is(store, first, order, batch):
    second = "direct" if first == "public" else "public"
    post = replace(DIRECT, visibility=first)
    edit = replace(EDIT_ALONE, visibility=second, aliases=("109",))
    save(store, *[post, edit][::order], batch=batch)
    assert read_shelf(store, PUBLIC) == "[[], [], []]"
    (stored,) = store.iter_posts(include_private=True)
    assert (stored.post_id, stored.text, stored.visibility) == ("100", "psst, @acme", "direct")
    assert stored.aliases == ("105", "109")
    assert [edit.text for edit in store.load_edits("x", "109")] == ["psst @acme"]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("visibility", ["public", "direct"])
def test_an_alias_that_both_kinds_claim_goes_to_the_older_post(store, order, visibility):
    other = "direct" if visibility == "public" else "public"
    posts = [
        make_post(post_id="1", aliases=("9",), visibility=visibility),
        make_post(post_id="2", aliases=("9",), visibility=other),
    ]
    for post in posts[::order]:
        save(store, post)
    found = {post.post_id: post.aliases for post in store.iter_posts(include_private=True)}
    assert found == {"1": ("9",), "2": ()}
    shelves = (PUBLIC, PRIVATE) if visibility == "public" else (PRIVATE, PUBLIC)
    assert ["'9'" in read_shelf(store, shelf) for shelf in shelves] == [True, False]


def test_nothing_public_leads_to_a_private_post(store):
    references = {"reply_to_id": "105", "quote_of_id": "105"}
    save(store, DIRECT, make_post("@anna hush", post_id="200", at=1, **references))
    assert store.load_posts().select("reply_to_id", "quote_of_id").rows() == [("105", "105")]


def test_a_private_post_leads_to_those_that_it_answers(store):
    shown = make_post("hello", post_id="200", aliases=("205",))
    answer = make_post("psst", post_id="300", reply_to="205", quote_of_id="105", at=1)
    save(store, DIRECT, shown, replace(answer, visibility="private"))
    found = store.load_private_posts().filter(post_id="300")
    assert found.select("reply_to_id", "quote_of_id").rows() == [("200", "100")]


def test_private_posts_do_not_tell_how_far_a_file_reaches(store):
    private = [make_post(at=at, visibility=kind) for at, kind in ((1, "direct"), (9, "private"))]
    counts = save(store, *private, make_post(at=5))
    assert counts.platforms["x"].oldest == counts.platforms["x"].newest
    assert counts.platforms["x"].newest == START + timedelta(minutes=5)


def test_a_deleted_private_post_loses_its_words_and_keeps_its_place(store):
    save(store, DIRECT, replace(DIRECT, text="psst, @acme", edited_at=LATER))
    assert store.mark_deleted("x", ["105", "100"], at=LATER) == 1
    (row,) = store.load_private_posts().iter_rows(named=True)
    assert (row["text"], row["author_name"], row["deleted_at"]) == ("", "", LATER)
    assert "psst" not in read_shelf(store, PRIVATE)
    save(store, OPEN)
    assert (store.load_posts().height, store.load_private_posts()["text"].to_list()) == (0, [""])


def test_a_page_calls_private_posts_gone_too(store):
    run_id = store.start_run("key", "x", "acme", kind="private", planned_at=START, started_at=START)
    store.save_page(run_id, [DIRECT], seen_at=SEEN_AT)
    store.save_page(run_id, [], seen_at=SEEN_AT, gone=["105"])
    assert store.load_private_posts()["text"].to_list() == [""]
    assert store.load_runs()["gone"].to_list() == [1]


# What is said in private between one customer, the brand, and another customer.
PRIVATELY = {"visibility": "direct", "platform": "x"}
TALK = (
    make_post("@acme my unmistakable secret", author="anna", author_id="77", **PRIVATELY, at=1),
    make_post("your unmistakable code", author="acme", reply_to_author_id="77", **PRIVATELY, at=2),
    make_post("@anna an unmistakable code", author="acme", **PRIVATELY, at=3),
    make_post("@acme I know @anna and @bea", author="carl", **PRIVATELY, at=4),
    make_post("@acme hello", author="dora", **PRIVATELY, at=5),
)


def test_whoever_is_forgotten_is_gone_from_private_posts_too(store):
    shown = make_post("@acme an unmistakable word", author="anna", author_id="77")
    save(store, shown, *TALK)
    counts = store.forget_account("x", "anna")
    assert (counts.posts, counts.replies, counts.masked) == (2, 2, 1)
    left = ["@acme I know @… and @bea", "@acme hello"]
    assert store.load_private_posts()["text"].to_list() == left
    assert save(store, shown, *TALK).refused == 4
    assert store.load_private_posts()["text"].to_list() == left
    assert store.load_posts().height == 0


def test_a_person_who_only_wrote_in_private_is_known_by_all_names(store):
    renamed = make_post("new", author="anna2", author_id="77", visibility="private", at=9)
    save(store, TALK[0], renamed, make_post("ask @anna2, @anna", author="bea"))
    counts = store.forget_account("x", "anna")
    assert (counts.posts, counts.masked) == (2, 1)
    assert store.load_posts()["text"].to_list() == ["ask @…, @…"]


def test_earlier_texts_of_private_posts_are_erased_and_masked_too(store):
    own = replace(TALK[0], post_id="1", aliases=("5",))
    others = replace(TALK[3], post_id="2")
    save(store, own, others)
    save(store, replace(own, text="after"), replace(others, text="nothing", mentions=()))
    counts = store.forget_account("x", "anna")
    assert (counts.edits, counts.aliases) == (2, 1)
    assert store.load_edits("x", "1") == []
    assert [edit.text for edit in store.load_edits("x", "2")] == ["@acme I know @… and @bea"]


@pytest.mark.parametrize("was_open", [True, False])
def test_no_byte_of_forgotten_private_words_stays_in_the_file(sqlite_url, was_open):
    others = [make_post(f"@acme hello {n}", author=f"user{n}", at=n) for n in range(2_000)]
    first = [replace(post, visibility="public") for post in TALK] if was_open else TALK
    with Store.open(sqlite_url) as store:
        save(store, *others[:1000], *first, *others[1000:])
        save(store, *(replace(post, text=f"{post.text}!", edited_at=LATER) for post in TALK))
        assert store.load_private_posts().height == len(TALK)
        store.forget_account("x", "anna")
        folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
        content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"@acme hello 1999" in content
    assert b"unmistakable" not in content


def test_no_byte_of_deleted_private_words_stays_in_the_file(sqlite_url):
    with Store.open(sqlite_url) as store:
        save(store, replace(TALK[0], visibility="public"))
        save(store, TALK[0], replace(TALK[0], text="unmistakable too", edited_at=LATER))
        assert store.mark_deleted("x", [TALK[0].post_id], at=LATER) == 1
        folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
        assert all(b"unmistakable" not in path.read_bytes() for path in folder.iterdir())
