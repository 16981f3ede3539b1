"""Read posts from Parquet files in a folder or an object store."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from listener.errors import ConfigError, ImportFileError
from listener.posts import posts_schema

_NEVER_NULL = ("platform", "post_id", "author_id", "created_at")
_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One of the files: its place in the order of names, and its path or address."""

    number: int
    path: str


def list_files(archive: str) -> list[ArchiveFile]:
    """List the Parquet files of a folder and of those in it; or the one that is named.

    Args:
        archive: A file, a folder, or an address of an object store such as `s3://bucket/posts/`.

    Raises:
        ConfigError: If there are none.
        ImportFileError: If the object store cannot be asked.
    """
    paths = _list_objects(archive) if "://" in archive else _list_paths(Path(archive))
    if not paths:
        msg = f"--archive: there is no Parquet file in {archive}"
        raise ConfigError(msg)
    return [ArchiveFile(number, path) for number, path in enumerate(sorted(paths))]


def _list_paths(archive: Path) -> list[str]:
    if archive.is_file():
        return [str(archive.absolute())]
    if not archive.is_dir():
        msg = f"--archive: there is no file or folder {archive}"
        raise ConfigError(msg)
    found = (path.relative_to(archive) for path in archive.rglob("*.parquet"))
    shown = [path for path in found if not any(part.startswith(".") for part in path.parts)]
    return [str((archive / path).absolute()) for path in shown]


def _list_objects(archive: str) -> list[str]:
    """Ask the object store; of each file only its end is read, which tells how long it is."""
    pattern = archive if archive.endswith(".parquet") else f"{archive.rstrip('/')}/**/*.parquet"
    try:
        named = pl.scan_parquet(
            pattern,
            include_file_paths="_path",
            missing_columns="insert",
            extra_columns="ignore",
        )
        return named.select("_path").unique().collect()["_path"].to_list()
    except _UNREADABLE as error:
        if "paths were empty" in str(error):
            return []
        msg = f"{archive}: cannot be listed ({_tell_reason(error)}); look at address and keys"
        raise ImportFileError(msg) from error


def read_posts(path: str) -> pl.DataFrame:
    """Return the posts of one file with the columns of `posts_schema()`, in their order.

    Raises:
        ImportFileError: If it cannot be read, or is no file of posts.
    """
    try:
        lazy = pl.scan_parquet(path, glob=False)
        problems = list(_find_problems(lazy.collect_schema()))
        if not problems:
            posts = lazy.select(_cast_columns()).collect()
            problems = [f"{name} is empty in some rows" for name in _list_empty(posts)]
    except _UNREADABLE as error:
        msg = f"{path}: cannot be read as Parquet ({_tell_reason(error)}); write it again"
        raise ImportFileError(msg) from error
    if problems:
        msg = f"{path}: no file of posts: {', '.join(problems)}; docs/engines.md lists the columns"
        raise ImportFileError(msg)
    return posts


def _find_problems(schema: pl.Schema) -> Iterator[str]:
    wanted = posts_schema()
    if missing := [name for name in wanted if name not in schema]:
        yield f"it has no {', '.join(missing)}"
    for name, kind in wanted.items():
        if name in schema and not _is_fit(schema[name], kind):
            yield f"{name} is {schema[name]}, not {kind}"


def _is_fit(found: pl.DataType, wanted: pl.DataType) -> bool:
    if isinstance(wanted, pl.Datetime) and isinstance(found, pl.Datetime):
        return found.time_zone == wanted.time_zone
    return found in (wanted, pl.Null()) or (wanted.is_integer() and found.is_integer())


def _cast_columns() -> list[pl.Expr]:
    """Take what is empty for nothing said; whom nobody named has no name."""
    defaults = {"author_handle": pl.lit(""), "text": pl.lit("")}
    no_mentions = pl.lit([], dtype=pl.List(pl.String))
    return [
        pl.col(name).cast(kind).fill_null(defaults.get(name, no_mentions))
        if name in defaults or name == "mentions"
        else pl.col(name).cast(kind)
        for name, kind in posts_schema().items()
    ]


def _list_empty(posts: pl.DataFrame) -> list[str]:
    return [name for name in _NEVER_NULL if posts[name].null_count()]


def _tell_reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]
