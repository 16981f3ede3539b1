"""The work list in a real browser: it renews itself, and nobody loses his place."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from listener.serve.board import Keeper
from tests.builders import talk
from tests.serve.conftest import serve

pytestmark = pytest.mark.browser
FOCUSED = "document.activeElement.closest('li')?.id"


@pytest.fixture
def listening(make_page):
    """Return a page with a clock of its own, and what its console complained of."""

    def open_list(address, **options):
        page = make_page(**options)
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.clock.install()
        page.goto(address)
        return page, complaints

    return open_list


def renew(page):
    with page.expect_response("**/waiting/*"):
        page.clock.fast_forward(61_000)


def test_the_list_renews_itself_and_the_focus_stays_where_it_was(own, listening):
    page, complaints = listening(f"{own.url}waiting/")
    row = page.locator("li", has_text="my phone is dead")
    row.get_by_role("link", name="the whole case").focus()
    case = page.evaluate(FOCUSED)
    before = page.evaluate("window.kept = document.activeElement; document.title")
    own.save(*talk("carl: @acme where is my refund, please?", at=30))
    renew(page)
    page.get_by_text("where is my refund").wait_for()
    assert page.title() == before
    assert page.evaluate(FOCUSED) == case
    assert page.evaluate("document.activeElement === window.kept")
    expect(page.get_by_role("status")).to_have_text("New in the list: 1; gone from it: 0.")
    waits = page.locator("#list > li").all_inner_texts()
    order = [next(n for n in ("parcel", "refund", "phone") if n in text) for text in waits]
    assert order == ["parcel", "refund", "phone"]
    assert "3 cases" in page.locator("#total").inner_text()
    assert not complaints


def test_who_read_a_row_that_goes_continues_with_the_next_and_silence_is_kept(own, listening):
    page, _ = listening(f"{own.url}waiting/")
    page.locator("li", has_text="parcel").get_by_role("link", name="the whole case").focus()
    renew(page)
    assert page.get_by_role("status").inner_text() == ""  # nothing has changed
    case = page.evaluate(FOCUSED)
    own.forget("anna")
    renew(page)
    page.locator(f"#{case}").wait_for(state="detached")
    assert "my phone is dead" in page.evaluate("document.activeElement.closest('li').innerText")
    expect(page.get_by_role("status")).to_have_text("New in the list: 0; gone from it: 1.")


def test_a_server_that_is_away_is_told_once_and_the_list_stays(own, listening):
    page, _ = listening(f"{own.url}waiting/")
    page.route("**/waiting/*", lambda route: route.abort())
    page.clock.fast_forward(61_000)
    page.locator("#trouble:visible").wait_for()
    assert "cannot be renewed" in page.get_by_role("status").inner_text()
    assert page.locator("#list > li").count() == 2
    page.unroute("**/waiting/*")
    renew(page)
    page.locator("#trouble").wait_for(state="hidden")


def test_without_a_script_everything_is_there(served, make_page):
    page = make_page(java_script_enabled=False)
    page.goto(f"{served.url}waiting/")
    page.get_by_role("link", name="renew now").click()
    expect(page.locator("#list > li")).to_have_count(2)
    page.get_by_role("link", name="the whole case").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Work list").click()
    page.get_by_role("link", name="All reports").click()
    expect(page.get_by_role("link", name="Work list: who is waiting now")).to_be_visible()


def test_lists_and_cases_are_accessible_and_fit_a_phone(report_folder, kept_database, listening):
    with serve(report_folder, kept_database, language="de") as served:
        options = {"viewport": {"width": 320, "height": 700}, "color_scheme": "dark"}
        page, complaints = listening(f"{served.url}waiting/", reduced_motion="reduce", **options)
        for _ in range(2):
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            assert page.locator("html").get_attribute("lang") == "de"
            results = Axe().run(page)
            assert results.violations_count == 0, results.generate_report()
            if page.locator(".work").count():
                page.locator(".w-links a").last.click()
        assert not complaints


def test_the_first_list_appears_by_itself_with_all_its_choices(
    report_folder, kept_database, listening, monkeypatch
):
    monkeypatch.setattr(Keeper.look, "__defaults__", (0.0,))
    with serve(report_folder, kept_database) as served:
        page, complaints = listening(f"{served.url}waiting/")
        assert page.locator("#list > li").count() == 0
        page.get_by_text("Posts are being read").wait_for()
        Keeper.look.__defaults__ = (60.0,)
        with page.expect_response("**/waiting/*"):
            page.clock.fast_forward(3_100)
        page.locator("#list > li").nth(1).wait_for()
        expect(page.get_by_role("link", name="ask how it ended")).to_be_visible()
        expect(page.locator("#measuring")).to_be_hidden()
        assert not complaints
