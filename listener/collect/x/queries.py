"""Search queries of X: what users may write is quoted, so that none of it becomes an operator."""

import re
from collections.abc import Iterable

LONGEST_QUERY = 512
# Ids have 19 digits, and handles 15 characters at most.
VISITS_PER_QUERY = 8

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
_ID = re.compile(r"[0-9]{1,20}")
# A quotation mark or a backslash would end the quotation; the rest breaks lines.
_UNQUOTABLE = re.compile(r'["“”„‟\\\s\x00-\x1f\x7f]+')
_HAS_LETTER = re.compile(r"\w")
_NO_RETWEETS = "-is:retweet"


def check_handle(handle: str) -> str:
    """Return a handle without its `@`.

    Raises:
        ValueError: If it is no handle of X.
    """
    name = handle.strip().removeprefix("@")
    if not _HANDLE.fullmatch(name):
        msg = "a handle of X has letters, digits and underscores only"
        raise ValueError(msg)
    return name


def build_mention_queries(handles: Iterable[str]) -> tuple[str, ...]:
    """Return queries for what others say to or about accounts: mentions, replies and quotes.

    Raises:
        ValueError: If one is no handle of X.
    """
    names = list(dict.fromkeys(check_handle(handle) for handle in handles))
    own = " ".join((*(f"-from:{name}" for name in names), _NO_RETWEETS))
    return _join([term for name in names for term in _address(name)], own)


def build_phrase_queries(phrases: Iterable[str]) -> tuple[str, ...]:
    """Return queries for posts that hold at least one of the phrases, word by word.

    Raises:
        ValueError: If one is too long for X, or there are none.
    """
    return _join([quote(phrase) for phrase in phrases if _HAS_LETTER.search(phrase)], _NO_RETWEETS)


def build_visit_queries(wanted: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return queries for conversations, each by its number, with whose posts are wanted of it.

    Without a handle everybody's are; X takes an account's number as well. As many
    as `VISITS_PER_QUERY` make one query, unless handles are longer than new ones.

    Raises:
        ValueError: If one is no id of X, or no handle.
    """
    return _join([_name_conversation(*item) for item in dict.fromkeys(wanted)], _NO_RETWEETS)


def _name_conversation(number: str, handle: str) -> str:
    if not _ID.fullmatch(number):
        msg = "a conversation of X has a number"
        raise ValueError(msg)
    return f"(conversation_id:{number}{f' from:{check_handle(handle)}' if handle else ''})"


def quote(phrase: str) -> str:
    """Return a phrase that X takes word by word."""
    return f'"{_UNQUOTABLE.sub(" ", phrase).strip()}"'


def _address(name: str) -> tuple[str, ...]:
    """Return what finds posts to an account; a quotation holds the address of what it quotes."""
    links = (quote(f"{host}/{name}/status") for host in ("twitter.com", "x.com"))
    return (f"@{name}", f"to:{name}", *(f"url:{link}" for link in links))


def _join(terms: list[str], rest: str) -> tuple[str, ...]:
    """Return as few queries as hold all terms, each short enough for X."""
    if not terms:
        msg = "there is nothing to search for"
        raise ValueError(msg)
    queries: list[str] = []
    group: list[str] = []
    for term in terms:
        if group and _measure(_compose([*group, term], rest)) > LONGEST_QUERY:
            queries.append(_compose(group, rest))
            group = []
        group.append(term)
    queries.append(_compose(group, rest))
    if any(_measure(query) > LONGEST_QUERY for query in queries):
        msg = f"x takes queries of {LONGEST_QUERY} characters at most"
        raise ValueError(msg)
    return tuple(queries)


def _compose(terms: list[str], rest: str) -> str:
    return f"({' OR '.join(terms)}) {rest}"


def _measure(query: str) -> int:
    # Counted as X counts posts: an emoji is two.
    return len(query.encode("utf-16-le")) // 2
