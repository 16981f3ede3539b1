"""Answers of the platforms' programming interfaces, kept as JSON.

Either one page or post a line, or one document for the whole file.
"""

import json
from collections.abc import Iterator

import orjson

from listener.collect.archive.csv_rows import decode_text
from listener.collect.archive.reading import LONGEST_LINE, MENDED, BrokenLine, Note, Source
from listener.collect.mastodon_posts import find_server, parse_mastodon_page
from listener.collect.pages import ParsedPage
from listener.collect.x_posts import parse_x_page
from listener.errors import ImportFileError
from listener.posts import Post

LARGEST_DOCUMENT = 512 * 1024 * 1024


def read_pages(
    source: Source, form: str, *, server: str | None = None
) -> Iterator[Post | BrokenLine | Note]:
    """Yield the posts of `x` or `mastodon` pages.

    Raises:
        ImportFileError: If one document is larger than 512 MB.
    """
    parser = _PageParser(form, server)
    if not _is_in_lines(source.head):
        yield from _read_document(source, parser)
        return
    for number, line in source.read_lines():
        if not line.strip():
            continue
        if len(line) >= LONGEST_LINE:
            yield BrokenLine(number, f"longer than {LONGEST_LINE // 1024 // 1024} MB")
            continue
        yield from parser.parse(number, line)


def _read_document(source: Source, parser: "_PageParser") -> Iterator[Post | BrokenLine | Note]:
    content = source.read_all(LARGEST_DOCUMENT)
    if content is None:
        msg = (
            f"{source.name}: one JSON document of more than {LARGEST_DOCUMENT // 1024 // 1024} MB; "
            "write one page a line instead"
        )
        raise ImportFileError(msg)
    if content.strip():
        yield from parser.parse(1, content)


def _is_in_lines(head: bytes) -> bool:
    """Return whether each line is a value of its own, judged by the first part.

    In a document with one object a line all but the last end with a comma. A
    broken line or two among the first ones do not make a document of it.
    """
    lines = [line.strip() for line in head.split(b"\n", 50)[:50] if line.strip()]
    if len(lines) <= 1:
        return True
    return 2 * sum(map(_is_record, lines)) >= len(lines)


def _is_record(line: bytes) -> bool:
    if line[:1] not in (b"{", b"["):
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


class _PageParser:
    """Parses pages of one file; it learns the server of local ids from them."""

    def __init__(self, form: str, server: str | None) -> None:
        self._form = form
        self._server = server

    def parse(self, number: int, content: bytes) -> Iterator[Post | BrokenLine | Note]:
        """Yield posts and problems of one page."""
        try:
            page, is_mended = _load_json(content)
        except (ValueError, RecursionError) as error:
            yield BrokenLine(number, f"not JSON ({str(error)[:80]})")
            return
        parsed = self._parse_page(page)
        yield from parsed.posts
        yield from (BrokenLine(number, problem) for problem in parsed.problems)
        yield from (Note(number, note) for note in [MENDED] * is_mended + parsed.notes)

    def _parse_page(self, page: object) -> ParsedPage:
        if self._form == "x":
            return parse_x_page(page)
        self._server = self._server or find_server(page)
        return parse_mastodon_page(page, server=self._server)


def _load_json(content: bytes) -> tuple[object, bool]:
    """Return the value, and whether bytes that are no UTF-8 had to be replaced.

    The standard library also reads halves of surrogate pairs, which parsers take out.
    """
    try:
        return orjson.loads(content), False
    except orjson.JSONDecodeError:
        text, is_mended = decode_text(content)
        return json.loads(text), is_mended
