"""What commands and schedules are wired from: the store and the phrases of the settings.

Both are loaded when they are asked for, so that importing this module costs nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from listener.errors import ConfigError, StoreError
from listener.resources import phrases_dir
from listener.settings import Settings

if TYPE_CHECKING:
    from listener.label.phrases import Phrases
    from listener.store.store import Store


def open_store(
    settings: Settings, *, must_exist: bool = False, migrate: bool | None = None
) -> "Store":
    """Open the database of the settings; close it, or use it in a `with` block.

    Args:
        settings: They name it.
        must_exist: Refuse a file that is not there, for commands that only read.
        migrate: Whether to update an old schema; None means on SQLite only.

    Raises:
        StoreError: If it cannot be opened, or its schema does not fit.
    """
    from listener.store.store import Store

    path = settings.database_url.removeprefix("sqlite:///")
    if must_exist and path != settings.database_url and not Path(path).exists():
        msg = f'there is no database {path}; "listener collect" or "listener import FILE" makes one'
        raise StoreError(msg)
    return Store.open(settings.database_url, migrate=migrate, archive=settings.archive.folder)


def load_phrases(settings: Settings) -> "Phrases":
    """Read the shipped phrases and the operator's own over them.

    Raises:
        ConfigError: If the operator's folder is missing, a phrase is wrong, or a brand is to
            be read in a language that has no phrases.
    """
    from listener.label.phrase_files import load_phrases as load_folders

    own = settings.phrases_folder
    if own is not None and not own.is_dir():
        msg = f"phrases_folder: there is no folder {own}"
        raise ConfigError(msg)
    phrases = load_folders([phrases_dir(), *([own] if own else [])])
    problems = [
        f'brands.{brand.key}.languages: there are no phrases for "{code}"; '
        f"read are: {', '.join(phrases.languages)}; another one needs a {code}.toml in "
        "phrases_folder"
        for brand in settings.brands
        for code in brand.languages
        if code not in phrases.languages
    ]
    if problems:
        raise ConfigError(*problems)
    return phrases
