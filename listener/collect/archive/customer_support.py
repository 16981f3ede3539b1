"""The public "Customer Support on Twitter" corpus, and files with its columns.

Columns: `tweet_id, author_id, inbound, created_at, text, response_tweet_id,
in_response_to_tweet_id`. Accounts of companies are names, customers are
numbers. Threads are built from `in_response_to_tweet_id` alone, for
`response_tweet_id` may name posts that are not in the file. Ids are not those
of X, so that posts have no address.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from listener.collect.archive.csv_rows import parse_record
from listener.collect.archive.reading import MENDED, BrokenLine, Entry, Note, NumberedLine
from listener.collect.fields import find_mentions, unescape_entities
from listener.collect.pages import ParsedPage, cut_text
from listener.posts import Post

COLUMNS = (
    "tweet_id",
    "author_id",
    "inbound",
    "created_at",
    "text",
    "response_tweet_id",
    "in_response_to_tweet_id",
)
_NEEDED = ("tweet_id", "author_id", "created_at", "text", "in_response_to_tweet_id")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) \+0000 (\d{4})")


class RowParser:
    """Turns rows into posts; it knows in which column each field stands."""

    def __init__(self, header: list[str]) -> None:
        """Read the header.

        Raises:
            ValueError: If a column is missing.
        """
        names = [name.strip().casefold() for name in header]
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            msg = f"column {', '.join(missing)} is missing"
            raise ValueError(msg)
        self.width = len(names)
        self._places = [names.index(name) for name in _NEEDED]

    def parse_records(self, records: Iterable[NumberedLine]) -> Iterator[Entry]:
        """Yield the posts of numbered records, and what is wrong with others."""
        page = ParsedPage()
        for number, content in records:
            _, fields, problem, is_mended = parse_record(number, content)
            if problem is not None:
                yield BrokenLine(number, problem)
                continue
            if not fields:
                continue
            if is_mended:
                yield Note(number, MENDED)
            try:
                post = self.parse_row(fields)
            except ValueError as error:
                yield BrokenLine(number, str(error))
                continue
            yield cut_text(post, page)
            while page.notes:
                yield Note(number, page.notes.pop())

    def parse_row(self, row: list[str]) -> Post:
        """Return the post of a row.

        Raises:
            ValueError: If the row is not one, with the reason.
        """
        if len(row) != self.width:
            msg = f"{len(row)} fields instead of {self.width}"
            raise ValueError(msg)
        post_id, author, created, text, parent = (row[place] for place in self._places)
        if not post_id.strip() or not author.strip():
            msg = "tweet_id or author_id is empty"
            raise ValueError(msg)
        text = unescape_entities(text)
        name = author.strip()
        return Post(
            platform="x",
            post_id=clean_id(post_id),
            author_id=name,
            author_handle=name,
            created_at=parse_time(created),
            text=text,
            reply_to_id=clean_id(parent) or None,
            mentions=find_mentions(text),
        )


def clean_id(text: str) -> str:
    """Return an id without the `.0` that it gets when a tool reads it as a number."""
    return text.strip().removesuffix(".0")


def parse_time(text: str) -> datetime:
    """Return the time of a row, such as `Tue Oct 31 22:10:47 +0000 2017`, or ISO 8601.

    Raises:
        ValueError: If it is no time.
    """
    match = _TIME.fullmatch(text)
    if match is not None and match[1] in _MONTHS:
        midnight = _midnight(int(match[6]), _MONTHS[match[1]], int(match[2]))
        return midnight.replace(hour=int(match[3]), minute=int(match[4]), second=int(match[5]))
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f'created_at "{text[:40]}" is no time'
        raise ValueError(msg) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


@lru_cache(maxsize=4096)
def _midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
