"""A site in a folder: what is killed anywhere leaves whole files, and the next one completes it."""

import os
import signal
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listener.deliver.publish import STAGING, publishing_into
from listener.deliver.site_state import MANIFEST, PageState
from listener.errors import DeliveryError

NOW = datetime(2026, 3, 9, tzinfo=UTC)
OLD = {"index.html": b"old list", "acme/w1/index.html": b"old", "gone/w1/index.html": b"gone"}
NEW = {"index.html": b"new list", "acme/w1/index.html": b"new", "acme/w2/index.html": b"newer"}


def save(folder, files, digest="1"):
    with publishing_into(folder, now=NOW) as site:
        for path, data in files.items():
            site.add(path, data)
        state = PageState(digest=digest, published_at=NOW, updated_at=NOW)
        return site.commit({"acme/w1/": state})


def read(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def kill_at(number, monkeypatch):
    """Die at this change of a name or this removal of a file."""
    left = iter(range(number))

    def die_in_time(real):
        def act(*words, **more):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*words, **more)

        return act

    for name in ("replace", "unlink", "rmdir", "write_bytes"):
        monkeypatch.setattr(f"pathlib.Path.{name}", die_in_time(getattr(Path, name)))


@pytest.mark.parametrize("number", range(14))
def test_killed_anywhere_every_file_is_old_or_new(tmp_path, monkeypatch, number):
    save(tmp_path, OLD)
    (tmp_path / "gone" / "mine.txt").write_text("mine")
    child = os.fork()
    if child == 0:  # it ends by its own hand
        kill_at(number, monkeypatch)
        save(tmp_path, NEW, "2")
        os._exit(0)
    os.waitpid(child, 0)
    there = read(tmp_path)
    for path in OLD:
        assert there.get(path) in (OLD[path], NEW.get(path))
    # A list names only what is there.
    if there["index.html"] == b"new list":
        assert there["acme/w2/index.html"] == b"newer"
    save(tmp_path, NEW, "2")
    assert read(tmp_path).keys() - {MANIFEST} == NEW.keys() | {"gone/mine.txt"}
    assert {path: read(tmp_path)[path] for path in NEW} == NEW


def test_the_second_one_at_the_same_time_is_sent_away(tmp_path):
    with publishing_into(tmp_path, now=NOW), pytest.raises(DeliveryError, match="publishes there"):
        save(tmp_path, NEW)
    assert read(tmp_path) == {}


def test_a_failure_leaves_what_was_there(tmp_path):
    save(tmp_path, OLD)
    before = read(tmp_path)
    with pytest.raises(TypeError):
        save(tmp_path, {"index.html": b"new list", "acme/w1/index.html": None})
    assert read(tmp_path) == before
    assert not (tmp_path / STAGING).exists()


def test_a_web_server_may_read_everything_whatever_else_is_kept_from_others(tmp_path):
    before = os.umask(0o077)
    try:
        save(tmp_path / "new" / "site", NEW)
    finally:
        os.umask(before)
    made = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o755}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o644}


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "site"):
        with pytest.raises(DeliveryError, match=r"cannot be written|is not a folder"):
            save(place, NEW)


def test_what_somebody_removed_or_changed_by_hand_is_written_again(tmp_path):
    save(tmp_path, NEW)
    (tmp_path / "index.html").write_text("defaced")
    (tmp_path / "acme/w1/index.html").unlink()
    changes = save(tmp_path, NEW)
    assert (changes.new, changes.changed, changes.same) == (
        ("acme/w1/index.html",),
        ("index.html",),
        1,
    )
    assert {path: read(tmp_path)[path] for path in NEW} == NEW
