r"""Decide what a post is after it was seen once more; nothing here touches a database.

The order of arrival must not matter where the platform tells which text is the
newer one, and a sighting that knows little must not erase what is known.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from listener.store.rows import NO_MENTIONS, PostRow

_PRIVACY = ("public", "unlisted", "private", "direct")
# X cuts long posts like this where the full text was not asked for.
_CUT_END = re.compile(r"…(?:\s*https?://t\.co/\w+)?\s*$")
_SHORTEST_CUT = 100
_COALESCED = (
    "author_id",
    "author_handle",
    "author_name",
    "language",
    "reply_to_id",
    "reply_to_author_id",
    "quote_of_id",
    "conversation_id",
    "url",
    "replies_announced",
)


class EditRow(NamedTuple):
    """One row of the table of earlier texts."""

    platform: str
    post_id: str
    digest: str
    text: str
    written_at: int
    seen_at: int


class _Version(Enum):
    SAME = "same"
    NEWER = "newer"
    OLDER = "older"


def make_edit(row: PostRow, seen_at: int) -> EditRow:
    """Keep a post's text as an earlier one."""
    digest = digest_text(row.text)
    written_at = row.edited_at or row.created_at
    return EditRow(row.platform, row.post_id, digest, row.text, written_at, seen_at)


def digest_text(text: str) -> str:
    """Return what tells earlier texts of one post apart."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def make_edit_of(row: PostRow, post_id: str) -> PostRow:
    """Read a row that was known under another id as an edit of the post itself.

    An edit on X is a post of its own whose time of creation is the time of editing.
    """
    return row._replace(post_id=post_id, edited_at=row.edited_at or row.created_at)


def merge_rows(
    stored: PostRow, incoming: PostRow, edits: Iterable[EditRow], *, seen_at: int
) -> tuple[PostRow, EditRow | None]:
    """Merge a sighting into what is known.

    Args:
        stored: The post as it is known.
        incoming: The same post as it was seen now.
        edits: Its known earlier texts.
        seen_at: The moment of seeing, for edits whose time nobody tells. Words keep the moment
            at which they were seen first; new ones get this.

    Returns:
        The post to store, and an earlier text if one came to light.
    """
    now_seen = incoming.seen_at or seen_at
    incoming = incoming._replace(seen_at=stored.seen_at)
    if stored == incoming:
        return stored, None
    if stored.deleted_at is not None or incoming.deleted_at is not None:
        return _merge_deleted(stored, incoming), None
    edits = tuple(edits)
    version = _judge_version(stored, incoming, edits)
    merged = _merge_fields(stored, incoming, version)
    if version is _Version.SAME:
        text = max(stored.text, incoming.text, key=lambda words: (not _is_cut(words), len(words)))
        return merged._replace(text=text, edited_at=_date_same(stored, incoming, edits)), None
    if version is _Version.OLDER:
        known = any(edit.digest == digest_text(incoming.text) for edit in edits)
        return merged, None if known else make_edit(incoming, seen_at)
    edited_at = incoming.edited_at or seen_at
    return merged._replace(edited_at=edited_at, seen_at=now_seen), make_edit(stored, seen_at)


def revive_row(stored: PostRow, incoming: PostRow, *, seen_at: int) -> PostRow:
    """Return what is known of a deleted post that the platform itself shows again.

    Servers and proxies answer "not found" while they are unwell, and accounts that
    were closed for a while come back with all of their posts.
    """
    deleted_at = stored.deleted_at
    if deleted_at is None or incoming.deleted_at is not None or deleted_at >= seen_at:
        return stored
    return stored._replace(
        text=incoming.text, author_name=incoming.author_name, deleted_at=None, seen_at=seen_at
    )


def _merge_deleted(stored: PostRow, incoming: PostRow) -> PostRow:
    """Keep a deleted post deleted: an old archive must not bring its words back."""
    moments = [row.deleted_at for row in (stored, incoming) if row.deleted_at is not None]
    before, after = stored.edited_at or 0, incoming.edited_at or 0
    # The words cannot be compared any more, but the times of editing can.
    version = _Version.SAME if before == after else _compare_dates(before, after)
    merged = _merge_fields(stored, incoming, version)
    edited_at = max(before, after) or None
    return merged._replace(text="", author_name="", deleted_at=min(moments), edited_at=edited_at)


def _judge_version(stored: PostRow, incoming: PostRow, edits: tuple[EditRow, ...]) -> _Version:
    if stored.text == incoming.text or _is_cut_of(stored.text, incoming.text):
        return _Version.SAME
    before, after = _date_of_platform(stored, edits), incoming.edited_at
    if before != after:
        # A text without a time of editing is the original one.
        return _compare_dates(before or 0, after or 0)
    known = any(edit.digest == digest_text(incoming.text) for edit in edits)
    return _Version.OLDER if known else _Version.NEWER


def _compare_dates(before: int, after: int) -> _Version:
    return _Version.NEWER if after > before else _Version.OLDER


def _date_of_platform(stored: PostRow, edits: tuple[EditRow, ...]) -> int | None:
    """Return when the platform says the post was edited, not when we noticed it."""
    noticed = any(edit.seen_at == stored.edited_at for edit in edits)
    return None if noticed else stored.edited_at


def _date_same(stored: PostRow, incoming: PostRow, edits: tuple[EditRow, ...]) -> int | None:
    if incoming.edited_at is None:
        return stored.edited_at
    return max(_date_of_platform(stored, edits) or 0, incoming.edited_at)


def _merge_fields(stored: PostRow, incoming: PostRow, version: _Version) -> PostRow:
    """Take each field from the newer version, or from the other one if it is missing there."""
    first, second = (stored, incoming) if version is _Version.OLDER else (incoming, stored)
    values = {}
    for name in _COALESCED:
        value = getattr(first, name)
        values[name] = getattr(second, name) if value is None or value == "" else value
    return first._replace(
        **values,
        platform=stored.platform,
        post_id=stored.post_id,
        created_at=min(stored.created_at, incoming.created_at),
        mentions=_merge_mentions(first, second, version),
        visibility=max(stored.visibility, incoming.visibility, key=_PRIVACY.index),
    )


def _merge_mentions(first: PostRow, second: PostRow, version: _Version) -> str:
    if version is _Version.SAME and first.mentions == NO_MENTIONS:
        return second.mentions
    return first.mentions


def _is_cut(text: str) -> bool:
    return _CUT_END.search(text) is not None


def _is_cut_of(one: str, other: str) -> bool:
    """Tell whether the shorter text is only the beginning of the longer one."""
    short, long = sorted((one, other), key=len)
    cut = _CUT_END.search(short)
    return (
        cut is not None and cut.start() >= _SHORTEST_CUT and long.startswith(short[: cut.start()])
    )
