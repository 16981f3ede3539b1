import pytest

from listener.report.people import make_code, make_initials, name_customer, shorten_handle


@pytest.mark.parametrize(
    ("name", "handle", "initials"),
    [
        ("Jana Maria Weber", "jw", "J.M."),
        ("", "tom_byrne", "T.B."),
        ("", "ivo@mastodon.example", "I."),
        ("", "115712", ""),
        ("שרה לוי", "x", "ש.ל."),
    ],
)
def test_initials_come_from_the_name_or_else_the_handle(name, handle, initials):
    assert make_initials(name, handle) == initials


def test_the_code_is_the_same_in_every_report_and_differs_by_platform():
    assert make_code("x", "42") == make_code("x", "42")
    assert make_code("x", "42") != make_code("mastodon", "42")


def test_a_customer_is_named_in_full_only_if_told_so():
    person = {"name": "Jana Weber", "handle": "jana"}
    assert name_customer("x", "42", **person, full=True) == "@jana"
    assert name_customer("x", "42", **person, full=False) == f"J.W. {make_code('x', '42')}"


def test_a_strangers_handle_keeps_one_letter():
    assert shorten_handle("stranger") == "s…"
