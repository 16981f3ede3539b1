"""Turn the HTML of a post into the text that a reader sees.

nh3 parses as browsers do and throws out scripts; what it leaves is well-formed,
so that the standard library's parser, which trips over hostile HTML, only sees
tidy input.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import nh3

from listener.collect.fields import clean_text, find_host, unescape_entities

NameMention = Callable[[str, str], str]
"""Given the address and the words of a link to an account, returns `@user@host`."""

_BREAKS = {"p": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "ul": 2, "ol": 2, "pre": 2, "blockquote": 2}
_BREAKS |= {"li": 1, "div": 1, "br": 1}
_TAGS = {*_BREAKS, "a", "span"}
_DROPPED = {"script", "style", "title", "template", "noscript", "iframe", "object", "textarea"}
# What Mastodon puts in front for servers that do not know quotations.
_FALLBACK = "quote-inline"
_ATTRIBUTES = {name: {"class"} for name in _TAGS} | {"a": {"class", "href"}}
_SCHEMES = {"http", "https", "mailto"}
# The time that nh3 needs grows with the square of these: 200,000 open tags take minutes.
_MOST_TAGS = 5_000
_MOST_ENTITIES = 50_000


def read_html(content: str, name_mention: NameMention | None = None) -> str:
    """Return the text of a post's HTML.

    Paragraphs are set apart by an empty line. Shortened links appear in full,
    links with words as `words (address)`, and accounts with their host.
    What has more tags than any honest post is read without its structure.
    """
    if content.count("<") > _MOST_TAGS or content.count("&") > _MOST_ENTITIES:
        return _strip_tags(clean_text(content))
    tidy = nh3.clean(
        clean_text(content),
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
    )
    reader = _Reader(name_mention or name_by_address)
    reader.feed(tidy)
    reader.close()
    return reader.text


def _strip_tags(content: str) -> str:
    return _squeeze(unescape_entities(re.sub(r"<[^<>]*>", " ", content))).strip()


def name_by_address(address: str, words: str) -> str:
    """Return a handle with its host, as far as the link tells it."""
    host = find_host(address)
    return words if not host or "@" in words[1:] else f"{words}@{host}"


class _Reader(HTMLParser):
    """Collects text; link words are held back until the link ends."""

    def __init__(self, name_mention: NameMention) -> None:
        super().__init__(convert_charrefs=True)
        self._name_mention = name_mention
        self._pieces: list[str] = []
        self._breaks = 0
        self._link: list[str] | None = None
        self._address = ""
        self._skipped: list[str] = []
        self._pre = 0

    @property
    def text(self) -> str:
        return "".join(self._pieces).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._skipped or _FALLBACK in given.get("class", "").split():
            if tag != "br":
                self._skipped.append(tag)
            return
        if tag == "a":
            self._link, self._address = [], given.get("href", "")
        self._pre += tag == "pre"
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped.pop()
            return
        if tag == "a" and self._link is not None:
            words, self._link = "".join(self._link), None
            self._write(self._tell_link(_squeeze(words).strip()))
        self._pre -= tag == "pre"
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        if self._link is not None:
            self._link.append(data)
        else:
            self._write(data if self._pre else _squeeze(data))

    def _break(self, tag: str) -> None:
        lines = _BREAKS.get(tag, 0)
        if tag == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif lines:
            self._breaks = max(self._breaks, lines)
        if tag == "br" and self._link is not None:
            self._link.append(" ")

    def _write(self, words: str) -> None:
        if self._breaks and not self._pre:
            words = words.lstrip()
        if not words:
            return
        if self._breaks and self._pieces:
            self._pieces[-1] = self._pieces[-1].rstrip(" ")
            self._pieces.append("\n" * self._breaks)
        self._breaks = 0
        self._pieces.append(words)

    def _tell_link(self, words: str) -> str:
        address = self._address
        if words.startswith("@") and len(words) > 1:
            return self._name_mention(address, words)
        if not find_host(address) or words.startswith("#"):
            return words
        if not words or _is_address(words, address):
            return address
        return f"{words} ({address})"


def _is_address(words: str, address: str) -> bool:
    """Tell whether the words of a link are its address, perhaps shortened."""
    bare = re.sub(r"^https?://(?:www\.)?", "", address.lower())
    shown = re.sub(r"^https?://(?:www\.)?", "", words.lower()).rstrip("…/.")
    return bare.startswith(shown) and (" " not in words)


def _squeeze(words: str) -> str:
    return re.sub(r"[ \t\r\n\f\xa0]+", " ", words)
