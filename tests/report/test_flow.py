"""The flow on the page: as drawn, as written, and with the cases behind it."""

import re

import pytest

from listener.report.case_filters import count_filters, make_filter_rules, name_filter
from listener.report.flow_chart import NARROW, WIDE, render_flow_chart, sort_ways
from listener.report.language import Language
from listener.report.render import render_page
from tests.report.builders import MONDAY, World


@pytest.fixture(scope="module")
def week():
    return World(cases=60, weeks=3).tell(as_of=MONDAY)


def list_counts(week):
    return {
        (handling, outcome): share.count
        for handling, _, ways in sort_ways(week.figures.flow)
        for outcome, share in ways
    }


@pytest.mark.parametrize("form", [WIDE, NARROW])
def test_each_way_is_one_band_and_each_end_is_named_with_its_cases(week, form):
    svg = render_flow_chart(week.figures.flow, Language("de"), title="Weg", form=form)
    bands = re.findall(r'<path aria-roledescription="area|<path[^>]*opacity="0.45"', svg)
    assert len(bands) == len(list_counts(week))
    words = " ".join(re.findall(r">([^<>]+)</t", svg)).replace("\u00a0", " ")
    moved = week.figures.flow.handling["moved"].count
    assert f"Hilfe: {moved}" in words
    assert "var(--part-moved)" in svg
    assert not re.search(r'"#(?:0[0-9]|1[0-9a-f]|20){3}"', svg)


def test_the_page_counts_the_same_cases_as_the_figure(week):
    filters = week.filters
    for (handling, outcome), count in list_counts(week).items():
        assert filters[f"way-{handling}-{outcome}"] == count
    for handling, share in week.figures.flow.handling.items():
        assert filters[f"handled-{handling}"] == share.count
    page = render_page(week)
    assert page.count('href="#show-way-') == len(list_counts(week))


def test_a_way_is_named_in_words():
    assert name_filter(Language("en"), "way-moved-unresolved") == (
        "sent elsewhere, no help in public → not solved"
    )


def test_a_case_counts_for_its_way_and_its_rule_needs_both_ends():
    counts = count_filters([("handled-moved", "outcome-resolved"), ("handled-moved",)])
    assert counts == {"handled-moved": 2, "outcome-resolved": 1, "way-moved-resolved": 1}
    rules = make_filter_rules(["way-moved-resolved"])
    assert re.search(r"not\(\[data-f~=[a-z]+\]\[data-f~=[a-z]+\]\)", rules)


def test_with_few_cases_there_is_a_table_and_no_drawing():
    page = render_page(World(cases=7, weeks=1, seed=5).tell())
    assert 'id="flow"' in page
    assert "flow-ends" not in page.split("</style>")[1]
