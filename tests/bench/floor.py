"""The floor: orjson and `sqlite3.executemany`, nothing else: `python -m tests.bench.floor FILE DB`.

The same rows into the same tables with the same indexes, in one transaction, with the same
settings of SQLite; nothing is checked, merged or counted. The tables are there already.
"""

import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

FIELDS = (
    "platform", "post_id", "author_id", "author_handle", "author_name", "created_at", "text",
    "language", "reply_to_id", "reply_to_author_id", "quote_of_id", "conversation_id", "mentions",
    "url", "visibility", "edited_at", "deleted_at", "replies_announced", "seen_at",
)  # fmt: skip
DEFAULTS = {"author_name": "", "visibility": "public"}
SEEN_AT = 1_750_000_000_000_000
ROWS_AT_ONCE = 20_000
SETTINGS = (
    "journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "cache_size = -32000",
)  # fmt: skip


def main(archive: str, database: str) -> int:
    """Fill the tables of an empty store with the posts of an archive."""
    connection = sqlite3.connect(database, isolation_level=None)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    places = f"({', '.join('?' * len(FIELDS))})"
    connection.execute("BEGIN")
    with open(archive, "rb") as file:  # noqa: PTH123 - nothing but what has to be
        while records := [orjson.loads(line) for line in islice(file, ROWS_AT_ONCE)]:
            for prefix, is_own in (("", _is_public), ("private_", _is_private)):
                own = list(filter(is_own, records))
                connection.executemany(
                    f"INSERT INTO {prefix}posts VALUES {places}",  # noqa: S608 - two names of our own
                    map(_make_row, own),
                )
                connection.executemany(
                    f"INSERT INTO {prefix}post_aliases VALUES (?, ?, ?)",  # noqa: S608
                    _list_aliases(own),
                )
    connection.execute("COMMIT")
    connection.close()
    return 0


def _is_public(record: dict[str, Any]) -> bool:
    return "visibility" not in record


def _is_private(record: dict[str, Any]) -> bool:
    return "visibility" in record


def _make_row(record: dict[str, Any]) -> list[object]:
    row = [record.get(name, DEFAULTS.get(name)) for name in FIELDS]
    row[5] = _count_microseconds(record["created_at"])
    row[12] = orjson.dumps(record["mentions"]).decode()
    if "edited_at" in record:
        row[15] = _count_microseconds(record["edited_at"])
    row[18] = SEEN_AT
    return row


def _count_microseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp()) * 1_000_000


def _list_aliases(records: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for record in records:
        for alias in record.get("aliases", ()):
            yield record["platform"], alias, record["post_id"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
