"""Read a report's files back; whoever wrote them is not trusted.

A report is a folder of plain files. Links and anything else that is no file are refused, so
that nobody is made to read something outside of it; so is what is too large to be one.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import orjson
import polars as pl

from listener.errors import ConfigError
from listener.report.manifest import (
    MANIFEST,
    RECORDS,
    TEXTS,
    FileFacts,
    Manifest,
    TableFacts,
    name_kind,
    parse_manifest,
)

EVIDENCE, DATA = "evidence", "report.json"
MAX_JSON_BYTES = 256 << 20
MAX_TABLE_BYTES = 4 << 30
MAX_ROWS = 100_000_000
_MADE_ANEW = 'write the report anew with "listener report"'
_FORMS = ("parquet", "csv")
# What Polars raises when it is given something else; a panic is no `Exception` there.
_UNREADABLE = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    OSError,
    ValueError,
    TypeError,
    OverflowError,
    MemoryError,
)


class ReportFiles:
    """The files of one report that was written earlier."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder and read what it says of itself.

        Raises:
            ConfigError: If there is no report, or none that can be checked.
        """
        self.folder = folder
        if not folder.is_dir():
            msg = f"{folder}: there is no such folder; give that of one report, brand and week"
            raise ConfigError(msg)
        self.figures = self._load_figures()
        self.manifest = self._load_manifest()

    def _load_figures(self) -> dict[str, object]:
        if not os.path.lexists(self.folder / DATA):
            msg = (
                f"{self.folder}: holds no {DATA}; give the folder of one report, brand and week, "
                "written with --format json"
            )
            raise ConfigError(msg)
        try:
            told = orjson.loads(self._read(DATA))
        except ValueError as error:
            raise self._refuse(DATA, "is no JSON") from error
        if not isinstance(told, dict):
            raise self._refuse(DATA, "holds no figures")
        return told

    def _load_manifest(self) -> Manifest:
        if not os.path.lexists(self.folder / MANIFEST):
            raise self._refuse(MANIFEST, "is not there, nothing tells what was measured how")
        try:
            return parse_manifest(self._read(MANIFEST))
        except ValueError as error:
            raise self._refuse(MANIFEST, f"cannot be used ({error})") from error

    def digest_manifest(self) -> str:
        """Return the hash of what the report says of itself; whoever keeps it keeps all."""
        return hashlib.sha256(self._read(MANIFEST)).hexdigest()

    def find_changed(self) -> Iterator[tuple[str, str]]:
        """Yield the files that are not as they were written, each with what is wrong."""
        for name, facts in sorted(self.manifest.files.items()):
            if not _is_inside(name):
                raise self._refuse(MANIFEST, f"names a file outside of the report: {name!r}")
            if name != MANIFEST and os.path.lexists(self.folder / name):
                found = self._describe(name)
                if found != facts:
                    yield name, "is not as it was written (its SHA-256 is another)"

    def find_missing(self) -> list[str]:
        """Return the files that are not there any more."""
        names = (name for name in self.manifest.files if _is_inside(name))
        return sorted(name for name in names if not os.path.lexists(self.folder / name))

    def has_table(self, name: str) -> bool:
        """Tell whether the report was written with such a table."""
        return name in self.manifest.tables

    def load_table(self, name: str) -> pl.DataFrame:
        """Read a table from Parquet or, where that is not there, from CSV.

        Raises:
            ConfigError: If it is missing, or is not what the report says of it.
        """
        facts = self.manifest.tables.get(name)
        paths = [f"{EVIDENCE}/{name}.{form}" for form in _FORMS]
        if facts is None:
            raise self._refuse(paths[0], "is missing from the manifest")
        for path in paths:
            if os.path.lexists(self.folder / path):
                return self._load_table(path, facts)
        raise self._refuse(paths[0], "is missing, and the CSV too")

    def _load_table(self, path: str, facts: TableFacts) -> pl.DataFrame:
        read = _read_parquet if path.endswith(".parquet") else _read_csv
        try:
            with self._open(path, MAX_TABLE_BYTES) as file:
                table = read(file, facts)
        except _UNREADABLE as error:
            raise self._refuse(path, "is damaged and cannot be read") from error
        kinds = {name: name_kind(kind) for name, kind in table.schema.items()}
        wrong = [name for name, kind in facts.columns.items() if kinds.get(name) != kind]
        if wrong:
            raise self._refuse(path, f"is damaged: its column {wrong[0]!r} is not as written")
        return table

    def _describe(self, name: str) -> FileFacts:
        with self._open(name, MAX_TABLE_BYTES) as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.file_digest(file, "sha256")
            return FileFacts(size, digest.hexdigest())

    def _read(self, name: str) -> bytes:
        with self._open(name, MAX_JSON_BYTES) as file:
            return file.read()

    @contextmanager
    def _open(self, name: str, limit: int) -> Iterator[BufferedReader]:
        if (self.folder / name).parent.is_symlink():
            raise self._refuse(str(Path(name).parent), "is a link, and a report has none")
        try:
            handle = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            why = "is a link" if (self.folder / name).is_symlink() else error.strerror
            raise self._refuse(name, f"cannot be read ({why})") from error
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            os.close(handle)
            is_file = stat.S_ISREG(found.st_mode)
            why = f"is too large to be one ({found.st_size} bytes)" if is_file else "is no file"
            raise self._refuse(name, why)
        with os.fdopen(handle, "rb") as file:
            yield file

    def _refuse(self, name: str, why: str) -> ConfigError:
        return ConfigError(f"{self.folder / name}: {why}; {_MADE_ANEW}")


def _is_inside(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= 2 and not {"", ".", ".."} & set(parts) and "\0" not in name


def _read_parquet(file: BinaryIO, facts: TableFacts) -> pl.DataFrame:
    table = pl.scan_parquet(file)
    rows = int(table.select(pl.len()).collect().item())
    if rows > MAX_ROWS:
        msg = f"{rows} rows"
        raise ValueError(msg)
    file.seek(0)
    known = table.collect_schema().names()
    return pl.read_parquet(file, columns=[name for name in facts.columns if name in known])


def _read_csv(file: BinaryIO, facts: TableFacts) -> pl.DataFrame:
    """Read what `save_evidence` wrote: all as text first, then as the kinds that it was."""
    if not facts.columns:
        return pl.DataFrame()
    table = pl.read_csv(file, infer_schema=False)
    return table.select(
        _parse_column(name, kind) for name, kind in facts.columns.items() if name in table.columns
    )


def _parse_column(name: str, kind: str) -> pl.Expr:
    text = pl.col(name).str.replace(r"^'", "")
    if kind == TEXTS:
        parts = text.str.split(";")
        return pl.when(text == "").then(parts.list.head(0)).otherwise(parts).alias(name)
    if kind == RECORDS:  # no figure depends on them
        return pl.lit(None, dtype=pl.List(pl.Struct({"label": pl.String}))).alias(name)
    return _PARSERS[kind](text).alias(name)


_PARSERS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "text": lambda text: text,
    "integer": lambda text: text.cast(pl.Int64),
    "number": lambda text: text.cast(pl.Float64),
    "boolean": lambda text: text.replace_strict({"true": True, "false": False}),
    "time": lambda text: text.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us"
    ).dt.replace_time_zone("UTC"),
    "day": lambda text: text.str.to_date("%Y-%m-%d"),
}
