"""What a person meets: in a real browser, in both schemes, on a phone and at a desk."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from listener.report import telling
from listener.report.files import save_index, save_overview, save_report
from tests.report.builders import MONDAY, World, make_brand

pytestmark = [pytest.mark.browser, pytest.mark.long]
PAGES = (
    "acme/2017-W44/index.html",
    "cura/2017-W44/index.html",
    "2017-W44/overview.html",
    "index.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> dict[str, Path]:
    """Write the same three brands in both languages."""
    acme = World(cases=60, weeks=3)
    row = acme.add_case(handling="public", customer="x" * 300)
    acme.add_post(row, "customer", "W" * 3_000, ["need"])
    worlds = [
        (acme, {"as_of": MONDAY}),
        (World(make_brand("bolt", "Bolt" + "Bahn" * 30), cases=40, weeks=3), {"as_of": MONDAY}),
        (World(make_brand("cura", "Cura"), cases=6, weeks=1, seed=5), {"grade": "unknown"}),
    ]  # fmt: skip
    roots = {}
    # Few stories, so that the brief list of all others is on the page too.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telling, "STORIES", 40)
        told = [world.tell(**how) for world, how in worlds]
    for language in ("en", "de"):
        root = roots[language] = tmp_path_factory.mktemp(language)
        for week in told:
            save_report(root, week, {}, language=language)
        save_overview(root, told, language=language)
        save_index(root, language=language)
    return roots


def open_all(page) -> None:
    page.evaluate("""() => [...document.querySelectorAll('details')].slice(0, 40)
        .concat([...document.querySelectorAll('details.data')])
        .forEach((box) => { box.open = true })""")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_at_any_width(site, make_page, language, width):
    page = make_page(viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto((site[language] / path).as_uri())
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(site, make_page, scheme, width):
    # Axe brings its own script, which the page's policy rightly refuses.
    page = make_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    for path in PAGES:
        page.goto((site["de"] / path).as_uri())
        open_all(page)
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
        results = Axe().run(page, options=options)
        assert len(results.response["passes"]) > 20
        assert results.violations_count == 0, f"{path}: {results.generate_report()}"


def test_the_browser_reports_nothing_and_asks_for_nothing(site, make_page):
    page = make_page()
    messages, requests = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    for path in PAGES:
        page.goto((site["en"] / path).as_uri())
        open_all(page)
    assert messages == []
    assert [url for url in requests if not url.startswith("file:")] == []


def count_visible(page) -> int:
    return page.locator("[data-f]:visible").count()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_figure_leads_to_its_cases_even_without_scripts(site, make_page, has_scripts):
    page = make_page(java_script_enabled=has_scripts)
    page.goto((site["en"] / PAGES[0]).as_uri())
    everything = count_visible(page)
    link = page.locator('#handling a[href="#show-handling-moved"]')
    wanted = int("".join(filter(str.isdigit, link.inner_text())))
    link.click()
    assert count_visible(page) == wanted < everything
    assert page.locator(".filter-note:visible .back").get_attribute("href") == "#handling"
    page.locator(".filter-note:visible a", has_text="show all").click()
    assert count_visible(page) == everything


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_way_of_the_flow_leads_to_its_cases(site, make_page, has_scripts):
    page = make_page(java_script_enabled=has_scripts)
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.locator("#flow summary").click()
    link = page.locator('#flow a[href="#show-way-moved-handed_over"]')
    wanted = int("".join(filter(str.isdigit, link.inner_text())))
    link.click()
    assert count_visible(page) == wanted > 1
    assert "sent elsewhere, end unknown" in page.locator(".filter-note:visible").inner_text()
    assert page.locator(".filter-note:visible .back").get_attribute("href") == "#flow"


def test_the_search_finds_a_case_by_a_word_of_it(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.get_by_label("Search the cases").fill("charged twice")
    shown = count_visible(page)
    assert 0 < shown < 120
    assert page.locator(".search output").inner_text().startswith(f"{shown} of ")


def read_waits(page) -> list[float]:
    return page.evaluate("""() => [...document.querySelectorAll('.brief-cases > li')]
        .map((row) => Number(row.dataset.s.split(' ')[1]))""")


def test_the_list_is_sorted_by_what_is_chosen(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    cases = page.locator("[data-f]").evaluate_all("rows => rows.map((row) => row.id)")
    as_told = read_waits(page)
    page.get_by_label("Order").select_option("the longest wait for a reply first")
    assert read_waits(page) == sorted(as_told, reverse=True) != as_told
    page.get_by_label("Order").select_option("the most telling first")
    assert read_waits(page) == as_told
    assert cases == page.locator("[data-f]").evaluate_all("rows => rows.map((row) => row.id)")


def test_on_a_phone_the_waits_of_a_row_are_named(site, make_page):
    page = make_page(viewport={"width": 390, "height": 800})
    page.goto((site["de"] / PAGES[0]).as_uri())
    named = page.locator(".brief-cases p:nth-of-type(5)").first
    label = named.evaluate("row => getComputedStyle(row, '::before').content")
    assert label == '"erste Antwort"'


def test_a_search_without_hits_says_so(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.get_by_label("Search the cases").fill("no such words")
    assert count_visible(page) == 0
    assert page.locator(".search output").inner_text() == "No case holds these words."


def test_following_a_figure_clears_the_search_and_back_returns_to_it(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.get_by_label("Search the cases").fill("charged twice")
    link = page.locator('#outcome a[href="#show-outcome-handed_over"]')
    wanted = int("".join(filter(str.isdigit, link.inner_text())))
    link.click()
    assert count_visible(page) == wanted
    assert page.get_by_label("Search the cases").input_value() == ""
    page.get_by_label("Search the cases").fill("sent elsewhere")
    assert page.locator(".search output").inner_text().endswith(f" of {wanted} cases")
    page.locator(".filter-note:visible .back").click()
    page.wait_for_function(
        "document.activeElement.getAttribute('href') === '#show-outcome-handed_over'"
    )
    assert link.is_visible()


def test_without_scripts_every_story_can_still_be_read(site, make_page):
    page = make_page(java_script_enabled=False)
    page.goto((site["en"] / PAGES[0]).as_uri())
    assert not page.locator(".search").is_visible()
    first = page.locator(".cases details").first
    first.locator("summary").first.click()
    assert first.locator(".bubble").first.is_visible()


def test_a_case_named_in_the_address_is_opened(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    case = page.locator(".cases > li").nth(3).get_attribute("id")
    page.goto((site["en"] / PAGES[0]).as_uri() + f"#{case}")
    assert page.locator(f"#{case} .story").is_visible()


def test_the_skip_link_is_first_and_focus_can_be_seen(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_case_can_be_found_and_read_by_keyboard_alone(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.locator("#flow summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.partition("#")[2].startswith("show-handled-")
    page.wait_for_function("[...document.querySelectorAll('.cases > li')].some(row => row.hidden)")
    summary = page.locator(".cases > li:visible summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".cases > li:visible .bubble").first.is_visible()


def test_nothing_moves_by_itself(site, make_page):
    """Links lead at once to what they promise, for those who want no motion and for all others."""
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.locator(".summary a").first.click()
    style = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(style) == "auto"
    assert page.evaluate("document.getAnimations().length") == 0


def test_charts_are_drawn_in_the_pages_own_colours(site, make_page):
    colours = set()
    for scheme in ("light", "dark"):
        page = make_page(color_scheme=scheme)
        page.goto((site["en"] / PAGES[0]).as_uri())
        line = page.locator('.wide svg path[stroke="var(--series-helpful)"]').first
        colours.add(line.evaluate("path => getComputedStyle(path).stroke"))
    assert len(colours) == 2
    assert "none" not in colours


def test_the_page_prints(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[1]).as_uri())
    assert page.pdf(format="A4").startswith(b"%PDF")
