"""What an answer of X is worth: its posts, what it says is gone, and what it has to be paid for.

Everything that an answer holds is paid for, also what it holds beside the posts
that were asked for: the posts that these refer to, and their authors. Private
messages and accounts cost more than posts; posts and mentions of the account
whose keys ask cost less. A lower price is taken for `data` of one's own
timelines only, so that a forecast is rather too high than too low. Where X says
so: https://docs.x.com/x-api/getting-started/pricing ("charged per resource
returned in the response").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.collect.base import FetchedPage
from listener.collect.budget import PaidReads
from listener.collect.fields import Record, read_id, read_list, read_record, read_records, read_text
from listener.collect.x_posts import parse_x_page
from listener.posts import Post

_POST_TYPES = ("tweet", "post")
_HIDDEN_TITLES = ("authorization", "forbidden")
_HISTORIES = ("edit_history_tweet_ids", "edit_history_post_ids")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, parsed.

    Attributes:
        page: The posts, older versions before newer ones.
        listed: Ids of the posts that were asked for, not of those beside them.
        held: Ids of all posts, both together.
        histories: For each post with edits, the ids of all its versions.
        withheld: Ids of posts that exist and may not be seen.
    """

    page: FetchedPage
    listed: frozenset[str]
    held: frozenset[str]
    histories: tuple[frozenset[str], ...]
    withheld: frozenset[str]


def parse_answer(body: Record, *, own: bool = False, users: Iterable[Record] = ()) -> Answer:
    """Return what an answer made of posts holds.

    Args:
        body: The answer.
        own: Whether it is the timeline of the account whose keys asked.
        users: Authors that are known, so that they were not asked for.
    """
    errors = read_records(body.get("errors"))
    shown = [error for error in errors if not _is_gone(error)]
    everybody = [*read_records(_includes(body).get("users")), *users]
    parsed = parse_x_page(
        {**body, "errors": shown, "includes": {**_includes(body), "users": everybody}}
    )
    data, beside = _list_data(body), _list_beside(body)
    page = FetchedPage(
        posts=tuple(sorted(parsed.posts, key=_tell_version)),
        reads=count_reads(body, "own_post" if own else "post"),
        gone=tuple(dict.fromkeys(_name_gone(errors))),
        problems=(*parsed.problems, *parsed.notes),
    )
    held = (*data, *beside)
    return Answer(
        page=page,
        listed=_list_ids(data),
        held=_list_ids(held),
        histories=tuple(filter(None, map(_read_history, held))),
        withheld=frozenset(filter(None, map(_name, errors))) - {*page.gone},
    )


def count_reads(body: Record, kind: str) -> PaidReads:
    """Return what an answer has to be paid for, where its `data` is of one kind."""
    listed, users = _list_ids(_list_data(body)), read_records(_includes(body).get("users"))
    ids = {kind: listed}
    ids["post"] = ids.get("post", frozenset()) | _list_ids(_list_beside(body)) - listed
    ids["user"] = ids.get("user", frozenset()) | _list_ids(users)
    return PaidReads({name: found for name, found in ids.items() if found})


def is_hidden(body: Record) -> bool:
    """Tell whether X keeps back what was asked for: protected, suspended or closed."""
    titles = (read_text(error.get("title")).lower() for error in read_records(body.get("errors")))
    return any(title.startswith(_HIDDEN_TITLES) for title in titles)


def _tell_version(post: Post) -> datetime:
    return post.edited_at or post.created_at


def _list_data(body: Record) -> list[Record]:
    data = body.get("data")
    return read_records(data if isinstance(data, list) else [data])


def _list_beside(body: Record) -> list[Record]:
    includes = _includes(body)
    return [record for name in ("tweets", "posts") for record in read_records(includes.get(name))]


def _includes(body: Record) -> Record:
    return read_record(body.get("includes"))


def _list_ids(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(filter(None, (read_id(record.get("id")) for record in records)))


def _read_history(record: Record) -> frozenset[str]:
    versions = (read_list(record.get(name)) for name in _HISTORIES)
    ids = frozenset(filter(None, (read_id(item) for version in versions for item in version)))
    return ids if len(ids) > 1 else frozenset()


def _is_gone(error: Mapping[str, object]) -> bool:
    kind = read_text(error.get("type"))
    return (
        kind.endswith("/resource-not-found")
        and read_text(error.get("resource_type")) in _POST_TYPES
        and _name(error) is not None
    )


def _name_gone(errors: Iterable[Record]) -> Iterable[str]:
    return filter(None, (_name(error) for error in errors if _is_gone(error)))


def _name(error: Mapping[str, object]) -> str | None:
    return read_id(error.get("resource_id") or error.get("value"))
