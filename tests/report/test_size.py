"""A page of ten thousand cases stays below six megabytes: counted, not timed."""

import re

from listener.report.render import render_page
from tests.report.builders import MONDAY, World

LARGEST, CASES, A_ROW = 6_000_000, 10_000, 330


def test_ten_thousand_cases_fit_into_six_megabytes():
    week = World(cases=450, weeks=2).tell(as_of=MONDAY)
    page = render_page(week, "de").encode()
    listed = re.search(rb'<ul class="cases in-brief".*?</ul>', page, re.S)[0]
    a_row = len(listed) / len(week.others)
    assert a_row < A_ROW
    # What else is on the page does not grow with the cases: so many are told, no more.
    assert len(week.stories) == 300
    assert len(page) + (CASES - len(week.others)) * A_ROW < LARGEST * 0.8
