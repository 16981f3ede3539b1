"""Visits of conversations: the latest counts, and nobody who was forgotten is named."""

from datetime import timedelta

import polars as pl

from listener.store.visits import SavedVisit
from tests.builders import START, make_post, talk

LATER = START + timedelta(hours=1)


def visit(conversation, post_id, announced=0):
    return SavedVisit(conversation=conversation, post_id=post_id, announced=announced)


def load(store):
    return {
        (row["platform"], row["conversation"]): (row["visited_at"], row["post_id"])
        for row in store.load_visits().iter_rows(named=True)
    }


def test_visits_are_found_by_posts_under_the_names_that_these_have_now(store):
    store.save_posts(
        [make_post(post_id="1", aliases=("11",)), make_post(post_id="2")], seen_at=START
    )
    visits = [visit("11", "11"), visit("2", "2"), visit("3", "3")]
    store.save_visits("x", visits, visited_at=START)
    store.save_visits("mastodon", [visit("1", "1")], visited_at=START)
    posts = pl.DataFrame({"platform": ["x", "x"], "post_id": ["1", "4"]})
    found = store.load_visits_of(posts)
    assert found.select("conversation", "post_id").rows() == [("11", "1")]
    assert found.equals(store.load_visits().filter(platform="x", post_id="1"))
    assert store.load_visits_of(posts.clear()).schema == found.schema


def test_without_visits_the_frame_has_its_columns(store):
    store.save_visits("x", [], visited_at=START)
    assert dict(store.load_visits().schema) == {
        "platform": pl.String,
        "conversation": pl.String,
        "visited_at": pl.Datetime("us", "UTC"),
        "post_id": pl.String,
        "announced": pl.Int64,
        "is_whole": pl.Boolean,
    }


def test_a_visit_tells_whether_everybody_was_asked_for(store):
    alone = SavedVisit(conversation="1", post_id="1", is_whole=False)
    store.save_visits("x", [alone, visit("2", "2")], visited_at=START)
    assert store.load_visits().sort("conversation")["is_whole"].to_list() == [False, True]
    store.save_visits("x", [visit("1", "1")], visited_at=LATER)
    assert store.load_visits()["is_whole"].to_list() == [True, True]


def test_each_conversation_has_its_visit(store):
    store.save_visits("x", [visit("1", "1"), visit("2", "7")], visited_at=START)
    store.save_visits("mastodon", [visit("1", "5")], visited_at=LATER)
    assert load(store) == {
        ("mastodon", "1"): (LATER, "5"),
        ("x", "1"): (START, "1"),
        ("x", "2"): (START, "7"),
    }


def test_only_the_latest_visit_stays_in_whatever_order_they_come(store):
    store.save_visits("x", [visit("1", "1")], visited_at=START)
    store.save_visits("x", [visit("1", "2"), visit("1", "3")], visited_at=LATER)
    store.save_visits("x", [visit("1", "4")], visited_at=START)
    assert load(store) == {("x", "1"): (LATER, "3")}


def test_the_latest_visit_tells_how_many_answers_were_announced(store):
    store.save_visits("x", [visit("1", "1", announced=3)], visited_at=START)
    assert store.load_visits()["announced"].to_list() == [3]
    store.save_visits("x", [visit("1", "1", announced=2)], visited_at=LATER)
    assert store.load_visits()["announced"].to_list() == [2]


def test_hostile_ids_are_stored_as_those_of_posts_are(store):
    post_id = "https://social.example/\x00" + "é" * 9_000
    store.save_posts([make_post(post_id=post_id, platform="mastodon")], seen_at=START)
    store.save_visits("mastodon", [visit(post_id, post_id, announced=10**30)], visited_at=START)
    (stored,) = store.load_posts()["post_id"]
    assert load(store) == {("mastodon", stored): (START, stored)}


def test_the_visit_stays_and_names_a_forgotten_person_no_more(store):
    question, answer = talk("anna: my phone is dead", "acme: @bea @anna here is how", platform="x")
    store.save_posts([question, answer], seen_at=START)
    visits = [visit(question.post_id, question.post_id), visit("other", answer.post_id)]
    store.save_visits("x", visits, visited_at=START)
    store.forget_account("x", "anna")
    (hidden,) = store.load_posts()["reply_to_id"]
    assert hidden.startswith("forgotten:")
    expected = {("x", hidden): (START, hidden), ("x", "other"): (START, answer.post_id)}
    assert load(store) == expected


def test_a_visit_after_the_forgetting_names_nobody_either(store):
    question = make_post(author="anna", post_id="4711")
    store.save_posts([question], seen_at=START)
    store.save_visits("x", [visit("4711", "4711")], visited_at=START)
    store.forget_account("x", "anna")
    before = load(store)
    store.save_visits("x", [visit("4711", "4711")], visited_at=LATER)
    assert "4711" not in str(load(store))
    assert list(load(store)) == list(before)
    assert {moment for moment, _ in load(store).values()} == {LATER}


def test_a_visit_names_its_post_as_the_post_is_named_now(store):
    store.save_visits("x", [visit("1", "8")], visited_at=START)
    store.save_visits("mastodon", [visit("1", "8")], visited_at=START)
    store.save_posts([make_post(post_id="7", aliases=("8",))], seen_at=START)
    assert load(store)["x", "1"] == (START, "7")
    assert load(store)["mastodon", "1"] == (START, "8")


def test_visits_of_long_ago_are_left_out_where_nobody_needs_them(store):
    store.save_visits("x", [visit("1", "1")], visited_at=START)
    store.save_visits("x", [visit("2", "2")], visited_at=LATER)
    assert store.load_visits(LATER)["conversation"].to_list() == ["2"]
    assert store.load_visits(START)["conversation"].to_list() == ["1", "2"]
