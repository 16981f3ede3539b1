"""Recognise forgotten people by keyed hashes, refuse their posts, mask their handles.

Of a forgotten person only hashes of the id, the handles and the posts' ids
remain. They cannot be read back, yet an old archive cannot bring the person back.
"""

import hashlib
import re
import secrets
from typing import Literal, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select

from listener.posts import fold_handle
from listener.store.rows import NO_MENTIONS, PostRow, Sighting, dump_mentions
from listener.store.tables import FORGOTTEN, META

MASK = "@…"
_ID_PREFIX = "forgotten:"
_DIGEST_BYTES = 16
_KEY_NAME = "forget_key"
_KEY_BYTES = 32
_FIND_KEY = select(META.c.value).where(META.c.name == _KEY_NAME)
_LIST_DIGESTS = select(FORGOTTEN.c.digest)
_X_HANDLE = r"\w+"
_MASTODON_HANDLE = r"\w(?:[\w.-]*\w)?(?:@[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?)?"
_HANDLES = {"x": _X_HANDLE, "mastodon": _MASTODON_HANDLE}
_LEADING = {
    platform: re.compile(rf"\s*@({handle})[\s,:]*") for platform, handle in _HANDLES.items()
}
# A handle also stands in the address of a profile or a post on X.
_ANYWHERE = {
    "x": re.compile(rf"(?P<before>@|\b(?:twitter|x)\.com/)(?P<handle>{_X_HANDLE})(?:/status/\d+)?"),
    "mastodon": re.compile(rf"(?P<before>@|/users/)(?P<handle>{_MASTODON_HANDLE})"),
}

Kind = Literal["id", "handle", "post", "thing"]


class Forgotten(NamedTuple):
    """The hashes of everybody who was forgotten, and the key they were made with."""

    key: bytes
    digests: frozenset[str]

    def digest(self, kind: Kind, platform: str, value: str) -> str:
        """Return the hash under which an id, a handle, a post or a paid thing is remembered."""
        value = fold_handle(value) if kind == "handle" else value
        message = f"{kind}\0{platform}\0{value}".encode()
        return hashlib.blake2b(message, key=self.key, digest_size=_DIGEST_BYTES).hexdigest()

    def knows(self, kind: Kind, platform: str, value: str | None) -> bool:
        """Tell whether this id, handle or post belongs to a forgotten person."""
        return value is not None and self.digest(kind, platform, value) in self.digests

    def sift(self, sightings: list[Sighting]) -> list[Sighting]:
        """Return the posts that may be kept, without any trace of forgotten people."""
        if not self.digests:
            return sightings
        return [self.scrub(each) for each in sightings if not self.refuses(each.row)]

    def refuses(self, row: PostRow) -> bool:
        """Tell whether a post is by a forgotten person or directed at nobody else."""
        return self.is_author(row) or self.is_directed(row)

    def is_author(self, row: PostRow) -> bool:
        """Tell whether a forgotten person wrote the post."""
        return (
            self.knows("id", row.platform, row.author_id)
            or self.knows("handle", row.platform, row.author_handle)
            or self.knows("post", row.platform, row.post_id)
        )

    def is_directed(self, row: PostRow) -> bool:
        """Tell whether a post is addressed to forgotten people and to nobody else.

        Whoever is named at the start is addressed. Where nobody is, as in the
        second half of an answer, it is the author of the post replied to.
        """
        leading = _list_leading_handles(row)
        if leading:
            names = self._list_forgotten_names(row)
            return all(self._is_name(row.platform, handle, names) for handle in leading)
        return self.knows("id", row.platform, row.reply_to_author_id) or self.knows(
            "post", row.platform, row.reply_to_id
        )

    def scrub(self, sighting: Sighting) -> Sighting:
        """Return a post without any trace of forgotten people in it."""
        row = sighting.row
        author = row.reply_to_author_id
        scrubbed = row._replace(
            text=self.mask(row, row.text),
            mentions=self._filter_mentions(row),
            reply_to_author_id=None if self.knows("id", row.platform, author) else author,
            reply_to_id=self.hide_post(row.platform, row.reply_to_id),
            quote_of_id=self.hide_post(row.platform, row.quote_of_id),
            conversation_id=self.hide_post(row.platform, row.conversation_id),
        )
        return sighting if scrubbed == row else Sighting(scrubbed, sighting.aliases)

    def mask(self, row: PostRow, text: str) -> str:
        """Replace forgotten people's handles in a text that belongs to a post."""
        if "@" not in text and "/" not in text:
            return text
        names = self._list_forgotten_names(row)

        def replace(found: re.Match[str]) -> str:
            if not self._is_name(row.platform, found["handle"], names):
                return found[0]
            return found["before"].removesuffix("@") + MASK

        return _ANYWHERE[row.platform].sub(replace, text)

    def _is_name(self, platform: str, handle: str, names: frozenset[str]) -> bool:
        # What looks like a port may be a time: "@anna@social.example:12 o'clock".
        forms = (handle, handle.partition(":")[0])
        return any(fold_handle(f) in names or self.knows("handle", platform, f) for f in forms)

    def _list_forgotten_names(self, row: PostRow) -> frozenset[str]:
        """Return forgotten handles without their server: texts on Mastodon leave it out."""
        if row.platform != "mastodon":
            return frozenset()
        mentions: list[str] = orjson.loads(row.mentions)
        return frozenset(
            fold_handle(handle.partition("@")[0])
            for handle in mentions
            if self.knows("handle", row.platform, handle)
        )

    def _filter_mentions(self, row: PostRow) -> str:
        if row.mentions == NO_MENTIONS:
            return row.mentions
        handles: list[str] = orjson.loads(row.mentions)
        kept = tuple(handle for handle in handles if not self.knows("handle", row.platform, handle))
        return row.mentions if len(kept) == len(handles) else dump_mentions(kept)

    def hide_post(self, platform: str, post_id: str | None) -> str | None:
        """Keep that there was a post, so that threads stay whole, but not which one."""
        if post_id is None:
            return None
        digest = self.digest("post", platform, post_id)
        return f"{_ID_PREFIX}{digest}" if digest in self.digests else post_id


def load_forgotten(connection: Connection) -> Forgotten:
    """Return the hashes of all forgotten people; without any, nothing is compared."""
    key = connection.scalar(_FIND_KEY)
    digests = frozenset(connection.scalars(_LIST_DIGESTS))
    return Forgotten(bytes.fromhex(key or ""), digests)


def ensure_key(connection: Connection, forgotten: Forgotten) -> Forgotten:
    """Make the key of the hashes when the first of them is to be kept."""
    if forgotten.key:
        return forgotten
    key = secrets.token_bytes(_KEY_BYTES)
    connection.execute(insert(META).values(name=_KEY_NAME, value=key.hex()))
    return forgotten._replace(key=key)


def _list_leading_handles(row: PostRow) -> list[str]:
    pattern, position, handles = _LEADING[row.platform], 0, []
    while found := pattern.match(row.text, position):
        handles.append(found[1])
        position = found.end()
    return handles
