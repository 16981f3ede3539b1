"""Service time on the page: a table and curves of their own, or why there are none."""

from dataclasses import replace

import pytest

from listener.measure.service import measure_service
from listener.report.hours import spell_hours
from listener.report.language import Language
from listener.report.render import render_page, render_text
from listener.settings.hours import join_opening_hours, parse_opening_hours
from tests.report.builders import MONDAY, World, make_brand

OFFICE = join_opening_hours(map(parse_opening_hours, ("mon-fri 08:00-20:00", "sat 09:00-14:00")))


def tell(cases, off_hours=0):
    """Return a week in which half of each wait lay in opening hours."""
    brand = make_brand(opening_hours=OFFICE, holidays="DE-BY")
    world = World(brand, cases=cases, weeks=1)
    for number, case in enumerate(world.cases):
        for name in ("first_reply", "first_helpful"):
            off = number < off_hours
            case[f"{name}_service_seconds"] = None if off else case[f"{name}_seconds"] / 2
            case[f"{name}_off_hours"] = off
    week, tables = world.tell(as_of=MONDAY), world.tables
    service = measure_service(tables.turns, tables.cases, brand)
    return replace(week, figures=replace(week.figures, service=service))


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "Mon–Fri 08:00–20:00; Sat 09:00–14:00"), ("de", "Mo–Fr 08:00–20:00; Sa 09:00–14:00")],
)
def test_hours_are_spelled_as_on_a_door(language, shown):
    spans = [f"{day} 08:00-20:00" for day in ("mon", "tue", "wed", "thu", "fri")]
    assert spell_hours(Language(language), [*spans, "sat 09:00-14:00"]) == shown


def test_days_apart_and_spans_of_one_day_are_told_apart():
    spans = ["mon 08:00-12:00", "mon 13:00-17:00", "wed 08:00-12:00", "wed 13:00-17:00"]
    alike = "08:00–12:00, 13:00–17:00"
    assert spell_hours(Language("en"), spans) == f"Mon {alike}; Wed {alike}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Mon–Fri 08:00–20:00; Sat 09:00–14:00 (Europe/Berlin)."),
        ("de", "Mo–Fr 08:00–20:00; Sa 09:00–14:00 (Europe/Berlin)."),
    ],
)
def test_the_page_tells_the_hours_and_what_lies_outside(language, said):
    page = render_page(tell(30, off_hours=4), language)
    assert said in page
    left_out = "4 waits for a first reply lay" if language == "en" else "4 Wartezeiten auf eine"
    assert left_out in page
    assert "DE-BY" in page
    assert page.count('class="waits stacked"') == 2


def test_the_text_tells_both_medians_in_opening_hours():
    text = render_text(tell(30))
    assert text.count("in opening hours") == 2


def test_few_cases_have_no_curve_and_no_table():
    page = render_page(tell(6))
    assert page.count('class="waits stacked"') == 0
    assert "Mon–Fri 08:00–20:00" not in page


def test_few_cases_in_hours_of_many_have_no_curve():
    page = render_page(tell(30, off_hours=25))
    assert page.count('class="waits stacked"') == 1
    assert "Mon–Fri 08:00–20:00" in page


def test_without_opening_hours_the_page_says_so():
    page = render_page(World(cases=30, weeks=1).tell(as_of=MONDAY))
    assert "No opening hours are set for this brand" in page
    assert "in opening hours" not in render_text(World(cases=30, weeks=1).tell(as_of=MONDAY))
