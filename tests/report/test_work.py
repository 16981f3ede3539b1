"""The page of who is waiting, with few cases and with thousands."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from listener.report.work import PAGE_ROWS, WorkList, WorkView, render_work_list
from tests.report.test_template_check import NOW, ROW


@pytest.fixture(scope="module")
def work():
    """More than ten thousand cases, the longest wait first."""
    rows = tuple(replace(ROW, case=f"c{n}", quote=f"help {n}!") for n in range(10_050))
    return WorkList(as_of=NOW, brands=(ROW.brand,), rows=rows)


@pytest.mark.parametrize(
    ("page", "first", "links"),
    [
        (1, 0, ["1", "2", "3", "101"]),
        (50, 4_900, ["1", "48", "49", "50", "51", "52", "101"]),
        (101, 10_000, ["1", "99", "100", "101"]),
        (9_999, 10_000, ["1", "99", "100", "101"]),
        (-3, 0, ["1", "2", "3", "101"]),
    ],
)
def test_thousands_of_cases_are_pages_of_a_hundred(work, page, first, links):
    told = render_work_list(work, WorkView(page=page))
    assert f"help {first}!" in told
    assert f"help {first - 1}!" not in told
    assert told.count("<li id=") == min(PAGE_ROWS, 10_050 - first)
    assert re.findall(r">(\d+)</a></li>", told.split('id="pages"')[1]) == links
    assert "10,050 cases in which somebody waits" in told


def test_links_keep_what_was_chosen_whatever_it_is(work):
    told = render_work_list(work, WorkView(brand="a&b", todo='"><b>'))
    assert 'href="./?brand=acme' in render_work_list(work, WorkView(brand="acme"))
    assert "brand=a%26b&amp;todo=%22%3E%3Cb%3E" in told


def test_few_cases_need_no_pages(work):
    told = render_work_list(replace(work, rows=work.rows[:1]), WorkView(), "de")
    assert 'id="pages" hidden' in told
    assert "1 Fall, in dem jemand wartet" in told


def test_brands_in_different_zones_have_times_of_their_own(work):
    zones = ("UTC", "Europe/Berlin")
    rows = tuple(replace(ROW, brand=replace(ROW.brand, time_zone=zone)) for zone in zones)
    told = render_work_list(replace(work, rows=rows), WorkView())
    assert "Mon 9 Mar, 10:00" in told
    assert "Mon 9 Mar, 11:00" in told
    assert "(UTC)" in told


def test_waits_that_ended_long_ago_say_so(work):
    row = replace(ROW, waiting_since=NOW - timedelta(days=9), waiting_seconds=6 * 86_400)
    told = render_work_list(replace(work, rows=(row,)), WorkView())
    assert "waits are counted up to" in told
    fresh = replace(row, waiting_seconds=9 * 86_400)
    assert "counted up to" not in render_work_list(replace(work, rows=(row, fresh)), WorkView())
