"""Every figure leads to exactly the cases and posts that it counts: gone through by machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.measuring import measure_store
from listener.jobs.reports import make_setting
from listener.label import load_phrases
from listener.measure.periods import find_week
from listener.measure.told import TOLD_SCHEMA
from listener.measure.week import measure_week
from listener.posts import fold_handle
from listener.report.case_list import build_brand_week
from listener.report.filter_places import BASES
from listener.report.privacy import PublicPages
from listener.report.render import render_page
from listener.resources import config_dir, demo_archive, phrases_dir
from listener.settings import load_settings
from listener.store.store import Store
from tests.report.page_figures import Page, read_numbers

WEEK, SETTLED = "2026-W10", "2026-W09"


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
    tables = replace(found.tables, told=tell_from_elsewhere(found.tables.cases))
    return replace(found, grade="complete", tables=tables)


def tell_from_elsewhere(cases):
    """Let two sources tell how some cases ended, and contradict each other in one of each brand."""
    settled = cases.filter("has_need", ~pl.col("untagged"), week=SETTLED).sort("case")
    known = settled.group_by("brand", maintain_order=True).head(6).with_row_index("n")
    at = pl.lit(datetime(2026, 3, 14, tzinfo=UTC))
    first = known.select(
        "case",
        "brand",
        "platform",
        source=pl.lit("letters"),
        outcome=pl.when(pl.col("n") % 2 == 0).then(pl.lit("solved")).otherwise(pl.lit("unsolved")),
        told_at=at,
    )
    other = (
        first.group_by("brand", maintain_order=True)
        .head(2)
        .with_columns(
            source=pl.lit("desk"), outcome=pl.lit("solved"), told_at=at + timedelta(hours=1)
        )
    )
    return pl.concat([first, other], how="diagonal").select(*TOLD_SCHEMA).cast(TOLD_SCHEMA)


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


@pytest.fixture(scope="module", params=["kranich", "hedgewick"])
def week(request, measured):
    (brand,) = (each for each in measured.brands if each.key == request.param)
    return tell(measured, brand)


@pytest.fixture(scope="module")
def page(week):
    return Page(render_page(week, "de", reports={"2026-W08": "../2026-W08/index.html"}))


def test_each_link_shows_as_many_as_it_says(week, page):
    links = list(page.list_links())
    assert len(links) > 25
    for name, text in links:
        assert page.count(name) == week.filters[name], (name, text)
        # Of the numbers by weekday and hour a page lists what lies in its own weeks.
        # The name of a week is a link, too: its row has the number.
        if not name.startswith(("began-", "waited-")) and not text.startswith("KW"):
            assert week.filters[name] in (read_numbers(text) or [1]), (name, text)


def list_shares(figures):
    """Yield the name of each share's list, the share, and the name of the list of all."""
    dialogue, voice = figures.dialogue, figures.voice
    yield from {
        **{f"handling-{key}": share for key, share in figures.handling.items()},
        **{f"outcome-{key}": share for key, share in figures.outcomes.items()},
        "reopened": figures.reopened,
        "deep": dialogue.depth,
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
        **{f"promise-{state}": share for state, share in figures.promises.states.items()},
        **{f"promise_kept-{kind}": share for kind, share in figures.promises.kept_by_kind.items()},
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
    assert filters["own"] == counts["cases_with_need"]
    assert filters["judged"] == week.figures.outcome_cases
    for name in ("no_need", "untagged", "not_read"):
        assert filters.get(name, 0) == counts[name], name
    assert filters.get("automatic", 0) == counts["automatic_replies"]
    for name, clock in (
        ("replied", week.figures.first_reply),
        ("helped", week.figures.first_helpful_reply),
    ):
        assert (filters.get(name, 0), filters["clocked"]) == (clock.answered, clock.total), name
    promises = week.figures.promises
    for name, count in (
        ("promise", promises.total),
        ("promise_said", promises.due_said),
        ("promise-open", promises.open),
        ("promise-not_checkable", promises.not_checkable),
    ):
        assert filters.get(name, 0) == count, name
    for outcome, count in week.figures.own_outcomes.items():
        assert filters.get(f"so_far-{outcome}", 0) == count


def test_what_is_told_from_elsewhere_has_its_cases(week, page):
    told, filters = week.figures.told_elsewhere, week.filters
    assert told.cases == filters["told"] == page.count("told") == 6
    assert filters.get("contradicted", 0) == told.contradicted > 0
    for observed, counts in told.observed.items():
        for outcome in ("solved", "unsolved"):
            assert filters.get(f"seen-{observed}-{outcome}", 0) == getattr(counts, outcome)
    for number, counts in enumerate(told.sources.values()):
        for outcome in ("solved", "unsolved"):
            assert filters.get(f"source_{outcome}-{number}", 0) == getattr(counts, outcome)


def test_clocks_of_follow_ups_and_of_opening_hours_have_their_lists(week):
    figures, filters = week.figures, week.filters
    clocks = {"": figures} | ({"service_": figures.service} if figures.service else {})
    for prefix, each in clocks.items():
        later = each.followup_reply
        assert filters.get(f"{prefix}followup", 0) == later.total > 0
        assert filters.get(f"{prefix}followup_answered", 0) == later.answered
        assert filters.get(f"{prefix}followup_waiting", 0) == later.open
        assert filters.get(f"{prefix}replied", 0) == each.first_reply.answered
        assert filters.get(f"{prefix}waiting", 0) == each.first_reply.open
        assert filters.get(f"{prefix}helped", 0) == each.first_helpful_reply.answered


def test_a_week_leads_to_its_report_where_there_is_one_and_says_so_where_there_is_none(page):
    rows = page.root.xpath('//*[@id="trend" or @id="maturing"]//tr[td]')
    links = {" ".join(row.xpath("string(th)").split()): row.xpath("./th/a/@href") for row in rows}
    assert links["KW 10"] == ["#show-own"]
    assert links["KW 9"] == ["#show-judged"]
    counts = {" ".join(row.xpath("string(th)").split()): row.xpath("string(td)") for row in rows}
    assert (counts["KW 10"], counts["KW 9"]) == (str(page.count("own")), str(page.count("judged")))
    assert links["KW 8"] == ["../2026-W08/index.html"]
    assert links["KW 7"] == []
    assert "Wo kein Verweis steht, liegt hier keiner" in page.root.text_content()


def test_every_tile_and_every_clock_leads_to_cases(page):
    parts = page.root.xpath('//section[@id="figures"]//article')
    clocks = page.root.xpath('//table[contains(@class, "waits")]//tr[td]')
    assert len(parts) == 5
    assert len(clocks) >= 3
    for part in (*parts, *clocks):
        assert part.xpath('.//a[starts-with(@href, "#show-")]'), part.text_content()


def find_shy(week, tables):
    """Return a customer who wrote in a listed case: handle, and the ids of all posts with him."""
    case_posts = tables.case_posts.filter(brand=week.brand.key)
    case = next(row.case for row in week.cases if "replied" in row.filters)
    wrote = case_posts.filter(side="customer", case=case)["author_handle"][0]
    cases = case_posts.filter(side="customer", author_handle=wrote)["case"].unique()
    return wrote, set(case_posts.filter(pl.col("case").is_in(cases.implode()))["post_id"])


def test_a_published_page_leaves_out_who_asked_for_it_and_names_nobody_by_a_link(measured, week):
    handle, ids = find_shy(week, measured.tables)
    privacy = PublicPages(key=b"k" * 32, opt_outs=frozenset({fold_handle(handle)}))
    public = tell(measured, week.brand, privacy=privacy)
    for name, count in week.filters.items():
        assert 0 <= count - public.filters.get(name, 0) <= len(ids), name
    assert week.filters["reply"] > public.filters["reply"] > 0
    shown = {post.url for group in public.posts for post in group.posts if post.url}
    own = set(measured.tables.replies.filter(brand=week.brand.key)["url"])
    assert all(url.startswith("https://x.com/i/status/") or url in own for url in shown)
    assert not [url for url in shown if url.rpartition("/")[2] in ids]


def test_every_row_that_counts_something_leads_to_as_much(page):
    figures = list(page.find_figures("handling", "outcome", "promises", "talk"))
    assert len(figures) > 15
    for figure in figures:
        if figure.text.startswith("KW "):
            continue
        shown = [link.removeprefix("#show-") for link in figure.links if link.startswith("#show-")]
        assert shown, figure.text
        assert figure.count in map(page.count, shown), figure.text
