import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from listener.errors import ConfigError
from listener.figures import Gap, Hole, PlatformCoverage, Runs
from listener.report.language import Language
from listener.report.mail import render_mail
from listener.report.render import render_page, render_text
from listener.report.solved import show_solved
from listener.report.wording import show_counts
from tests.report.builders import ASKED, MONDAY, NAMES, REPLIES, World, make_brand
from tests.report.test_render import HOSTILE, compare, read_numbers

PLACE = "https://reports.acme.example/acme/2017-W44/index.html"


@pytest.fixture(scope="module")
def week():
    return World(cases=48, weeks=4).tell(as_of=MONDAY)


@pytest.fixture(scope="module")
def partial(week):
    """A week with a hole, a loss and replies that were not collected."""
    figures, day = week.figures, week.figures.since + timedelta(days=1)
    seen = PlatformCoverage(
        platform="x",
        grade="partial",
        reasons=("hole", "loss"),
        watched_from=figures.since,
        observed_until=figures.until,
        runs=Runs(planned=600, done=580, failed=18, paused=2),
        hole=Hole(day, day + timedelta(hours=9), is_open=False, source="x.acme.mentions"),
        gaps=(Gap(day, day + timedelta(hours=2)),),
        lost_seconds=7_200.0,
    )
    coverage = replace(
        figures.coverage, grade="partial", announced=100, collected=80, platforms=(seen,)
    )
    return replace(week, figures=replace(figures, coverage=coverage))


def drop_style(html: str) -> str:
    """Return HTML without what a picture's bytes decide, which no two versions draw alike."""
    html = re.sub(r"\.[0-9a-f]{16}@listener", "", re.sub(r' style="[^"]*"', "", html))
    return re.sub(r'(<img [^>]*width=)"\d+"', r"\1", html)


def drop_tags(html: str) -> str:
    """Return what is read where pictures are not shown."""
    html = re.sub(r'<img [^>]*alt="([^"]*)"[^>]*>', r" \1 ", html)
    plain = re.sub(r"<!--.*?-->|<title>.*?</title>|<[^>]+>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", plain.replace("&nbsp;", " "))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_mail_is_as_it_was_read_in_review(partial, language):
    mail = render_mail(partial, language, place=PLACE)
    compare(f"mail.{language}.txt", f"{mail.subject}\n\n{mail.text}")
    compare(f"mail.{language}.html", drop_style(mail.html))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("cases", [0, 1, 7, 48])
@pytest.mark.parametrize("grade", ["complete", "unknown"])
def test_both_forms_carry_the_same_figures(language, cases, grade):
    week = World(cases=cases, weeks=2 if cases else 0).tell(as_of=MONDAY, grade=grade)
    mail = render_mail(week, language, place=PLACE)
    assert read_numbers(mail.text) == read_numbers(drop_tags(mail.html) + " " + PLACE)
    assert read_numbers(mail.subject) <= read_numbers(mail.text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_page_text_and_mail_say_in_the_same_words_how_many_are_known_to_be_solved(week, language):
    mail = render_mail(week, language, place=PLACE)
    spoken = Language(language)
    shown = show_solved(spoken, week.figures.resolution, week.settle_days)
    assert shown.value == show_counts(spoken, 2, 56)
    html = (drop_tags(mail.html), drop_tags(render_page(week, language)))
    for form in (mail.text, render_text(week, language), *html):
        told = re.sub(r"\s+", " ", unescape(form))
        assert shown.value in told
        assert shown.counts.replace("\u00a0", " ") in told


def test_both_forms_tell_what_was_not_seen(partial):
    mail = render_mail(partial, place=PLACE)
    for form in (re.sub(r"\s+", " ", mail.text), drop_tags(mail.html)):
        assert "Not everything was seen." in form
        assert "80 of 100 were collected" in form
        assert "9 h" in form.replace("\u00a0", " ")
        assert "nobody said in public" in form


def test_no_figure_stands_without_its_number_of_cases(week):
    text = render_mail(week, place=PLACE).text
    figures = text.split("The figures that count")[1].split("What nobody knows")[0]
    told = re.findall(r"^(?! |-|What|the )\S.*:.*\n((?:    .*\n)+)", figures, re.M)
    assert len(told) == 6
    assert all(re.search(r"\d+ of \d+ |of \d+ cases", detail) for detail in told)
    assert sum("95% interval" in detail for detail in told) == 4


def test_nobody_is_quoted_or_named():
    world = World(cases=30, weeks=2)
    week = world.tell(as_of=MONDAY, handles="full")
    for language in ("en", "de"):
        mail = render_mail(week, language, place=PLACE)
        for form in (mail.subject, mail.html, mail.text):
            said = [*ASKED, *NAMES, *(text for text, _ in REPLIES.values())]
            assert not [words for words in said if words in form]
            assert not re.search(r"user\d|x\.com", form)


def test_the_html_brings_all_its_style_and_loads_nothing(week):
    html = render_mail(week, place=PLACE).html
    assert not re.search(r"<(?:style|script|link|iframe)\b|url\(|@import", html)
    assert not re.search(
        r'<img (?!class="chart" [^>]*src="cid:[a-z]+\.[0-9a-f]{16}@listener")', html
    )
    assert html.count("style=") > 50
    assert re.findall(r'href="([^"]+)"', html) == [PLACE]


# What Gmail, Outlook, Apple Mail, Thunderbird, Yahoo and Samsung's program understand, by
# caniemail.com; two do no harm where they are not known: `overflow-wrap`, `border-radius`.
KNOWN_STYLE = {
    "background-color", "border", "border-collapse", "border-left", "border-radius", "border-top",
    "color", "display", "font-family", "font-size", "font-style", "font-weight", "height",
    "letter-spacing", "line-height", "margin", "max-width", "overflow-wrap", "padding",
    "padding-bottom", "padding-top", "table-layout", "text-align", "text-decoration",
    "text-transform", "vertical-align", "white-space", "width", "word-wrap",
    "-webkit-text-size-adjust",
}  # fmt: skip
KNOWN_VALUES = {"block", "inline-block", "100%", "auto"}


def test_the_html_uses_only_what_common_mail_programs_understand(partial):
    html = render_mail(partial, "de", place=PLACE).html
    styles = re.findall(r'style="([^"]*)"', html)
    found = {tuple(part.split(":", 1)) for style in styles for part in style.split(";") if part}
    assert {name.strip() for name, _ in found} <= KNOWN_STYLE
    layout = {
        value.strip() for name, value in found if name.strip() in {"display", "height", "width"}
    }
    assert {value for value in layout if not value.endswith("px")} <= KNOWN_VALUES
    assert not re.search(r"var\(|calc\(|!important|rgba|\bem\b", " ".join(styles))


def test_the_html_stays_below_what_mail_programs_cut(partial):
    long = replace(partial, brand=make_brand(name="Größe " * 40))
    assert len(render_mail(long, "de", place=PLACE).html.encode()) < 50_000


def test_text_lines_fit_into_a_mail(partial):
    for language in ("en", "de"):
        text = render_mail(partial, language, place=PLACE).text
        assert max(map(len, text.splitlines())) <= 72
        assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "lies on the computer where listener runs: in its folder of reports, under"),
        ("de", "liegt auf dem Rechner, auf dem listener läuft: in seinem Ordner für Berichte"),
    ],
)
def test_a_path_is_told_in_words_and_is_no_link(week, language, words):
    mail = render_mail(week, language, place="/srv/reports/acme/2017-W44/index.html")
    assert "href" not in mail.html
    for form in (mail.text, mail.html):
        told = re.sub(r"\s+", " ", form)
        assert words in told
        assert re.search("[“„]acme/2017-W44[”“]", told)
        assert "/srv" not in told
        assert "index.html" not in told


@pytest.mark.parametrize(
    ("language", "zone"), [("en", "Europe/Berlin"), ("de", "America/New_York")]
)
def test_the_moment_of_measuring_carries_its_zone(language, zone):
    week = World(make_brand(time_zone=zone), cases=3, weeks=1).tell(as_of=MONDAY)
    mail = render_mail(week, language, place=PLACE)
    for form in (mail.text, mail.html):
        assert re.search(rf"\d\d:\d\d\s\({zone}\)", form)


NOTHING = {"en": ["no data", "> ", ">\u00a0"], "de": ["keine Daten", "> ", ">\u00a0"]}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("cases", [1, 3, 14, 48])
@pytest.mark.parametrize("grade", ["complete", "partial", "unknown"])
def test_a_mail_says_in_words_what_is_not_known(language, cases, grade):
    week = World(cases=cases, weeks=1).tell(as_of=MONDAY, grade=grade)
    text = render_mail(week, language, place=PLACE).text
    assert [words for words in NOTHING[language] if words in text] == []


def test_a_wait_that_is_longer_than_one_can_know_is_told_in_words(week):
    clock = week.figures.first_reply
    median = replace(clock.median, seconds=None, low=3_600.0, high=None, longest=13 * 86_400.0)
    figures = replace(week.figures, first_reply=replace(clock, median=median, answered=3))
    for language, words in (("en", "more than 13 days"), ("de", "mehr als 13 Tage")):
        mail = render_mail(replace(week, figures=figures), language, place=PLACE)
        for form in (mail.text, drop_tags(mail.html)):
            assert words in re.sub(r"\s+", " ", form)


@pytest.mark.parametrize(
    ("cases", "grade", "subject"),
    [
        (0, "complete", "Acme Telecom, week 44, 2017: no case was collected"),
        (
            30,
            "complete",
            r"Acme Telecom, week 44, 2017: \d+ of 30 cases answered in public, \d+ .*",
        ),
        (30, "unknown", r"Acme Telecom, week 44, 2017: \d+ of \d+ answered cases sent elsewhere"),
    ],
)
def test_the_subject_tells_the_finding(cases, grade, subject):
    week = World(cases=cases, weeks=min(cases, 1)).tell(grade=grade)
    assert re.fullmatch(subject, render_mail(week, place=PLACE).subject)


def test_a_long_name_leaves_room_for_the_finding(week):
    finding = "44 von 48 Fällen öffentlich beantwortet, 25 weiterverwiesen"
    for name in ("Größe & Söhne " * 20, "x" * 61):
        subject = render_mail(replace(week, brand=make_brand(name=name)), "de", place=PLACE).subject
        assert re.search(rf"…, KW\s44/2017: {finding}$", subject)
        assert len(subject) < 140


def test_few_cases_have_no_rates():
    text = render_mail(World(cases=9, weeks=1).tell(), place=PLACE).text
    assert "%" not in text
    assert "too few for a rate" in text
    assert "Half of the cases" not in text


def test_hostile_names_stay_words():
    mail = render_mail(World(make_brand(name=HOSTILE), weeks=0).tell(), place="https://a/?a=1&b=2")
    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert 'href="https://a/?a=1&amp;b=2"' in mail.html
    assert "\u202e" not in mail.subject + mail.text + mail.html


def test_own_templates_come_first(tmp_path, week):
    (tmp_path / "mail.txt").write_text("{{ sentences[0] }} {{ place }}", encoding="utf-8")
    mail = render_mail(week, place=PLACE, templates=tmp_path)
    assert mail.text == f"Acme Telecom replied in public in 44 of 48 cases. {PLACE}"


def test_a_broken_template_is_named(tmp_path, week):
    (tmp_path / "mail.html").write_text("\n{{ nonsense }}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"report\.templates: "):
        render_mail(week, place=PLACE, templates=tmp_path)


def test_where_there_is_no_figure_the_reason_stands_in_its_place():
    week = World(cases=1, weeks=1).tell(as_of=MONDAY)
    nothing = replace(week.figures.deflection_rate, count=0, total=0, low=None, high=None)
    figures = replace(week.figures, deflection_rate=nothing, fast_no_help=nothing)
    for language, words in (
        ("en", ("no answered case", "no case answered within an hour")),
        ("de", ("kein beantworteter Fall", "kein Fall, der binnen einer Stunde beantwortet")),
    ):
        mail = render_mail(replace(week, figures=figures), language, place=PLACE)
        for form in (mail.text, drop_tags(mail.html)):
            told = re.sub(r"\s+", " ", form)
            assert [each for each in words if each not in told] == []
            assert not re.search("no data|keine Daten", told)
