"""Keep the brands that imports have named, so that reports know them without a settings file."""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, delete, insert, select

from listener.posts import Account, Brand
from listener.store.database import Database
from listener.store.tables import META

_NAME = "brands"


def save_brands(database: Database, brands: Iterable[Brand]) -> None:
    """Add brands to those that are kept; one of the same key is replaced."""
    with database.writing() as connection:
        known = {brand.key: brand for brand in _load(connection)}
        known |= {brand.key: brand for brand in brands}
        value = orjson.dumps([_dump_brand(known[key]) for key in sorted(known)]).decode()
        connection.execute(delete(META).where(META.c.name == _NAME))
        connection.execute(insert(META).values(name=_NAME, value=value))


def load_brands(database: Database) -> tuple[Brand, ...]:
    """Return the brands that are kept, by key."""
    with database.reading() as connection:
        return _load(connection)


def _load(connection: Connection) -> tuple[Brand, ...]:
    value = connection.scalar(select(META.c.value).where(META.c.name == _NAME))
    return tuple(_make_brand(record) for record in orjson.loads(value)) if value else ()


def _dump_brand(brand: Brand) -> dict[str, object]:
    accounts = [
        {"platform": account.platform, "handle": account.handle, "role": account.role}
        for account in brand.accounts
    ]
    return {"key": brand.key, "name": brand.name, "accounts": accounts}


def _make_brand(record: dict[str, object]) -> Brand:
    accounts = record["accounts"]
    if not isinstance(accounts, list):
        accounts = []
    return Brand(
        key=str(record["key"]),
        name=str(record["name"]),
        accounts=tuple(Account(**account) for account in accounts),
    )
