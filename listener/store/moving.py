"""What moves old weeks into files and back."""

from collections.abc import Iterable
from datetime import datetime

from listener.errors import StoreError
from listener.store import archive_files, archiving, old_weeks
from listener.store.archive_files import ArchiveFile, load_files
from listener.store.database import Database
from listener.store.old_weeks import OldWeek
from listener.store.returning import bring_back, require_swept


class OldWeeks:
    """The part of `Store` that archives; each method raises `StoreError`.

    Where a public post is makes no difference to anybody who reads or writes posts: it is found
    in its file, and brought back before it is changed. Several programs may do this at once.
    """

    _database: Database

    def list_old_weeks(self, before: datetime) -> list[OldWeek]:
        """Return the weeks that were over before a moment and have posts in the database.

        By platform, the oldest first. Weeks are ISO weeks in UTC.
        """
        return old_weeks.list_old_weeks(self._database, before)

    def archive_week(self, week: OldWeek) -> int:
        """Move a week's public posts into a file, or several, and return their number.

        Whoever is killed in the middle loses nothing and doubles nothing.

        Raises:
            StoreError: If the folder or the database fails; what was not moved stays.
        """
        return archiving.archive_week(self._database, week)

    def load_archive(self) -> list[ArchiveFile]:
        """Return the files that hold posts, the oldest posts first; none is opened."""
        with self._database.reading() as connection:
            return load_files(connection)

    def check_archive(self) -> list[StoreError]:
        """Read every file and return what is wrong with those that cannot be used."""
        return archive_files.find_broken(self._database)

    def restore_archived(self, files: Iterable[ArchiveFile]) -> int:
        """Bring the posts of files back, file by file, and return their number.

        Raises:
            StoreError: If a file is missing or changed; what was brought back stays so.
        """
        number = 0
        for file in files:
            with self._database.writing() as connection:
                still = [each for each in load_files(connection) if each.id == file.id]
                number += bring_back(connection, still)
        require_swept(self._database)
        return number
