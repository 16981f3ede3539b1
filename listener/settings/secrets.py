"""Secrets: from the environment or a file that it names, never from a settings file."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from listener.errors import ConfigError

_SECRET_KEY = re.compile(
    r"(?i)(^|_)(token|tokens|password|passwd|passphrase|secret|secrets|credentials)(_|$)"
    r"|(api|access|private|consumer|client)_?key"
)
_LONGEST_SECRET = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSecrets:
    """What mail needs besides its settings.

    Attributes:
        password: Of the mail server's user.
        unsubscribe_key: What the tokens in links are made with.
    """

    password: str | None = field(default=None, repr=False)
    unsubscribe_key: str | None = field(default=None, repr=False)


def secret(name: str, env: Mapping[str, str] | None = None) -> str | None:
    """Return a secret from the variable `name`, or from the file in `name`_FILE.

    Args:
        name: The variable, such as `X_BEARER_TOKEN`.
        env: The environment; that of the process if absent.

    Raises:
        ConfigError: If both are set, or the file is missing, unreadable or empty.
    """
    env = os.environ if env is None else env
    value, file = env.get(name), env.get(f"{name}_FILE")
    if value and file:
        msg = f"{name} and {name}_FILE are both set; keep one"
        raise ConfigError(msg)
    return _read_secret(f"{name}_FILE", file) if file else value or None


def looks_secret(key: str) -> bool:
    """Tell whether a key of a settings file seems to hold a secret."""
    return _SECRET_KEY.search(key) is not None


def _read_secret(variable: str, file: str) -> str:
    try:
        with Path(file).open(encoding="utf-8") as stream:
            value = stream.read(_LONGEST_SECRET + 1).rstrip("\r\n")
    except OSError as error:
        msg = f"{variable}: {file}: {(error.strerror or str(error)).lower()}"
        raise ConfigError(msg) from error
    except ValueError as error:  # not UTF-8, or a name that no file can have
        msg = f"{variable}: {file!r}: cannot be read as text"
        raise ConfigError(msg) from error
    if not value or len(value) > _LONGEST_SECRET:
        msg = f"{variable}: {file}: is {'too long for a secret' if value else 'empty'}"
        raise ConfigError(msg)
    return value
