from datetime import timedelta

import polars as pl

from listener.store.imports import ImportRecord
from tests.builders import START

RECORD = ImportRecord(
    platform="x",
    file="posts.csv",
    format="customer-support-csv",
    imported_at=START + timedelta(days=1),
    posts=5,
    new=3,
    changed=1,
    unchanged=1,
    broken=2,
    oldest=START,
    newest=START + timedelta(hours=3),
)
EMPTY = ImportRecord(platform="mastodon", file="b\x00.json", format="mastodon", imported_at=START)


def test_without_imports_the_frame_has_its_columns(store):
    frame = store.load_imports()
    assert frame.height == 0
    assert frame.schema["imported_at"] == frame.schema["newest"] == pl.Datetime("us", "UTC")
    assert frame.schema["posts"] == pl.Int64


def test_records_come_back_in_the_order_of_importing(store):
    store.save_import(RECORD)
    store.save_import(EMPTY)
    first, second = store.load_imports().iter_rows(named=True)
    assert ImportRecord(**first) == RECORD
    assert (second["file"], second["newest"], second["posts"]) == ("b.json", None, 0)


def test_a_file_that_is_imported_twice_is_recorded_twice(store):
    store.save_import(RECORD)
    store.save_import(RECORD)
    assert store.load_imports().height == 2
