"""Take in old posts without words and names, once those of their time were erased.

A platform shows its old posts for years, and archives hold them for ever: what
was erased must not come back with the next reading.
"""

from sqlalchemy import Connection, Table, select

from listener.store.archived import find_archived
from listener.store.keeping import Keeping, list_addresses, rename_posts
from listener.store.post_tables import ERASED_LANGUAGE
from listener.store.rows import PostRow, Sighting
from listener.store.shelves import SHELVES
from listener.store.statements import is_one_of, load_aliases, load_rows


def sift_old(
    connection: Connection, platform: str, sightings: list[Sighting], keeping: Keeping
) -> list[Sighting]:
    """Return sightings as they may be kept: old ones without words, unless these are kept still.

    References to erased posts get the names that these now have.
    """
    if not keeping.is_on:
        return sightings
    kept = [each for each in sightings if not keeping.refuses(each.row)]
    kept = _rename_all(kept, _find_renamed(connection, platform, kept, keeping))
    old = [each for each in kept if keeping.is_old(each.row)]
    worded = _find_worded(connection, platform, old)
    bare = [each for each in old if worded.isdisjoint((each.row.post_id, *each.aliases))]
    erased = dict(zip(bare, _erase_all(connection, platform, bare, keeping), strict=True))
    return [erased.get(each, each) for each in kept]


def find_unknown(connection: Connection, platform: str, ids: set[str]) -> set[str]:
    """Return those ids that no stored post has, nor as another id."""
    known = set(load_aliases(connection, platform, ids)) if ids else set()
    for shelf in SHELVES if ids else ():
        known |= _select_ids(connection, shelf.posts, platform, ids)
    return ids - known - find_archived(connection, platform, ids)


def _select_ids(connection: Connection, posts: Table, platform: str, ids: set[str]) -> set[str]:
    chosen = is_one_of(connection, posts.c.post_id, ids)
    statement = select(posts.c.post_id).where(posts.c.platform == platform, chosen)
    return set(connection.scalars(statement))


def _find_renamed(
    connection: Connection, platform: str, sightings: list[Sighting], keeping: Keeping
) -> dict[str, str]:
    """Return the pseudonyms of posts that were erased, by the addresses they come with."""
    addresses = list_addresses(each.row for each in sightings)
    addresses |= {alias for each in sightings for alias in each.aliases if "://" in alias}
    hidden = {keeping.hide_id(platform, address): address for address in addresses}
    unknown = find_unknown(connection, platform, set(hidden))
    return {address: name for name, address in hidden.items() if name not in unknown}


def _find_worded(connection: Connection, platform: str, old: list[Sighting]) -> set[str]:
    """Return the ids under which old posts are stored with their words."""
    ids = {name for each in old for name in (each.row.post_id, *each.aliases)}
    if not ids:
        return set()
    aliases = load_aliases(connection, platform, ids)
    found: dict[str, PostRow] = {}
    for shelf in SHELVES:
        found |= load_rows(connection, shelf, platform, ids.union(aliases.values()))
    worded = {name for name, row in found.items() if row.language != ERASED_LANGUAGE}
    return worded.union(alias for alias, name in aliases.items() if name in worded)


def _erase_all(
    connection: Connection, platform: str, bare: list[Sighting], keeping: Keeping
) -> list[Sighting]:
    rows = [each.row for each in bare]
    own = {row.post_id for row in rows}.union(*(each.aliases for each in bare))
    unknown = find_unknown(connection, platform, list_addresses(rows) - own)
    renamed = {name: keeping.hide_id(platform, name) for name in own | unknown}
    fresh = [row for row in rows if row.language != ERASED_LANGUAGE]
    erased = iter(keeping.erase(fresh, renamed))
    return [
        Sighting(
            each.row if each.row.language == ERASED_LANGUAGE else next(erased),
            tuple(renamed[alias] for alias in each.aliases),
        )
        for each in bare
    ]


def _rename_all(sightings: list[Sighting], renamed: dict[str, str]) -> list[Sighting]:
    if not renamed:
        return sightings
    return [
        Sighting(
            rename_posts(each.row, renamed),
            tuple(renamed.get(alias, alias) for alias in each.aliases),
        )
        for each in sightings
    ]
