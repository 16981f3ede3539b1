"""Private messages of X as posts that no public figure ever counts."""

import re

from listener.collect.base import FetchedPage
from listener.collect.fields import (
    LONGEST_TEXT,
    Record,
    read_id,
    read_moment,
    read_name,
    read_record,
    read_records,
    read_text,
    show,
    unescape_entities,
)
from listener.collect.x.answers import count_reads
from listener.posts import Post

PREFIX = "dm:"

_NUMBER = re.compile(r"[0-9]{1,20}")


def parse_messages(body: Record) -> FetchedPage:
    """Return the messages of an answer; joining and leaving of people is no message.

    Ids get a prefix, because messages and posts are numbered apart.
    """
    includes = read_record(body.get("includes"))
    users = {read_id(user.get("id")): user for user in read_records(includes.get("users"))}
    posts, problems = [], []
    for event in read_records(body.get("data")):
        if event.get("event_type", "MessageCreate") != "MessageCreate":
            continue
        try:
            posts.append(_parse_message(event, users))
        except ValueError as error:
            problems.append(f"message {show(event.get('id'))}: {error}")
    reads = count_reads(body, "dm_event")
    return FetchedPage(posts=tuple(posts), reads=reads, problems=tuple(problems))


def list_message_ids(body: Record) -> list[str]:
    """Return the ids of all events of an answer, whatever they are."""
    ids = (read_id(event.get("id")) for event in read_records(body.get("data")))
    return [number for number in ids if number and _NUMBER.fullmatch(number)]


def _parse_message(event: Record, users: dict[str | None, Record]) -> Post:
    number, sender = read_id(event.get("id")), read_id(event.get("sender_id"))
    if number is None or not _NUMBER.fullmatch(number):
        msg = "id is no number"
        raise ValueError(msg)
    if sender is None:
        msg = "sender_id is missing"
        raise ValueError(msg)
    user = users.get(sender, {})
    conversation = read_id(event.get("dm_conversation_id"))
    return Post(
        platform="x",
        post_id=f"{PREFIX}{number}",
        author_id=sender,
        author_handle=read_text(user.get("username")),
        author_name=read_name(user.get("name")),
        created_at=read_moment(event.get("created_at"), "created_at"),
        text=unescape_entities(read_text(event.get("text"))[: LONGEST_TEXT + 1])[:LONGEST_TEXT],
        reply_to_author_id=_find_partner(conversation, sender),
        conversation_id=conversation and f"{PREFIX}{conversation}",
        visibility="direct",
    )


def _find_partner(conversation: str | None, sender: str) -> str | None:
    """Return the other one of two: their conversation is named after both."""
    people = (conversation or "").split("-")
    others = [person for person in people if person != sender]
    return others[0] if sender in people and len(others) == 1 and others[0] else None
