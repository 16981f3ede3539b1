"""Times in the database: aware, UTC, exact to the microsecond, on both databases.

SQLite knows no times and drops offsets. There a time is the whole number of
microseconds since 1970, which orders rightly and goes into Polars without a
Python object for each value. On PostgreSQL it is a `timestamptz`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_microseconds(moment: datetime) -> int:
    """Return the whole microseconds from 1970 to an aware moment.

    Raises:
        ValueError: If the moment has no time zone.
    """
    try:
        span = moment - _EPOCH
    except TypeError as error:
        msg = f"the time {moment.isoformat()} has no time zone; give it one before it is stored"
        raise ValueError(msg) from error
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def make_moment(microseconds: int) -> datetime:
    """Return the aware UTC moment that lies so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


class UTCDateTime(TypeDecorator[datetime]):
    """A column of aware UTC times that refuses naive ones."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose `timestamptz` on PostgreSQL and a 64-bit integer elsewhere."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """Refuse a naive time; hand an aware one over in the database's own form."""
        if value is None:
            return None
        microseconds = count_microseconds(value)
        return make_moment(microseconds) if dialect.name == "postgresql" else microseconds

    def process_result_value(
        self,
        value: datetime | int | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy hands it over
    ) -> datetime | None:
        """Return an aware UTC time, whatever zone the connection has."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return None if value is None else make_moment(value)


class microseconds(GenericFunction[int]):  # noqa: N801 - named like an SQL function
    """The microseconds since 1970 of a time column, for reading without Python times."""

    type = BigInteger()
    inherit_cache = True


@compiles(microseconds)
def _compile_plain(element: microseconds, compiler: SQLCompiler, **kw: object) -> str:
    return compiler.process(element.clauses.clauses[0], **kw)


@compiles(microseconds, "postgresql")
def _compile_postgresql(element: microseconds, compiler: SQLCompiler, **kw: object) -> str:
    column = compiler.process(element.clauses.clauses[0], **kw)
    return f"CAST(EXTRACT(EPOCH FROM {column}) * 1000000 AS BIGINT)"


class moment(GenericFunction[datetime]):  # noqa: N801 - named like an SQL function
    """The time column's value for microseconds since 1970, the way back."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(moment)
def _compile_plain_moment(element: moment, compiler: SQLCompiler, **kw: object) -> str:
    return compiler.process(element.clauses.clauses[0], **kw)


@compiles(moment, "postgresql")
def _compile_postgresql_moment(element: moment, compiler: SQLCompiler, **kw: object) -> str:
    # Multiplying an interval goes through a double, which is exact for whole seconds
    # up to the year 9999 but not for microseconds after 2255: hence two steps.
    column = compiler.process(element.clauses.clauses[0], **kw)
    return (
        f"(timestamptz 'epoch' + ({column} / 1000000) * interval '1 second'"
        f" + mod({column}, 1000000) * interval '1 microsecond')"
    )
