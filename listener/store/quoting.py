"""What published pages need of the store: who minds being quoted, and the key of codes.

Of accounts only keyed hashes are kept, so there is nothing to erase when words and names go.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from listener.posts import Platform, Quotable
from listener.store.columns import count_microseconds
from listener.store.database import Database
from listener.store.forgotten import Forgotten, ensure_key, load_forgotten
from listener.store.keys import find_key
from listener.store.statements import is_one_of, write_rows
from listener.store.tables import QUOTING

REFUSED = "refused"
_KEY_NAME = "page_key"


class Quoting:
    """The part of `Store` that publishing uses; each method raises `StoreError`."""

    _database: Database

    def load_quoting(self, platform: Platform, authors: Iterable[str]) -> dict[str, str]:
        """Return what these authors say of being quoted; who is not known is missing.

        Args:
            platform: Where they are.
            authors: Their ids.
        """
        with self._database.reading() as connection:
            forgotten = load_forgotten(connection)
            names = {forgotten.digest("id", platform, each): each for each in authors}
            said = _load_said(connection, platform, names)
        return {names[digest]: says for digest, says in said.items()}

    def load_page_key(self) -> bytes:
        """Return the key of customers' codes on published pages; it is made once."""
        return find_key(self._database, _KEY_NAME)


def save_quoting(
    connection: Connection,
    platform: str,
    quoting: Mapping[str, Quotable],
    forgotten: Forgotten,
    *,
    seen_at: datetime,
) -> None:
    """Keep what authors say now; a refusal is taken back by who would know of it alone."""
    if not quoting:
        return
    keyed = ensure_key(connection, forgotten)
    told = {keyed.digest("id", platform, author): said for author, said in quoting.items()}
    before = _load_said(connection, platform, told)
    rows = [
        (platform, digest, said.says, count_microseconds(seen_at))
        for digest, said in sorted(told.items())
        if said.says != before.get(digest)
        and (said.is_certain or before.get(digest) != REFUSED)
        and digest not in forgotten.digests
    ]
    write_rows(connection, QUOTING, rows)


def erase_quoting(connection: Connection, platform: str, digests: Iterable[str]) -> None:
    """Forget what people said, by the hashes of their ids."""
    chosen = is_one_of(connection, QUOTING.c.digest, digests)
    connection.execute(delete(QUOTING).where(QUOTING.c.platform == platform, chosen))


def _load_said(connection: Connection, platform: str, digests: Iterable[str]) -> dict[str, str]:
    chosen = is_one_of(connection, QUOTING.c.digest, digests)
    statement = select(QUOTING.c.digest, QUOTING.c.says).where(
        QUOTING.c.platform == platform, chosen
    )
    return {row.digest: row.says for row in connection.execute(statement)}
