"""Read the figures of a report that was written earlier."""

import dataclasses
from datetime import datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson

from listener.errors import DeliveryError
from listener.figures import WeekFigures
from listener.report.export import JSON_VERSION


def load_figures(path: Path) -> WeekFigures:
    """Return the figures that a `report.json` holds.

    Raises:
        DeliveryError: If there is no such file, or it is none of this version.
    """
    try:
        return parse_figures(path.read_bytes())
    except OSError as error:
        msg = f"report {path}: cannot be read ({error.strerror or error}); make it again"
        raise DeliveryError(msg) from error
    except ValueError as error:
        msg = f"report {path}: is not of this version; make it again"
        raise DeliveryError(msg) from error


def parse_figures(data: bytes) -> WeekFigures:
    """Return the figures that `dump_figures` wrote, equal to those that it was given.

    Raises:
        ValueError: If it is not what `dump_figures` of this version writes.
    """
    try:
        told = orjson.loads(data)
        if told["json_version"] != JSON_VERSION:
            msg = f"json_version {told['json_version']}"
            raise ValueError(msg)
        figures: WeekFigures = _build(WeekFigures, told)
    except (KeyError, TypeError, AttributeError) as error:
        msg = "something is missing or of another kind"
        raise ValueError(msg) from error
    return figures


def _build(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any field of a figure
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        fields = _list_fields(kind)
        return kind(**{name: _build(of, value[name]) for name, of in fields if name in value})
    if kind is datetime:
        return datetime.fromisoformat(value)
    origin, of = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else _build(_choose(of, value), value)
    if origin is dict:
        return {key: _build(of[1], item) for key, item in value.items()}
    if origin is tuple:
        return tuple(_build(of[0], item) for item in value)
    return value


def _choose(kinds: tuple[Any, ...], value: Any) -> Any:  # noqa: ANN401 - any field of a figure
    """Return the first kind whose fields the value has; none but records are told apart."""
    if not isinstance(value, dict):
        return kinds[0]
    fits = (
        kind
        for kind in kinds
        if kind is not NoneType and all(name in value for name, _ in _list_fields(kind))
    )
    return next(fits, kinds[0])


@cache
def _list_fields(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple(get_type_hints(kind).items())
