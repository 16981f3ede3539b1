import polars as pl
import pytest

from listener.report.people import (
    LONG_CODE_LENGTH,
    hide_names,
    list_names,
    make_code,
    make_initials,
    make_long_codes,
    name_customer,
    shorten_handle,
)


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


def test_codes_of_many_accounts_are_those_of_each():
    platforms, accounts = ["x", "mastodon", "x"], ["42", "42", "Jörg"]
    codes = make_long_codes(platforms, accounts)
    each = [make_code(*pair, LONG_CODE_LENGTH) for pair in zip(platforms, accounts, strict=True)]
    assert codes.to_list() == each
    assert make_long_codes([], []).to_list() == []


def test_a_customer_is_named_in_full_only_if_told_so():
    person = {"name": "Jana Weber", "handle": "jana"}
    assert name_customer("x", "42", **person, full=True) == "@jana"
    assert name_customer("x", "42", **person, full=False) == f"J.W. {make_code('x', '42')}"


def test_a_strangers_handle_keeps_one_letter():
    assert shorten_handle("stranger") == "s…"


def test_names_of_customers_are_found_and_shortened_where_they_stand():
    posts = pl.DataFrame(
        {
            "case": ["c", "c", "c", "d"],
            "side": ["customer", "customer", "brand", "customer"],
            "author_handle": ["annabel_full", "annabel_full@a.example", "acme", None],
            "author_name": ["Anna von Weber", "", "Acme Help", None],
        }
    )
    names = list_names(posts)
    assert names == {"c": {"Anna", "Weber", "annabel_full"}, "d": set()}
    said = "Hi Anna Weber (annabel_full)! Annabel and anna know von Acme."
    assert hide_names(said, names["c"]) == "Hi A… W… (a…)! Annabel and anna know von Acme."
    assert hide_names(said, ()) == said


def test_a_name_full_of_signs_is_no_pattern():
    assert hide_names("a (b.c* d", ["(b.c*", "x+"]) == "a (b.c* d"
