"""Look which things were paid for; the program itself asks only while it books."""

from collections.abc import Iterable
from datetime import date

from listener.store import spending
from listener.store.forgotten import load_forgotten
from listener.store.store import Store


def load_spent_things(store: Store, platform: str, day: date, things: Iterable[str]) -> set[str]:
    """Return which of these things were paid for on that day in UTC."""
    with store._database.reading() as connection:
        hashes = load_forgotten(connection)
        names = {spending._digest(hashes, platform, thing): thing for thing in things}
        return {names[each] for each in spending._load_digests(connection, platform, day, names)}
