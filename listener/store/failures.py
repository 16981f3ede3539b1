"""Turn every error of SQLAlchemy, SQLite and PostgreSQL into one helpful line.

The driver's own message is never repeated: it can hold people's words or a password.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError, TimeoutError

from listener.errors import StoreAwayError, StoreError

_LOCKED = "is locked by another program; wait until it is done and try again"
_FULL = "has no room left; free some disk space and try again, nothing was half-written"
_READ_ONLY = "cannot be written to; check the permissions of the file and of its folder"
_NOT_OPENED = "cannot be opened; check the path and the permissions of its folder"
_UNREACHABLE = (
    "cannot be reached; check that the server runs and that DATABASE_URL names it rightly"
)
_NO_HOST = "is on a server whose name nobody knows; correct the host in DATABASE_URL"
_SHUT_DOWN = "was shut down or broke the work off; try again"
_REFUSED = "refused the user or the password; check DATABASE_URL"
_NO_DATABASE = "does not exist on that server; create it or correct DATABASE_URL"
_DENIED = "does not let this user do that; grant the user rights on its tables"
_NO_TABLES = 'lacks tables of this program; run "listener migrate"'
_BUSY_SERVER = "has no connection or memory left for this program; try again later"

# Compared from the front: SQLite appends a reason, as in SQLITE_READONLY_DIRECTORY.
_SQLITE_REASONS = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_AUTH": _READ_ONLY,
    "SQLITE_CANTOPEN": _NOT_OPENED,
    "SQLITE_NOTADB": "is not an SQLite database; choose another file",
    "SQLITE_CORRUPT": "is damaged; restore a copy of it",
    "SQLITE_IOERR": "cannot be read or written; check the disk and its free space",
    "SQLITE_TOOBIG": "cannot take a post as long as that; remove it from the input",
}
_POSTGRESQL_REASONS = {
    "55P03": _LOCKED,
    "40": _LOCKED,
    "53100": _FULL,
    "53": _BUSY_SERVER,
    "25006": _READ_ONLY,
    "42501": _DENIED,
    "42P01": _NO_TABLES,
    "28": _REFUSED,
    "3D000": _NO_DATABASE,
    "57": _SHUT_DOWN,
    "08": _UNREACHABLE,
}
# A failed connection has no code, only words.
_CONNECTION_WORDS = {
    "password": _REFUSED,
    "role": _REFUSED,
    "no pg_hba.conf entry": _REFUSED,
    "does not exist": _NO_DATABASE,
    "too many": _BUSY_SERVER,
    # A name server that is away itself says so; that passes.
    "Temporary failure in name resolution": _UNREACHABLE,
    "could not translate host name": _NO_HOST,
    "failed to resolve host": _NO_HOST,
    # Of a socket: whoever may not open it may not do so later either.
    "Permission denied": _REFUSED,
}
# What is worth waiting for. A wrong port looks like a server that is down.
_PASSING = frozenset({_LOCKED, _FULL, _UNREACHABLE, _BUSY_SERVER, _SHUT_DOWN})


# SQLite does not tell which of its files, or of the folder, it means.
_OF_RIGHTS = (_READ_ONLY, _NOT_OPENED)
_LOGS = ("-wal", "-shm", "-journal")


@contextmanager
def translate_errors(label: str, file: Path | None = None) -> Iterator[None]:
    """Raise `StoreError` for each database error.

    Args:
        label: Names the database.
        file: Where it lies, if it is a file: what of it may not be written is named.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        if isinstance(error, StatementError) and isinstance(error.orig, ValueError):
            raise error.orig from error  # a column refused a value: not the database's fault
        reason = _explain(error)
        told = _name_forbidden(reason, file) if file and reason in _OF_RIGHTS else reason
        msg = f"database {label} {told}"
        raise (StoreAwayError if reason in _PASSING else StoreError)(msg) from error


def _name_forbidden(reason: str, file: Path) -> str:
    """Return the reason with what this user may not write, such as a log that is left over."""
    logs = [file.with_name(file.name + end) for end in _LOGS]
    # The rights of logs that SQLite makes are those of the file.
    parts = [file] if _is_forbidden(file) else list(filter(_is_forbidden, logs))
    forbidden = [str(part) for part in parts]
    if file.parent.is_dir() and not os.access(file.parent, os.W_OK | os.X_OK):
        forbidden.append(f"the folder {file.parent}")
    if not forbidden:
        return reason
    what, _, _ = reason.partition("; ")
    return f"{what}; check owner and permissions of {' and '.join(forbidden)}"


def _is_forbidden(path: Path) -> bool:
    return path.exists() and not os.access(path, os.R_OK | os.W_OK)


def _explain(error: SQLAlchemyError | sqlite3.Error) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = _explain_sqlite(cause) or _explain_postgresql(cause)
    if reason:
        return reason
    if isinstance(error, TimeoutError):
        return _BUSY_SERVER
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "no code"
    return f"failed unexpectedly ({type(cause).__name__}, {code}); run again with --debug"


def _explain_sqlite(cause: BaseException | None) -> str | None:
    name = getattr(cause, "sqlite_errorname", None) or ""
    return _match(name, _SQLITE_REASONS)


def _explain_postgresql(cause: BaseException | None) -> str | None:
    sqlstate = getattr(cause, "sqlstate", "none")
    if sqlstate:
        return _match(sqlstate, _POSTGRESQL_REASONS)
    if type(cause).__name__ != "OperationalError":
        return None
    words = str(cause)
    return next((why for word, why in _CONNECTION_WORDS.items() if word in words), _UNREACHABLE)


def _match(code: str, reasons: dict[str, str]) -> str | None:
    return next((why for start, why in reasons.items() if code.startswith(start)), None)
