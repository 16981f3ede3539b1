"""What was told from elsewhere is kept once, all or nothing, and goes with the post's words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listener.store.schema import HEAD, migrate_database
from listener.store.store import Store
from listener.store.told import ToldCounts, ToldOutcome
from tests.builders import START, make_post
from tests.store.test_reviews import (
    ANSWERED,
    ASKED,
    LATER,
    lose_by_age,
    lose_by_archive,
    lose_by_deletion,
    lose_by_forgetting,
    lose_by_privacy,
)

OTHER = make_post("@acme hello", author="ben", at=LATER)


def tell(post=ASKED, outcome="solved", **changes):
    values = {
        "brand": "acme",
        "platform": post.platform,
        "post_id": post.post_id,
        "source": "crm",
        "told_at": LATER,
        "case": "c1",
        "outcome": outcome,
        "note": "",
        "saved_at": LATER,
    }
    return ToldOutcome(**(values | changes))


@pytest.fixture
def filled(store):
    store.save_posts([ASKED, ANSWERED, OTHER], seen_at=LATER)
    return store


def load(store, until=None):
    rows = store.load_told_outcomes(until).iter_rows(named=True)
    return [(row["post_id"], row["source"], row["outcome"]) for row in rows]


def test_it_is_kept_whole(filled):
    assert filled.save_told_outcomes([tell(note="by phone")]) == ToldCounts(new=1)
    (row,) = filled.load_told_outcomes().to_dicts()
    assert ToldOutcome(**row) == tell(note="by phone")


def test_saying_it_twice_adds_nothing_twice(filled):
    filled.save_told_outcomes([tell(), tell(OTHER, case="c2")])
    again = [tell(saved_at=LATER + timedelta(days=1)), tell(OTHER, case="c2"), tell(OTHER)]
    assert filled.save_told_outcomes(again) == ToldCounts(unchanged=2)
    assert len(load(filled)) == 2


def test_another_word_of_the_same_moment_replaces_and_a_later_one_stands_beside_it(filled):
    filled.save_told_outcomes([tell()])
    assert filled.save_told_outcomes([tell(outcome="unsolved")]) == ToldCounts(changed=1)
    later = tell(told_at=LATER + timedelta(days=1))
    assert filled.save_told_outcomes([later]) == ToldCounts(new=1)
    assert load(filled) == [
        (ASKED.post_id, "crm", "unsolved"),
        (ASKED.post_id, "crm", "solved"),
    ]
    assert load(filled, until=LATER) == [(ASKED.post_id, "crm", "unsolved")]


def test_nothing_is_kept_of_posts_that_are_not_there(filled):
    unknown = make_post("@acme never seen")
    assert filled.save_told_outcomes([tell(unknown), tell()]) == ToldCounts(new=1, gone=1)
    filled.mark_deleted("x", [OTHER.post_id], at=LATER)
    assert filled.save_told_outcomes([tell(OTHER)]) == ToldCounts(gone=1)
    filled.save_posts([replace(OTHER, post_id="7", visibility="direct")], seen_at=LATER)
    assert filled.save_told_outcomes([tell(post_id="7")]) == ToldCounts(gone=1)
    assert filled.save_told_outcomes([]) == ToldCounts()


def test_it_is_withdrawn_by_brand_and_source(filled):
    told = [tell(), tell(source="letters"), tell(OTHER), tell(brand="bolt")]
    filled.save_told_outcomes(told)
    ids = [ASKED.post_id, ANSWERED.post_id]
    assert filled.withdraw_told_outcomes("acme", "x", ids, source="letters") == 1
    assert filled.withdraw_told_outcomes("acme", "x", ids) == 1
    assert filled.withdraw_told_outcomes("acme", "x", ids) == 0
    assert sorted(load(filled)) == sorted(
        [(OTHER.post_id, "crm", "solved"), (ASKED.post_id, "crm", "solved")]
    )


@pytest.mark.parametrize(
    "lose", [lose_by_deletion, lose_by_archive, lose_by_forgetting, lose_by_age, lose_by_privacy]
)
def test_it_goes_with_the_words_of_its_post(filled, lose):
    filled.save_told_outcomes([tell(), tell(OTHER, case="c2")])
    lose(filled)
    assert load(filled) == [(OTHER.post_id, "crm", "solved")]


def find_edit(store):
    """Let the post that was told of turn out to be an edit of an older one."""
    first = replace(ASKED, post_id="9", aliases=(ASKED.post_id,), text="@acme Hi!")
    store.save_posts([first], seen_at=LATER)


def test_it_follows_a_post_that_turns_out_to_be_an_edit(filled):
    filled.save_told_outcomes([tell()])
    find_edit(filled)
    assert load(filled) == [("9", "crm", "solved")]
    assert filled.withdraw_told_outcomes("acme", "x", ["9"]) == 1


@pytest.mark.parametrize("lose", [lose_by_forgetting, lose_by_age])
def test_it_goes_with_the_words_under_the_id_of_an_edit_too(filled, lose):
    filled.save_told_outcomes([tell()])
    find_edit(filled)
    lose(filled)
    assert load(filled) == []


def test_a_deleted_edit_takes_it_along(filled):
    filled.save_told_outcomes([tell()])
    find_edit(filled)
    filled.mark_deleted("x", ["9"], at=LATER)
    assert load(filled) == []


def test_a_deleted_reply_of_the_brand_takes_nothing_along(filled):
    filled.save_told_outcomes([tell()])
    filled.mark_deleted("x", [ANSWERED.post_id], at=LATER)
    assert load(filled) == [(ASKED.post_id, "crm", "solved")]


def test_it_is_part_of_a_backup(filled, tmp_path):
    filled.save_told_outcomes([tell()])
    filled.save_backup(tmp_path / "backup.db")
    with Store.open(f"sqlite:///{tmp_path / 'backup.db'}") as copy:
        assert copy.load_told_outcomes().equals(filled.load_told_outcomes())


def test_clearing_the_ledger_leaves_it(filled):
    filled.save_told_outcomes([tell()])
    filled.clear_ledger(START + timedelta(days=900))
    assert len(load(filled)) == 1


def test_an_older_database_gets_the_table(sqlite_url):
    from tests.store.test_schema import upgrade

    upgrade(sqlite_url, "0006")
    assert migrate_database(sqlite_url) == HEAD
    with Store.open(sqlite_url) as store:
        assert store.load_told_outcomes().is_empty()
