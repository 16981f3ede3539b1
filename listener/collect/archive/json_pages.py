"""Answers of the platforms' programming interfaces, kept as JSON.

Either one page or post a line, or one document for the whole file.
"""

import json
from collections.abc import Iterator

import orjson

from listener.collect.archive.reading import LONGEST_LINE, BrokenLine, Source
from listener.collect.mastodon_posts import find_server, parse_mastodon_page
from listener.collect.pages import ParsedPage
from listener.collect.x_posts import parse_x_page
from listener.errors import ImportFileError
from listener.posts import Post

LARGEST_DOCUMENT = 512 * 1024 * 1024
_SHORTEST_RECORD = 20


def read_pages(
    source: Source, form: str, *, server: str | None = None
) -> Iterator[Post | BrokenLine]:
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


def _read_document(source: Source, parser: "_PageParser") -> Iterator[Post | BrokenLine]:
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
    """Return whether each line is a value of its own, judged by the first part."""
    lines = [line.rstrip() for line in head.split(b"\n") if line.strip()]
    if len(lines) == 1:
        return True
    return any(_is_record(line) for line in lines[:50])


def _is_record(line: bytes) -> bool:
    if len(line) < _SHORTEST_RECORD or line[:1] not in (b"{", b"["):
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

    def parse(self, number: int, content: bytes) -> Iterator[Post | BrokenLine]:
        """Yield posts and problems of one page."""
        try:
            page = _load_json(content)
        except (ValueError, RecursionError) as error:
            yield BrokenLine(number, f"not JSON ({str(error)[:80]})")
            return
        parsed = self._parse_page(page)
        yield from parsed.posts
        for problem in parsed.problems:
            yield BrokenLine(number, problem)

    def _parse_page(self, page: object) -> ParsedPage:
        if self._form == "x":
            return parse_x_page(page)
        self._server = self._server or find_server(page)
        return parse_mastodon_page(page, server=self._server)


def _load_json(content: bytes) -> object:
    """Return the value; what is not clean UTF-8 is read with replacements."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content.decode("utf-8", errors="replace"))
