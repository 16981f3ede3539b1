"""CSV records one by one, so that a broken one costs no other.

A stray quotation mark would make the usual reader swallow the rest of the
file. Here a record whose quotes do not close within a few hundred lines is
broken, and reading goes on at the line after its first.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

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


def parse_records(lines: Iterator[tuple[int, bytes]], width: int | None = None) -> Iterator[Record]:
    """Yield the records of numbered lines.

    Args:
        lines: Numbered lines with their ends.
        width: How many fields a record has; others are retried line by line.
    """
    csv.field_size_limit(LONGEST_FIELD)
    waiting: deque[tuple[int, bytes]] = deque()
    while True:
        taken = _take_record(waiting, lines)
        if not taken:
            return
        record = _parse(taken)
        if record.problem is None and not record.fields:
            continue
        is_wrong = record.problem is not None or (width and len(record.fields) != width)
        if len(taken) > 1 and is_wrong:
            waiting.extendleft(reversed(taken[1:]))
            yield Record(taken[0][0], [], "a quotation mark is not closed")
            continue
        yield record


def _take_record(
    waiting: deque[tuple[int, bytes]], lines: Iterator[tuple[int, bytes]]
) -> list[tuple[int, bytes]]:
    """Take lines until all quotes are closed, or too many were taken."""
    taken: list[tuple[int, bytes]] = []
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


def _parse(taken: list[tuple[int, bytes]]) -> Record:
    number = taken[0][0]
    content = b"".join(line for _, line in taken).replace(b"\x00", b"")
    text, is_mended = decode_text(content)
    is_open = content.count(b'"') % 2 == 1
    try:
        fields = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        return Record(number, [], str(error))
    return Record(number, fields, "a quotation mark is not closed" if is_open else None, is_mended)


def decode_text(content: bytes) -> tuple[str, bool]:
    """Return bytes as text, and whether some were no UTF-8 and had to be replaced."""
    try:
        return content.decode(), False
    except UnicodeDecodeError:
        return content.decode(errors="replace"), True
