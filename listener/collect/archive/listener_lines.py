"""The program's own format: one post a line, as JSON, without any loss.

Fields that hold nothing are left out. Times are ISO 8601 in UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, get_args

import orjson

from listener.collect.archive.reading import BrokenLine, NumberedLine
from listener.posts import PLATFORMS, Post, Visibility

_FIELDS = {field.name: field for field in fields(Post)}
_TIMES = ("created_at", "edited_at", "deleted_at")
_LISTS = ("mentions", "aliases")
_NUMBERS = ("replies_announced",)
_REQUIRED = tuple(name for name, field in _FIELDS.items() if field.default is MISSING)
_take_required = itemgetter(*_REQUIRED)
# Nearly all values are texts, a dozen in each of many posts: these are taken as they are.
_TAKEN = {name: None if name in (*_TIMES, *_LISTS, *_NUMBERS) else str for name in _FIELDS}
_VISIBILITIES = get_args(Visibility)


def dump_post(post: Post) -> bytes:
    """Return a post as one line of JSON, without the line break."""
    record = {name: getattr(post, name) for name in _FIELDS}
    return orjson.dumps(
        {name: value for name, value in record.items() if not _is_default(name, value)},
        option=orjson.OPT_UTC_Z,
    )


def parse_lines(lines: Iterable[NumberedLine]) -> Iterator[Post | BrokenLine]:
    """Yield the posts of numbered lines, and those lines that are none."""
    for number, line in lines:
        if not line.strip():
            continue
        try:
            yield parse_line(line)
        except ValueError as error:
            yield BrokenLine(number, str(error))


def parse_line(line: bytes) -> Post:
    """Return the post of a line.

    Raises:
        ValueError: If the line is not a post of this format, with the reason.
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        msg = f"not JSON ({error.msg.partition(': line')[0]})"
        raise ValueError(msg) from error
    if not isinstance(record, dict):
        msg = "not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - callers count broken lines, whatever broke
    return _parse_record(record)


def _is_default(name: str, value: object) -> bool:
    default = _FIELDS[name].default
    return default is not MISSING and value == default


def _parse_record(record: dict[str, Any]) -> Post:
    try:
        _take_required(record)
        values: dict[str, Any] = {
            name: value if type(value) is _TAKEN[name] else _parse_value(name, value)
            for name, value in record.items()
        }
    except KeyError:
        raise ValueError("; ".join(_find_wrong_fields(record))) from None
    if values["platform"] not in PLATFORMS:
        msg = f'unknown platform "{values["platform"]}"'
        raise ValueError(msg)
    if values.get("visibility", "public") not in _VISIBILITIES:
        msg = f'unknown visibility "{values["visibility"]}"'
        raise ValueError(msg)
    return Post(**values)


def _find_wrong_fields(record: dict[str, Any]) -> Iterator[str]:
    """Yield fields that there are not, and those without which there is no post."""
    yield from (f'unknown field "{name}"' for name in sorted(record.keys() - _FIELDS.keys()))
    yield from (f'field "{name}" is missing' for name in _REQUIRED if record.get(name) is None)


def _parse_value(name: str, value: object) -> object:
    if value is None:
        if name in _REQUIRED:
            raise KeyError(name)
        return _FIELDS[name].default
    if name in _TIMES:
        return _parse_moment(name, value)
    if name in _LISTS:
        if isinstance(value, list) and {str}.issuperset(map(type, value)):
            return tuple(value)
        msg = f'field "{name}" is no list of texts'
        raise ValueError(msg)
    wanted = int if name in _NUMBERS else str
    if not isinstance(value, wanted) or isinstance(value, bool):
        msg = f'field "{name}" is no {"number" if wanted is int else "text"}'
        raise ValueError(msg)  # noqa: TRY004 - callers count broken lines, whatever broke
    return value


def _parse_moment(name: str, value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        msg = f'field "{name}" is no time'
        raise ValueError(msg) from None
    if moment.tzinfo is None:
        msg = f'field "{name}" lacks its time zone'
        raise ValueError(msg)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
