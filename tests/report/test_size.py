"""A page of ten thousand cases stays below six megabytes: counted, not timed."""

import re

from listener.report.listed_posts import MOST_POSTS
from listener.report.render import render_page
from tests.report.builders import MONDAY, World

LARGEST, CASES, A_ROW, A_POST = 6_000_000, 10_000, 310, 125


def test_ten_thousand_cases_fit_into_six_megabytes():
    week = World(cases=450, weeks=2).tell(as_of=MONDAY)
    page = render_page(week, "de").encode()
    listed = re.search(rb'<ul class="cases in-brief".*?</ul>', page, re.S)[0]
    a_row = len(listed) / len(week.others)
    assert a_row < A_ROW
    single = re.search(rb'<div class="group posts">.*?</details>', page, re.S)[0]
    assert len(single) / sum(len(group.posts) for group in week.posts) < A_POST
    # What else is on the page does not grow with the cases: so many are told, no more.
    assert len(week.stories) == 300
    further = (CASES - len(week.others)) * A_ROW + MOST_POSTS * A_POST
    assert len(page) + further < LARGEST
