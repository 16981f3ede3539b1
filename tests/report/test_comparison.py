import re

from listener.report.comparison import build_comparison
from listener.report.render import render_overview, render_page
from tests.report.builders import World, make_brand


def tell(key: str, *, grade="complete", mode="watch", **how):
    return World(make_brand(key, key.title(), mode=mode), cases=20, weeks=2).tell(
        grade=grade, **how
    )


def names(weeks):
    return [week.brand.key for week in weeks]


def test_only_brands_seen_in_the_same_way_share_a_table():
    comparison = build_comparison(
        [tell("cura"), tell("acme"), tell("bolt", grade="unknown"), tell("dora", mode="owner")]
    )
    assert [names(group) for group in comparison.groups] == [["acme", "cura"]]
    assert sorted(names(comparison.alone)) == ["bolt", "dora"]


def test_the_page_says_why_brands_are_not_compared():
    page = render_overview([tell("acme"), tell("bolt", grade="unknown")])
    assert "Only like is compared with like" in page
    assert "Brands seen in the same way" not in page


def test_shares_of_answered_cases_are_not_compared_between_files():
    page = render_overview([tell("acme", grade="unknown"), tell("bolt", grade="unknown")])
    assert "Imported files do not tell what they lack" in page
    assert '<th scope="col" role="columnheader">answered' not in page
    assert "answered" in render_overview([tell("acme"), tell("bolt")])


def test_each_brand_has_its_sentence_and_its_link():
    page = render_overview([tell("acme"), tell("bolt")], "de")
    assert page.count("öffentlich geantwortet") == 2
    assert 'href="../acme/2017-W44/index.html"' in page


def test_each_figure_of_a_brand_leads_to_its_cases_in_the_report_of_the_brand():
    weeks = [tell("acme"), tell("bolt")]
    page = render_overview(weeks)
    for week in weeks:
        report = render_page(week)
        place = rf'href="\.\./{week.brand.key}/2017-W44/index\.html#([a-z_-]+)"'
        linked = set(re.findall(place, page))
        assert {"show-deflected", "show-replied", "show-outcome-resolved"} <= linked
        assert all(f'id="{name}"' in report for name in linked)
