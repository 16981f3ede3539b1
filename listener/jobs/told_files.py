"""Read outcomes that were told elsewhere from a CSV file, as a CRM writes it."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from listener.errors import ConfigError
from listener.jobs.told import Told, ToldDesk
from listener.store.told import ToldOutcome

MAX_FILE_BYTES = 64 << 20
MAX_CELL = 10_000
_CASE, _POST = "case", "post"
_NEEDED = ("outcome", "source")


def read_told(path: Path, desk: ToldDesk, *, source: str | None = None) -> list[ToldOutcome]:
    """Return what a file says, each line checked.

    Columns are `case` or `post` (the whole name of a case, or the address or id of a post),
    `outcome`, `source`, `at` and `note`, in any order; others are left alone.

    Args:
        path: The file, with commas or semicolons.
        desk: Knows the cases.
        source: Where all of it was told, if the file has no such column.

    Raises:
        ConfigError: With a line for each mistake of the file.
    """
    problems: list[str] = []
    kept: dict[tuple[str, str, datetime], tuple[int, ToldOutcome]] = {}
    for number, row in _read_rows(path, source):
        try:
            told = desk.check(_parse_row(row, source), whole=True)
        except ConfigError as error:
            problems += [f"{path}:{number}: {problem}" for problem in error.problems]
            continue
        key = (told.case, told.source, told.told_at)
        before = kept.setdefault(key, (number, told))
        if before[1].outcome != told.outcome:
            problems.append(f"{path}:{number}: line {before[0]} says {before[1].outcome} of it")
    if problems:
        raise ConfigError(*problems)
    return [told for _, told in kept.values()]


def _parse_row(row: Mapping[str, str], source: str | None) -> Told:
    case = row.get(_CASE) or row.get(_POST) or ""
    if not case:
        msg = "neither case nor post is given"
        raise ConfigError(msg)
    return Told(
        case=case,
        outcome=row.get("outcome", "").casefold(),
        source=row.get("source") or source or "",
        at=_parse_time(row.get("at", "")),
        note=row.get("note", ""),
    )


def _parse_time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = f'"{text}" is not a day or a time such as 2026-03-09'
        raise ConfigError(msg) from error


def _read_rows(path: Path, source: str | None) -> Iterator[tuple[int, dict[str, str]]]:
    text = _read_text(path)
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        _check_head(path, [_fold(name) for name in reader.fieldnames or ()], source)
        for row in reader:
            told = {_fold(name): (value or "").strip() for name, value in _list_cells(row)}
            if any(len(value) > MAX_CELL for value in told.values()):
                msg = f"{path}:{reader.line_num}: is no CSV (a cell of over {MAX_CELL} characters)"
                raise ConfigError(msg)
            if any(told.values()):
                yield reader.line_num, told
    except csv.Error as error:
        msg = f"{path}:{reader.line_num}: is no CSV ({error})"
        raise ConfigError(msg) from error


def _list_cells(row: Mapping[str | None, str | None]) -> Iterator[tuple[str, str | None]]:
    """Yield the cells that have a name; what stands beyond the last column has none."""
    return ((name, value) for name, value in row.items() if name is not None)


def _check_head(path: Path, names: list[str], source: str | None) -> None:
    needed = [name for name in _NEEDED if name != "source" or source is None]
    missing = [name for name in needed if name not in names]
    if not {_CASE, _POST} & set(names):
        missing.insert(0, "case or post")
    if missing:
        msg = f"{path}:1: there is no column {', '.join(missing)}; docs/measures.md names them"
        raise ConfigError(msg)


def _fold(name: str) -> str:
    return name.strip().casefold()


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            msg = f"{path}: is larger than {MAX_FILE_BYTES >> 20} MB; cut it into several files"
            raise ConfigError(msg)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"{path}: cannot be read: {(error.strerror or str(error)).lower()}"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path}: is not UTF-8; save it as CSV in UTF-8"
        raise ConfigError(msg) from error
