"""Erasing and restoring on a disk that is really full: nothing lost, nothing half done."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from listener.store.store import Store
from tests.builders import make_post
from tests.project import ROOT

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = NOW - timedelta(days=900)
NUMBER = 1_500
MEGABYTE = 1_000_000
SETTINGS = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "mastodon", handle = "acme@social.example" }]
"""
FULL = ("has no room left", "check the disk and its free space")


class Disk:
    """A file system in memory, of a size that can be changed."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        self.call("mount", "-t", "tmpfs", "-o", f"size={40 * MEGABYTE}", "tmpfs", path)

    def call(self, *words):
        subprocess.run([*map(str, words)], check=True, capture_output=True)

    def resize(self, size):
        self.call("mount", "-o", f"remount,size={size}", self.path)

    @property
    def used(self):
        found = os.statvfs(self.path)
        return (found.f_blocks - found.f_bfree) * found.f_frsize


@pytest.fixture
def disk(tmp_path):
    try:
        disk = Disk(tmp_path / "disk")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may have a file system of its own")
    yield disk
    disk.call("umount", disk.path)


def name_post(number):
    return f"https://social.example/@anna/{number}"


def fill(url):
    """Save old posts, public and private, whose addresses name their authors."""
    with Store.open(url) as store:
        posts = [
            make_post(
                f"@acme {number} my phone is dead " * 10,
                post_id=name_post(number),
                author=f"customer{number}@elsewhere.example",
                at=OLD + timedelta(minutes=number),
                visibility="direct" if number % 5 == 0 else "public",
            )
            for number in range(NUMBER)
        ]
        young = make_post(
            "@acme young", author="anna@elsewhere.example", at=NOW - timedelta(days=1)
        )
        store.save_posts([*posts, young], seen_at=NOW)


def look(url):
    """Return how many posts there are, how many lost their words, and what is wrong with it."""
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as connection:
        (state,) = connection.execute("PRAGMA integrity_check").fetchone()
    with Store.open(url) as store:
        public, private = store.load_posts(), store.load_private_posts()
    erased = public.filter(language="x-erased")
    assert erased["text"].to_list() == [""] * erased.height
    whole = public.filter(public["text"].str.contains("phone"))
    assert erased.height + whole.height + 1 == public.height
    return state, public.height, erased.height, private.height


def run(tmp_path, database, *words, **env):
    config = tmp_path / "listener.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    line = ["--config", config, "--database", database, *words]
    done = subprocess.run(
        [sys.executable, "-m", "listener", *map(str, line)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("room", [64_000, 400_000])
def test_erasing_on_a_full_disk_is_told_and_goes_on_later(disk, tmp_path, room):
    url = f"sqlite:///{disk.path / 'posts.db'}"
    fill(url)
    public, private = NUMBER - NUMBER // 5 + 1, NUMBER // 5
    assert look(url) == ("ok", public, 0, private)
    disk.resize(disk.used + room)
    code, told = run(tmp_path, disk.path / "posts.db", "tidy")
    assert (code, len(told)) == (1, 1), told
    assert any(words in told[0] for words in FULL)
    disk.resize(40 * MEGABYTE)
    state, posts, erased, left = look(url)
    assert (state, posts) == ("ok", public)
    assert erased < public - 1
    assert left == private
    assert run(tmp_path, disk.path / "posts.db", "tidy") == (0, [])
    assert look(url) == ("ok", public, public - 1, 0)


def test_restoring_on_a_full_disk_is_told_and_leaves_the_database_empty(disk, tmp_path):
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    fill(url)
    backup, new = tmp_path / "backup.db", disk.path / "new.db"
    assert run(tmp_path, tmp_path / "posts.db", "backup", backup) == (0, [])
    disk.resize(MEGABYTE)
    code, told = run(tmp_path, new, "restore", backup)
    assert (code, len(told)) == (1, 1), told
    assert any(words in told[0] for words in FULL)
    with Store.open(f"sqlite:///{new}") as store:
        assert (store.load_posts().height, store.load_private_posts().height) == (0, 0)
    disk.resize(40 * MEGABYTE)
    assert run(tmp_path, new, "restore", backup) == (0, [])
    assert look(f"sqlite:///{new}") == look(url)


def test_restoring_without_room_for_a_copy_is_told(disk, tmp_path):
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    fill(url)
    backup, new = tmp_path / "backup.db", tmp_path / "new.db"
    assert run(tmp_path, tmp_path / "posts.db", "backup", backup) == (0, [])
    disk.resize(100_000)
    code, told = run(tmp_path, new, "restore", backup, TMPDIR=str(disk.path))
    assert code == 1
    assert told == [
        f"listener: backup {backup} cannot be copied to {disk.path} (No space left on device); "
        "free some space there, or name another folder in TMPDIR"
    ]
    assert list(disk.path.iterdir()) == []
    assert run(tmp_path, new, "restore", backup) == (0, [])
    assert look(f"sqlite:///{new}") == look(url)
