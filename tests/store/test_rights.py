"""What of a database may not be written is named: the file, a log that is left, the folder."""

import os
import tempfile
from pathlib import Path

import pytest

from listener.errors import StoreError
from listener.store.store import Store

NOBODY = 65_534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")


def read_as_nobody(url):
    """Return how opening and writing fails for a user without any rights."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        told = "it works"
        try:
            with Store.open(url) as store:
                store.check_writing()
        except StoreError as error:
            told = str(error)
        finally:
            os.write(writing, told.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


@pytest.fixture
def file():
    # No folder above it may shut others out, as those of pytest do.
    with tempfile.TemporaryDirectory(prefix="listener-rights-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        file = folder / "posts.db"
        with Store.open(f"sqlite:///{file}") as store:
            store.check_writing()
        file.chmod(0o666)
        yield file
        folder.chmod(0o777)


def test_who_has_all_rights_may_write(file):
    assert read_as_nobody(f"sqlite:///{file}") == "it works"


@pytest.mark.parametrize(
    ("modes", "named"),
    [
        ({"posts.db": 0o444}, "{0}/posts.db"),
        ({"posts.db": 0o000}, "{0}/posts.db"),
        ({"posts.db-shm": 0o444}, "{0}/posts.db-shm"),
        ({"posts.db-shm": 0o000}, "{0}/posts.db-shm"),
        ({"posts.db-wal": 0o444}, "{0}/posts.db-wal"),
        ({"posts.db-wal": 0o444, "posts.db-shm": 0o444}, "{0}/posts.db-wal and {0}/posts.db-shm"),
        ({".": 0o555}, "the folder {0}"),
    ],
)
def test_what_may_not_be_written_is_named(file, modes, named):
    for name, mode in modes.items():
        path = file.parent / name
        if name.endswith("-shm"):
            path.write_bytes(bytes(32_768))
        elif name.endswith("-wal"):
            path.touch()
        path.chmod(mode)
    told = read_as_nobody(f"sqlite:///{file}")
    assert told.startswith(f"database {file} cannot be ")
    assert told.endswith(f"; check owner and permissions of {named.format(file.parent)}")
