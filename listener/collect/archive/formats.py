"""The formats that archives come in, and how one tells them apart."""

import re
from collections.abc import Iterator

import orjson

from listener.collect.archive.csv_rows import parse_records
from listener.collect.archive.customer_support import RowParser
from listener.collect.archive.listener_lines import parse_line
from listener.collect.archive.reading import MENDED, BrokenLine, CutOffError, Note, Source
from listener.collect.pages import ParsedPage, cut_text
from listener.errors import ImportFileError
from listener.posts import Post

FORMATS = ("customer-support-csv", "x", "mastodon", "listener")
_X_SIGNS = (
    rb'"(?:author_id|edit_history_(?:tweet|post)_ids|referenced_(?:tweets|posts)|'
    rb'includes|public_metrics|__twarc|matching_rules)"\s*:'
)
_MASTODON_SIGNS = (
    rb'"(?:content|acct|in_reply_to_account_id|reblogs_count|spoiler_text|ancestors|'
    rb'descendants|last_status|account)"\s*:'
)
_LISTENER_SIGNS = (b'"platform"', b'"post_id"', b'"author_id"')


def read_archive(
    source: Source, form: str | None = None, *, server: str | None = None
) -> Iterator[Post | BrokenLine | Note]:
    """Yield the posts of an archive, what could not be read of it, and what is to be noted.

    Nothing but the line at hand is kept in memory. Only a file that is one
    single JSON document is read as a whole, up to 512 MB.

    Args:
        source: The opened file.
        form: One of `FORMATS`; None to tell it by the content.
        server: The Mastodon server that local ids belong to, if it is known.

    Raises:
        ImportFileError: If the format cannot be told, or the file is not of it.
    """
    chosen = form or detect_format(source)
    try:
        if chosen == "customer-support-csv":
            yield from _read_customer_support(source)
        elif chosen == "listener":
            yield from _read_listener(source)
        else:
            from listener.collect.archive import json_pages

            yield from json_pages.read_pages(source, chosen, server=server)
    except CutOffError as error:
        yield BrokenLine(error.line, str(error))


def detect_format(source: Source) -> str:
    """Return the format of a file by its first part.

    Raises:
        ImportFileError: If it is none of them.
    """
    head = source.head.lstrip()
    first = head.split(b"\n", 1)[0]
    if b"tweet_id" in first and b"in_response_to_tweet_id" in first:
        return "customer-support-csv"
    if head[:1] in (b"{", b"["):
        found = _detect_json(head, first)
        if found is not None:
            return found
    if not head:
        msg = f"{source.name}: there is nothing in it"
        raise ImportFileError(msg)
    msg = f"{source.name}: has an unknown format; name it with --format {'|'.join(FORMATS)}"
    raise ImportFileError(msg)


def _detect_json(head: bytes, first: bytes) -> str | None:
    if all(sign in first for sign in _LISTENER_SIGNS) and b'"public_metrics"' not in first:
        return "listener"
    x = len(re.findall(_X_SIGNS, head))
    mastodon = len(re.findall(_MASTODON_SIGNS, head))
    if x == mastodon == 0:
        return _detect_empty(head)
    return "x" if x > mastodon else "mastodon"


def _detect_empty(head: bytes) -> str | None:
    """Tell answers without posts: an empty page of X, an empty list of Mastodon."""
    try:
        value = orjson.loads(head)
    except orjson.JSONDecodeError:
        return "x" if b'"meta"' in head or b'"data"' in head else None
    if isinstance(value, dict) and ("meta" in value or "data" in value):
        return "x"
    return "mastodon" if value == [] or "statuses" in value else None


def _read_customer_support(source: Source) -> Iterator[Post | BrokenLine | Note]:
    lines = source.read_lines()
    header = next(parse_records(lines), None)
    if header is None:
        return
    try:
        parser = RowParser(header.fields)
    except ValueError as error:
        msg = f"{source.name}: not in the format customer-support-csv ({error})"
        raise ImportFileError(msg) from error
    page = ParsedPage()
    for number, fields, problem, is_mended in parse_records(lines, width=len(header.fields)):
        if is_mended and problem is None:
            yield Note(number, MENDED)
        if problem is not None:
            yield BrokenLine(number, problem)
            continue
        try:
            post = parser.parse_row(fields)
        except ValueError as error:
            yield BrokenLine(number, str(error))
            continue
        yield cut_text(post, page)
        while page.notes:
            yield Note(number, page.notes.pop())


def _read_listener(source: Source) -> Iterator[Post | BrokenLine]:
    for number, line in source.read_lines():
        if not line.strip():
            continue
        try:
            yield parse_line(line)
        except ValueError as error:
            yield BrokenLine(number, str(error))
