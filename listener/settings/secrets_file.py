"""The file in which `listener login` keeps tokens: lines `NAME = "value"`, its owner's only."""

import json
import os
import re
import secrets
import shlex
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import tomli

from listener.errors import ConfigError

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_token(name: str, value: str) -> str:
    """Return a token that can stand in the header of a request.

    Raises:
        ConfigError: If it cannot; the value is never shown.
    """
    if not _TOKEN.fullmatch(value):
        msg = f"{name}: has spaces, line breaks or other characters that no token has; copy it anew"
        raise ConfigError(msg)
    return value


def load_secrets(path: Path) -> dict[str, str]:
    """Return what the file holds; nothing if there is none.

    Raises:
        ConfigError: If others may read it, or it is not what it should be.
    """
    return _parse(path, _read(path))


def check_secrets_file(path: Path) -> None:
    """Refuse a secrets file that could not be changed, before anybody has pasted a token.

    Raises:
        ConfigError: If it cannot be read, or nothing can be written beside it.
    """
    load_secrets(path)
    folder = path.resolve().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        msg = f"secrets file {path}: the folder {folder} cannot be written to"
        raise ConfigError(msg)


def save_secrets(path: Path, values: Mapping[str, str]) -> None:
    """Put values into the file, all or none of them, and keep its other lines.

    Whoever stops this half-way finds the old file: the new one is written beside
    it, readable by its owner only, and then takes its place.

    Raises:
        ConfigError: If a value is no token, or the file cannot be written.
    """
    for name, value in values.items():
        check_token(name, value)
        if not _NAME.fullmatch(name):
            msg = f"{name!r} is not the name of a variable"
            raise ValueError(msg)
    path = path.resolve()  # a link stays one
    text = _read(path)
    expected = {**_parse(path, text), **values}
    for name, value in values.items():
        text = _put_line(text, name, value)
    if _parse(path, text) != expected:
        msg = f'secrets file {path}: cannot be changed line by line; make each one NAME = "value"'
        raise ConfigError(msg)
    _replace(path, text)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                step = f"chmod 600 {shlex.quote(str(path))}"
                msg = f"secrets file {path}: others may read it; run: {step}"
                raise ConfigError(msg)
            return file.read().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        msg = f"secrets file {path}: {(error.strerror or str(error)).lower()}"
        raise ConfigError(msg) from error
    except UnicodeDecodeError:
        msg = f"secrets file {path}: is not UTF-8 text"
        raise ConfigError(msg) from None  # the error holds the whole text


def _parse(path: Path, text: str) -> dict[str, str]:
    try:
        values = tomli.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        place = f"line {found[1]}" if found else "its end"
        msg = f'secrets file {path}: {place}: must be NAME = "value"'
        raise ConfigError(msg) from None  # a message of tomli may quote the text
    wrong = next((name for name, value in values.items() if not isinstance(value, str)), None)
    if wrong is not None:
        msg = f'secrets file {path}: {wrong}: must be text, NAME = "value"'
        raise ConfigError(msg)
    return values


def _put_line(text: str, name: str, value: str) -> str:
    line = f"{name} = {json.dumps(value)}"
    # A function, since backslashes in a plain replacement would be read as groups.
    text, count = re.subn(rf'(?m)^[ \t]*"?{name}"?[ \t]*=.*$', lambda _: line, text, count=1)
    gap = "" if count or not text or text.endswith("\n") else "\n"
    return text if count else f"{text}{gap}{line}\n"


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        msg = f"secrets file {path}: cannot be written: {(error.strerror or str(error)).lower()}"
        raise ConfigError(msg) from error
    finally:
        with suppress(OSError):
            draft.unlink()
