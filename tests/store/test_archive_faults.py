"""Whatever happens to the archive: nothing is lost, nothing is double, and one line says it."""

import os
import signal
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from listener.errors import StoreError
from listener.jobs.checking.archive import check_archive
from listener.settings import load_settings
from listener.store import archiving, returning
from listener.store.archive_tables import ARCHIVE_FILES
from listener.store.store import Store
from tests.builders import make_post
from tests.processes import start_module
from tests.store.worlds import END, dump_tables, make_world

BORDER = END - timedelta(weeks=1)
ARCHIVING = (
    "INSERT INTO archive_files",
    "before fsync",
    "before replace",
    "after replace",
    "after fsync",
    "INSERT INTO archived_posts",
    "DELETE FROM posts",
    "UPDATE archive_files",
)
RESTORING = ("INSERT INTO posts", "DELETE FROM archived_posts", "before unlink", "after unlink")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "old"


@pytest.fixture
def store(migrated, database_url, folder):
    with Store.open(database_url, migrate=True, wait_seconds=20, archive=folder) as made:
        yield made


@pytest.fixture
def file_store(migrated, sqlite_url, folder):
    """For what has nothing to do with the kind of database."""
    with Store.open(sqlite_url, wait_seconds=20, archive=folder) as made:
        yield made


def archive(store):
    return sum(store.archive_week(week) for week in store.list_old_weeks(BORDER))


def let_leases_lapse(store):
    with store._database.writing() as connection:
        connection.execute(update(ARCHIVE_FILES).values(lease_until=END - timedelta(weeks=99)))


def kill(url, folder, work, what):
    with start_module(
        "tests.store.kill_archiving", url, folder, work, what, env=os.environ
    ) as process:
        process.wait(timeout=60)
    return process.returncode


def test_who_is_killed_loses_nothing_and_doubles_nothing(store, database_url, folder):
    store.save_posts(make_world(1, posts=12), seen_at=END)
    tables, posts = dump_tables(store), store.load_posts()
    for work, whats in (("archive", ARCHIVING), ("restore", RESTORING)):
        for what in whats:
            if work == "restore":
                archive(store)
            assert kill(database_url, folder, work, what) == -signal.SIGKILL, what
            assert store.load_posts().equals(posts), what
            let_leases_lapse(store)
    archive(store)
    files = store.load_archive()
    assert {path.name for path in folder.iterdir()} == {file.file for file in files}
    assert store.load_posts().equals(posts)
    store.restore_archived(files)
    assert dump_tables(store) == tables
    assert list(folder.iterdir()) == []


def test_two_programs_that_archive_at_once_move_each_post_once(store, database_url, folder):
    store.save_posts(make_world(2, posts=25), seen_at=END)
    tables, posts, moved = dump_tables(store), store.load_posts(), []

    def work():
        with (
            Store.open(database_url, wait_seconds=20, archive=folder) as own,
            suppress(StoreError),  # a week that is written to all the time
        ):
            moved.append(archive(own))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive(store)
    files = store.load_archive()
    assert store.load_posts().equals(posts)
    assert {path.name for path in folder.iterdir()} == {file.file for file in files}
    assert sum(moved) <= sum(file.posts for file in files)
    store.restore_archived(files)
    assert dump_tables(store) == tables


def test_a_missing_or_changed_file_is_told_and_never_counted_as_nothing(
    file_store, folder, tmp_path
):
    file_store.save_posts(make_world(3, posts=16), seen_at=END)
    posts, live = file_store.load_posts(), file_store.load_posts(since=BORDER)
    settings = load_settings(env={"LISTENER_ARCHIVE__FOLDER": str(folder)})
    archive(file_store)
    first = file_store.load_archive()[0]
    path = folder / first.file
    whole = path.read_bytes()
    for spoilt, told in ((None, "is missing"), (whole[:-9] + b"123456789", "is not the file")):
        path.unlink(missing_ok=True)
        if spoilt is not None:
            path.write_bytes(spoilt)
        for read in (
            file_store.load_posts,
            lambda: file_store.load_conversations(since=END - timedelta(weeks=9), until=END),
            lambda: list(file_store.iter_posts()),
            lambda: file_store.restore_archived([first]),
            lambda: file_store.save_backup(tmp_path / "backup.db"),
            lambda: file_store.forget_account(first.platform, "anna1"),
        ):
            with pytest.raises(StoreError, match=f"{first.file} {told}") as caught:
                read()
            assert "\n" not in str(caught.value)
        (finding,) = check_archive(settings, file_store).findings
        assert finding.state == "problem"
        assert told in finding.told
    assert file_store.load_posts(since=BORDER).equals(live)
    path.write_bytes(whole)
    assert file_store.load_posts().equals(posts)
    assert not (tmp_path / "backup.db").exists()
    (finding,) = check_archive(settings, file_store).findings
    assert (finding.state, finding.told.split()[1:3]) == ("ok", ["posts", "from"])


def test_without_the_folder_old_posts_are_asked_for_in_vain(file_store, sqlite_url):
    file_store.save_posts(make_world(3, posts=16), seen_at=END)
    archive(file_store)
    with Store.open(sqlite_url) as other:
        with pytest.raises(StoreError, match=r"archive\.folder does not say where"):
            other.load_posts()
        assert other.load_posts(since=BORDER).height


def test_a_folder_that_cannot_be_written_to_moves_nothing(file_store, folder):
    file_store.save_posts(make_world(3, posts=16), seen_at=END)
    tables = dump_tables(file_store)
    folder.write_text("no folder")
    with pytest.raises(
        StoreError, match=r"cannot be written to .*; what was not moved is in"
    ) as caught:
        archive(file_store)
    assert "\n" not in str(caught.value)
    assert dump_tables(file_store) == tables
    folder.unlink()
    archive(file_store)
    assert file_store.load_archive()


def test_a_week_of_many_posts_gets_several_files_and_latecomers_get_into_one(
    file_store, monkeypatch
):
    monkeypatch.setattr(archiving, "MOST_POSTS", 4)
    days = [make_post(f"post {n}", at=END - timedelta(days=14, minutes=n % 7)) for n in range(10)]
    file_store.save_posts(days, seen_at=END)
    posts = file_store.load_posts()
    assert archive(file_store) == 10
    assert max(file.posts for file in file_store.load_archive()) <= 4
    assert file_store.load_posts().equals(posts)
    before = {file.file for file in file_store.load_archive()}
    file_store.save_posts([make_post("late", at=END - timedelta(days=14))], seen_at=END)
    archive(file_store)
    files = file_store.load_archive()
    assert sum(file.posts for file in files) == 11
    assert len(files) == len(before)
    assert len(before - {file.file for file in files}) == 1


def test_a_backup_holds_archived_posts_and_needs_no_folder(store, tmp_path):
    store.save_posts(make_world(4, posts=16), seen_at=END)
    tables, posts = dump_tables(store), store.load_posts()
    archive(store)
    store.save_backup(tmp_path / "backup.db")
    with Store.open(f"sqlite:///{tmp_path / 'backup.db'}") as backup:
        assert backup.load_posts().equals(posts)
        assert dump_tables(backup) == tables
    assert store.load_posts().equals(posts)


def test_what_came_back_lies_on_the_disk_before_its_file_goes(file_store, monkeypatch):
    """After a power cut SQLite has else forgotten that it came back, and the file is gone."""
    file_store.save_posts([make_post(at=END - timedelta(weeks=3))], seen_at=END)
    archive(file_store)
    done = []

    @event.listens_for(file_store._database.engine, "before_cursor_execute")
    def note(connection, cursor, statement, *_):
        done.append(statement.split()[0] + statement[-4:])

    monkeypatch.setattr(returning, "remove_week_file", lambda *_: done.append("remove") or "")
    file_store.restore_archived(file_store.load_archive())
    before = done[: done.index("remove")]
    assert before[-3:] == ["PRAGMAFULL", "BEGINIATE", before[-1]]
    assert before[-1].startswith("UPDATE")
