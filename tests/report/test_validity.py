"""Pages are what a browser expects: valid HTML whose links all lead somewhere."""

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import html5lib
import pytest

from listener.measure.reasons import YES, Reason
from listener.measure.sentence import say
from listener.report.render import render_index, render_overview, render_page, render_stories
from listener.report.weekly import IndexEntry
from tests.report.builders import MONDAY, World, make_brand

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
HOSTILE = '"><b>&amp;</p></li></details><svg><style>'


def make_week():
    world = World(make_brand(name=HOSTILE), cases=40, weeks=3)
    row = world.add_case(handling="public", customer=HOSTILE)
    world.add_post(row, "customer", HOSTILE * 40, ["need"])
    week = world.tell(as_of=MONDAY)
    reasons = tuple(Reason("outcome", YES, say(HOSTILE), str(section)) for section in range(1, 10))
    first, *others = week.cases
    first = replace(first, story=replace(first.story, reasons=reasons))
    return replace(week, cases=(first, *others))


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    week, few = make_week(), World(cases=3, weeks=1).tell(grade="unknown")
    entries = [IndexEntry(HOSTILE, "2017-W44", "acme/2017-W44/index.html", 3)]
    return {
        "page": render_page(week),
        "page in German": render_page(week, "de", files=("report.txt",)),
        "page with few cases": render_page(few),
        "page without cases": render_page(World(weeks=0).tell()),
        "further cases": render_stories(replace(week, further=(week.stories,)), 1),
        "overview": render_overview([week, few]),
        "index": render_index(entries),
    }


@pytest.fixture(scope="module")
def trees(pages):
    parser = html5lib.HTMLParser(strict=True)  # raises at the first mistake
    return {name: parser.parse(page) for name, page in pages.items()}


def test_every_page_is_valid(trees):
    for tree in trees.values():
        assert tree.find(f"{NAMESPACE}body") is not None


def test_names_of_elements_are_unique_and_all_links_within_a_page_lead_somewhere(trees):
    for name, tree in trees.items():
        ids = Counter(each.get("id") for each in tree.iter() if each.get("id"))
        assert [each for each, count in ids.items() if count > 1] == [], name
        wanted = {each.get("for") for each in tree.iter() if each.get("for")}
        for each in tree.iter(f"{NAMESPACE}a"):
            target = each.get("href")
            if target.startswith("#"):
                wanted.add(target[1:])
        assert wanted <= ids.keys(), name
        if name == "page":
            assert {f"rule-{section}" for section in range(1, 10)} <= wanted


def test_no_heading_skips_a_level(trees):
    for name, tree in trees.items():
        levels = [
            int(each.tag[-1])
            for each in tree.iter()
            if isinstance(each.tag, str) and re.fullmatch(rf"{NAMESPACE}h[1-6]", each.tag)
        ]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after - before <= 1 for before, after in pairwise(levels)), name


def test_every_drawing_is_named_or_hidden(pages):
    for page in pages.values():
        for drawing in re.findall(r"<svg[^>]*>", page.split("</style>", 1)[1]):
            assert 'aria-hidden="true"' in drawing or re.search('aria-label="[^"]{10,}', drawing)
