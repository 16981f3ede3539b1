"""SQLite files that have their tables already: a copy costs a hundredth of the migrations."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


def copy_migrated(path: Path) -> None:
    """Put an empty store of the newest schema where a test will open it."""
    # Copied with its mode: a store is for its owner only.
    shutil.copy(_make_template(), path)


@cache
def _make_template() -> Path:
    """Migrate one file for all tests of this process."""
    from listener.store.store import Store

    folder = tempfile.mkdtemp(prefix="listener-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "posts.db"
    Store.open(f"sqlite:///{path}").close()
    return path
