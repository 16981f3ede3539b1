"""Tell the time by the database's clock: all programs that share it share that clock too.

Two machines never agree to the second on what time it is. Whoever holds a lease
must not lose it because another one's clock is ahead.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from listener.store.columns import UTCDateTime

_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """The clock of a database, or another one that simulations put in its place."""

    def __init__(self, tell: Callable[[], datetime] | None = None) -> None:
        """Ask the database, or whoever else tells an aware moment."""
        self._tell = tell

    def after(self, span: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        """Return the moment so long after now, as part of a statement.

        The database looks at its clock when it carries the statement out, and again for
        a row that another one changed meanwhile: not when the transaction began.
        """
        if self._tell is not None:
            return literal(self._tell() + span, UTCDateTime())
        return database_moment(span // _MICROSECOND)

    def read(self, connection: Connection) -> datetime:
        """Return what time it is."""
        return connection.execute(select(self.after())).scalar_one()


class database_moment(GenericFunction[datetime]):  # noqa: N801 - named like an SQL function
    """The moment so many microseconds after the database's now."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(database_moment)
def _compile_sqlite(element: database_moment, compiler: SQLCompiler, **kw: object) -> str:
    # The day number is a double that is exact to 40 microseconds, the clock to 1,000.
    span = compiler.process(element.clauses.clauses[0], **kw)
    milliseconds = "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
    return f"({milliseconds} * 1000 + {span})"


@compiles(database_moment, "postgresql")
def _compile_postgresql(element: database_moment, compiler: SQLCompiler, **kw: object) -> str:
    # Not now(): that is when the transaction began, perhaps long before it got a lock.
    span = compiler.process(element.clauses.clauses[0], **kw)
    return f"(clock_timestamp() + {span} * interval '1 microsecond')"
