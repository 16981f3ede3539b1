"""A mail as a reader meets it, in a real browser, on a phone and at a desk."""

import base64

import pytest
from axe_playwright_python.sync_playwright import Axe

from listener.report.mail import render_mail
from tests.report.builders import MONDAY, World, make_brand

pytestmark = [pytest.mark.browser, pytest.mark.long]
RATIO = "image => image.naturalHeight / image.naturalWidth"
# The old picture stays until the browser has found that the new one cannot be had.
LOSE_PICTURE = """image => new Promise(resolve => {
    image.addEventListener("error", resolve, {once: true});
    image.src = "cid:gone";
}).then(() => null)"""
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
            mail = render_mail(week, language, place=place)
            path.write_text(show_pictures(mail), encoding="utf-8")
            paths.append(path)
    return paths


def show_pictures(mail):
    """Return the HTML with its pictures in it, as a mail program shows it."""
    html = mail.html
    for picture in mail.pictures:
        data = base64.b64encode(picture.png).decode()
        html = html.replace(f"cid:{picture.content_id}", f"data:image/png;base64,{data}")
    return html


@pytest.mark.parametrize("width", [320, 600])
def test_pictures_are_as_wide_as_there_is_room_and_told_where_they_are_not_shown(
    mails, make_page, width
):
    page = make_page(viewport={"width": width, "height": 800})
    page.goto(mails[0].as_uri())
    sheet = page.locator("table.sheet").bounding_box()
    assert page.locator("img.chart").count() == 2
    for picture in page.locator("img.chart").all():
        box, natural = picture.bounding_box(), picture.evaluate("image => image.naturalWidth")
        assert sheet["x"] < box["x"]
        assert box["x"] + box["width"] < sheet["x"] + sheet["width"]
        assert natural >= 1.9 * box["width"]
        assert abs(box["height"] / box["width"] - picture.evaluate(RATIO)) < 0.01
        picture.evaluate(LOSE_PICTURE)
        assert picture.bounding_box()["height"] < 250
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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
