"""Write logs that may be shown to anybody: no secrets, no addresses, no numbers.

People's words and keys reach log records by many ways, most of them in other
libraries. Everything is masked at the one place where records leave the program.
"""

import json as json_format
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

# At DEBUG these write tokens and signatures: tweepy whole request headers, the OAuth
# libraries the parts that a signature is made of, urllib3 the path of a web hook.
TALKATIVE_LOGGERS = ("tweepy", "oauthlib", "requests_oauthlib", "urllib3")

# Passwords in addresses come before e-mail addresses, which they resemble.
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s/]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/%=-]{6,}"), r"\1 ***"),
    (re.compile(r"(?i)(\boauth_\w+=)\"?[^\s\",&]+\"?"), r"\1***"),
    (
        re.compile(
            r"(?i)\b(access_token|refresh_token|token|api_?key|client_secret|secret|password)"
            r"([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]+"
        ),
        r"\1\2***",
    ),
    # `@name@host` is an account on Mastodon, which an operator must be able to read.
    (re.compile(r"(?<![\w@.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "<e-mail>"),
    # Telephone numbers: international, national with a leading zero, North American.
    # Bare digits stay, they are post ids; so do dates and times.
    (re.compile(r"(?<![\w+])\+\d[\d ()/.-]{5,18}\d"), "<phone>"),
    (re.compile(r"(?<![\w.:/+-])\(?0\d{1,5}\)?[ /.-]{1,3}\d[\d /-]{3,13}\d(?![\w:])"), "<phone>"),
    (re.compile(r"(?<![\w.:/+-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[ .-]\d{4}\b"), "<phone>"),
)


def mask_text(text: str) -> str:
    """Return the text without tokens, passwords, e-mail addresses and phone numbers."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


class MaskingFilter(logging.Filter):
    """Mask message, traceback and stack of every record that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; none is dropped."""
        record.msg, record.args = mask_text(_read_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask_text(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_text(record.stack_info)
        return True


def _read_message(record: logging.LogRecord) -> str:
    # Outside a handler's `emit` nobody catches the mistake of a library that
    # logs with the wrong arguments; it must not end the program.
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"


class JsonFormatter(logging.Formatter):
    """Write one JSON object a line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            entry["traceback"] = record.exc_text
        return json_format.dumps(entry, ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """Write one line for a person to read, with the time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text; a traceback follows on lines of its own."""
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%Y-%m-%d %H:%M:%S}Z {record.levelname.lower()} {record.name}: "
        parts = (line + record.getMessage(), record.exc_text, record.stack_info)
        return "\n".join(part for part in parts if part)


class _OwnHandler(logging.StreamHandler[TextIO]):
    """Tells our handler from those of others when logs are configured again."""


def configure_logs(level: str, *, json: bool = False) -> None:
    """Send all logs of at least `level` to standard error, masked.

    Calling it again replaces the earlier choice. Handlers of others stay.

    Raises:
        ValueError: If `level` is not a name that `logging` knows.
    """
    handler = _OwnHandler(sys.stderr)
    handler.addFilter(MaskingFilter())
    handler.setFormatter(JsonFormatter() if json else LineFormatter())
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.handlers = [*(h for h in root.handlers if not isinstance(h, _OwnHandler)), handler]
    for name in TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    # It tells at INFO which of its own parts it loads.
    logging.getLogger("alembic.runtime.plugins").setLevel(max(logging.WARNING, root.level))
