"""Backups: one consistent state in one file, from and into both kinds of databases."""

import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from listener.errors import ConfigError, StoreError
from listener.store import backups
from listener.store.archive_tables import ARCHIVE_TABLES
from listener.store.imports import ImportRecord
from listener.store.store import Store
from listener.store.tables import METADATA
from tests.builders import START, make_brand, make_post

ROOT = Path(__file__).parents[2]
VALUES = {str: "words", int: 7, bool: True, bytes: b"\x00words"}


def fill_every_table(store):
    """Put one row into each table of the catalogue, also into those that come later."""
    with store._database.writing() as connection:
        for table in METADATA.sorted_tables:
            row = {each.name: make_value(each) for each in table.columns}
            connection.execute(insert(table).values(**row))


def make_value(column):
    kind = column.type.python_type
    return START if column.type.__class__.__name__ == "UTCDateTime" else VALUES[kind]


def load_everything(store):
    """Return all rows of all tables but those that tell which posts lie in files."""
    with store._database.reading() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in METADATA.sorted_tables
            if table not in ARCHIVE_TABLES
        }


def open_backup(path):
    return Store.open(f"sqlite:///{path}", migrate=False)


def restore(store, path):
    return backups.restore_backup(store._database, path)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_store(request, tmp_path):
    """A second store of each kind, so that all four ways from one to the other are gone."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'second.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    with Store.open(url, migrate=True, wait_seconds=0.2) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'first.db'}") as opened:
        yield opened


def test_a_backup_holds_every_row_of_every_table(store, tmp_path):
    fill_every_table(store)
    path = tmp_path / "backup.db"
    store.save_backup(path)
    with open_backup(path) as copy:
        assert load_everything(copy) == load_everything(store)


def test_it_is_one_file_of_its_owner(store, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    store.save_posts([make_post()], seen_at=START)
    store.save_backup(folder / "backup.db")
    assert [path.name for path in folder.iterdir()] == ["backup.db"]
    assert stat.S_IMODE((folder / "backup.db").stat().st_mode) == 0o600


def test_what_was_restored_is_what_was_there(file_store, empty_store, tmp_path):
    fill_every_table(file_store)
    file_store.save_backup(tmp_path / "backup.db")
    rows = restore(empty_store, tmp_path / "backup.db")
    assert load_everything(empty_store) == load_everything(file_store)
    assert rows["posts"] == rows["runs"] == 1


@pytest.mark.postgres
def test_from_postgresql_into_a_file_and_back(postgres_url, tmp_path):
    posts = [make_post("ä 🌍 \\ 'x'", post_id=str(n), mentions=("a", "b")) for n in range(11_000)]
    with Store.open(postgres_url, migrate=True) as store:
        store.save_posts(posts, seen_at=START)
        store.save_brands([make_brand()])
        store.save_backup(tmp_path / "backup.db")
        before = load_everything(store)
    with Store.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        restore(copy, tmp_path / "backup.db")
        assert load_everything(copy) == before
        assert copy.load_posts().height == 11_000


def test_after_restoring_new_rows_get_new_numbers(file_store, empty_store, tmp_path):
    record = ImportRecord(platform="x", file="a", format="x", imported_at=START)
    for _ in range(3):
        file_store.save_import(record)
    file_store.save_backup(tmp_path / "backup.db")
    restore(empty_store, tmp_path / "backup.db")
    empty_store.save_import(record)
    assert empty_store.load_imports().height == 4


def test_a_database_with_anything_in_it_is_not_filled(file_store, empty_store, tmp_path):
    file_store.save_backup(tmp_path / "backup.db")
    for table in METADATA.sorted_tables:
        row = {each.name: make_value(each) for each in table.columns}
        with empty_store._database.writing() as connection:
            connection.execute(insert(table).values(**row))
        with pytest.raises(StoreError, match="is not empty"):
            restore(empty_store, tmp_path / "backup.db")
        with empty_store._database.writing() as connection:
            key = next(iter(table.primary_key))
            connection.execute(table.delete().where(key == make_value(key)))


def test_an_existing_file_stays_unless_it_is_to_be_replaced(store, tmp_path):
    path = tmp_path / "backup.db"
    path.write_text("precious")
    with pytest.raises(ConfigError, match=r"exists.*--force"):
        store.save_backup(path)
    assert path.read_text() == "precious"
    store.save_backup(path, force=True)
    with open_backup(path) as copy:
        assert copy.load_posts().height == 0


def test_a_folder_that_is_not_there_is_told(store, tmp_path):
    with pytest.raises(StoreError, match=r"cannot be used .*No such file"):
        store.save_backup(tmp_path / "none" / "backup.db")
    with pytest.raises(StoreError, match=r"cannot be used .*No such file"):
        restore(store, tmp_path / "none.db")


WRITER = """
import sys
from listener.store.store import Store
from tests.builders import START, make_post

with Store.open(sys.argv[1], wait_seconds=30) as store:
    print("ready", flush=True)
    number = 0
    while True:
        pair = [make_post("x" * 200, post_id=f"{number}-{part}") for part in range(2)]
        store.save_posts(pair, seen_at=START)
        number += 1
        print(number, flush=True)
"""


def test_while_another_process_writes_one_state_is_kept(store, database_url, tmp_path):
    store.save_posts([make_post("y" * 300) for _ in range(2_000)], seen_at=START)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, database_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        for _ in range(5):
            assert writer.stdout.readline()
        numbers = []
        for turn in range(3):
            store.save_backup(tmp_path / f"{turn}.db")
            with open_backup(tmp_path / f"{turn}.db") as copy:
                numbers.append(copy.load_posts().height - 2_000)
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert all(number % 2 == 0 for number in numbers), "half a transaction"
    assert 4 <= numbers[0] <= numbers[1] <= numbers[2]


KILLED = """
import os, signal, sys
from pathlib import Path
from listener.store import backups
from listener.store.archive_tables import ARCHIVE_TABLES
from listener.store.store import Store

backups._make_durable = lambda draft: os.kill(os.getpid(), signal.SIGKILL)
Store.open(sys.argv[1]).save_backup(Path(sys.argv[2]), force=True)
"""


def test_a_backup_that_is_killed_leaves_nothing_under_its_name(store, database_url, tmp_path):
    def kill(path):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, database_url, path], cwd=ROOT, check=False
        )
        assert done.returncode == -signal.SIGKILL

    store.save_posts([make_post("first")], seen_at=START)
    kill(tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    store.save_backup(tmp_path / "old.db")
    store.save_posts([make_post("second")], seen_at=START)
    kill(tmp_path / "old.db")
    with open_backup(tmp_path / "old.db") as copy:
        assert copy.load_posts()["text"].to_list() == ["first"]


def test_a_full_disk_is_told_and_leaves_nothing(sqlite_url, tmp_path):
    """A file of SQLite may not grow beyond a limit here, as on a full disk."""
    with Store.open(sqlite_url) as store:
        store.save_posts([make_post("x" * 500) for _ in range(200)], seen_at=START)
        script = (
            "import resource, sys; from pathlib import Path\n"
            "from listener.store.store import Store; from listener.errors import StoreError\n"
            "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "store = Store.open(sys.argv[1])\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
            "try:\n    store.save_backup(Path(sys.argv[2]))\n"
            "except StoreError as error:\n    print(error); sys.exit(7)\n"
        )
        folder = tmp_path / "backups"
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", script, sqlite_url, folder / "backup.db"],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 7, done.stderr
        assert "disk" in done.stdout
        assert list(folder.iterdir()) == []


def set_revision(path, revision):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


def test_a_backup_of_a_newer_program_is_refused(file_store, empty_store, tmp_path):
    file_store.save_backup(tmp_path / "backup.db")
    set_revision(tmp_path / "backup.db", "9999")
    with pytest.raises(StoreError, match=r"backup.db has the newer schema 9999.*update listener"):
        restore(empty_store, tmp_path / "backup.db")
    assert empty_store.load_posts().height == 0


def test_a_backup_of_an_older_program_is_brought_up_to_date(empty_store, tmp_path):
    path = tmp_path / "old.db"
    make_old_backup(path)
    before = path.read_bytes()
    restore(empty_store, path)
    assert empty_store.load_brands()[0].key == "acme"
    assert path.read_bytes() == before


def make_old_backup(path):
    """Write a file of the second schema, with one of the brands that it kept."""
    from alembic import command

    from listener.store.brands import save_brands
    from listener.store.database import Database
    from listener.store.schema import make_alembic_config

    database = Database(f"sqlite:///{path}", wait_seconds=1)
    config = make_alembic_config()
    with database.writing(lock_posts=False) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    save_brands(database, [make_brand()])
    database.clear_traces()
    database.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (b"these are my notes, not a database\n" * 200, "is not an SQLite database"),
        (b"", "is no backup"),
    ],
)
def test_a_file_that_is_no_backup_is_told(empty_store, tmp_path, words, told):
    path = tmp_path / "notes.txt"
    path.write_bytes(words)
    with pytest.raises(StoreError, match=told):
        restore(empty_store, path)


def test_a_damaged_backup_is_told_and_nothing_of_it_kept(file_store, empty_store, tmp_path):
    file_store.save_posts([make_post("x" * 900) for _ in range(500)], seen_at=START)
    path = tmp_path / "backup.db"
    file_store.save_backup(path)
    words = bytearray(path.read_bytes())
    middle = len(words) // 2
    words[middle : middle + 20_000] = b"\xff" * 20_000
    path.write_bytes(words)
    with pytest.raises(StoreError, match="damaged"):
        restore(empty_store, path)
    assert empty_store.load_posts().height == 0


def test_restoring_that_is_broken_off_leaves_the_database_empty(
    file_store, empty_store, tmp_path, monkeypatch
):
    fill_every_table(file_store)
    file_store.save_backup(tmp_path / "backup.db")
    last = METADATA.sorted_tables[-1]
    copy_table = backups._copy_table

    def break_off(before, after, table):
        if table is last:
            raise KeyboardInterrupt
        return copy_table(before, after, table)

    monkeypatch.setattr(backups, "_copy_table", break_off)
    with pytest.raises(KeyboardInterrupt):
        restore(empty_store, tmp_path / "backup.db")
    monkeypatch.undo()
    restore(empty_store, tmp_path / "backup.db")
    assert load_everything(empty_store) == load_everything(file_store)


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_the_database_is_not_replaced_by_its_own_backup(file_store, tmp_path, end):
    file_store.save_posts([make_post()], seen_at=START)
    file = tmp_path / f"first.db{end}"
    with file_store._database.reading():  # somebody uses it, so it has logs
        file_store.load_posts()
        linked, symbolic = tmp_path / "linked.db", tmp_path / "symbolic.db"
        linked.hardlink_to(file)
        symbolic.symlink_to(file)
        for path in (file, linked, symbolic, tmp_path / "x" / ".." / file.name):
            with pytest.raises(ConfigError, match="is the database itself"):
                file_store.save_backup(path, force=True)
    assert file_store.load_posts().height == 1


def test_a_database_in_use_is_no_backup(file_store, empty_store, tmp_path):
    with file_store._database.reading():
        file_store.save_posts([make_post()], seen_at=START)
        with pytest.raises(StoreError, match="is a database in use"):
            restore(empty_store, tmp_path / "first.db")
        url = f"sqlite:///{tmp_path / 'third.db'}"
        with pytest.raises(StoreError, match="is a database in use"):
            backups.restore_database(url, tmp_path / "first.db")
    assert not (tmp_path / "third.db").exists()
    restore(empty_store, tmp_path / "first.db")
    assert empty_store.load_posts().height == 1
