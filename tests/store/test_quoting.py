"""What the store keeps of who minds being quoted, and of the key of codes."""

import pytest
from sqlalchemy import select

from listener.posts import Quotable
from listener.store.tables import QUOTING
from tests.builders import START, make_post

ANNA, BEN = "anna@social.example", "ben@social.example"


@pytest.fixture
def say(store):
    """Return what saves a page in which authors say something."""
    run = store.start_run("s", "mastodon", "acme", kind="posts", planned_at=START, started_at=START)

    def save(**said):
        quoting = {f"{name}@social.example": Quotable(*each) for name, each in said.items()}
        posts = [make_post("@acme help", author=author) for author in quoting]
        store.save_page(run, posts, seen_at=START, quoting=quoting)
        return store.load_quoting("mastodon", [ANNA, BEN])

    return save


def test_the_latest_word_holds_and_strangers_are_missing(say):
    assert say(anna=("unasked",)) == {ANNA: "unasked"}
    assert say(anna=("allowed",), ben=("refused", True)) == {ANNA: "allowed", BEN: "refused"}


def test_a_refusal_is_taken_back_only_by_who_would_know_of_it(say):
    say(anna=("refused", True))
    assert say(anna=("allowed", False)) == {ANNA: "refused"}
    assert say(anna=("unasked", True)) == {ANNA: "unasked"}


def test_nobody_can_be_read_out_of_it_and_the_forgotten_are_not_kept(say, store):
    say(anna=("refused", True), ben=("allowed",))
    with store._database.reading() as connection:
        digests = connection.scalars(select(QUOTING.c.digest)).all()
    assert len(digests) == 2
    assert not [each for each in digests if "anna" in each or "ben" in each]
    store.forget_account("mastodon", ANNA)
    assert store.load_quoting("mastodon", [ANNA, BEN]) == {BEN: "allowed"}
    assert say(anna=("allowed", True)) == {BEN: "allowed"}


def test_the_key_of_codes_is_made_once(store):
    key = store.load_page_key()
    assert len(key) == 32
    assert store.load_page_key() == key
