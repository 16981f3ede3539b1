"""What a person meets: in a real browser, in both schemes, on a phone and at a desk."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from listener.report import telling
from listener.report.files import save_index, save_overview, save_report
from listener.report.weekly import BrandWeek
from listener.settings.goals import parse_goal
from tests.report.builders import MONDAY, World, make_brand

pytestmark = [pytest.mark.browser, pytest.mark.long]
PAGES = (
    "acme/2017-W44/index.html",
    "cura/2017-W44/index.html",
    "2017-W44/overview.html",
    "index.html",
)


# What has an edge, or stands beside something: words must not go beyond it.
BOXES = ".tile, .pair > div, .span, .period, .goal, .example, .multiple, .chart, .contrasts dd"
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    # Others are counted, and not described element by element; no page has a frame.
    "resultTypes": ["violations"],
    "iframes": False,
}


@pytest.fixture(scope="module")
def told() -> list[BrandWeek]:
    """Return what three brands did."""
    acme = World(cases=60, weeks=3)
    row = acme.add_case(handling="public", customer="x" * 300)
    acme.add_post(row, "customer", "W" * 3_000, ["need"])
    worlds = [
        (acme, {"as_of": MONDAY}),
        (World(make_brand("bolt", "Bolt" + "Bahn" * 30), cases=40, weeks=3), {"as_of": MONDAY}),
        (World(make_brand("cura", "Cura"), cases=6, weeks=1, seed=5), {"grade": "unknown"}),
    ]  # fmt: skip
    # Few stories, so that the brief list of all others is on the page too.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telling, "STORIES", 40)
        weeks = [world.tell(**how) for world, how in worlds]
    wanted = tuple(map(parse_goal, ("first_reply 1% within 7 d", "sent_elsewhere at most 1%")))
    return [replace(weeks[0], brand=replace(weeks[0].brand, goals=wanted)), *weeks[1:]]


@pytest.fixture(scope="module")
def site(told, tmp_path_factory) -> dict[str, Path]:
    """Write them in both languages."""
    roots = {}
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


# 320 and 640 are what 1280 pixels are at 400 and 200 per cent.
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [320, 390, 640, 768, 1280, 1920])
def test_nothing_sticks_out_at_any_width(site, make_page, language, width):
    page = make_page(viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto((site[language] / path).as_uri())
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator(BOXES).evaluate_all(
            "boxes => boxes.filter((box) => box.scrollWidth > box.clientWidth + 1)"
            ".map((box) => box.className + ': ' + box.textContent.trim().slice(0, 60))"
        ) == [], path  # fmt: skip


@pytest.fixture(scope="module")
def short_site(told, tmp_path_factory) -> Path:
    """Write the same brands with the first few of their cases: all rows of a list are alike."""
    root = tmp_path_factory.mktemp("short")
    short = [
        replace(week, cases=week.cases[:14], outcome_cases=week.outcome_cases[:4]) for week in told
    ]
    for week in short:
        save_report(root, week, {}, language="de")
    save_overview(root, short, language="de")
    save_index(root, language="de")
    return root


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(short_site, make_page, scheme, width):
    # Axe brings its own script, which the page's policy rightly refuses.
    page = make_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    for path in PAGES:
        page.goto((short_site / path).as_uri())
        open_all(page)
        # What is wrong in the light is wrong in the dark, too, but for colours.
        options = AXE if scheme == "light" else AXE | {"runOnly": ["cat.color"]}
        results = Axe().run(page, options=options)
        assert len(results.response["passes"]) > (20 if scheme == "light" else 0)
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


ROWS = ".cases > [data-f]"
VISIBLE = f"{ROWS}:visible"


def count_visible(page) -> int:
    return page.locator(VISIBLE).count()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_figure_leads_to_its_cases_even_without_scripts(site, make_page, has_scripts):
    page = make_page(java_script_enabled=has_scripts)
    page.goto((site["en"] / PAGES[0]).as_uri())
    at_first, everything = count_visible(page), page.locator(ROWS).count()
    link = page.locator('#handling a[href="#show-handling-moved"]')
    wanted = int("".join(filter(str.isdigit, link.inner_text())))
    link.click()
    expect(page.locator(VISIBLE)).to_have_count(wanted)
    assert wanted < everything
    assert page.locator(".filter-note:visible .back").get_attribute("href") == "#handling"
    page.locator(".filter-note:visible a", has_text="show all").click()
    expect(page.locator(VISIBLE)).to_have_count(at_first)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_figure_of_posts_leads_to_these_and_to_their_cases(site, make_page, has_scripts):
    page = make_page(java_script_enabled=has_scripts)
    page.goto((site["de"] / PAGES[0]).as_uri())
    page.locator("#talk summary").click()
    link = page.locator('#talk a[href="#show-signed"]')
    wanted = int("".join(filter(str.isdigit, link.inner_text())))
    link.click()
    posts = page.locator(".same p > span:visible")
    expect(posts).to_have_count(wanted)
    assert wanted > 20
    assert count_visible(page) == 0
    page.locator(".filter-note:visible a", has_text="gezählt aus").click()
    assert posts.count() >= wanted
    case = posts.first.locator("a", has_text="Fall")
    row = page.locator(case.get_attribute("href"))
    case.click()
    expect(row).to_be_visible()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_way_of_the_flow_leads_to_its_cases(site, make_page, has_scripts):
    page = make_page(java_script_enabled=has_scripts)
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.locator("#flow summary").click()
    link = page.locator('#flow a[href="#show-way-moved-handed_over"]')
    wanted = int("".join(filter(str.isdigit, link.inner_text())))
    link.click()
    assert wanted > 1
    expect(page.locator(VISIBLE)).to_have_count(wanted)
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
    return page.evaluate("""() => [...document.querySelectorAll('.cases > [data-f]')]
        .map((row) => Number(row.dataset.s.split(' ')[1]))""")


def test_the_whole_list_is_sorted_whatever_weeks_and_folds_it_stood_in(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    cases = page.locator(ROWS).evaluate_all("rows => rows.map((row) => row.id)")
    as_told = read_waits(page)
    page.get_by_label("Order").select_option("the longest wait for a reply first")
    assert read_waits(page) == sorted(as_told, reverse=True) != as_told
    assert page.locator("#cases .group:not(.posts) h3:visible").count() == 0
    page.goto((site["en"] / PAGES[0]).as_uri() + f"#{cases[-1]}")
    expect(page.locator(f"#{cases[-1]}")).to_be_visible()
    page.get_by_label("Search the cases").fill("charged twice")
    assert 0 < count_visible(page) < len(cases)
    page.get_by_label("Search the cases").fill("")
    page.get_by_label("Order").select_option("the most telling first")
    assert read_waits(page) == as_told
    assert cases == page.locator(ROWS).evaluate_all("rows => rows.map((row) => row.id)")


def test_what_an_address_names_is_unfolded(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri() + "#rule-4")
    expect(page.locator("#rule-4")).to_be_visible()
    page.goto((site["en"] / PAGES[0]).as_uri() + "#service")
    expect(page.locator("#service p").first).to_be_visible()
    row = page.locator(".rest .told").first.get_attribute("id")
    page.goto((site["en"] / PAGES[0]).as_uri() + f"#{row}")
    expect(page.locator(f"#{row} .story")).to_be_visible()


def test_one_button_unfolds_everything_but_the_stories(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.get_by_role("button", name="Unfold all details").click()
    assert page.locator("main details:not(.told details):not([open])").count() == 0
    assert page.locator(".told details[open]").count() == 0
    page.get_by_role("button", name="Fold the details again").click()
    assert page.locator("main details[open]").count() == 0


@pytest.mark.parametrize("has_scripts", [True, False])
def test_nothing_that_is_folded_is_missing_in_print(site, make_page, has_scripts):
    page = make_page(java_script_enabled=has_scripts)
    page.goto((site["en"] / PAGES[0]).as_uri())
    for hidden in ("table.waits", ".rules li", ".explanation", ".rest .told", ".hours td"):
        one = page.locator(hidden).last
        page.emulate_media(media="print")
        assert one.evaluate("part => part.checkVisibility({contentVisibilityAuto: true})"), hidden
        page.emulate_media(media="screen")


def test_a_number_of_the_map_leads_to_its_cases(told, site, make_page):
    page = make_page(viewport={"width": 390, "height": 800})
    page.goto((site["en"] / PAGES[0]).as_uri())
    page.locator("#rhythm summary").first.click()
    link = page.locator(".hours a").first
    name = link.get_attribute("href").removeprefix("#show-")
    link.click()
    assert "between" in page.locator(".filter-note:visible").inner_text()
    wanted = told[0].filters[name]
    expect(page.locator(VISIBLE)).to_have_count(wanted)
    page.locator(".filter-note:visible .back").click()
    expect(page.locator(".hours:focus, .hours :focus")).to_have_count(1)


def test_on_a_phone_the_waits_of_a_row_are_named(site, make_page):
    page = make_page(viewport={"width": 390, "height": 800})
    page.goto((site["de"] / PAGES[0]).as_uri())
    named = page.locator(".cases > li > p:nth-of-type(5)").first
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
    expect(page.locator(VISIBLE)).to_have_count(wanted)
    assert page.get_by_label("Search the cases").input_value() == ""
    page.get_by_label("Search the cases").fill("sent elsewhere")
    assert page.locator(".search output").inner_text().endswith(f" of {wanted} cases")
    page.locator(".filter-note:visible .back").click()
    expect(page.locator('[href="#show-outcome-handed_over"]:focus')).to_have_count(1)
    expect(link).to_be_visible()


def test_without_scripts_every_story_can_still_be_read(site, make_page):
    page = make_page(java_script_enabled=False)
    page.goto((site["en"] / PAGES[0]).as_uri())
    expect(page.locator(".search")).to_be_hidden()
    first = page.locator(".cases details").first
    first.locator("summary").first.click()
    expect(first.locator(".bubble").first).to_be_visible()


def test_a_case_named_in_the_address_is_opened(site, make_page):
    page = make_page()
    page.goto((site["en"] / PAGES[0]).as_uri())
    case = page.locator(".cases > li").nth(3).get_attribute("id")
    page.goto((site["en"] / PAGES[0]).as_uri() + f"#{case}")
    expect(page.locator(f"#{case} .story")).to_be_visible()


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
    expect(page).to_have_url(re.compile("#show-handled-"))
    expect(page.locator(".cases > li[hidden]")).not_to_have_count(0)
    summary = page.locator(".cases > li:visible summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cases > li:visible .bubble").first).to_be_visible()


def test_everything_that_gets_the_focus_is_seen_and_outlined(site, make_page):
    page = make_page(viewport={"width": 390, "height": 800})
    page.goto((site["de"] / PAGES[1]).as_uri())
    stops = page.evaluate("""() => [...document.querySelectorAll('a, summary, button, input')]
        .filter((part) => part.checkVisibility({contentVisibilityAuto: true})).length""")
    for _ in range(stops):
        page.keyboard.press("Tab")
        assert page.evaluate("""() => {
            const {top, bottom} = document.activeElement.getBoundingClientRect();
            const {outlineStyle} = getComputedStyle(document.activeElement);
            return top < innerHeight && bottom > 0 && outlineStyle === 'solid';
        }"""), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


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


def test_the_page_prints_alike_with_scripts_and_without(site, make_page):
    counts = set()
    for has_scripts in (True, False):
        page = make_page(java_script_enabled=has_scripts)
        page.goto((site["en"] / PAGES[1]).as_uri())
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        assert printed.startswith(b"%PDF")
        counts.add(printed.count(b"/Type /Page\n"))
    assert len(counts) == 1
    assert 3 < counts.pop() < 20


def test_no_chart_is_higher_than_a_printed_page_or_wider(site, make_page):
    width, height = 680, 1_000  # A4 within its margins
    page = make_page(viewport={"width": width, "height": height})
    page.emulate_media(media="print")
    page.goto((site["de"] / PAGES[0]).as_uri())
    boxes = page.locator(".chart, .multiple, .tile, .bubble, .notice").evaluate_all(
        "parts => parts.map(part => [part.scrollWidth - part.clientWidth, part.offsetHeight])"
    )
    assert len(boxes) > 10
    assert all(over <= 0 and high < height for over, high in boxes)
