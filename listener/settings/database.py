"""Addresses of databases: as people and hosting services write them, as SQLAlchemy needs them."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

_POSTGRES = re.compile(r"(?i)^postgres(?:ql)?(?:\+\w+)?(?=://)")
_SQLITE = re.compile(r"(?i)^sqlite(?:\+pysqlite)?://(?P<rest>.*)$", re.DOTALL)
# No file: another kind of database, or a scheme that was misspelt or forgotten.
_ADDRESS_LIKE = re.compile(r"(?i)://|^(?:postgres\w*|sqlite)[+\w]*:|:.*@")
_IN_MEMORY = ("", "/:memory:")
# Up to the last @: a password with an unquoted / or @ in it must be hidden too.
_PASSWORD_IN_ADDRESS = re.compile(r"(://[^:@]*):.*@", re.DOTALL)
_PASSWORD_IN_QUERY = re.compile(r"(?i)([?&](?:password|passfile|sslpassword)=)[^&]*")


def normalise_database(address: str) -> str:
    """Return the address that SQLAlchemy understands.

    `postgres://…`, as hosting services write it, gets the driver's name; a plain
    path becomes the address of a SQLite file, absolute, so that it means the same
    file wherever it is used.

    Raises:
        ValueError: If it is neither; the message never quotes the address.
    """
    if any(not character.isprintable() for character in address):
        msg = "must not hold control characters"
        raise ValueError(msg)
    if match := _SQLITE.match(address):
        return _normalise_sqlite(match["rest"])
    if _POSTGRES.match(address):
        return _normalise_postgres(address)
    if _ADDRESS_LIKE.search(address):
        msg = "must be a file, or begin with postgresql:// or sqlite:///"
        raise ValueError(msg)
    return _name_sqlite_file(address)


def holds_password(address: str) -> bool:
    """Tell whether somebody wrote a password into the address."""
    return hide_password(address) != address


def hide_password(address: str) -> str:
    """Return the address with `***` in place of passwords.

    Nothing is parsed here: what is too broken to be read must be hidden too.
    """
    return _PASSWORD_IN_QUERY.sub(r"\1***", _PASSWORD_IN_ADDRESS.sub(r"\1:***@", address))


def _normalise_postgres(address: str) -> str:
    url = _POSTGRES.sub("postgresql+psycopg", address, count=1)
    try:
        parts = urlsplit(url)
        port = parts.port
        parse_qsl(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        msg = (
            "must be like postgresql://user:password@host:5432/name, "
            "with %40 for @, %2F for / and %25 for % in the password"
        )
        raise ValueError(msg) from None
    if port == 0 or parts.path in ("", "/"):
        msg = "lacks the name of the database: postgresql://user:password@host/name"
        raise ValueError(msg)
    return url


def _normalise_sqlite(rest: str) -> str:
    if rest in _IN_MEMORY:
        return f"sqlite://{rest}"
    if not rest.startswith("/"):
        msg = "needs three strokes before the file: sqlite:///listener.db"
        raise ValueError(msg)
    return _name_sqlite_file(rest[1:])


def _name_sqlite_file(name: str) -> str:
    if not name.strip():
        msg = "names no file"
        raise ValueError(msg)
    if "?" in name:
        msg = "names a file with a question mark, which SQLite's addresses cannot hold; rename it"
        raise ValueError(msg)
    path = Path(name)
    if name.startswith("~/"):
        path = path.expanduser()
    return f"sqlite:///{Path.cwd() / path}"
