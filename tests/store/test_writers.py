"""Several programs write overlapping posts at once, in different orders."""

import os
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from listener.errors import StoreError
from listener.store.store import Store
from tests.builders import START, make_post
from tests.processes import start_module
from tests.store.run_writer import make_overlapping
from tests.store.test_properties import assert_same, read_all

WRITERS = 4
SHARE, STEP = 400, 100


def test_writers_that_overlap_lose_nothing_and_double_nothing(migrated, database_url, tmp_path):
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                start_module(
                    "tests.store.run_writer", database_url, STEP * each, SHARE, each, env=os.environ
                )
            )
            for each in range(WRITERS)
        ]
        told = [writer.communicate(timeout=120) for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * WRITERS, told
    everything = make_overlapping(0, STEP * (WRITERS - 1) + SHARE)
    # Each post is new for exactly one of all who write it.
    assert sum(int(out) for out, _ in told) == len(everything)
    with (
        Store.open(database_url) as store,
        Store.open(f"sqlite:///{tmp_path}/alone.db") as alone,
    ):
        alone.save_posts(everything, seen_at=START)
        assert_same(store, read_all(alone))
        runs = store.load_runs()
        assert runs["read"].sum() == WRITERS * SHARE / 2
        assert store.save_posts(everything, seen_at=START).unchanged == len(everything)
        assert {store.load_cursor(f"x:{each}").newest_id for each in range(WRITERS)} == {
            str(100_000 + STEP * each + SHARE - 1) for each in range(WRITERS)
        }


@pytest.mark.postgres
def test_posts_are_saved_while_the_server_vacuums_and_not_while_another_saves(
    migrated, postgres_url
):
    with (
        Store.open(postgres_url, wait_seconds=0.2) as store,
        Store.open(postgres_url) as other,
    ):
        with other._database.engine.begin() as connection:
            # The lock that vacuum has.
            connection.execute(text("LOCK TABLE posts IN SHARE UPDATE EXCLUSIVE MODE"))
            assert store.save_posts([make_post()], seen_at=START).new == 1
        with (
            other._database.writing(),
            pytest.raises(StoreError, match="is locked by another program"),
        ):
            store.save_posts([make_post()], seen_at=START)
        with other._database.engine.begin() as connection:
            # Programs of before, which may still be running.
            connection.execute(text("LOCK TABLE posts IN SHARE ROW EXCLUSIVE MODE"))
            with pytest.raises(StoreError, match="is locked by another program"):
                store.save_posts([make_post()], seen_at=START)
