"""What accounts on Mastodon say of being quoted, as servers write it."""

import pytest

from listener.collect.mastodon_posts import parse_mastodon_page
from listener.collect.mastodon_quoting import read_quotable
from listener.posts import Quotable

TAG = '<p>I write. <a href="https://a.example/tags/nobot" class="hashtag">#<span>{}</span></a></p>'
REFUSED = Quotable("refused", is_certain=True)


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({"note": "<p>hi</p>", "noindex": False}, Quotable("unasked", is_certain=True)),
        ({"note": "<p>hi</p>"}, Quotable("unasked")),
        ({"note": "", "indexable": True}, Quotable("allowed")),
        ({"note": "", "indexable": True, "noindex": True}, REFUSED),
        ({"note": TAG.format("nobot")}, REFUSED),
        ({"note": "no #NoIndex please", "indexable": True}, REFUSED),
        ({"note": "#nobotany, #robots"}, Quotable("unasked")),
        ({"note": "", "fields": [{"name": "a", "value": TAG.format("noarchive")}, 7]}, REFUSED),
        ({"note": None, "noindex": "true", "indexable": 1}, Quotable("unasked")),
        ({"note": "<" * 100_000 + "#nobot", "fields": "x"}, Quotable("unasked")),
        ({"acct": "only-named"}, None),
    ],
)
def test_refusals_are_found_wherever_they_are_said(account, told):
    assert read_quotable(account) == told


def test_a_page_tells_what_its_authors_say():
    account = {"acct": "anna", "username": "anna", "url": "https://a.example/@anna"}
    status = {
        "id": "1",
        "uri": "https://a.example/1",
        "created_at": "2026-03-02T10:00:00Z",
        "content": "<p>help</p>",
        "visibility": "public",
        "account": account | {"note": TAG.format("nobots")},
        "mentions": [{"acct": "ben@b.example", "url": "https://b.example/@ben", "id": "2"}],
    }
    parsed = parse_mastodon_page([status], server="a.example")
    assert parsed.quoting == {"anna@a.example": REFUSED}
