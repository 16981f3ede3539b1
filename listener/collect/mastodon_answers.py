"""Find the statuses in whatever a server of Mastodon's kind answers.

Statuses, lists of them, contexts, notifications, conversations, search results;
boosted and quoted statuses lie inside of others.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from listener.collect.fields import Record, read_list, read_record, show_words
from listener.posts import Visibility

_LISTS = ("ancestors", "descendants", "statuses")


@dataclass(frozen=True, slots=True)
class FoundStatus:
    """A status in an answer.

    Attributes:
        visibility: What holds where the status does not say so itself.
    """

    record: Record
    visibility: Visibility = "private"


@dataclass(frozen=True, slots=True)
class _Part:
    value: object
    is_status: bool = False
    visibility: Visibility = "private"


def list_statuses(page: object, problems: list[str] | None = None) -> Iterator[FoundStatus]:
    """Yield all statuses of an answer in its order; what is none becomes a problem."""
    problems = [] if problems is None else problems
    # No recursion: a hostile answer may be nested as deep as it likes.
    waiting = deque([_Part(page)])
    while waiting:
        part = waiting.popleft()
        if isinstance(part.value, list):
            inner = [_Part(value, part.is_status) for value in part.value]
        elif not isinstance(part.value, dict):
            problems.append("not a JSON object")
            continue
        elif part.is_status or _is_status(part.value):
            yield FoundStatus(part.value, part.visibility)
            inner = _open_status(part.value)
        else:
            inner = _open_wrapping(part.value, problems)
        waiting.extendleft(reversed(inner))


def find_quoted(status: Record) -> Record:
    """Return what a status quotes: the status, or what is known of it.

    Mastodon wraps the status and tells the state of the permission; others
    give the status itself, or name it beside.
    """
    quote = read_record(status.get("quote"))
    pleroma = read_record(status.get("pleroma"))
    inner = quote.get("quoted_status") or (quote if _is_status(quote) else pleroma.get("quote"))
    if isinstance(inner, dict):
        return inner
    for record in (quote, status, pleroma):
        number = record.get("quoted_status_id") or record.get("quote_id")
        if number:
            return {"id": number}
    address = pleroma.get("quote_url") or status.get("quote_url")
    return {"uri": address} if address else {}


def _is_status(record: Record) -> bool:
    has_words = "content" in record or "uri" in record
    return "account" in record and has_words and ("id" in record or "uri" in record)


def _open_status(status: Record) -> list[_Part]:
    quoted = find_quoted(status)
    inner = [status.get("reblog"), quoted if _is_status(quoted) else None]
    return [_Part(value, is_status=True) for value in inner if isinstance(value, dict)]


def _open_wrapping(record: Record, problems: list[str]) -> list[_Part]:
    lists = [name for name in _LISTS if name in record]
    if lists:
        statuses = [status for name in lists for status in read_list(record[name])]
        return [_Part(status, is_status=True) for status in statuses]
    if "last_status" in record:
        return _wrap(record["last_status"], "direct")
    if "status" in record:
        return _wrap(record["status"])
    if "quoted_status" in record:
        return _wrap(record["quoted_status"])
    if not _is_silent(record):
        problems.append(_describe(record))
    return []


def _wrap(value: object, visibility: Visibility = "private") -> list[_Part]:
    return [] if value is None else [_Part(value, is_status=True, visibility=visibility)]


def _is_silent(record: Record) -> bool:
    """Tell whether it is a notification without a status, such as of a new follower."""
    return isinstance(record.get("type"), str) and "account" in record


def _describe(record: Record) -> str:
    if "error" in record:
        return f"the server answered with an error ({show_words(record['error'])})"
    if "content" in record and "account" in record:
        return "an earlier version that does not name its post"
    if "quoted_status_id" in record:
        return "a quotation without the post"
    return "neither a status nor a list of statuses"
