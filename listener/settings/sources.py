"""Where settings come from: files and the environment, as plain nested tables."""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli

from listener.errors import ConfigError
from listener.settings.secrets import secret

_PREFIX = "LISTENER_"
CONFIG_VARIABLE = "LISTENER_CONFIG"
_OWN_FILE = Path("listener.toml")
_DATABASE_VARIABLES = ("LISTENER_DATABASE_URL", "DATABASE_URL")
_HEARTBEAT_VARIABLE = "LISTENER_SCHEDULE__HEARTBEAT_URL"
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_FILES = (
    ("database_url",),
    ("phrases_folder",),
    ("secrets_file",),
    ("report", "output"),
    ("report", "templates"),
    ("archive", "folder"),
)
# Above this, a variable of Kubernetes such as LISTENER_PORT is near to none of ours.
_NEARNESS = 0.85


def find_config(config: Path | None, env: Mapping[str, str]) -> Path | None:
    """Return the operator's settings file: named by flag or variable, or found here."""
    if config is not None:
        return config
    if named := env.get(CONFIG_VARIABLE):
        return Path(named)
    return _OWN_FILE if _OWN_FILE.is_file() else None


def read_config(path: Path) -> dict[str, Any]:
    """Read a settings file.

    Raises:
        ConfigError: If it cannot be read; a mistake in its syntax has its line.
    """
    try:
        # Editors on Windows put a mark before the text, which is no TOML.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"settings file {path}: {(error.strerror or str(error)).lower()}"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"settings file {path}: is not UTF-8 text; byte {error.start} is wrong"
        raise ConfigError(msg) from error
    try:
        return tomli.loads(text)
    except RecursionError as error:
        msg = f"settings file {path}: is nested too deeply"
        raise ConfigError(msg) from error
    except ValueError as error:
        line, told = _locate(str(error), text)
        msg = f"settings file {path}: line {line}: {told}"
        raise ConfigError(msg) from error


def anchor_paths(settings: dict[str, Any], folder: Path) -> None:
    """Let relative paths of a settings file start from its own folder."""
    for *tables, key in _FILES:
        table: Any = settings
        for name in tables:
            table = table.get(name) if isinstance(table, dict) else None
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str) and value and "://" not in value and not value.startswith("~"):
            table[key] = str(folder / value)


def nest_overrides(overrides: Mapping[str, object]) -> dict[str, Any]:
    """Turn `{"report.output": folder}` into nested tables, without flags not given."""
    nested: dict[str, Any] = {}
    for path, value in overrides.items():
        if value is None:
            continue
        *tables, key = path.split(".")
        table = nested
        for name in tables:
            table = table.setdefault(name, {})
        table[key] = nest_overrides(value) if isinstance(value, Mapping) else value
    return nested


def resolve_secrets(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what may be secret in it, not in files that it names.

    That is the database's address, for which hosting services set `DATABASE_URL` (our
    own variable comes first), and the address that is asked as a sign of life.
    """
    resolved = dict(env)
    for names in (_DATABASE_VARIABLES, (_HEARTBEAT_VARIABLE,)):
        found = [value for name in names if (value := secret(name, env))]
        for name in names:
            resolved.pop(name, None)
            resolved.pop(f"{name}_FILE", None)
        resolved |= {names[0]: found[0]} if found else {}
    return resolved


def find_misspelt(env: Mapping[str, str], known: list[str]) -> Iterator[str]:
    """Tell variables that nobody reads but that nearly have the name of a setting.

    Args:
        env: The environment.
        known: The variables of all settings outside of brands.
    """
    for name in sorted(env):
        if not name.startswith(_PREFIX) or name in known or "__" in name:
            continue
        short = name.removeprefix(_PREFIX)
        near = difflib.get_close_matches(
            short, [known_name.removeprefix(_PREFIX) for known_name in known], 1, _NEARNESS
        )
        if near and name != CONFIG_VARIABLE and not name.endswith("_FILE"):
            yield f"environment variable {name}: unknown; did you mean {_PREFIX}{near[0]}?"


def _locate(message: str, text: str) -> tuple[int, str]:
    """Take a message of tomli apart into the line and what is wrong there."""
    place = _PLACE.search(message)
    line = int(place["line"]) if place and place["line"] else len(text.splitlines())
    told = _PLACE.sub("", message)
    return max(line, 1), told[:1].lower() + told[1:]
