"""Keep what reading has cost, each thing once a day in UTC, as the platform charges it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, bindparam, delete, func, select

from listener.posts import PLATFORMS, Platform
from listener.store.database import Database
from listener.store.forgotten import Forgotten, ensure_key, load_forgotten
from listener.store.inserting import choose_insert
from listener.store.records import load_records, select_records, sort_records
from listener.store.rows import clean_text
from listener.store.statements import choose_named, name_ids, write_rows
from listener.store.tables import SPENDING, SPENT_THINGS

_SUM_SPENT = (
    select(SPENDING.c.brand, func.sum(SPENDING.c.micro_dollars))
    .where(SPENDING.c.platform == bindparam("platform"))
    .where(SPENDING.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(SPENDING.c.brand)
)
_CLEAR_THINGS = delete(SPENT_THINGS).where(
    SPENT_THINGS.c.platform.in_(PLATFORMS), SPENT_THINGS.c.day < bindparam("before")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Reads of one kind that have to be paid for.

    Attributes:
        day: The day in UTC on which they were read.
        kind: Their name in the price table, such as `own_post`.
        micro_dollars: What all of the units cost, in millionths of a dollar.
        things: What was read, one name a unit, such as `post:1234`: what was
            booked on this day before is not booked again. Empty for what is
            charged however often it is asked.

    Raises:
        ValueError: If there are things, but not one for each unit.
    """

    platform: Platform
    brand: str
    day: date
    kind: str
    units: int
    micro_dollars: int
    things: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a booking whose price for one thing would be anybody's guess."""
        if self.things and len(self.things) != self.units:
            msg = f"{self.units} units of {self.kind} name {len(self.things)} things"
            raise ValueError(msg)

    def reduce(self, units: int) -> "Spend":
        """Return the same for fewer units; a fraction is rounded up, never lost."""
        cost = -(-self.micro_dollars * units // self.units)
        return replace(self, units=units, micro_dollars=cost, things=frozenset())


def save_spending(database: Database, spent: Sequence[Spend]) -> None:
    """Book what was paid for when nothing else is to be saved."""
    # The lock on the posts is also the one under which the key of the hashes is made.
    with database.writing() as connection:
        book_spending(connection, spent, load_forgotten(connection))


def book_spending(connection: Connection, spent: Sequence[Spend], forgotten: Forgotten) -> int:
    """Book within a transaction that also saves what was paid for; return its micro-dollars.

    Things are kept as hashes: ids of people who are forgotten later are among them.
    """
    hashes = ensure_key(connection, forgotten) if any(each.things for each in spent) else forgotten
    booked = 0
    for spend in spent:
        left = _book_things(connection, spend, hashes) if spend.things else spend
        if left.units:
            _add(connection, left)
            booked += left.micro_dollars
    return booked


def load_spent(database: Database, month: str) -> pl.DataFrame:
    """Return what a month such as `2026-03` has cost, by platform, brand, day and kind."""
    days = SPENDING.c.day.between(*_list_ends(month))
    statement = select_records(SPENDING).where(days).order_by(None)
    with database.reading() as connection:
        frame = sort_records(load_records(connection, SPENDING, statement), SPENDING)
    return frame.with_columns(pl.col("day").str.to_date("%Y-%m-%d"))


def sum_spent(database: Database, platform: str, month: str) -> dict[str, int]:
    """Return the micro-dollars of a month such as `2026-03` on a platform, by brand."""
    first, last = _list_ends(month)
    named = {"platform": platform, "first": first, "last": last}
    with database.reading() as connection:
        return {brand: int(amount) for brand, amount in connection.execute(_SUM_SPENT, named)}


def clear_spent_things(database: Database, before: date) -> int:
    """Drop what was paid for on earlier days, for which it will be paid again anyway."""
    with database.writing(lock_posts=False) as connection:
        return connection.execute(_CLEAR_THINGS, {"before": _name_day(before)}).rowcount


def _book_things(connection: Connection, spend: Spend, hashes: Forgotten) -> Spend:
    digests = {_digest(hashes, spend.platform, thing) for thing in spend.things}
    new = digests - _load_digests(connection, spend.platform, spend.day, digests)
    day = _name_day(spend.day)
    rows = [(spend.platform, day, digest) for digest in sorted(new)]
    write_rows(connection, SPENT_THINGS, rows, overwrite=False)
    return spend.reduce(len(new))


def _load_digests(
    connection: Connection, platform: str, day: date, digests: Iterable[str]
) -> set[str]:
    statement = _select_things(connection.dialect.name)
    named = name_ids(connection, platform, digests) | {"day": _name_day(day)}
    return set(connection.scalars(statement, named))


@cache
def _select_things(dialect: str) -> Select[Any]:
    things = SPENT_THINGS.c
    chosen = choose_named(dialect, SPENT_THINGS, things.digest)
    return select(things.digest).where(chosen, things.day == bindparam("day"))


def _add(connection: Connection, spend: Spend) -> None:
    insert = choose_insert(is_postgresql=connection.dialect.name == "postgresql")
    statement = insert(SPENDING).values(
        platform=spend.platform,
        brand=spend.brand,
        day=_name_day(spend.day),
        kind=spend.kind,
        units=spend.units,
        micro_dollars=spend.micro_dollars,
    )
    sums = {
        name: SPENDING.c[name] + statement.excluded[name] for name in ("units", "micro_dollars")
    }
    key = list(SPENDING.primary_key)
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=sums))


def _digest(hashes: Forgotten, platform: str, thing: str) -> str:
    return hashes.digest("thing", platform, clean_text(thing))


def _list_ends(month: str) -> tuple[str, str]:
    """Return the days between which a month such as `2026-03` lies, in digits of one length."""
    return f"{month}-01", f"{month}-31"


def _name_day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
