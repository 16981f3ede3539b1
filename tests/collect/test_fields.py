"""Single values of foreign JSON."""

from datetime import UTC, datetime

import pytest

from listener.collect import fields

HOSTILE = [
    None,
    True,
    1.5,
    float("nan"),
    [],
    {},
    [[]],
    {"a": {}},
    -1,
    10**5000,
    "",
    "\x00",
    "\ud800",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_there_the_type_is_right(value):
    assert isinstance(fields.read_text(value), str)
    assert isinstance(fields.read_id(value), str | None)
    assert isinstance(fields.read_count(value), int | None)
    assert isinstance(fields.read_language(value), str | None)
    assert isinstance(fields.read_web_address(value), str | None)
    assert isinstance(fields.read_optional_moment(value), datetime | None)
    assert isinstance(fields.show(value), str)
    assert all(isinstance(item, dict) for item in fields.read_records(value))


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("de", "de"),
        ("EN", "en"),
        ("pt_BR", "pt"),
        ("de-AT", "de"),
        ("und-x-odd", None),
        ("in", "id"),
        ("iw", "he"),
        ("und", None),
        ("qme", None),
        ("qst", None),
        ("zxx", None),
        ("que", "que"),
        ("<b>", None),
        ("german language", None),
        ("", None),
    ],
)
def test_languages(value, language):
    assert fields.read_language(value) == language


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T10:00:00Z", "2026-03-02T10:00:00.000Z", "2026-03-02T11:00:00+01:00"],
)
def test_times_are_utc_with_or_without_fractions(text):
    assert fields.read_moment(text, "created_at") == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "created_at is missing"),
        ("", "created_at is missing"),
        ("soon", "created_at is no time"),
        (1700000000, "created_at is no time"),
        ("0001-01-01T00:00:00+14:00", "created_at is no time"),
    ],
)
def test_what_is_no_time_is_said(value, reason):
    with pytest.raises(ValueError, match=reason):
        fields.read_moment(value, "created_at")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://a.example",
        "https://",
        "https://a.example/ b",
        "//a.example",
        "https://[half",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_only_web_addresses_become_links(address):
    assert fields.read_web_address(address) is None


def test_mentions_are_folded_and_told_once():
    found = fields.find_mentions("@AcmeHelp and @acmehelp, mail a@b.example or .@Bolt")
    assert found == ("acmehelp", "bolt")


@pytest.mark.parametrize(
    "text", ["https://video.example/@acme", "me@acme.example", "@@acme", "a@acme"]
)
def test_what_is_part_of_something_else_is_no_mention(text):
    assert fields.find_mentions(text) == ()


@pytest.mark.parametrize(
    ("text", "unescaped"),
    [
        ("R&amp;D &lt;3", "R&D <3"),
        ("&amp;amp;", "&amp;"),
        ("&#" + "9" * 5000 + "; hi", "\N{REPLACEMENT CHARACTER} hi"),
        ("&#0;&#xd800;", "\N{REPLACEMENT CHARACTER}" * 2),
        ("1 & 2", "1 & 2"),
    ],
)
def test_entities_are_resolved_once_however_long_they_are(text, unescaped):
    assert fields.unescape_entities(text) == unescaped


def test_names_are_one_line_of_a_bearable_length():
    assert fields.read_name(" Anna\n\tA.\x00 ") == "Anna A."
    assert len(fields.read_name("x" * 10**6)) == 500


@pytest.mark.parametrize(
    "value", ["I lost my card 4711", "Anna", "anna@mail.example", "<b>1</b>", "\ud800", "1\n2"]
)
def test_words_in_the_place_of_an_id_are_not_repeated(value):
    assert fields.show(value) in ("with an odd id", "without an id")


@pytest.mark.parametrize(
    "value", ["103085519055545958", "01KB2FWJ8Z4P", "9sYl-aQ1", "https://a.example/@anna/7", 7]
)
def test_ids_are_shown_as_they_are(value):
    assert fields.show(value) == str(value)


@pytest.mark.parametrize("value", ["\x1b[31mred", "a\nb", "[bold]x[/bold]", "x" * 10**4])
def test_what_is_shown_obeys_nobody(value):
    shown = fields.show(value)
    assert len(shown) <= 60
    assert not set(shown) & set("\x1b\n[]")
