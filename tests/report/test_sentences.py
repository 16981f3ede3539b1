"""Why a case was measured so, in the language of the page."""

from datetime import UTC, datetime

import pytest

from listener.measure.reasons import Reason
from listener.measure.sentence import Sentence, Span, Term
from listener.report.case_list import build_brand_week
from listener.report.language import Language
from listener.report.render import render_page
from listener.report.sentences import say_value
from tests.report.builders import MONDAY, World

SENTENCE = Sentence(
    "%(post)s is the first reply", {"post": Sentence("post %(number)s", {"number": 2})}
)


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (SENTENCE, "post 2 is the first reply", "Beitrag 2 ist die erste Antwort"),
        (Span(3600), "1\u00a0h", "1\u00a0h"),
        (Span(90_000, observed=False), "more than 25\u00a0h", "mehr als 25\u00a0h"),
        (Term("TARGETS", "dm"), "direct message", "Direktnachricht"),
        ((Term("TARGETS", "phone"), "x"), "telephone, x", "Telefon, x"),
        (7, "7", "7"),
    ],
)
def test_values_are_said_in_both_languages(value, english, german):
    assert say_value(Language("en"), value) == english
    assert say_value(Language("de"), value) == german


def test_moments_bear_their_zone():
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert "10:00" in say_value(Language("en", "Europe/Berlin"), at)
    assert str(Sentence("up to %(at)s", {"at": at})) == "up to 2026-03-02 09:00 UTC"


def explain(cases):
    because = Sentence("no reply helps, deflects or gives a link")
    reasons = (
        Reason("handling", Term("HANDLING", "acknowledged"), because, "3"),
        Reason("outcome", Term("OUTCOME", "pending"), Sentence("there is no reply"), "4"),
    )
    return dict.fromkeys(cases, reasons)


def tell(language, **how):
    world = World(cases=12, weeks=1)
    tables = world.tables
    week = build_brand_week(
        world.measure(**how), world.brand, tables.cases, tables.case_posts, explain=explain
    )
    return render_page(week, language)


def test_each_story_says_why_and_where_the_rule_stands():
    page = tell("de")
    assert page.count("Warum so gemessen wurde") == 12
    assert "keine Antwort hilft, verweist weiter oder gibt einen Link" in page
    assert '(<a href="#rule-3">Abschnitt 3</a>)' in page
    assert "es gibt keine Antwort" in page


def test_what_came_of_it_is_not_explained_while_it_is_too_early():
    page = tell("en", as_of=MONDAY)
    assert "no reply helps, deflects or gives a link" in page
    assert "there is no reply" not in page
