"""What people say of posts is kept at once, and goes with the posts' words."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from listener.store.database import Database
from listener.store.reviews import SavedCaseReview, SavedReview
from listener.store.schema import HEAD, migrate_database
from listener.store.store import Store
from tests.builders import START, make_brand, make_post, talk

LATER = START + timedelta(days=3)
ASKED, ANSWERED = talk("anna: @acme my box is dead", "acme: @anna Sorry! Please DM us. ^KB")


def review(post, *labels, by="kim", at=LATER, digest="d"):
    return SavedReview(
        platform=post.platform,
        post_id=post.post_id,
        reviewer=by,
        labels=labels,
        said=("dm",),
        phrases="abc",
        digest=digest,
        reviewed_at=at,
    )


def review_case(opening=ASKED, last=ANSWERED, **changes):
    values = {
        "case": "c1",
        "reviewer": "kim",
        "brand": "acme",
        "platform": opening.platform,
        "opening_post_id": opening.post_id,
        "last_post_id": last.post_id,
        "outcome": "handed_over",
        "said": "claimed",
        "phrases": "abc",
        "pick": "uncertain",
        "stratum": "acme/2026-W10",
        "reviewed_at": LATER,
    }
    return SavedCaseReview(**(values | changes))


@pytest.fixture
def filled(store):
    store.save_posts([ASKED, ANSWERED], seen_at=LATER)
    return store


def load(store, **options):
    rows = store.load_reviews(**options).iter_rows(named=True)
    return [(row["post_id"], row["reviewer"], row["labels"]) for row in rows]


def test_without_reviews_the_frames_have_their_columns(store):
    reviews, cases = store.load_reviews(), store.load_case_reviews()
    assert reviews.schema["labels"] == reviews.schema["said"] == pl.List(pl.String)
    assert reviews.schema["reviewed_at"] == pl.Datetime("us", "UTC")
    assert {"case", "outcome", "pick", "stratum"} <= set(cases.columns)
    assert reviews.height == cases.height == 0


def test_a_review_is_kept_whole(filled):
    assert filled.save_review(review(ANSWERED, "dm", "apology"))
    (row,) = filled.load_reviews().to_dicts()
    assert row == {
        "platform": "x",
        "post_id": ANSWERED.post_id,
        "reviewer": "kim",
        "labels": ["dm", "apology"],
        "said": ["dm"],
        "phrases": "abc",
        "digest": "d",
        "reviewed_at": LATER,
    }


def test_no_label_at_all_is_a_review_too(filled):
    filled.save_review(review(ANSWERED))
    assert load(filled) == [(ANSWERED.post_id, "kim", [])]


def test_a_second_review_replaces_that_of_the_same_person_only(filled):
    filled.save_review(review(ASKED, "need"))
    filled.save_review(review(ASKED, "need", by="lou", at=LATER + timedelta(hours=1)))
    filled.save_review(review(ASKED, "complaint", at=LATER + timedelta(hours=2)))
    assert load(filled) == [
        (ASKED.post_id, "lou", ["need"]),
        (ASKED.post_id, "kim", ["complaint"]),
    ]


def test_what_was_not_known_at_a_moment_is_left_out(filled):
    filled.save_review(review(ASKED, "need"))
    filled.save_case_review(review_case())
    before = LATER - timedelta(seconds=1)
    assert load(filled, until=before) == []
    assert filled.load_case_reviews(before).is_empty()
    assert len(load(filled, until=LATER)) == filled.load_case_reviews(LATER).height == 1


def test_a_review_is_taken_back(filled):
    filled.save_review(review(ASKED, "need"))
    filled.save_review(review(ASKED, "need", by="lou"))
    filled.withdraw_review("x", ASKED.post_id, "kim")
    assert [by for _, by, _ in load(filled)] == ["lou"]


def test_a_case_is_kept_and_taken_back(filled):
    assert filled.save_case_review(review_case())
    assert filled.load_case_reviews()["outcome"].to_list() == ["handed_over"]
    filled.withdraw_case_review("c1", "kim")
    assert filled.load_case_reviews().is_empty()


def test_a_case_that_chance_draws_later_is_part_of_its_sample(filled):
    filled.save_case_review(review_case())
    filled.save_case_review(review_case(case="c2"))
    filled.mark_drawn("c1", "acme/all")
    picks = dict(filled.load_case_reviews().select("case", "pick").iter_rows())
    assert picks == {"c1": "random", "c2": "uncertain"}


@pytest.mark.parametrize("visibility", ["direct", "private"])
def test_private_and_unknown_posts_are_not_reviewed(store, visibility):
    hidden = replace(ASKED, visibility=visibility)
    store.save_posts([hidden], seen_at=LATER)
    assert not store.save_review(review(hidden, "need"))
    assert not store.save_review(review(ANSWERED, "dm"))
    assert not store.save_case_review(review_case())
    assert load(store) == []


def lose_by_deletion(store):
    store.mark_deleted("x", [ASKED.post_id, ANSWERED.post_id], at=LATER)


def lose_by_archive(store):
    gone = [replace(post, text="", deleted_at=LATER) for post in (ASKED, ANSWERED)]
    store.save_posts(gone, seen_at=LATER)


def lose_by_forgetting(store):
    store.forget_account("x", "anna")


def lose_by_age(store):
    accounts = make_brand().accounts
    store.erase_old_texts(LATER, private_before=None, accounts=accounts, now=LATER)


def lose_by_privacy(store):
    hidden = [replace(post, visibility="private") for post in (ASKED, ANSWERED)]
    store.save_posts(hidden, seen_at=LATER)


@pytest.mark.parametrize(
    "lose", [lose_by_deletion, lose_by_archive, lose_by_forgetting, lose_by_age, lose_by_privacy]
)
def test_reviews_go_with_the_words(filled, lose):
    other = make_post("@acme hello", author="ben", at=LATER)
    filled.save_posts([other], seen_at=LATER)
    for post in (ASKED, ANSWERED, other):
        filled.save_review(review(post, "need"))
    filled.save_case_review(review_case())
    filled.save_case_review(review_case(other, other, case="c2"))
    lose(filled)
    assert [post for post, _, _ in load(filled)] == [other.post_id]
    assert filled.load_case_reviews()["case"].to_list() == ["c2"]


def test_a_review_follows_a_post_that_turns_out_to_be_an_edit(filled):
    filled.save_review(review(ANSWERED, "dm"))
    first = replace(ANSWERED, post_id="9", aliases=(ANSWERED.post_id,), text="@anna Hi!")
    filled.save_posts([first], seen_at=LATER)
    assert load(filled) == [("9", "kim", ["dm"])]


def test_reviews_are_part_of_a_backup(filled, tmp_path, sqlite_url):
    filled.save_review(review(ASKED, "need"))
    filled.save_case_review(review_case())
    filled.save_backup(tmp_path / "backup.db")
    with Store.open(f"sqlite:///{tmp_path / 'backup.db'}") as copy:
        assert load(copy) == load(filled)
        assert copy.load_case_reviews().equals(filled.load_case_reviews())


def test_an_older_database_gets_the_tables(sqlite_url):
    from tests.store.test_schema import upgrade

    upgrade(sqlite_url, "0005")
    assert migrate_database(sqlite_url) == HEAD
    database = Database(sqlite_url, wait_seconds=1)
    database.close()
    with Store.open(sqlite_url) as store:
        assert store.load_reviews().is_empty()
