"""What lies beside a report's figures so that others can compute them again.

`evidence/manifest.json` tells what no table can (who was measured, when, by which rules), what
the tables hold, and the size and SHA-256 of each file of the report.
"""

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson
import polars as pl
from pydantic import TypeAdapter, ValidationError

from listener.posts import Mode, OpeningHours

MANIFEST_VERSION = 1
MANIFEST = "evidence/manifest.json"
_KINDS: tuple[tuple[type[pl.DataType], str], ...] = (
    (pl.Boolean, "boolean"),
    (pl.Datetime, "time"),
    (pl.Date, "day"),
    (pl.String, "text"),
)
TEXTS, RECORDS = "texts", "records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the figures were measured with, besides the tables.

    Attributes:
        platforms: Those on which the brand has accounts.
        week: Name of the period.
        grade: The coverage of what was never collected live.
        filed_until: Up to when imported files tell, by platform.
        delays: How late posts arrive, in seconds by platform.
        sources: Keys of the sources that the settings named, None if that was not known.
        measured_since: Weeks that begin earlier have lost their words; None if none have.
        private_since: Older private messages were erased; None if none were.
        phrases_digest: Hash of the phrase files that the posts were read by.
    """

    brand: str
    brand_name: str
    mode: Mode
    time_zone: str
    opening_hours: tuple[OpeningHours, ...]
    holidays: str | None
    platforms: tuple[str, ...]
    week: str
    as_of: datetime
    settle_days: int
    grade: str
    filed_until: dict[str, datetime]
    delays: dict[str, float]
    sources: tuple[str, ...] | None
    measured_since: datetime | None
    private_since: datetime | None
    measures_version: str
    phrases_digest: str
    labeller: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it was written."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table as it was written: columns with their kinds, in order.

    Kinds are `text`, `texts` (a list), `number`, `integer`, `boolean`, `time`, `day` and
    `records`.
    """

    rows: int
    columns: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that `evidence/manifest.json` says; files by their path in the report's folder."""

    manifest_version: int
    basis: Basis
    tables: dict[str, TableFacts] = field(default_factory=dict)
    files: dict[str, FileFacts] = field(default_factory=dict)


def save_manifest(folder: Path, basis: Basis) -> None:
    """Describe everything that lies in a report's folder; comes last."""
    tables = sorted((folder / MANIFEST).parent.glob("*.parquet"))
    manifest = Manifest(
        manifest_version=MANIFEST_VERSION,
        basis=basis,
        tables={path.stem: _describe_table(path) for path in tables},
        files={name: _describe_file(folder / name) for name in _list_files(folder)},
    )
    told = orjson.dumps(dataclasses.asdict(manifest), option=orjson.OPT_INDENT_2)
    (folder / MANIFEST).write_bytes(told + b"\n")


def parse_manifest(data: bytes) -> Manifest:
    """Return what a manifest says.

    Raises:
        ValueError: If it is none of this version.
    """
    try:
        manifest = _ADAPTER.validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        msg = f"{place}: {first['msg'].lower()}"
        raise ValueError(msg) from error
    if manifest.manifest_version != MANIFEST_VERSION:
        msg = f"it is of version {manifest.manifest_version}, not {MANIFEST_VERSION}"
        raise ValueError(msg)
    return manifest


_ADAPTER = TypeAdapter(Manifest)


def name_kind(kind: pl.DataType) -> str:
    """Return the plain name of a column's type."""
    if isinstance(kind, pl.List):
        return TEXTS if kind.inner == pl.String else RECORDS
    if kind.is_integer():
        return "integer"
    named = (name for of, name in _KINDS if isinstance(kind, of))
    return next(named, "number")


def _describe_table(path: Path) -> TableFacts:
    table = pl.scan_parquet(path, glob=False)
    columns = {name: name_kind(kind) for name, kind in table.collect_schema().items()}
    return TableFacts(int(table.select(pl.len()).collect().item()), columns)


def _describe_file(path: Path) -> FileFacts:
    with path.open("rb") as file:
        return FileFacts(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _list_files(folder: Path) -> Iterable[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in paths)
