"""Archive or restore as a process that kills itself: `URL FOLDER WORK WHAT WHEN`.

WHAT is the beginning of a statement, after which it dies, or `fsync`, `replace`, `unlink`,
before or after which it does.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from listener.store.store import Store
from tests.store.worlds import END

url, folder, work, what = sys.argv[1:]


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def surround(owner, name):
    real = getattr(owner, name)

    def call(*words, **named):
        if what == f"before {name}":
            die()
        done = real(*words, **named)
        if what == f"after {name}":
            die()
        return done

    setattr(owner, name, call)


surround(os, "fsync")
surround(Path, "replace")
surround(Path, "unlink")
with Store.open(url, archive=Path(folder)) as store:

    @event.listens_for(store._database.engine, "after_cursor_execute")
    def kill(connection, cursor, statement, *_):
        if " ".join(statement.split()).startswith(what):
            die()

    if work == "archive":
        for week in store.list_old_weeks(END - timedelta(weeks=1)):
            store.archive_week(week)
    else:
        store.restore_archived(store.load_archive())
