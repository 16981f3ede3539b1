"""Posts as the database holds them: clean text, times as microseconds, lists as JSON."""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple, cast

import orjson

from listener.posts import Platform, Post, Visibility
from listener.store.columns import count_microseconds, make_moment

# PostgreSQL indexes no more than 2,704 bytes; a hostile server can send longer ids.
_LONGEST_LINE = 500
_LONGEST_ID = 500
LARGEST_COUNT = 2**63 - 1
# PostgreSQL takes neither NUL nor half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class PostRow(NamedTuple):
    """One row of the table of posts, its columns in the order of `posts_schema()`."""

    platform: str
    post_id: str
    author_id: str
    author_handle: str
    author_name: str
    created_at: int
    text: str
    language: str | None
    reply_to_id: str | None
    reply_to_author_id: str | None
    quote_of_id: str | None
    conversation_id: str | None
    mentions: str
    url: str | None
    visibility: str
    edited_at: int | None
    deleted_at: int | None
    replies_announced: int | None
    seen_at: int | None = None


class Sighting(NamedTuple):
    """A post as it came in, with the other ids it is known by."""

    row: PostRow
    aliases: tuple[str, ...]


# When words were seen is told by who saves them, not by the post.
_read_fields = attrgetter(*PostRow._fields[:-1])
_NAME, _CREATED_AT, _TEXT, _MENTIONS, _EDITED_AT, _DELETED_AT = map(
    PostRow._fields.index,
    ("author_name", "created_at", "text", "mentions", "edited_at", "deleted_at"),
)
_IDS = ("post_id", "reply_to_id", "quote_of_id")
_NUMBERS = ("created_at", "edited_at", "deleted_at", "replies_announced", "seen_at")
_WORDS = tuple(name for name in PostRow._fields if name not in (*_IDS, *_NUMBERS))
NO_MENTIONS = "[]"


class Sightings(list[Sighting]):
    """Sightings that go to another process as columns, for that takes a third of the time."""

    def __reduce__(self) -> tuple[Callable[..., "Sightings"], tuple[Any, ...]]:
        """Tell how they are put together again."""
        if not self:
            return Sightings, ()
        rows, aliases = zip(*self, strict=True)
        return _join_columns, (aliases, *zip(*rows, strict=True))


def _join_columns(aliases: tuple[tuple[str, ...], ...], *columns: tuple[Any, ...]) -> Sightings:
    return Sightings(map(Sighting, map(PostRow, *columns), aliases))


def make_sightings(posts: Iterable[Post], *, seen_at: datetime | None = None) -> Sightings:
    """Turn posts into rows that both databases take, whatever is in their texts.

    Args:
        posts: Any number of them.
        seen_at: When they were seen; None if whoever saves them tells that.
    """
    seen = None if seen_at is None else count_microseconds(seen_at)
    sightings = Sightings([Sighting(_make_row(post, seen), post.aliases) for post in posts])
    if sightings and _needs_cleaning(sightings):
        sightings = Sightings(map(_clean_sighting, sightings))
    return sightings


def make_post(row: PostRow, aliases: tuple[str, ...] = ()) -> Post:
    """Turn a row back into the post that it was made from."""
    return Post(
        platform=cast("Platform", row.platform),
        post_id=row.post_id,
        author_id=row.author_id,
        author_handle=row.author_handle,
        author_name=row.author_name,
        created_at=make_moment(row.created_at),
        text=row.text,
        language=row.language,
        reply_to_id=row.reply_to_id,
        reply_to_author_id=row.reply_to_author_id,
        quote_of_id=row.quote_of_id,
        conversation_id=row.conversation_id,
        mentions=tuple(orjson.loads(row.mentions)),
        url=row.url,
        visibility=cast("Visibility", row.visibility),
        edited_at=None if row.edited_at is None else make_moment(row.edited_at),
        deleted_at=None if row.deleted_at is None else make_moment(row.deleted_at),
        replies_announced=row.replies_announced,
        aliases=aliases,
    )


def order_ids(post_id: str) -> tuple[int, str]:
    """Return the key by which ids are ordered: the shorter number is the older one."""
    return len(post_id), post_id


def clean_text(words: str) -> str:
    """Take out what PostgreSQL cannot store; NUL goes, half a character becomes `\ufffd`."""
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", words)


def clean_line(words: str) -> str:
    """Return a message as one line of bounded length."""
    return " ".join(clean_text(words).split())[:_LONGEST_LINE]


def clean_id(post_id: str) -> str:
    """Shorten an id that no index takes, always to the same and still unique one."""
    post_id = clean_text(post_id)
    if len(post_id) <= _LONGEST_ID:
        return post_id
    digest = "#" + hashlib.blake2b(post_id.encode(), digest_size=16).hexdigest()
    return post_id[: _LONGEST_ID - len(digest)] + digest


def _make_row(post: Post, seen_at: int | None) -> PostRow:
    fields = list(_read_fields(post))
    fields[_CREATED_AT] = count_microseconds(post.created_at)
    fields[_MENTIONS] = dump_mentions(post.mentions) if post.mentions else NO_MENTIONS
    if post.edited_at is not None:
        fields[_EDITED_AT] = count_microseconds(post.edited_at)
    if post.deleted_at is not None:
        # Whoever hands over a deleted post with its words must not make us keep them.
        fields[_NAME] = fields[_TEXT] = ""
        fields[_DELETED_AT] = count_microseconds(post.deleted_at)
    return PostRow._make((*fields, seen_at))


@lru_cache(maxsize=4096)  # nearly all posts address the same few accounts
def dump_mentions(handles: tuple[str, ...]) -> str:
    """Write handles as the JSON list that the column holds."""
    try:
        return orjson.dumps(handles).decode()
    except TypeError:  # half of a surrogate pair
        return orjson.dumps([clean_text(handle) for handle in handles]).decode()


def _needs_cleaning(sightings: list[Sighting]) -> bool:
    """Look at a whole batch at once: nearly always there is nothing to clean."""
    columns = dict(
        zip(PostRow._fields, zip(*(row for row, _ in sightings), strict=True), strict=True)
    )
    aliases = list(chain.from_iterable(aliases for _, aliases in sightings))
    ids = [*chain.from_iterable(filter(None, columns[name]) for name in _IDS), *aliases]
    if max(map(len, ids)) > _LONGEST_ID:
        return True
    if max(filter(None, columns["replies_announced"]), default=0) > LARGEST_COUNT:
        return True
    words = chain.from_iterable(filter(None, columns[name]) for name in _WORDS)
    return _is_unstorable("\n".join(chain(ids, words)))


def _is_unstorable(everything: str) -> bool:
    try:
        everything.encode()
    except UnicodeEncodeError:
        return True
    return "\x00" in everything or r"\u0000" in everything


def _clean_sighting(sighting: Sighting) -> Sighting:
    row = PostRow._make(
        clean_text(value) if isinstance(value, str) else value for value in sighting.row
    )
    count = row.replies_announced
    row = row._replace(
        post_id=clean_id(row.post_id),
        reply_to_id=row.reply_to_id and clean_id(row.reply_to_id),
        quote_of_id=row.quote_of_id and clean_id(row.quote_of_id),
        mentions=dump_mentions(tuple(map(clean_text, orjson.loads(row.mentions)))),
        replies_announced=None if count is not None and count > LARGEST_COUNT else count,
    )
    return Sighting(row, tuple(map(clean_id, sighting.aliases)))
