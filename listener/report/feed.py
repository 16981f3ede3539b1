"""Write an Atom feed (RFC 4287): one entry a report, with its summary and nobody's words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from listener.report.quotations import clean_text
from listener.report.site_pages import Site

NAMESPACE = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 60
# What cannot stand in XML, not even escaped (XML 1.0, 2.2).
_NO_CHARACTERS = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GENERATOR = "listener"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One report.

    Attributes:
        folder: Where its page lies on the site, such as `acme/2026-W10/`.
        summary: In the language of the feed.
        published_at: When it was published first.
        updated_at: When what it says changed last.
    """

    folder: str
    title: str
    summary: str
    brand: str
    published_at: datetime
    updated_at: datetime


def render_feed(
    site: Site,
    entries: Iterable[FeedEntry],
    *,
    folder: str,
    title: str,
    language: str,
    begun_at: datetime,
) -> bytes:
    """Return a feed, the latest reports first.

    Args:
        site: Whose address makes the ids: they stay while it stays.
        entries: All reports that the feed is about.
        folder: Of the page that the feed belongs to, `""` for the whole site.
        title: Of the feed.
        language: Of titles and summaries.
        begun_at: When the site was published first; a feed without entries was updated then.
    """
    shown = _choose(entries)
    page = site.find_address(folder, language)
    feed = Xml.Element("feed", {"xmlns": NAMESPACE, _XML_LANGUAGE: language})
    address = f"{site.address}/{folder}{site.name_feed(language)}"
    _add(feed, "id", address)
    _add(feed, "title", title)
    _add(feed, "updated", _write(max((each.updated_at for each in shown), default=begun_at)))
    Xml.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    Xml.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": page})
    _add(Xml.SubElement(feed, "author"), "name", site.publisher or site.title or title)
    _add(feed, "generator", _GENERATOR)
    for each in shown:
        _add_entry(feed, each, site.find_address(each.folder, language))
    Xml.indent(feed, "")
    written = Xml.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}\n'.encode()


def _choose(entries: Iterable[FeedEntry]) -> Sequence[FeedEntry]:
    """Return the latest reports; of those that were published at once the later weeks first."""
    named = sorted(entries, key=lambda each: each.folder)
    in_time = sorted(named, key=lambda each: each.folder.split("/")[-2], reverse=True)
    return sorted(in_time, key=lambda each: each.published_at, reverse=True)[:MOST_ENTRIES]


def _add_entry(feed: Xml.Element, told: FeedEntry, address: str) -> None:
    entry = Xml.SubElement(feed, "entry")
    _add(entry, "id", address)
    _add(entry, "title", told.title)
    _add(entry, "published", _write(told.published_at))
    _add(entry, "updated", _write(told.updated_at))
    Xml.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
    Xml.SubElement(entry, "category", {"term": _clean(told.brand)})
    _add(entry, "summary", told.summary)


def _add(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NO_CHARACTERS.sub("", clean_text(text))


def _write(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
