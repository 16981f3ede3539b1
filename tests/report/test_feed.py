"""The Atom feed: valid whatever stands in it, with ids that stay."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from listener.report.feed import MOST_ENTRIES, FeedEntry, render_feed
from listener.report.site_pages import Site
from tests.report.feeds import check_feed

NOW = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)
HOSTILE = "</title><script>&amp; ]]> \x00\x0b\u202e\ufffe\ud800 <b>Söhne</b>"


def make_entry(number=10, **more):
    values = {"title": f"Acme, week {number}", "summary": "Half of them.", "brand": "Acme"}
    times = {"published_at": NOW, "updated_at": NOW}
    return FeedEntry(**{"folder": f"acme/2026-W{number:02}/", **values, **times, **more})


def render(*entries, address="https://a.example/sub", title="Replies", language="en", **more):
    site = Site(address=address, languages=("en", "de"), **more)
    return render_feed(site, entries, folder="acme/", title=title, language=language, begun_at=NOW)


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_is_valid_with_and_without_entries(language):
    for entries in ((), (make_entry(),), (make_entry(), make_entry(11))):
        check_feed(render(*entries, language=language))


def test_hostile_words_stay_words():
    data = render(make_entry(title=HOSTILE, summary=HOSTILE, brand=HOSTILE), title=HOSTILE)
    check_feed(data)
    assert etree.fromstring(data).findtext("{*}entry/{*}title").startswith("</title><script>")


def test_ids_are_addresses_of_the_language():
    (entry,) = check_feed(render(make_entry())).entries
    assert entry.id == entry.link == "https://a.example/sub/acme/2026-W10/"
    (entry,) = check_feed(render(make_entry(), language="de")).entries
    assert entry.id == "https://a.example/sub/acme/2026-W10/index.de.html"


def test_the_latest_reports_come_first_and_old_ones_drop_out():
    entries = [make_entry(n % 50 + 1, folder=f"b{n}/2026-W{n % 50 + 1:02}/") for n in range(70)]
    late = make_entry(1, published_at=NOW + timedelta(days=1), updated_at=NOW + timedelta(days=2))
    read = check_feed(render(*entries, late))
    assert len(read.entries) == MOST_ENTRIES
    assert read.entries[0].id.endswith("acme/2026-W01/")
    assert read.feed.updated == "2026-03-11T07:30:00Z"
    assert read.entries[1].id.endswith("/2026-W50/")
