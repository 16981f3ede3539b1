"""Collectors that are killed with -9 in the middle of a transaction leave nothing of it."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from listener.store.store import Store
from tests.builders import START, make_post
from tests.store.spent_things import load_spent_things

SOURCE = "x:acme:acme:mentions:"


def start(store):
    return store.start_run(SOURCE, "x", "acme", kind="mentions", planned_at=START, started_at=START)


def load_states(store):
    return store.load_runs().select("state", "pages").row(0)


KILLED = """
import os, signal, sys
from sqlalchemy import event
from listener.store.store import Store
store = Store.open(sys.argv[1])

@event.listens_for(store._database.engine, "after_cursor_execute")
def kill(connection, cursor, statement, *_):
    if statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
"""

SAVING = """
from listener.store.spending import Spend
from tests.builders import START, make_post

spend = Spend(platform="x", brand="acme", day=START.date(), kind="post", units=1,
              micro_dollars=5_000, things=frozenset({"post:1"}))
store.save_page(1, [make_post(post_id="1")], seen_at=START, gone=["0"], spent=[spend])
"""
FINISHING = """
from tests.builders import START

store.finish_run(1, finished_at=START, mark=("9", START))
"""


def kill_at(url, statement, code):
    done = subprocess.run(
        [sys.executable, "-c", KILLED + code, url, statement],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO posts", "INSERT INTO spent_things", "INSERT INTO spending", "UPDATE runs"],
)
def test_a_page_whose_saving_is_killed_leaves_neither_posts_nor_bookings(
    store, database_url, statement
):
    start(store)
    store.save_posts([make_post("words", post_id="0")], seen_at=START)
    kill_at(database_url, statement, SAVING)
    assert store.load_posts()["text"].to_list() == ["words"]
    assert store.load_spent("2026-03").height == 0
    assert load_spent_things(store, "x", START.date(), ["post:1"]) == set()
    assert load_states(store) == ("running", 0)


TURNING_PRIVATE = """
from tests.builders import START, make_post

post = make_post("later", post_id="1", aliases=("5",), visibility="direct")
store.save_posts([post], seen_at=START)
"""


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO private_post_aliases",
        "DELETE FROM post_edits",
        "DELETE FROM posts",
        "INSERT INTO private_posts",
    ],
)
def test_a_post_that_turns_private_while_the_program_is_killed_stays_whole(
    store, database_url, statement
):
    post = make_post("words", post_id="1", aliases=("5",))
    store.save_posts([replace(post, text="before"), post], seen_at=START)
    kill_at(database_url, statement, TURNING_PRIVATE)
    (kept,) = store.iter_posts(include_private=True)
    assert (kept.text, kept.visibility, kept.aliases) == ("words", "public", ("5",))
    assert [edit.text for edit in store.load_edits("x", "5")] == ["before"]


@pytest.mark.parametrize("statement", ["UPDATE runs", "INSERT INTO cursors"])
def test_an_end_that_is_killed_leaves_the_run_open_and_the_cursor(store, database_url, statement):
    run_id = start(store)
    kill_at(database_url, statement, FINISHING)
    assert load_states(store) == ("running", 0)
    assert store.load_cursor(SOURCE) is None
    with Store.open(database_url) as other:
        other.finish_run(run_id, finished_at=START, mark=("1000001", START))
    assert store.load_cursor(SOURCE).newest_id == "1000001"
