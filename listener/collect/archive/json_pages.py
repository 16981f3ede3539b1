"""Answers of the platforms' programming interfaces, kept as JSON.

Either one page or post a line, or one document for the whole file.
"""

import json
from collections.abc import Iterable, Iterator

import orjson

from listener.collect.archive.csv_rows import decode_text
from listener.collect.archive.pieces import ParseLines, Piece, cut_blocks, cut_pieces
from listener.collect.archive.reading import (
    LONGEST_LINE,
    MENDED,
    BrokenLine,
    Entry,
    Note,
    NumberedLine,
    Source,
)
from listener.collect.mastodon_posts import find_server, parse_mastodon_page
from listener.collect.pages import ParsedPage
from listener.collect.x_posts import parse_x_page
from listener.errors import ImportFileError

LARGEST_DOCUMENT = 512 * 1024 * 1024


def cut_pages(source: Source, form: str, *, server: str | None = None) -> Iterator[Piece]:
    """Yield `x` or `mastodon` pages in pieces; a document is one.

    Raises:
        ImportFileError: If one document is larger than 512 MB.
    """
    if not _is_in_lines(source.head):
        yield Piece(_PageParser(form, server).parse_document, [(1, _read_document(source))])
    elif form == "x" or server:
        yield from cut_blocks(source, _PageParser(form, server).parse_lines)
    else:
        yield from cut_pieces(source.read_lines(), _ServerFinder().choose_parser)


def _read_document(source: Source) -> bytes:
    content = source.read_all(LARGEST_DOCUMENT)
    if content is None:
        msg = (
            f"{source.name}: one JSON document of more than {LARGEST_DOCUMENT // 1024 // 1024} MB; "
            "write one page a line instead"
        )
        raise ImportFileError(msg)
    return content


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
    """Parses pages of one form, and of one server if it is known."""

    def __init__(self, form: str, server: str | None) -> None:
        self._form = form
        self._server = server

    def parse_lines(self, lines: Iterable[NumberedLine]) -> Iterator[Entry]:
        """Yield posts and problems of one page after the other, each on a line."""
        for number, line in lines:
            if len(line) >= LONGEST_LINE:
                yield BrokenLine(number, f"longer than {LONGEST_LINE // 1024 // 1024} MB")
            elif line.strip():
                yield from self._parse(number, line)

    def parse_document(self, lines: Iterable[NumberedLine]) -> Iterator[Entry]:
        """Yield posts and problems of whole files, each as if it were one line."""
        for number, content in lines:
            if content.strip():
                yield from self._parse(number, content)

    def _parse(self, number: int, content: bytes) -> Iterator[Entry]:
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
        return parse_mastodon_page(page, server=self._server or find_server(page))


class _ServerFinder:
    """Learns from the pages of one file which server's ids are local there."""

    def __init__(self) -> None:
        self._is_known = False
        self._parse_lines = _PageParser("mastodon", None).parse_lines

    def choose_parser(self, line: NumberedLine) -> ParseLines:
        """Return the parser of this page, by what it and those before it tell."""
        server = None if self._is_known else _find_server_of(line[1])
        if server is not None:
            self._is_known = True
            self._parse_lines = _PageParser("mastodon", server).parse_lines
        return self._parse_lines


def _find_server_of(line: bytes) -> str | None:
    if len(line) >= LONGEST_LINE or not line.strip():
        return None
    try:
        return find_server(_load_json(line)[0])
    except (ValueError, RecursionError):
        return None


def _load_json(content: bytes) -> tuple[object, bool]:
    """Return the value, and whether bytes that are no UTF-8 had to be replaced.

    The standard library also reads halves of surrogate pairs, which parsers take out.
    """
    try:
        return orjson.loads(content), False
    except orjson.JSONDecodeError:
        text, is_mended = decode_text(content)
        return json.loads(text), is_mended
