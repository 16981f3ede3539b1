"""Look whether all archived posts are where they should be; every file is read."""

from listener.errors import StoreError
from listener.jobs.checking.findings import Notes
from listener.jobs.old_weeks import sum_up_archive
from listener.settings import Settings
from listener.store.store import Store


def check_archive(settings: Settings, store: Store | None) -> Notes:
    """Return how many posts are archived, and whether each file is whole; nothing if none are."""
    notes = Notes("archive")
    if store is None:
        return notes
    try:
        summary = sum_up_archive(store, settings)
        if summary.files:
            for error in store.check_archive():
                notes.add_error("files", error)
    except StoreError as error:
        notes.add_error("files", error)
    else:
        if summary.files and not notes.findings:
            notes.add("files", "ok", summary.line)
    return notes
