"""The formats that archives come in, and how one tells them apart."""

import re
from collections.abc import Iterator

import orjson

from listener.collect.archive.csv_rows import cut_records, parse_record
from listener.collect.archive.customer_support import RowParser
from listener.collect.archive.listener_lines import parse_lines
from listener.collect.archive.pieces import Piece, cut_blocks, cut_pieces, parse_no_lines
from listener.collect.archive.reading import BrokenLine, CutOffError, Entry, Source
from listener.errors import ImportFileError

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
) -> Iterator[Entry]:
    """Yield the posts of an archive, what could not be read of it, and what is to be noted.

    Args:
        source: The opened file.
        form: One of `FORMATS`; None to tell it by the content.
        server: The Mastodon server that local ids belong to, if it is known.

    Raises:
        ImportFileError: If the format cannot be told, or the file is not of it.
    """
    for piece in cut_archive(source, form or detect_format(source), server=server):
        yield from piece.parse()


def cut_archive(source: Source, form: str, *, server: str | None = None) -> Iterator[Piece]:
    """Yield an archive in pieces that can be parsed in any order, and anywhere.

    Nothing but the piece at hand is kept in memory. Only a file that is one
    single JSON document is read as a whole, up to 512 MB.

    Raises:
        ImportFileError: If the file is not of the format.
    """
    try:
        if form == "customer-support-csv":
            yield from _cut_customer_support(source)
        elif form == "listener":
            yield from cut_blocks(source, parse_lines)
        else:
            from listener.collect.archive import json_pages

            yield from json_pages.cut_pages(source, form, server=server)
    except CutOffError as error:
        yield Piece(parse_no_lines, [], BrokenLine(error.line, str(error)))


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


def _cut_customer_support(source: Source) -> Iterator[Piece]:
    lines = source.read_lines()
    header = next(cut_records(lines), None)
    if header is None:
        return
    try:
        parser = RowParser(parse_record(*header).fields)
    except ValueError as error:
        msg = f"{source.name}: not in the format customer-support-csv ({error})"
        raise ImportFileError(msg) from error
    parse_records = parser.parse_records
    yield from cut_pieces(cut_records(lines, width=parser.width), lambda _: parse_records)
