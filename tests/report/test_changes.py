"""Comparisons in words."""

from dataclasses import replace

import pytest

from listener.figures import Compared, Difference, Quantile, Waits
from listener.measure.statistics import make_share
from listener.report.changes import explain_no_changes, list_changes, list_contrasts
from listener.report.language import Language
from listener.report.render import render_overview, render_page
from tests.report.builders import MONDAY, World, make_brand

SHARE = Compared(
    figure="deflection_rate",
    base="2017-W43",
    subject="2017-W44",
    base_value=make_share(20, 50),
    value=make_share(40, 50),
    difference=Difference(points=40, low=21.2, high=54.9, p=0.0001),
    p=0.0001,
    q=0.0006,
)


def make_waits(before, now, q=0.01):
    def wait(seconds):
        return Waits(30, Quantile(seconds, 60.0, None, 90_000.0))

    return replace(
        SHARE,
        figure="first_reply",
        base_value=wait(before),
        value=wait(now),
        difference=None,
        q=q,
    )


def test_a_claimed_share_says_by_how_much_and_which_way():
    (row,) = list_changes(Language("en"), [SHARE])
    assert (row.base, row.value, row.verdict) == ("40%", "80%", "higher")
    assert row.points == "+40 points (+21 to +55)"
    assert row.is_claimed
    (row,) = list_changes(Language("de"), [SHARE])
    assert row.points == "+40 Punkte (+21 bis +55)"
    assert row.verdict == "höher"


def test_what_may_be_chance_says_so():
    wide = replace(SHARE.difference, low=-1.0)
    (row,) = list_changes(Language("en"), [replace(SHARE, q=0.2, difference=wide)])
    assert row.verdict == "may be chance"
    assert not row.is_claimed


def test_an_interval_without_zero_is_explained_where_nothing_is_claimed():
    (row,) = list_changes(Language("en"), [replace(SHARE, q=0.2)])
    assert row.verdict == "unlikely by itself; among so many comparisons it may be chance"
    assert not row.is_claimed


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [(600.0, 1200.0, "longer"), (600.0, None, "longer"), (None, 60.0, "shorter"),
     (600.0, 600.0, "different"), (None, None, "different")],
)  # fmt: skip
def test_waits_tell_their_direction_by_the_medians(before, now, verdict):
    (row,) = list_changes(Language("en"), [make_waits(before, now)])
    assert row.verdict == verdict


def test_a_difference_is_that_of_the_figures_beside_it():
    """29.5 and 23.8 per cent are printed as 30 and 24: six points, and not the 5.7 between them."""
    closer = replace(
        SHARE, base_value=make_share(59, 200), value=make_share(50, 210),
        difference=Difference(points=-5.7, low=-14.5, high=3.5, p=0.2), q=0.2,
    )  # fmt: skip
    (row,) = list_changes(Language("en"), [closer])
    assert (row.base, row.value, row.points) == ("30%", "24%", "−6 points (−15 to +4)")


def test_medians_that_neither_week_reached_are_not_called_chance():
    (row,) = list_changes(Language("en"), [make_waits(None, None, q=0.4)])
    assert row.verdict.startswith("reached in neither week")
    (row,) = list_changes(Language("de"), [make_waits(None, 60.0, q=0.4)])
    assert row.verdict == "kann Zufall sein"


def test_few_cases_and_other_coverage_are_given_as_reasons():
    few = replace(SHARE, difference=None, p=None, q=None, reason="few_cases")
    (row,) = list_changes(Language("en"), [few])
    assert (row.verdict, row.points) == ("too few cases", "")
    assert explain_no_changes(Language("en"), [few, few]) == "too few cases"
    assert explain_no_changes(Language("en"), [few, SHARE]) == ""
    other = replace(few, reason="other_coverage")
    assert "coverage differs" in explain_no_changes(Language("en"), [other])


def test_only_claimed_contrasts_are_listed_the_surest_first():
    weaker = replace(SHARE, base="a", subject="b", q=0.04)
    surer = replace(SHARE, base="a", subject="c")
    chance = replace(SHARE, base="b", subject="c", q=0.5)
    rows = list_contrasts(
        Language("en"), [weaker, chance, surer], {"a": "Acme", "b": "Bolt", "c": "Cura"}
    )
    assert [row.names for row in rows] == [("Acme", "Cura"), ("Acme", "Bolt")]


def test_page_and_overview_show_them():
    week = World(make_brand(), cases=40, weeks=3).tell(as_of=MONDAY)
    week = replace(week, figures=replace(week.figures, changes=(SHARE, make_waits(600.0, None))))
    page = render_page(week)
    assert "2 of 2 comparisons show a change" in page
    assert "<strong>higher</strong>" in page
    section = page.partition('<section id="changes">')[2].partition("</section>")[0]
    wanted = week.filters["deflected"]
    assert f'href="#show-deflected">show the {wanted} cases<' in section
    assert f'href="#show-replied">show the {week.filters["replied"]} cases<' in section
    other = World(make_brand("bolt", "<Bolt>"), cases=40, weeks=3).tell(as_of=MONDAY)
    pair = replace(SHARE, base="acme", subject="bolt")
    overview = render_overview([week, other], contrasts=[pair])
    assert "1 of 1 comparisons shows a difference" in overview
    assert "&lt;Bolt&gt;</bdi> <b>80%</b>" in overview
    assert "No difference that chance" in render_overview(
        [week, other], contrasts=[replace(pair, q=0.9)]
    )
    assert "Where brands differ" not in render_overview([week, other])
