"""Answers of Mastodon's API as posts, whichever software sent them.

Ids of statuses differ from server to server, so that a post's key is its `uri`;
`host/id` is an alias by which replies find it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast, get_args

from listener.collect.fields import (
    Record,
    find_host,
    read_count,
    read_id,
    read_language,
    read_moment,
    read_name,
    read_optional_moment,
    read_record,
    read_records,
    read_text,
    read_web_address,
    show,
)
from listener.collect.html_text import read_html
from listener.collect.mastodon_accounts import Accounts, find_local_host
from listener.collect.mastodon_answers import FoundStatus, find_quoted, list_statuses
from listener.collect.mastodon_quoting import read_quotable
from listener.collect.pages import ParsedPage, keep_posts
from listener.posts import Post, Visibility, fold_handle

_VISIBILITIES = get_args(Visibility)
_ADDRESS = re.compile(r"@([^\s@:,;()]+@[\w.-]*\w)")


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What an answer tells about its statuses outside of them."""

    server: str
    accounts: Accounts
    keys: Mapping[str, str]

    def find_status(self, local_id: object) -> str | None:
        """Return a name for the status with this local id that the store can resolve."""
        return self.find_alias(local_id) or self.keys.get(read_id(local_id) or "")

    def find_alias(self, local_id: object) -> str | None:
        """Return `host/id`, None where the host is not known."""
        number = read_id(local_id)
        return f"{self.server}/{number}" if number and self.server else None


def find_server(page: object) -> str | None:
    """Return the host of the server that an answer is from, None if it does not tell."""
    return find_local_host([found.record for found in list_statuses(page)])


def parse_mastodon_page(page: object, *, server: str | None = None) -> ParsedPage:
    """Return the posts of an answer. Nothing is raised.

    Boosts are left out, but the posts that they repeat are kept, as are quoted ones.

    Args:
        page: What the server sent.
        server: Its host; without it, it is told by accounts that are local there,
            and where none are, replies are linked within the answer only.
    """
    parsed = ParsedPage()
    found = list(list_statuses(page, parsed.problems))
    surroundings = _survey(found, server)
    kept = keep_posts(
        found,
        parsed,
        parse=lambda each: _parse_status(each, surroundings),
        name=lambda each: f"status {show(each.record.get('id'))}",
    )
    for each, post in kept:
        parsed.notes.extend(_note_gaps(each.record, post))
        if (said := read_quotable(read_record(each.record.get("account")))) is not None:
            parsed.quoting[post.author_id] = said
    return parsed


def _survey(found: list[FoundStatus], server: str | None) -> _Surroundings:
    statuses = [each.record for each in found]
    named = (server or "").strip().casefold()
    host = find_host(named) or named or find_local_host(statuses) or ""
    accounts = Accounts(host)
    accounts.add(statuses)
    keys: dict[str, str] = {}
    for status in statuses:
        number, key = read_id(status.get("id")), _find_key(status)
        if number and key:
            keys.setdefault(number, key)
    return _Surroundings(host, accounts, keys)


def _find_key(status: Record) -> str | None:
    return read_id(status.get("uri")) or read_id(status.get("url"))


def _note_gaps(status: Record, post: Post) -> list[str]:
    if post.reply_to_id is None and status.get("in_reply_to_id") is not None:
        name = show(status.get("id"))
        return [f"status {name}: no server is known, so it is not linked to what it answers"]
    return []


def _parse_status(found: FoundStatus, surroundings: _Surroundings) -> Post | None:
    """Return the post, None for a boost."""
    status, accounts = found.record, surroundings.accounts.see_from(found.record)
    if isinstance(status.get("reblog"), dict):
        return None
    alias = surroundings.find_alias(status.get("id"))
    key = _find_key(status) or alias
    if key is None:
        msg = "neither uri nor url, and its server is unknown"
        raise ValueError(msg)
    account = read_record(status.get("account"))
    author = accounts.name(account)
    if not author:
        msg = "the account has no name, or its server is unknown"
        raise ValueError(msg)
    mentions = read_records(status.get("mentions"))
    text = _read_words(status, accounts)
    return Post(
        platform="mastodon",
        post_id=key,
        author_id=fold_handle(author),
        author_handle=author,
        author_name=read_name(account.get("display_name")),
        created_at=read_moment(status.get("created_at"), "created_at"),
        text=text,
        language=read_language(status.get("language")),
        reply_to_id=surroundings.find_status(status.get("in_reply_to_id")),
        reply_to_author_id=_find_replied(status, accounts),
        quote_of_id=_find_quote(status, surroundings),
        conversation_id=_find_conversation(status, surroundings.server),
        mentions=_order_mentions(map(accounts.name, mentions), text),
        url=read_web_address(status.get("url")) or read_web_address(status.get("uri")),
        visibility=_read_visibility(status, found.visibility),
        edited_at=read_optional_moment(status.get("edited_at")),
        replies_announced=read_count(status.get("replies_count")),
        aliases=(alias,) if alias and alias != key else (),
    )


def _read_words(status: Record, accounts: Accounts) -> str:
    """Return the text with its warning in front."""
    content = _find_content(status)
    text = read_html(content, accounts.name_mention)
    warning = read_text(status.get("spoiler_text")).strip()
    return f"{warning}\n\n{text}".strip() if warning else text


def _find_content(status: Record) -> str:
    if isinstance(status.get("content"), str):
        return read_text(status["content"])
    for content in read_record(status.get("content_map")).values():
        if isinstance(content, str):
            return read_text(content)
    if "content" in status and status["content"] is None:
        return ""  # a picture without words
    msg = "content is missing"
    raise ValueError(msg)


def _find_replied(status: Record, accounts: Accounts) -> str | None:
    known = accounts.find(status.get("in_reply_to_account_id"))
    pleroma = read_record(status.get("pleroma"))
    name = accounts.name({"acct": pleroma.get("in_reply_to_account_acct")})
    return known or fold_handle(name) or None


def _find_quote(status: Record, surroundings: _Surroundings) -> str | None:
    quoted = find_quoted(status)
    return _find_key(quoted) or surroundings.find_status(quoted.get("id"))


def _find_conversation(status: Record, server: str) -> str | None:
    """Return what Pleroma and its kin tell; Mastodon has no such thing."""
    pleroma = read_record(status.get("pleroma"))
    number = read_id(pleroma.get("conversation_id"))
    context = read_id(pleroma.get("context"))
    return context or (f"{server}/{number}" if server and number else None)


def _order_mentions(addresses: Iterable[str], text: str) -> tuple[str, ...]:
    """Return folded addresses in the order of the text; servers give them in any order."""
    folded = dict.fromkeys(fold_handle(address) for address in addresses if address)
    named = dict.fromkeys(_ADDRESS.findall(text.casefold()))
    return tuple(dict.fromkeys([*(address for address in named if address in folded), *folded]))


def _read_visibility(status: Record, otherwise: Visibility) -> Visibility:
    """Return the visibility; one that only some servers know is not for everybody."""
    told = status.get("visibility")
    if told is None:
        return otherwise
    return cast("Visibility", told) if told in _VISIBILITIES else "private"
