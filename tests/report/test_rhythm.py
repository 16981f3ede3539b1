"""The map of weekdays and hours: as dark as the figures are, and no darker."""

import re

import pytest

from listener.figures import Quantile
from listener.report.case_filters import CODES, list_marks, name_filter
from listener.report.language import Language
from listener.report.render import render_page
from listener.report.rhythm_chart import (
    NARROW,
    WIDE,
    count_blocks,
    find_step,
    find_wait_step,
    render_opening_map,
    render_waiting_map,
)
from tests.report.builders import MONDAY, World


@pytest.fixture(scope="module")
def week():
    return World(cases=60, weeks=12).tell(as_of=MONDAY)


def count_cells(svg: str) -> int:
    return svg.count('fill="var(--series-helpful)"')


@pytest.mark.parametrize(("width", "size", "day"), [(WIDE, 1, "Donnerstag"), (NARROW, 3, "Do")])
def test_each_hour_or_block_of_them_with_cases_is_one_cell_with_its_number(week, width, size, day):
    rhythm = week.figures.rhythm
    svg = render_opening_map(rhythm, Language("de"), title="Karte", width=width)
    counts = [count for blocks in count_blocks(rhythm, size) for count in blocks if count]
    assert sum(counts) == rhythm.total
    assert count_cells(svg) == len(counts)
    assert all(svg.count(f">{count}<") >= counts.count(count) for count in counts)
    assert day in svg
    assert not re.search(r'"#0[0-9](?:0[0-9]){2}"', svg)


def test_fewer_than_ten_waits_are_said_and_not_coloured(week):
    rhythm = week.figures.rhythm
    known = [wait for wait in rhythm.waits if wait.median.longest is not None]
    assert 0 < len(known) < len(rhythm.waits)
    assert all((wait.clocked >= 10) == (wait in known) for wait in rhythm.waits)
    for width in (WIDE, NARROW):
        svg = render_waiting_map(rhythm, Language("en"), title="Map", width=width)
        assert count_cells(svg) == len(known)
        assert svg.count(">–<") == len(rhythm.waits) - len(known)
        assert len(
            re.findall(r">[\d.]+(?:\u00a0|</tspan><tspan[^>]*>)(?:min|h|d)[^<]*<", svg)
        ) == len(known)


@pytest.mark.parametrize(
    ("count", "step"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (30, 3), (31, 4), (40, 4)]
)
def test_an_hour_is_as_dark_as_its_quarter_of_the_fullest(count, step):
    assert find_step(count, 40) == step


@pytest.mark.parametrize(
    ("seconds", "longest", "step"),
    [
        (899, 9e9, 1),
        (900, 9e9, 2),
        (3_600, 9e9, 3),
        (14_400, 9e9, 4),
        (None, 1_000, 2),
        (None, None, 0),
    ],
)
def test_a_median_that_was_not_reached_is_as_dark_as_it_is_known_to_be(seconds, longest, step):
    assert find_wait_step(Quantile(seconds, None, None, longest)) == step


def test_the_tables_behind_the_maps_say_every_number(week):
    page = render_page(week)
    hours = re.search(r'<table class="hours">.*?</table>', page, re.S)[0]
    told = [
        [int(cell) for cell in re.findall(r"<td>(?:<a [^>]+>)?(\d+)\b", row)]
        for row in hours.split("<tr>")[2:]
    ]
    assert told == [[*hours, sum(hours)] for hours in week.figures.rhythm.opened]
    assert page.count("–24</td>") == sum(wait.hour == 21 for wait in week.figures.rhythm.waits)


def test_each_number_leads_to_those_of_its_cases_that_the_page_lists(week):
    page = render_page(week)
    linked = re.findall(r'href="#show-(began-\d-\d+|waited-\d-\d+)">(\d+)<', page)
    assert len(linked) > 60
    assert all(0 < week.filters[name] <= int(count) for name, count in linked)
    began = sum(week.filters[name] for name, _ in linked if name.startswith("began"))
    assert began == len(week.cases) + len(week.outcome_cases)
    name, wanted = next((each, week.filters[each]) for each, _ in linked)
    marks = list_marks(name)
    rows = [row for row in (*week.cases, *week.outcome_cases)
            if set(marks) <= {CODES[each] for each in row.filters}]  # fmt: skip
    assert len(rows) == wanted
    assert "between" in name_filter(Language("en"), name)
    assert f'id="show-{name}" data-m="{" ".join(marks)}"' in page


def test_with_few_cases_nothing_is_drawn_and_the_table_stands():
    page = render_page(World(cases=7, weeks=1, seed=5).tell())
    section = re.search(r'<section id="rhythm">.*?</section>', page, re.S)[0]
    assert "<figure" not in section
    assert '<table class="hours">' in section
