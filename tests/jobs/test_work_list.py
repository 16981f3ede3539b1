"""The work list is measured in short transactions, on both databases, while others write."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import polars.selectors as cs
import pytest
from polars.testing import assert_frame_equal

from listener.jobs.cases import list_cases
from listener.jobs.measuring import measure_by_settings
from listener.jobs.work_list import WAITING, measure_work_list
from listener.label import load_phrases
from listener.resources import phrases_dir
from listener.settings import load_settings
from listener.store.store import Store
from tests.builders import START, make_brand, make_post, talk

PHRASES = load_phrases([phrases_dir()])
DAY = timedelta(days=1)
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


def test_old_cases_are_left_out_and_others_told_of_as_among_all(migrated, sqlite_url):
    """One customer came back after years, one asks again in a conversation of last year."""
    years, weeks = timedelta(days=800), timedelta(weeks=30)
    old = talk("dora: @acme is anybody there?", at=NOW - years)
    long = talk(
        "emil: @acme my router is broken", "+1h acme: @emil we look into it", at=NOW - weeks
    )
    again = make_post("@acme still broken!", author="emil", at=NOW - DAY, reply_to=long[-1])
    back = talk("dora: @acme my bill is wrong, why?", at=NOW - DAY)
    with Store.open(sqlite_url) as store:
        for posts in (*TALKS, old, long, [again], back):
            store.save_posts(posts, seen_at=START)
        board = measure(store, sqlite_url)
        settings = load_settings(None, {"database_url": sqlite_url}, env={})
        whole = measure_by_settings(store, settings, [make_brand("acme")], PHRASES, as_of=NOW)
    cases = list_cases(whole, WAITING)
    shown = {row.case: row for row in board.work.rows}
    left_out = cases.filter(~pl.col("case").is_in(list(shown)))
    assert left_out["opened_at"].to_list() == [old[0].created_at]
    assert {row.customer[:2] for row in shown.values()} == {"A.", "B.", "D.", "E."}
    for row in cases.filter(pl.col("case").is_in(list(shown))).iter_rows(named=True):
        own = shown[row["case"]]
        names = ("waiting_since", "waiting_seconds", "replies", "chases", "quote", "todo")
        assert {name: getattr(own, name) for name in names} == {name: row[name] for name in names}
    names = board.measured.tables.cases["case"].to_list()
    without_rows = ~cs.by_dtype(pl.UInt32)  # the numbers of posts within what was read
    expected = whole.tables.cases.filter(pl.col("case").is_in(names))
    assert_frame_equal(
        board.measured.tables.cases.select(without_rows).sort("case"),
        expected.select(without_rows).sort("case"),
    )


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
