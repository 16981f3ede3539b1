"""A mail as a reader meets it, in a real browser, on a phone and at a desk."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from listener.report.mail import render_mail
from tests.report.builders import MONDAY, World, make_brand

pytestmark = [pytest.mark.browser, pytest.mark.long]
LONG_PATH = "/srv/listener/" + "very-long-folder-name/" * 8 + "index.html"


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    """Mails of a usual week, of a brand with a long name, of few cases, and of none."""
    folder = tmp_path_factory.mktemp("mails")
    worlds = [
        World(cases=60, weeks=3).tell(as_of=MONDAY),
        World(make_brand("bolt", "Bolt" + "Bahn" * 30), cases=40, weeks=3).tell(as_of=MONDAY),
        World(cases=6, weeks=1, seed=5).tell(grade="unknown"),
        World(weeks=0).tell(),
    ]
    paths = []
    for number, week in enumerate(worlds):
        for language in ("en", "de"):
            place = LONG_PATH if number == 1 else "https://reports.acme.example/acme"
            path = folder / f"{number}.{language}.html"
            html = render_mail(week, language, place=place).html
            path.write_text(html, encoding="utf-8")
            paths.append(path)
    return paths


@pytest.mark.parametrize("width", [320, 600, 1280])
def test_nothing_sticks_out_and_the_sheet_is_no_wider_than_600(mails, make_page, width):
    page = make_page(viewport={"width": width, "height": 800})
    for path in mails:
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        sheet = page.locator("table.sheet").bounding_box()
        assert sheet["width"] <= 600, path.name
        assert abs(sheet["x"] - (width - sheet["width"]) / 2) <= 1, path.name


def test_axe_finds_nothing(mails, make_page):
    page = make_page(viewport={"width": 600, "height": 800})
    for path in mails:
        page.goto(path.as_uri())
        results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        assert results.violations_count == 0, f"{path.name}: {results.generate_report()}"


def test_a_mail_asks_for_nothing(mails, make_page):
    page = make_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    for path in mails:
        page.goto(path.as_uri())
    assert [url for url in requests if not url.startswith("file:")] == []
