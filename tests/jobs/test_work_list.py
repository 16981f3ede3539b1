"""The work list is measured in short transactions, on both databases, while others write."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listener.jobs.work_list import measure_work_list
from listener.label import load_phrases
from listener.resources import phrases_dir
from listener.settings import load_settings
from listener.store.store import Store
from tests.builders import START, make_brand, talk

PHRASES = load_phrases([phrases_dir()])
NOW = START + timedelta(days=7)
TALKS = (
    talk("anna: @acme my parcel is lost!", "+5m acme: @anna Please send us a DM. ^KB"),
    talk("ben: @acme my phone is dead, what now?", at=60),
    talk("carl: @acme how do I reset it?", "+1m acme: @carl Hold the button.", "carl: thanks!"),
)


def measure(store, url, **brand):
    settings = load_settings(None, {"database_url": url}, env={})
    settings = replace(settings, brands=(make_brand("acme", **brand),))
    return measure_work_list(store, settings, PHRASES, now=NOW)


def test_it_holds_what_waits_while_somebody_writes(migrated, database_url):
    with Store.open(database_url) as store, Store.open(database_url, wait_seconds=0.2) as writer:
        for posts in TALKS:
            store.save_posts(posts, seen_at=START)
        with writer._database.writing():
            board = measure(store, database_url)
    assert [(row.customer[:2], row.todo) for row in board.work.rows] == [
        ("A.", "hand_over"),
        ("B.", "answer"),
    ]
    assert board.work.rows[0].waiting_seconds > board.work.rows[1].waiting_seconds


def test_only_cases_of_the_list_are_kept_and_told(migrated, sqlite_url):
    with Store.open(sqlite_url) as store:
        for posts in TALKS:
            store.save_posts(posts, seen_at=START)
        board = measure(store, sqlite_url)
    assert board.measured.tables.cases.height == 2
    assert board.measured.readable.height == 3
    row = board.work.rows[0]
    told = board.tell(row.case)
    assert [post.side for post in told.story.posts] == ["customer", "brand"]
    assert told.story.posts[1].evidence[0].words
    assert {reason.what for reason in told.story.reasons} >= {"handling", "outcome"}
    assert board.tell("nosuchcase") is None


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_private_words_are_not_quoted(migrated, sqlite_url, visibility):
    with Store.open(sqlite_url) as store:
        store.save_posts(
            talk("anna: @acme my account number is secret, help?", visibility=visibility),
            seen_at=START,
        )
        store.save_posts(TALKS[1], seen_at=START)
        board = measure(store, sqlite_url, mode="owner")
    assert not any("secret" in row.quote for row in board.work.rows)
    assert all(board.tell(row.case) for row in board.work.rows)
