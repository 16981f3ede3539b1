"""Spoil JSON and bytes as servers, proxies and hostile people do: seeded, one change at a time.

A mutation copies only what lies on the way to the changed place, so that ten
thousand of them cost seconds.
"""

import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Path = tuple[str | int, ...]

# Words of people that no message of the program may repeat.
PRIVATE = "Zaubernuss"
# Where people's words are; what comes from there must not be told as the platform's own words.
_WORDS = ("content", "text", "display_name", "spoiler_text", "note", "name", "description")
# Where a platform's own words are.
_OWN_WORDS = ("error", "title", "resource_type", "detail", "type")
# What parsers read, and what they might take for something else.
_NAMES = (
    *("id", "uri", "url", "account", "acct", "content", "created_at", "edited_at", "visibility"),
    *("mentions", "reblog", "quote", "status", "last_status", "statuses", "ancestors", "pleroma"),
    *("in_reply_to_id", "in_reply_to_account_id", "language", "content_map", "quoted_status"),
    *("data", "includes", "users", "tweets", "posts", "meta", "errors", "author_id", "author"),
    *("text", "note_tweet", "entities", "urls", "referenced_tweets", "edit_history_tweet_ids"),
    *("conversation_id", "public_metrics", "username", "event_type", "sender_id", "lang"),
)
_VISIBILITIES = (
    "circle",
    "DIRECT",
    "",
    "public ",
    "private",
    "direct",
    "local",
    None,
    3,
    ["public"],
)
_DATES = (
    *("2026-13-45T99:99:99Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("yesterday", "2026-03-02", "2026-03-02T10:00:00.123456789Z", "2026-W10-1", "0", "٢٠٢٦-03-02"),
    *("2026-03-02T10:00:00", "2026-02-30T10:00:00Z", "Mon, 02 Mar 2026 10:00:00 GMT", "-1"),
)
_HTML = (
    f"<p>{PRIVATE}<br><a href='",
    "<" * 6_000,
    "&" * 60_000,
    "<div>" * 4_000,
    "<a href='https://[::1'>@x</a>",
    "<a href='http://a.example/@b' class='mention'>@" + "b" * 2_000 + "</a>",
    "<script>alert(1)</script><!-- <p> --><p",
    "&#" + "9" * 5_000 + ";",
    "<p class='quote-inline'>RE: <span></p>x",
)


def _nest(depth: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = PRIVATE
    for _ in range(depth):
        value = wrap(value)
    return value


_ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, 2**64, 10**30, 10**5_000, -(10**40)),
    *(1.5, 1e308, math.nan, math.inf, -math.inf, -0.0),
    *("", " ", "\x00", "null", "x" * 150_000, "\x1b[31m\r\n\x07\u202e\u2028", "\ud800half\udfff"),
    *("@", "@@a@b@", "a" * 400 + "@b.example", "http://", "https://[::1", "https://a.example:x/1"),
    *("javascript:alert(1)", "１２３", "../../etc/passwd", "%00", "'; DROP TABLE posts; --"),
    *([], {}, [None], [[]], [{}], {"": ""}, {"id": {}}, [PRIVATE], {"type": PRIVATE}),
    _nest(3_000, lambda value: [value]),
    _nest(3_000, lambda value: {"quote": value}),
    _nest(300, lambda value: {"id": "7", "uri": "u", "account": {}, "content": "", "quote": value}),
    _nest(300, lambda value: {"id": "7", "text": "", "referenced_tweets": [value]}),
    _nest(300, lambda value: {"status": value}),
)  # fmt: skip


def make_chance(seed: object) -> Random:
    """Return what gives the same numbers in every run."""
    return Random(str(seed))  # noqa: S311 - nothing secret


def plant_words(value: Any) -> Any:
    """Return a page in which people's words hold one that is easily found."""
    if isinstance(value, list):
        return [plant_words(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: f"{inner} {PRIVATE}"
        if name in _WORDS and isinstance(inner, str)
        else plant_words(inner)
        for name, inner in value.items()
    }


def list_places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the way to every value inside of a page, the page itself first."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from list_places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from list_places(inner, (*path, number))


def find_value(page: Any, path: Path) -> Any:
    for step in path:
        page = page[step]
    return page


def replace_value(page: Any, path: Path, value: Any) -> Any:
    """Return a copy of a page with another value at one place."""
    if not path:
        return value
    copy = page.copy()
    copy[path[0]] = replace_value(page[path[0]], path[1:], value)
    return copy


class Mutator:
    """Spoils copies of one page, or of one record in it."""

    def __init__(self, page: Any, chance: Random, *, inside: Path = ()) -> None:
        """Look at what there is; with `inside` only that record is ever changed."""
        self._page = page
        self._chance = chance
        self._places = [
            path for path in list_places(find_value(page, inside), inside) if len(path) > 0
        ]
        self._telling = [path for path in self._places if path[-1] in _NAMES]

    def mutate(self) -> Any:
        """Return a copy with one change."""
        if not self._places:
            return self._chance.choice(_ODD_VALUES)
        is_telling = self._telling and self._chance.random() < 0.6
        path = self._chance.choice(self._telling if is_telling else self._places)
        change = self._chance.choice(_CHANGES)
        return change(self, path)

    # Each takes the way to a value and returns a whole page.

    def _set_odd(self, path: Path) -> Any:
        return replace_value(self._page, path, self._chance.choice(_ODD_VALUES))

    def _set_fitting(self, path: Path) -> Any:
        """Put in what is wrong in just this place."""
        name = path[-1]
        if name in ("created_at", "edited_at"):
            values: tuple[Any, ...] = (*_DATES, 1_772_445_600, 1_772_445_600.5)
        elif name == "visibility":
            values = _VISIBILITIES
        elif name in ("content", "text"):
            values = _HTML
        else:
            values = (*_DATES, *_HTML)
        return replace_value(self._page, path, self._chance.choice(values))

    def _retype(self, path: Path) -> Any:
        value = find_value(self._page, path)
        if isinstance(value, str):
            other: Any = int(value) if value.isascii() and value.isdigit() else [value]
        elif isinstance(value, bool) or value is None:
            other = str(value).lower()
        elif isinstance(value, int | float):
            other = str(value)
        elif isinstance(value, list):
            other = {str(number): inner for number, inner in enumerate(value)}
        else:
            other = [value]
        return replace_value(self._page, path, other)

    def _delete(self, path: Path) -> Any:
        parent = find_value(self._page, path[:-1]).copy()
        del parent[path[-1]]
        return replace_value(self._page, path[:-1], parent)

    def _rename(self, path: Path) -> Any:
        parent = find_value(self._page, path[:-1])
        if isinstance(parent, list):
            return self._delete(path)
        names = (*_NAMES, f"{path[-1]}s", "", "\x00", str(path[-1]).upper())
        other = self._chance.choice([name for name in names if name not in parent])
        renamed = {other if name == path[-1] else name: value for name, value in parent.items()}
        return replace_value(self._page, path[:-1], renamed)

    def _add(self, path: Path) -> Any:
        value = find_value(self._page, path)
        odd = self._chance.choice(_ODD_VALUES)
        if isinstance(value, dict):
            name = self._chance.choice((*_NAMES, "brand_new", "\ud800"))
            return replace_value(self._page, path, {name: odd, **value})
        if isinstance(value, list):
            place = self._chance.randint(0, len(value))
            return replace_value(self._page, path, [*value[:place], odd, *value[place:]])
        return replace_value(self._page, path, [value, odd])

    def _shuffle(self, path: Path) -> Any:
        """Cut a list, repeat what is in it, or turn it round; exchange two values otherwise."""
        value = find_value(self._page, path)
        if isinstance(value, list):
            half = len(value) // 2
            options = (value[:half], value[half:], value + value, value[::-1], value[:1] * 3)
            return replace_value(self._page, path, self._chance.choice(options))
        if isinstance(value, str) and value:
            cut = self._chance.randint(0, len(value))
            return replace_value(self._page, path, value[:cut])
        return self._transplant(path)

    def _transplant(self, path: Path) -> Any:
        """Put in a value from elsewhere on the page."""
        if path[-1] in _OWN_WORDS:
            return self._set_odd(path)
        other = self._chance.choice(self._places)
        return replace_value(self._page, path, find_value(self._page, other))


_CHANGES: tuple[Callable[[Mutator, Path], Any], ...] = (
    Mutator._set_odd,
    Mutator._set_odd,
    Mutator._set_fitting,
    Mutator._set_fitting,
    Mutator._retype,
    Mutator._delete,
    Mutator._rename,
    Mutator._add,
    Mutator._shuffle,
    Mutator._transplant,
)


def mutate_bytes(content: bytes, chance: Random) -> bytes:
    """Return bytes as they come over a bad wire, or from another program."""
    place = chance.randint(0, max(len(content) - 1, 0))
    text = content.decode()
    options: tuple[Callable[[], bytes], ...] = (
        lambda: content[:place],
        lambda: content[place:],
        lambda: _flip(content, chance, chance.randint(1, 8)),
        lambda: text.encode("utf-16"),
        lambda: text.encode("latin-1", "replace"),
        lambda: b"\xef\xbb\xbf" + content,
        lambda: content[:place] + b"\xff\xfe\x00" + content[place:],
        lambda: content + content[: place // 2],
        lambda: content[:place] + content[place:][::-1],
        lambda: content.replace(b"}", b"]", 1),
        lambda: b"<!doctype html><title>502</title>" + content[:50],
        lambda: content.replace(b":", b': NaN, "":', 1),
        lambda: b"[" * 50_000 + content,
        lambda: content.replace(b"\n", b"\r\n\x0c"),
    )
    return chance.choice(options)()


def _flip(content: bytes, chance: Random, times: int) -> bytes:
    flipped = bytearray(content)
    for _ in range(times if flipped else 0):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)
