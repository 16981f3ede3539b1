"""Open SQLite or PostgreSQL the same way: one connection and one transaction at a time."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from listener.errors import StoreError
from listener.store.clocks import Clock
from listener.store.failures import translate_errors

_CONNECT_TIMEOUT_SECONDS = 10
# Under this name a connection keeps what is to be done after its transaction.
_AFTER = "listener_after"
# A server that vanishes without a word is noticed within half a minute, not within hours.
_KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# `secure_delete`: erased people must be gone from the file, not only from the tables.
_SQLITE_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA cache_size = -32000;
"""
# A lock of the table that keeps writers out would keep the server's vacuum out too: it gives way
# to whoever waits for it, and on a big table with busy collectors it would never come to its end.
# The first one only waits for programs of before schema 0014, which lock the table like that.
_LOCK_POSTS = (
    "LOCK TABLE posts IN ROW EXCLUSIVE MODE",
    "SELECT pg_advisory_xact_lock(7238415002)",
)


class Database:
    """A database by its URL; nothing is connected before it is used.

    Attributes:
        label: How messages name the database: its path or host, never its password.
        file: Of SQLite; None for a database in memory, and for PostgreSQL.
        archive: The folder of the files with old posts; None if there is none.
        clock: What leases go by: the database's own clock, unless told otherwise.
    """

    def __init__(
        self,
        url: str,
        *,
        wait_seconds: float,
        clock: Clock | None = None,
        archive: Path | None = None,
    ) -> None:
        """Prepare the engine; a new SQLite file is created for its owner only."""
        self.clock = clock or Clock()
        self.archive = archive
        # At DEBUG it writes every row that it reads, with the words of people.
        logging.getLogger("sqlalchemy.engine.Engine").addFilter(_is_not_debug)
        parsed = _parse_url(url)
        self.is_postgresql = parsed.get_backend_name() == "postgresql"
        self.label = _make_label(parsed)
        self.file = None if self.is_postgresql else _find_file(parsed)
        if self.is_postgresql:
            self.engine = _make_postgresql_engine(parsed, wait_seconds)
        else:
            _create_private_file(parsed, self.label)
            self.engine = _make_sqlite_engine(parsed, wait_seconds)
        # Whoever has a connection can read the posts in files too.
        self.engine.update_execution_options(listener_archive=archive)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection that sees one unchanging state of the database."""
        with translate_errors(self.label, self.file), self.engine.connect() as connection:
            if self.is_postgresql:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, lock_posts: bool = True, durable: bool = False) -> Iterator[Connection]:
        """Lend a connection that is the only writer; all or nothing is kept.

        Posts are read, merged and written again, so two writers must not
        overlap: SQLite is locked at the start, on PostgreSQL a lock of our own is
        taken (`_LOCK_POSTS`), always first and always the same, so that nobody
        waits in a circle.
        """
        with translate_errors(self.label, self.file), self.engine.connect() as connection:
            connection = connection.execution_options(
                listener_writes=True, listener_durable=durable
            )
            connection.info.pop(_AFTER, None)
            with connection.begin():
                if self.is_postgresql and lock_posts:
                    for statement in _LOCK_POSTS:
                        connection.exec_driver_sql(statement)
                yield connection
            waiting: dict[Callable[[Database], None], None] = connection.info.pop(_AFTER, {})
        for work in waiting:
            work(self)

    def clear_traces(self) -> None:
        """Make sure that erased words do not live on in SQLite's write-ahead log."""
        if self.is_postgresql:
            return
        with self.outside_transactions() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def outside_transactions(self) -> Iterator[Connection]:
        """Lend a connection for statements that must not be part of a transaction."""
        with translate_errors(self.label, self.file), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def do_after(connection: Connection, work: Callable[[Database], None]) -> None:
    """Have something done, once, when the transaction of this connection is kept."""
    connection.info.setdefault(_AFTER, {})[work] = None


def _is_not_debug(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        msg = "the database address cannot be read; write sqlite:///FILE or postgresql+psycopg://…"
        raise StoreError(msg) from error
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        msg = f"databases of the kind {parsed.drivername} are not supported; use sqlite:///FILE"
        raise StoreError(msg)
    return parsed


def _make_label(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    host = url.host or str(url.query.get("host", "localhost"))
    return f"{url.database or ''} on {host}".strip()


def _find_file(url: URL) -> Path | None:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return None
    return Path(url.database)


def _create_private_file(url: URL, label: str) -> None:
    """Create the file before SQLite does: its log files inherit the mode 0600."""
    path = _find_file(url)
    if path is None:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        if path.exists():
            return
        msg = f"database {label} cannot be created ({error.strerror}); choose another place for it"
        raise StoreError(msg) from error


def _make_sqlite_engine(url: URL, wait_seconds: float) -> Engine:
    in_memory = url.database in {None, "", ":memory:"}
    # Idle connections would keep the log files open and block an exclusive lock.
    pool = {} if in_memory else {"poolclass": NullPool}
    # Without `isolation_level=None` the driver begins transactions itself, too late.
    arguments = {"timeout": wait_seconds, "isolation_level": None}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments, **pool)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's class
    # In one go: every transaction has a connection of its own.
    connection.executescript(_SQLITE_PRAGMAS)


def _begin_sqlite(connection: Connection) -> None:
    # A plain BEGIN that turns into a writer later can fail without waiting.
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        writes = options.get("listener_writes", False)
        if options.get("listener_durable", False):
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_postgresql_engine(url: URL, wait_seconds: float) -> Engine:
    arguments = {
        "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
        "application_name": "listener",
        **_KEEPALIVE,
    }
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={key: value for key, value in arguments.items() if key not in url.query},
    )
    milliseconds = int(wait_seconds * 1000)

    def set_session(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's class
        connection.execute(f"SET lock_timeout = {milliseconds}")
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    event.listen(engine, "connect", set_session)
    return engine
