"""Move posts of old weeks into Parquet files and back; no figure changes by that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from listener.errors import ConfigError
from listener.measure.periods import find_week, find_week_of
from listener.settings import Settings
from listener.store.archive_files import ArchiveFile
from listener.store.old_weeks import OldWeek
from listener.store.store import Store

Progress = Callable[[OldWeek], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSummary:
    """What lies in files.

    Attributes:
        folder: Where they are; None if the settings do not say.
        oldest: When the first of these posts was written; None if there are none.
        newest: When the last one was.
    """

    folder: Path | None
    files: int
    posts: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None

    @property
    def line(self) -> str:
        """The same in one line."""
        if not self.files or self.oldest is None or self.newest is None:
            return "no posts are archived"
        where = self.folder or "a folder that archive.folder does not name"
        return (
            f"{self.posts:,} posts from {self.oldest:%Y-%m-%d} to {self.newest:%Y-%m-%d} are "
            f"archived in {where} ({self.files} files, {self.bytes / 1e6:,.1f} MB)"
        )


def sum_up_archive(store: Store, settings: Settings) -> ArchiveSummary:
    """Return how much lies in files, as the database knows it."""
    files = store.load_archive()
    return ArchiveSummary(
        folder=settings.archive.folder,
        files=len(files),
        posts=sum(file.posts for file in files),
        bytes=sum(file.bytes for file in files),
        oldest=min((file.oldest for file in files), default=None),
        newest=max((file.newest for file in files), default=None),
    )


def choose_border(
    settings: Settings, before: str | None, older_than: int | None, *, now: datetime
) -> datetime:
    """Return before which Monday posts are old: by flags, else by the settings.

    Raises:
        ConfigError: If nobody says it, there is no such week, or it is not over.
    """
    if before is not None and older_than is not None:
        msg = "--before and --older-than: give one of them"
        raise ConfigError(msg)
    if before is not None:
        return _find_monday(before, now)
    weeks = settings.archive.older_than_weeks if older_than is None else older_than
    if weeks is None:
        msg = (
            "say what is old: --older-than 26, or --before 2025-W01, "
            "or set archive.older_than_weeks"
        )
        raise ConfigError(msg)
    return tell_border(weeks, now)


def tell_border(weeks: int, now: datetime) -> datetime:
    """Return the Monday of the week, in UTC, that lies so many weeks back."""
    return find_week_of(now, "UTC").since - timedelta(weeks=weeks)


def _find_monday(name: str, now: datetime) -> datetime:
    try:
        monday = find_week(name, "UTC").since
    except ValueError as error:
        msg = f"--before: {error}"
        raise ConfigError(msg) from error
    if monday > now:
        msg = f"--before: {name} has not begun"
        raise ConfigError(msg)
    return monday


def require_folder(settings: Settings) -> Path:
    """Return the folder of the files.

    Raises:
        ConfigError: If the settings name none.
    """
    if settings.archive.folder is None:
        msg = "archive.folder: is not set; name the folder in which old posts are to lie"
        raise ConfigError(msg)
    return settings.archive.folder


def archive_old_weeks(
    store: Store, before: datetime, *, on_progress: Progress | None = None
) -> int:
    """Move all posts of weeks before a Monday into files, week by week; return their number.

    Raises:
        StoreError: If the folder or the database fails. Weeks that were moved stay so.
    """
    moved = 0
    for week in store.list_old_weeks(before):
        moved += store.archive_week(week)
        if on_progress is not None:
            on_progress(week)
    return moved


def choose_files(store: Store, before: datetime | None) -> Sequence[ArchiveFile]:
    """Return the files of weeks before a Monday, or all; the newest come back first."""
    files = store.load_archive()
    return [file for file in reversed(files) if before is None or file.oldest < before]
