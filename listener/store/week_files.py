"""The Parquet files of old weeks: columns as in `posts_schema()`, and references as stored.

Anybody may read them: `polars.scan_parquet("FOLDER/**/*.parquet")`. `reply_to_id` and
`quote_of_id` name the posts themselves, as far as these were known when the file was written;
`stored_reply_to_id` and `stored_quote_of_id` are what the database holds.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from listener.errors import StoreError
from listener.store.post_frames import make_frame
from listener.store.rows import PostRow, dump_mentions

VERSION = 1
RESOLVED = ("reply_to_id", "quote_of_id")
_STORED = "stored_"
_DRAFT = ".part"
_ROW_GROUP = 5_000
_MENTIONS = PostRow._fields.index("mentions")


class FileGoneError(StoreError):
    """A file is not there: it was lost, or its posts were brought back this very moment."""

    def __init__(self, message: str, file: str) -> None:
        """Remember which file it is."""
        super().__init__(message)
        self.file = file


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What was written, and how it can be recognised."""

    bytes: int
    sha256: str


def make_week_frame(rows: Sequence[PostRow], named: Mapping[str, str]) -> pl.DataFrame:
    """Return posts as a file holds them; `named` tells which aliases name which posts."""
    frame = make_frame(rows)
    stored = [pl.col(name).alias(_STORED + name) for name in RESOLVED]
    return resolve_references(frame.with_columns(stored), named)


def resolve_references(frame: pl.DataFrame, named: Mapping[str, str]) -> pl.DataFrame:
    """Let references of a file name posts themselves, by the aliases that are known now."""
    if not named:
        return frame.with_columns(pl.col(_STORED + name).alias(name) for name in RESOLVED)
    old, new = list(named), list(named.values())
    return frame.with_columns(
        pl.col(_STORED + name).replace(old, new).alias(name) for name in RESOLVED
    )


def list_references(frame: pl.DataFrame) -> set[str]:
    """Return what posts of a file refer to, as stored, if it is none of them."""
    found = set[str]()
    for name in RESOLVED:
        found.update(frame[_STORED + name].drop_nulls())
    return found.difference(frame["post_id"])


def iter_rows(frame: pl.DataFrame) -> Iterator[PostRow]:
    """Yield the posts of a file exactly as they were in the database."""
    for row in frame.select(map(_read_stored, PostRow._fields)).iter_rows():
        mentions = dump_mentions(tuple(row[_MENTIONS]))
        yield PostRow._make((*row[:_MENTIONS], mentions, *row[_MENTIONS + 1 :]))


def _read_stored(name: str) -> pl.Expr:
    if name in RESOLVED:
        return pl.col(_STORED + name).alias(name)
    return pl.col(name).cast(pl.Int64) if name.endswith("_at") else pl.col(name)


def write_week_file(folder: Path, name: str, frame: pl.DataFrame) -> WrittenFile:
    """Write a file, wait until it lies on the disk, read it again, and only then name it so.

    Raises:
        StoreError: If that fails; then there is no such file.
    """
    path = folder / name
    draft = path.with_name(path.name + _DRAFT)
    with _telling(folder):
        _make_folder(folder)
        try:
            _write(draft, frame)
            data = _read_again(draft, frame)
            draft.replace(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        _sync(folder)
    return WrittenFile(len(data), hashlib.sha256(data).hexdigest())


def _make_folder(folder: Path) -> None:
    """Make a folder for its owner only, whose name is on the disk before anything is in it."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
            _sync(each.parent)


def _write(draft: Path, frame: pl.DataFrame) -> None:
    # For its owner only, as the database is.
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        made = io.BytesIO()
        frame.write_parquet(made, compression="zstd", statistics=True, row_group_size=_ROW_GROUP)
        file.write(made.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def _read_again(draft: Path, frame: pl.DataFrame) -> bytes:
    """Return what lies on the disk, if it is what was to be written."""
    data = draft.read_bytes()
    if not pl.read_parquet(io.BytesIO(data)).equals(frame):
        msg = f"archive {draft.parent}: what was written there reads differently; check the disk"
        raise StoreError(msg)
    return data


def open_week_file(folder: Path, name: str, sha256: str) -> pl.LazyFrame:
    """Return a file's posts, lazily; what is read is what was checked.

    Raises:
        FileGoneError: If the file is not there.
        StoreError: If it cannot be read, or is not what was written.
    """
    path = folder / name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        where = f"{folder}: {name} is missing" if folder.is_dir() else f"{folder} is not there"
        msg = (
            f"archive {where}, and with it old posts; put it back from a copy, "
            "or correct archive.folder"
        )
        raise FileGoneError(msg, name) from None
    except OSError as error:
        msg = (
            f"archive {folder}: {name} cannot be read ({error.strerror}); "
            "check the disk and the file's permissions"
        )
        raise StoreError(msg) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        msg = (
            f"archive {folder}: {name} is not the file that was written there; "
            "put it back from a copy of the folder"
        )
        raise StoreError(msg)
    return pl.scan_parquet(io.BytesIO(data))


def iter_parts(folder: Path, name: str, sha256: str) -> Iterator[pl.DataFrame]:
    """Yield a file's posts in their order, a few thousand at a time.

    Raises:
        StoreError: As from `open_week_file`.
    """
    number = open_week_file(folder, name, sha256).select(pl.len()).collect().item()
    for start in range(0, number, _ROW_GROUP):
        # Opened anew each time: of many files at once none is kept in memory.
        yield open_week_file(folder, name, sha256).slice(start, _ROW_GROUP).collect()


def remove_week_file(folder: Path, name: str) -> str:
    """Remove a file, half or whole, and return why that did not work."""
    try:
        for path in (folder / name, folder / (name + _DRAFT)):
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
        if folder.is_dir():
            _sync(folder)
    except OSError as error:
        return error.strerror or str(error)
    return ""


@contextmanager
def _telling(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = (
            f"archive {folder} cannot be written to ({error.strerror}); "
            "what was not moved is in the database; check the folder and its free space"
        )
        raise StoreError(msg) from error


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
