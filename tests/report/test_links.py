"""Every figure leads to exactly the cases and posts that it counts: gone through by machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.measuring import measure_store
from listener.jobs.reports import make_setting
from listener.label import load_phrases
from listener.measure.periods import find_week
from listener.measure.week import measure_week
from listener.report.case_list import build_brand_week
from listener.report.filter_places import BASES
from listener.report.render import render_page
from listener.resources import config_dir, demo_archive, phrases_dir
from listener.settings import load_settings
from listener.store.store import Store
from tests.report.page_figures import Page, read_numbers

WEEK = "2026-W10"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The invented archive, as if it had been collected live."""
    settings = load_settings(config_dir() / "demo" / "demo.toml", env={})
    path = tmp_path_factory.mktemp("links") / "demo.db"
    with Store.open(f"sqlite:///{path}") as store:
        now = datetime(2026, 12, 1, tzinfo=UTC)
        import_file(store, demo_archive(), ImportOptions(form="listener"), now=now)
        newest = store.load_imports()["newest"].max()
        found = measure_store(
            store,
            settings.brands,
            load_phrases([phrases_dir()]),
            as_of=newest + timedelta(seconds=1),
            settle_days=7,
        )
    return replace(found, grade="complete")


def tell(measured, brand, **how):
    figures = measure_week(
        measured.tables, brand, find_week(WEEK, brand.time_zone), make_setting(measured, brand)
    )
    tables = measured.tables
    return build_brand_week(
        figures,
        brand,
        tables.cases,
        tables.case_posts,
        promises=tables.promises,
        tables=tables,
        **how,
    )


@pytest.fixture(scope="module", params=["kranich", "hedgewick", "kiebitz"])
def week(request, measured):
    (brand,) = (each for each in measured.brands if each.key == request.param)
    return tell(measured, brand)


@pytest.fixture(scope="module")
def page(week):
    return Page(render_page(week, "de"))


def test_each_link_shows_as_many_as_it_says(week, page):
    links = list(page.list_links())
    assert len(links) > 25
    for name, text in links:
        assert page.count(name) == week.filters[name], (name, text)
        # Of the numbers by weekday and hour a page lists what lies in its own weeks.
        if not name.startswith(("began-", "waited-")):
            assert week.filters[name] in (read_numbers(text) or [1]), (name, text)


def list_shares(figures):
    """Yield the name of each share's list, the share, and the name of the list of all."""
    dialogue, voice = figures.dialogue, figures.voice
    yield from {
        "deflected": figures.deflection_rate,
        "fast_no_help": figures.fast_no_help,
        "last_public_word": figures.last_public_word,
        "chased": figures.chased,
        "followup_asked": figures.brand_followup_asked,
        "followup_unasked": figures.brand_followup_unasked,
        "asks_back": dialogue.asks_back,
        "reached": dialogue.reach,
        "wrote_reply": dialogue.reply_share,
        "praise_answered": dialogue.selective.praise,
        "complaint_answered": dialogue.selective.complaint,
        "reply_deflects": figures.reply_deflection,
        "signed": voice.signed_share,
        "canned": voice.canned_share,
        "register_mismatch": voice.register_mismatch,
        **{f"target-{key}": share for key, share in figures.targets.items()},
        **{f"reply_target-{key}": share for key, share in figures.reply_targets.items()},
        **{f"fate-{key}": share for key, share in figures.fate.items()},
        **{f"brand_says-{key}": share for key, share in voice.register_brand.items()},
        **{f"customer_says-{key}": share for key, share in voice.register_customer.items()},
        **{f"canned-{number}": each.replies for number, each in enumerate(voice.clusters, 1)},
    }.items()


def test_each_list_is_as_long_as_the_figure_says_and_so_is_that_of_all(week, page):
    for name, share in list_shares(week.figures):
        assert week.filters.get(name, 0) == share.count, name
        assert week.filters.get(BASES[name], 0) == share.total, name
        if share.count:
            assert page.count(name) == share.count, name
            assert page.count(BASES[name]) == share.total, name


def test_what_is_no_share_has_its_list_too(week):
    counts, filters = week.figures.counts, week.filters
    for name in ("no_need", "untagged", "not_read"):
        assert filters.get(name, 0) == counts[name], name
    assert filters.get("automatic", 0) == counts["automatic_replies"]
    for name, clock in (
        ("replied", week.figures.first_reply),
        ("helped", week.figures.first_helpful_reply),
    ):
        assert (filters.get(name, 0), filters["clocked"]) == (clock.answered, clock.total), name
    for outcome, count in week.figures.own_outcomes.items():
        assert filters.get(f"so_far-{outcome}", 0) == count


def test_every_row_that_counts_something_leads_to_as_much(page):
    figures = list(page.find_figures("handling", "outcome", "talk"))
    assert len(figures) > 15
    for figure in figures:
        if figure.text.startswith("KW "):
            continue
        shown = [link.removeprefix("#show-") for link in figure.links if link.startswith("#show-")]
        assert shown, figure.text
        assert figure.count in map(page.count, shown), figure.text
