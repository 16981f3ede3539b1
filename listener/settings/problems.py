"""Pydantic's errors as lines that an operator understands, each with its path."""

import difflib
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from listener.logs import mask_text
from listener.settings.database import hide_password
from listener.settings.schema import ENV_DELIMITER, ENV_PREFIX, SettingsFile
from listener.settings.secrets import looks_secret
from listener.settings.token_names import name_variable

Path = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_QUOTE = 40
_LONGEST_LOOK = 200
# Secrets, and addresses of people, though they may be written wrongly.
_NEVER_QUOTED = ("database_url", "heartbeat_url", "user", "address", "sender", "reply_to")
_SHAPES: Mapping[str, str] = {
    "bool": "must be true or false",
    "dataclass": "must be a table",
    "date": "must be a date, such as 2026-01-31",
    "dict": "must be a table",
    "finite": "must be a whole number",
    "int": "must be a whole number",
    "list": "must be a list in [ ]",
    "mapping": "must be a table",
    "model": "must be a table",
    "path": "must be a path",
    "string": "must be text",
    "tuple": "must be a list in [ ]",
}


def describe_problems(
    error: ValidationError, env: Mapping[str, str], values: Mapping[str, Any]
) -> Iterator[str]:
    """Tell every mistake in one line that begins with its path.

    Args:
        error: What pydantic found.
        env: The environment; a value that comes from it is told with its variable.
        values: The settings as they were read.
    """
    for details in error.errors(include_url=False):
        path = _clean_path(details["loc"])
        yield f"{write_path(path)}: {_describe(details, path, values)}{_tell_variable(path, env)}"


def write_path(path: Path) -> str:
    """Return a path as an operator would write it: `brands.acme.accounts[1].role`."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else f'"{part[:_LONGEST_QUOTE]}"'
            written += f".{key}" if written else key
    return written


def _clean_path(location: Path) -> Path:
    # Pydantic marks a mistake in the key of a table by a last part of its own.
    return tuple(part for part in location if part != "[key]")


def _tell_variable(path: Path, env: Mapping[str, str]) -> str:
    names = [str(part).upper() for part in path]
    ends = range(len(names), 0, -1)
    variables = (ENV_PREFIX + ENV_DELIMITER.join(names[:end]) for end in ends)
    found = next((variable for variable in variables if env.get(variable)), None)
    return f" (set by {found})" if found else ""


def _describe(details: ErrorDetails, path: Path, values: Mapping[str, Any]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _describe_unknown(path, values, details["input"])
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return _add_value(str(context["error"]), path, details["input"])
    return _describe_value(kind, context, details)


def _describe_value(kind: str, context: Mapping[str, Any], details: ErrorDetails) -> str:
    if kind == "literal_error":
        choices = str(context["expected"]).replace(" or ", ", ").replace("'", "")
        rule = f"must be one of {choices}"
    elif "ge" in context:
        rule = f"must be at least {context['ge']}"
    elif "le" in context:
        rule = f"must be at most {context['le']}"
    else:
        message = details["msg"]
        rule = _SHAPES.get(kind.split("_")[0], message[:1].lower() + message[1:])
    return rule + _quote(details["input"])


def _add_value(rule: str, path: Path, value: Any) -> str:  # noqa: ANN401 - whatever a file holds
    """Return a rule with the value that breaks it, unless that is told already or is secret."""
    quote = _quote(value)
    shown = quote.removeprefix(", not ")
    if not quote or path[-1] in (*_NEVER_QUOTED, value) or quote in rule or f'"{value}"' in rule:
        return rule
    return f"{rule}{quote}" if rule.startswith("must ") else f"{rule} ({shown})"


def _describe_unknown(path: Path, values: Mapping[str, Any], value: Any) -> str:  # noqa: ANN401
    key = str(path[-1])
    if looks_secret(key) and not key.endswith("_file"):
        variable = name_variable(path, values)
        return (
            f"secrets do not belong into settings; set the environment variable {variable}, "
            f"or {variable}_FILE to the path of a file that holds it"
        )
    known = _list_known(path[:-1])
    if isinstance(value, Mapping) and (dotted := [k for k in known if k.startswith(f"{key}.")]):
        return f'unknown setting; names with a dot are written in quotation marks: "{dotted[0]}"'
    near = difflib.get_close_matches(key, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"
    return f"unknown setting; {hint}"


def _list_known(path: Path) -> list[str]:
    """List the keys that may stand at a place of the settings."""
    model: Any = SettingsFile
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(part)].annotation
        else:  # a list or a table: what it is made of
            model = next(kind for kind in reversed(get_args(model)) if kind is not Ellipsis)
        if isinstance(model, UnionType):
            model = get_args(model)[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _quote(value: Any) -> str:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f", not {str(value)[:_LONGEST_QUOTE]}"
    # What may be a password or somebody's address is nobody else's business.
    if not isinstance(value, str) or hide_password(value) != value or _is_private(value):
        return ""
    shown = "".join(c if c.isprintable() else "�" for c in value[:_LONGEST_QUOTE])
    return f', not "{shown}{"…" if len(value) > _LONGEST_QUOTE else ""}"'


def _is_private(value: str) -> bool:
    begin = value[:_LONGEST_LOOK]  # looking through very long texts takes very long
    return mask_text(begin) != begin
