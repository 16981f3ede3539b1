"""What keeps a store in order for years: backups, and what is erased in time."""

from pathlib import Path

from listener.store import backups
from listener.store.database import Database


class Upkeep:
    """The part of `Store` that housekeeping uses; each method raises `StoreError`."""

    _database: Database

    def save_backup(self, path: Path, *, force: bool = False) -> None:
        """Write one consistent state into an SQLite file, while others may write.

        Only its owner can read the file, and it has its name only when it is whole.

        Args:
            path: The file.
            force: Whether a file that is there is replaced.

        Raises:
            ConfigError: If the file is there and not to be replaced.
        """
        backups.save_backup(self._database, path, force=force)
