"""On PostgreSQL many rows at once come by COPY, and nobody can tell it from what is stored."""

import os
import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from listener.errors import StoreAwayError, StoreError
from listener.store import copying, statements
from listener.store.store import Store
from tests.builders import START, make_post
from tests.processes import start_module
from tests.store.run_writer import make_overlapping
from tests.store.test_properties import (
    SEEN_AT,
    assert_same,
    histories,
    ours,
    read_all,
    save_all,
    wipe,
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def store(migrated, postgres_url):
    with Store.open(postgres_url, migrate=True, wait_seconds=2) as opened:
        yield opened


@pytest.fixture
def landed(monkeypatch):
    """Count the rows that are copied."""
    counts = []

    def count(connection, table, rows):
        counts.append((table.name, len(rows)))
        return land_rows(connection, table, rows)

    land_rows = statements.land_rows
    monkeypatch.setattr(statements, "land_rows", count)
    return counts


@pytest.fixture
def copied(landed, monkeypatch):
    """Count them, and copy from the first one on."""
    monkeypatch.setattr(statements, "COPY_FROM_ROWS", 1)
    return landed


@pytest.fixture
def plain(migrated, sqlite_url):
    with Store.open(sqlite_url) as opened:
        yield opened


def dirty(posts, draw):
    """Put what databases stumble over into some of the posts."""
    odd = st.sampled_from(
        [
            "\\N",
            "\\.",
            "a\tb\nc\r\\",
            "\x00null",
            "half \ud83d",
            "x" * 300_000,
            "'\"{},",
            "é🙂\u2028",
        ]
    )
    words = [draw(st.one_of(st.none(), odd)) for _ in posts]
    return [
        post if word is None or post.deleted_at else replace(post, text=word, author_name=word)
        for post, word in zip(posts, words, strict=True)
    ]


@ours
@given(data=st.data(), posts=histories())
def test_copied_posts_are_those_of_sqlite_and_of_small_pages(store, plain, copied, data, posts):
    posts = dirty(posts, data.draw)
    batch = data.draw(st.integers(1, 9))
    for each in (store, plain):
        wipe(each)
        save_all(each, posts, batch=batch)
    assert copied
    expected = read_all(plain)
    assert_same(store, expected)
    store.save_posts(posts, seen_at=SEEN_AT)
    plain.save_posts(posts, seen_at=SEEN_AT)
    assert_same(store, read_all(plain))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "COPY_FROM_ROWS", 10**9)
        wipe(store)
        save_all(store, posts, batch=batch)
    assert_same(store, expected)


def make_many(number, start=0):
    return [
        make_post(f"@acme number {at}", post_id=str(10_000 + at), at=at)
        for at in range(start, start + number)
    ]


def test_small_pages_are_not_copied_and_big_ones_are(store, landed):
    size = copying.COPY_FROM_ROWS
    store.save_posts(make_many(size - 1), seen_at=START)
    assert landed == []
    store.save_posts(make_many(size, start=size), seen_at=START)
    assert landed == [("posts", size)]
    assert store.load_posts().height == 2 * size - 1


def test_who_may_have_no_temporary_tables_writes_without(store, postgres_url, copied):
    with store._database.outside_transactions() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC'))
        connection.execute(text("CREATE ROLE plain_writer LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_writer"))
    try:
        with Store.open(postgres_url.replace("postgres@", "plain_writer@")) as other:
            assert other.save_posts(make_many(3), seen_at=START).new == 3
        assert copied == []
        assert store.load_posts().height == 3
    finally:
        with store._database.outside_transactions() as connection:
            connection.execute(text("DROP OWNED BY plain_writer"))
            connection.execute(text("DROP ROLE plain_writer"))


class CutRows(list):
    """Rows in the midst of which the server breaks the connection off."""

    def __init__(self, rows, store):
        super().__init__(rows)
        self.store = store

    def __iter__(self):
        for number, row in enumerate(super().__iter__()):
            if number == len(self) // 2:
                with self.store._database.outside_transactions() as connection:
                    connection.execute(text(CUT_OTHERS))
            yield row


CUT_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize("commit_each_batch", [False, True])
def test_a_connection_cut_in_a_copy_leaves_whole_batches_and_nothing_double(
    store, postgres_url, copied, monkeypatch, commit_each_batch
):
    def land_rows(connection, table, rows):
        third = len(copied) == 2
        return count(connection, table, CutRows(rows, store) if third else rows)

    count = statements.land_rows
    monkeypatch.setattr(statements, "land_rows", land_rows)
    posts = make_many(40)
    options = {"seen_at": START, "batch": 10, "commit_each_batch": commit_each_batch}
    with Store.open(postgres_url) as writer, pytest.raises(StoreAwayError):
        writer.save_posts(posts, **options)
    kept = store.load_posts().height
    assert kept == (20 if commit_each_batch else 0)
    again = store.save_posts(posts, **options)
    assert (again.unchanged, again.new) == (kept, 40 - kept)
    assert store.load_posts().height == 40


def test_a_writer_killed_in_a_copy_leaves_nothing_and_no_lock(store, postgres_url):
    with start_module(
        "tests.store.run_writer", postgres_url, 0, 400, "stall", env=os.environ
    ) as writer:
        assert writer.stdout.readline() == "copying\n"
        writer.kill()
        assert writer.wait(timeout=60) == -signal.SIGKILL
    assert store.load_posts().height == 0
    saved = store.save_posts(make_overlapping(0, 400), seen_at=START)
    assert (saved.new, saved.unchanged) == (400, 0)


def test_rows_that_cannot_be_copied_leave_nothing(store, copied, monkeypatch):
    def break_off(connection, table, rows):
        # What a bug would hand over.
        return land(connection, table, [*rows[:-1], rows[-1]._replace(text="a\x00b")])

    land = copying.land_rows
    monkeypatch.setattr(statements, "land_rows", break_off)
    with pytest.raises(StoreError, match="failed unexpectedly"):
        store.save_posts(make_many(5), seen_at=START)
    monkeypatch.setattr(statements, "land_rows", land)
    assert store.load_posts().height == 0
    assert store.save_posts(make_many(5), seen_at=START).new == 5
