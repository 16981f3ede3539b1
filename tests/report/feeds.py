"""Look whether a feed is valid: by the grammar of RFC 4287, by its rules, by a strict reader."""

from functools import cache
from pathlib import Path

import feedparser
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"


@cache
def _load_grammar():
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


def check_feed(data: bytes) -> feedparser.FeedParserDict:
    """Return what a reader makes of a feed, after finding nothing wrong with it."""
    tree = etree.fromstring(data)
    grammar = _load_grammar()
    assert grammar.validate(tree), grammar.error_log.last_error
    # What the grammar cannot say (sections 4.1.1, 4.1.2 and 4.2.6).
    ids = [each.text for each in tree.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    assert tree.find(f"{ATOM}author/{ATOM}name").text
    relations = [each.get("rel") for each in tree.findall(f"{ATOM}link")]
    assert sorted(relations) == ["alternate", "self"]
    read = feedparser.parse(data)
    assert not read.bozo
    assert read.version == "atom10"
    assert all(each.updated_parsed >= each.published_parsed for each in read.entries)
    return read
