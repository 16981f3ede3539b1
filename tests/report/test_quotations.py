import pytest

from listener.report.quotations import build_quotation, clean_text, has_safe_scheme, mask_text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("write to jo.doe+x@mail.example.org now", "write to •••@••• now"),
        ("call +49 170 1234567 please", "call ••• please"),
        ("call (555) 123-4567", "call •••"),
        ("ring 0800 / 330 1000.", "ring •••."),
        ("order 4711220098!", "order •••!"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN •••"),
        ("room 12345", "room 12345"),
        ("since 2017-10-31 and 31.10.2017", "since 2017-10-31 and 31.10.2017"),
        ("at 14:30 for 19.99", "at 14:30 for 19.99"),
    ],
)
def test_addresses_and_numbers_are_masked_and_dates_stay(said, shown):
    assert mask_text(said) == shown


def test_handles_are_renamed_but_addresses_are_no_handles():
    masked = mask_text("@anna.k hi @AcmeHelp, a@b.example", name_of=lambda handle: handle[:1])
    assert masked == "@a.k hi @A, •••@•••"


def test_a_handle_in_an_address_is_shortened_too():
    said = "see https://m.example/@jana/123 and https://m.example/@AcmeHelp"
    shown = mask_text(said, name_of=lambda name: name if name == "AcmeHelp" else f"{name[:1]}…")
    assert shown == "see https://m.example/@j…/123 and https://m.example/@AcmeHelp"


@pytest.mark.parametrize("handle", ["anna@localhost:8080", "anna@a.example:3000", "anna@a.example"])
def test_a_handle_may_name_a_port(handle):
    assert mask_text(f"@{handle} hi", name_of={handle: "A"}.get) == "@A hi"


def test_without_a_rename_numeric_handles_stay():
    assert mask_text("@115712345 hi") == "@115712345 hi"


def test_text_direction_overrides_and_controls_are_removed():
    assert clean_text("a\u202eb\u2066c\x00d\x1be\r\nf") == "abcde\nf"


def test_stacked_accents_are_cut():
    assert clean_text("a" + "\u0301" * 50) == "a\u0301\u0301"


def test_a_long_post_is_cut_at_a_word():
    quoted, is_shortened = build_quotation("word " * 300, limit=50)
    assert is_shortened
    assert quoted.endswith("word…")
    assert len(quoted) <= 51


def test_a_megabyte_is_cut_quickly_and_leaks_no_half_address():
    quoted, is_shortened = build_quotation("jo@example.org " * 70_000)
    assert is_shortened
    assert "example" not in quoted
    assert len(quoted) < 600


def test_one_endless_word_is_cut_too():
    quoted, is_shortened = build_quotation("x" * 1_000_000, limit=100)
    assert is_shortened
    assert quoted == "x" * 100 + "…"


def test_a_short_post_is_not_called_shortened():
    assert build_quotation("all good") == ("all good", False)


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://x.com/i/status/1", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("//example.org", False),
        ("https://a b", False),
        ("https://[bad", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url, is_safe):
    assert has_safe_scheme(url) is is_safe


def test_addresses_of_profiles_name_nobody_either():
    said = "https://x.com/anna_k/status/1 twitter.com/anna_k https://a.example/users/anna x.com/i/1"
    shown = "https://x.com/A/status/1 twitter.com/A https://a.example/users/A x.com/i/1"
    assert mask_text(said, name_of=lambda _: "A") == shown
    assert mask_text(said) == said
