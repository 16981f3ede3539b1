"""Answers of X's API v2 as posts, with old and new names of fields, flattened or not.

X renamed fields in August 2026 (`referenced_tweets` to `referenced_posts` and so
on); archives hold both. Tools that flatten answers put authors and referenced
posts into each post instead of `includes`.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.collect.fields import (
    LONGEST_TEXT,
    Record,
    find_mentions,
    read_count,
    read_id,
    read_language,
    read_list,
    read_moment,
    read_name,
    read_optional_moment,
    read_record,
    read_records,
    read_text,
    read_web_address,
    show,
    show_words,
    unescape_entities,
)
from listener.collect.pages import ParsedPage, keep_posts
from listener.collect.x_ids import rank_id, tell_time
from listener.posts import Post, fold_handle

_PAGE_FIELDS = ("data", "includes", "errors", "meta")
_NUMBER = re.compile(r"[0-9]{1,20}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
_SHORT_LINK = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
_STATUS_LINK = re.compile(r"/status(?:es)?/([0-9]+)")
_REPOSTS = ("retweeted", "reposted")


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What an answer tells about its posts outside of them."""

    users: Mapping[str, Record]
    times: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class _Identity:
    """The ids of a post: an edit has a new one, the first stays the key."""

    own: str
    all: tuple[str, ...]

    @property
    def first(self) -> str:
        return self.all[0]


def parse_x_page(page: object) -> ParsedPage:
    """Return the posts of an answer, of one post, or of a list of these.

    Retweets are left out, but the posts that they repeat are kept, as are the
    quoted ones and those that were replied to. Nothing is raised.
    """
    parsed = ParsedPage()
    for part in page if isinstance(page, list) else [page]:
        if not isinstance(part, dict):
            parsed.problems.append("not a JSON object")
        elif any(name in part for name in _PAGE_FIELDS):
            _parse_part(part, parsed)
        elif "id" in part:
            _parse_part({"data": part}, parsed)
        else:
            parsed.problems.append("neither an answer nor a post of X")
    return parsed


def _parse_part(part: Record, parsed: ParsedPage) -> None:
    found = list(_list_posts(part))
    surroundings = _survey(part, found)
    keep_posts(
        found,
        parsed,
        parse=lambda record: _parse_post(record, surroundings),
        name=lambda record: f"post {show(read_record(record).get('id'))}",
    )
    parsed.notes.extend(map(_describe_error, read_list(part.get("errors"))))


def _list_posts(part: Record) -> Iterator[object]:
    """Yield posts of an answer, then those beside them and those inside of them."""
    data = part.get("data")
    waiting = deque(data if isinstance(data, list) else [] if data is None else [data])
    includes = read_record(part.get("includes"))
    for name in ("tweets", "posts"):
        waiting.extend(read_list(includes.get(name)))
    while waiting:
        record = waiting.popleft()
        yield record
        references = _read_references(read_record(record))
        waiting.extend(reference for reference in references if "text" in reference)


def _survey(part: Record, found: list[object]) -> _Surroundings:
    users: dict[str, Record] = {}
    times: dict[str, datetime] = {}
    known = read_records(read_record(part.get("includes")).get("users"))
    for user in (*known, *(read_record(read_record(post).get("author")) for post in found)):
        user_id = read_id(user.get("id"))
        if user_id is not None:
            users.setdefault(user_id, user)
    for post in map(read_record, found):
        post_id, moment = read_id(post.get("id")), read_optional_moment(post.get("created_at"))
        if post_id is not None and moment is not None:
            times[post_id] = moment
    return _Surroundings(users, times)


def _describe_error(error: object) -> str:
    record = read_record(error)
    kind = show_words(record.get("resource_type")) or "something"
    what = record.get("resource_id") or record.get("value")
    title = show_words(record.get("title")) or "no reason given"
    return f"X left out: {kind} {show(what)} ({title})"


def _parse_post(record: object, surroundings: _Surroundings) -> Post | None:
    """Return the post, None for a retweet."""
    if not isinstance(record, dict):
        msg = "not a JSON object"
        raise ValueError(msg)  # noqa: TRY004 - callers count broken posts, whatever broke
    identity = _identify(record)
    linked = {read_text(link.get("type")): link for link in _read_references(record)}
    if any(name in linked for name in _REPOSTS):
        return None
    author_id = _read_number(record.get("author_id") or read_record(record.get("author")).get("id"))
    if author_id is None:
        msg = "author_id is missing"
        raise ValueError(msg)
    user = surroundings.users.get(author_id, {})
    handle = _read_handle(user.get("username") or record.get("username"))
    quote = _read_number(linked.get("quoted", {}).get("id"))
    text, mentions = _read_words(record, {*identity.all, quote})
    created_at, edited_at = _date(record, identity, surroundings.times)
    conversation = _read_number(record.get("conversation_id"))
    return Post(
        platform="x",
        post_id=identity.first,
        author_id=author_id,
        author_handle=handle,
        author_name=read_name(user.get("name")),
        created_at=created_at,
        text=text,
        language=read_language(record.get("lang")),
        reply_to_id=_read_number(linked.get("replied_to", {}).get("id")),
        reply_to_author_id=_read_number(record.get("in_reply_to_user_id")),
        quote_of_id=quote,
        conversation_id=identity.first if conversation in identity.all else conversation,
        mentions=mentions,
        # X finds a post by its id alone, so that a link need not name its author.
        url=f"https://x.com/i/status/{identity.own}",
        visibility="private" if user.get("protected") is True else "public",
        edited_at=edited_at,
        replies_announced=read_count(read_record(record.get("public_metrics")).get("reply_count")),
        aliases=identity.all[1:],
    )


def _read_references(record: Record) -> list[Record]:
    return read_records(record.get("referenced_tweets") or record.get("referenced_posts"))


def _identify(record: Record) -> _Identity:
    own = _read_number(record.get("id"))
    if own is None:
        msg = "id is no number"
        raise ValueError(msg)
    history = record.get("edit_history_tweet_ids") or record.get("edit_history_post_ids")
    numbers = {own, *filter(None, map(_read_number, read_list(history)))}
    return _Identity(own, tuple(sorted(numbers, key=rank_id)))


def _date(
    record: Record, identity: _Identity, times: Mapping[str, datetime]
) -> tuple[datetime, datetime | None]:
    """Return when the first version was written, and this one if it is a later one."""
    moment = record.get("created_at")
    written_at = tell_time(identity.own) if moment is None else read_moment(moment, "created_at")
    if written_at is None:
        msg = "created_at is missing"
        raise ValueError(msg)
    if identity.own == identity.first:
        return written_at, None
    first_at = times.get(identity.first) or tell_time(identity.first) or written_at
    return min(first_at, written_at), written_at


def _read_words(record: Record, masked: set[str | None]) -> tuple[str, tuple[str, ...]]:
    """Return the full text and whom it mentions; long posts have theirs in a note."""
    note = read_record(record.get("note_tweet") or record.get("note_post"))
    source = note if isinstance(note.get("text"), str) else record
    if not isinstance(source.get("text"), str):
        msg = "text is missing"
        raise ValueError(msg)  # noqa: TRY004 - callers count broken posts, whatever broke
    own = read_record(source.get("entities"))
    links = [
        *read_records(own.get("urls")),
        *read_records(read_record(record.get("entities")).get("urls")),
    ]
    # Entities first: a web address may hold what looks like one, such as `&copy=1`.
    text = unescape_entities(read_text(source.get("text")))
    text = _expand_links(text[: LONGEST_TEXT + 1], links, masked)
    return text, _read_mentions(own) or find_mentions(text)


def _expand_links(text: str, links: list[Record], masked: set[str | None]) -> str:
    """Put the real addresses in, except those of own pictures and of the post itself.

    A link to private messages hides behind `t.co`; a picture or a quoted post
    at the end of the text is no link that somebody gave.
    """
    targets = {}
    for link in links:
        target = read_web_address(link.get("expanded_url"))
        status = _STATUS_LINK.search(target or "")
        if target and "media_key" not in link and not (status and status[1] in masked):
            targets[read_text(link.get("url"))] = target
    return _SHORT_LINK.sub(lambda found: targets.get(found[0], found[0]), text)


def _read_mentions(entities: Record) -> tuple[str, ...]:
    mentions = sorted(read_records(entities.get("mentions")), key=_read_start)
    handles = (_read_handle(mention.get("username")) for mention in mentions)
    return tuple(dict.fromkeys(fold_handle(handle) for handle in handles if handle))


def _read_start(mention: Record) -> int:
    start = read_count(mention.get("start"))
    return LONGEST_TEXT if start is None else start


def _read_number(value: object) -> str | None:
    number = read_id(value)
    return number if number is not None and _NUMBER.fullmatch(number) else None


def _read_handle(value: object) -> str:
    handle = read_text(value).lstrip("@")
    return handle if _HANDLE.fullmatch(handle) else ""
