"""CSV records one by one, so that a broken one costs no other.

A stray quotation mark would make the usual reader swallow the rest of the
file. Here a record whose quotes do not close within a few hundred lines is
broken, and reading goes on at the line after its first.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from listener.collect.archive.reading import NumberedLine

LONGEST_RECORD_LINES = 200
LONGEST_FIELD = 8 * 1024 * 1024


class Record(NamedTuple):
    """A record: the number of its first line, and its fields or what is wrong with it.

    Attributes:
        is_mended: Bytes that are no UTF-8 were replaced.
    """

    line: int
    fields: list[str]
    problem: str | None = None
    is_mended: bool = False


def cut_records(lines: Iterator[NumberedLine], width: int | None = None) -> Iterator[NumberedLine]:
    """Yield the records of numbered lines, each by the number of its first line.

    Of a record whose quotes do not close only the first line is yielded.

    Args:
        lines: Numbered lines with their ends.
        width: How many fields a record has; others are retried line by line.
    """
    waiting: deque[NumberedLine] = deque()
    while taken := _take_record(waiting, lines):
        number, content = taken[0][0], b"".join(line for _, line in taken)
        if len(taken) > 1 and not _is_whole(parse_record(number, content), width):
            waiting.extendleft(reversed(taken[1:]))
            content = taken[0][1]
        yield number, content


def parse_record(number: int, content: bytes) -> Record:
    """Return the fields of a record; an empty line has none."""
    csv.field_size_limit(LONGEST_FIELD)
    content = content.replace(b"\x00", b"")
    text, is_mended = decode_text(content)
    if content.count(b'"') % 2:
        return Record(number, [], "a quotation mark is not closed", is_mended)
    try:
        return Record(number, next(csv.reader([text], strict=True), []), None, is_mended)
    except csv.Error as error:
        return Record(number, [], str(error))


def _is_whole(record: Record, width: int | None) -> bool:
    return record.problem is None and (width is None or len(record.fields) == width)


def _take_record(waiting: deque[NumberedLine], lines: Iterator[NumberedLine]) -> list[NumberedLine]:
    """Take lines until all quotes are closed, or too many were taken."""
    taken: list[NumberedLine] = []
    quotes = 0
    while len(taken) < LONGEST_RECORD_LINES:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            break
        taken.append(line)
        quotes += line[1].count(b'"')
        if quotes % 2 == 0:
            break
    return taken


def decode_text(content: bytes) -> tuple[str, bool]:
    """Return bytes as text, and whether some were no UTF-8 and had to be replaced."""
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        return content.decode(errors="replace"), True
