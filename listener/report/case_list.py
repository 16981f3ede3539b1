"""Build the list of cases from the evidence tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from listener.figures import Examples, WeekFigures
from listener.measure.reasons import Reason
from listener.measure.reviewed import BY_PERSON
from listener.measure.selection import opened_in, tagged, with_need
from listener.measure.tables import Tables
from listener.posts import Brand
from listener.report.case_filters import (
    add_posts,
    count_filters,
    find_early_filters,
    find_outcome_filters,
    find_response_filters,
    find_time_filters,
)
from listener.report.case_people import People
from listener.report.further import TellStories, tell_further
from listener.report.listed_posts import Parts, list_posts
from listener.report.privacy import OwnPages, Privacy
from listener.report.promises import find_broken
from listener.report.quotations import clean_text
from listener.report.recontacts import Recontacts, find_recontacts
from listener.report.shared_filters import Names, find_shared_filters
from listener.report.stories import Finder, tell_stories
from listener.report.telling import RANKS, choose_stories, find_reason
from listener.report.voice import find_canned, quote_canned
from listener.report.weekly import (
    BrandWeek,
    BrokenPromise,
    CaseRow,
    Options,
    ReportOptions,
    Story,
    Wait,
)

Explainer = Callable[[frozenset[str]], Mapping[str, tuple[Reason, ...]]]

LATER_REASONS = frozenset({"outcome", "fate", "fast_no_help", "last_public_word", "promise"})


def build_brand_week(
    figures: WeekFigures,
    brand: Brand,
    cases: pl.DataFrame,
    case_posts: pl.DataFrame,
    *,
    settings: ReportOptions | None = None,
    find_evidence: Finder | None = None,
    promises: pl.DataFrame | None = None,
    explain: Explainer | None = None,
    settle_days: int = 7,
    privacy: Privacy | None = None,
    with_further: bool = False,
    tables: Tables | None = None,
) -> BrandWeek:
    """Gather all that a page needs to know of one brand in one period.

    Args:
        figures: What was measured of this brand and period.
        brand: Whose names and time zone to use.
        cases: Evidence table of cases; others than the brand's are ignored.
        case_posts: Their posts.
        settings: How customers are named.
        find_evidence: Given the `post` numbers that will be quoted, returns
            `post`, `label` and `words`; without it labels stand alone.
        promises: Evidence table of promises; without it none is listed.
        explain: Given names of cases, returns what was measured of each and why; without it
            stories go without.
        settle_days: How long a case is watched before silence counts.
        privacy: What may be seen of people; without it that of the operator's own pages.
        with_further: Whether cases that are listed in brief are told, too, on further pages.
        tables: All evidence; without it the posts of figures that count posts are not listed.
    """
    ours = pl.col("brand") == brand.key
    options = settings or Options()
    privacy = privacy or OwnPages(full=options.handles == "full")
    posts = case_posts.filter(ours)
    people = People(posts, privacy)
    own_cases = cases.filter(ours)
    all_cases = people.choose_listed(own_cases)
    settled = tagged(all_cases.filter(opened_in(figures.outcome_week, brand)))
    shared = find_shared_filters(settled, tables.told if tables else None)
    rows, older = _list_cases(with_need(all_cases), figures, brand, people, shared)
    listed = [*rows, *older]
    tell = _make_teller(listed, posts, brand, find_evidence, privacy, explain)
    chosen = _choose(listed, figures.examples)
    stories = tell(chosen)
    brief = [row for row in listed if row.case not in chosen] if with_further else []
    is_own = figures.outcome_week == figures.week
    others = find_recontacts(all_cases, {row.case for row in listed}, people.find_opening)
    further, page_of = tell_further([_complete(row, {}, others, {}) for row in brief], tell)
    parts = Parts({row.case for row in listed}, posts, own_cases, all_cases, settled, shared)
    single = list_posts(tables, brand, figures, privacy, parts) if tables else ()
    return BrandWeek(
        brand=replace(brand, name=clean_text(brand.name)),
        figures=figures,
        cases=tuple(_complete(row, stories, others, page_of) for row in rows),
        outcome_cases=tuple(_complete(row, stories, others, page_of) for row in older),
        filters=add_posts(count_filters(row.filters for row in listed), single),
        settle_days=settle_days,
        archive=options.archive,
        canned=quote_canned(figures.voice.clusters, posts, brand, privacy),
        canned_cases=find_canned(figures.voice.clusters, posts, {row.case for row in listed}),
        broken_promises=_list_broken(promises, posts, rows if is_own else older, privacy),
        further=further,
        posts=single,
    )


def _list_broken(
    promises: pl.DataFrame | None,
    posts: pl.DataFrame,
    judged: Sequence[CaseRow],
    privacy: Privacy,
) -> tuple[BrokenPromise, ...]:
    if promises is None:
        return ()
    return find_broken(promises, posts, {row.case: row.customer for row in judged}, privacy)


def _add_reasons(
    stories: Mapping[str, Story], reasons: Mapping[str, tuple[Reason, ...]], early: set[str]
) -> dict[str, Story]:
    """Tell why each case was measured so; what came of it only where it is not too early."""
    return {
        case: replace(
            story,
            reasons=tuple(
                reason
                for reason in reasons[case]
                if case not in early or reason.what not in LATER_REASONS
            ),
        )
        for case, story in stories.items()
    }


def _complete(
    row: CaseRow, stories: Mapping[str, Story], others: Recontacts, page_of: Mapping[str, int]
) -> CaseRow:
    return replace(
        row,
        page=page_of.get(row.case, 0),
        story=stories.get(row.case),
        earlier=others.earlier.get(row.case),
        later=others.later.get(row.case, ()),
    )


def _list_cases(
    counted: pl.DataFrame, figures: WeekFigures, brand: Brand, people: People, shared: Names
) -> tuple[list[CaseRow], list[CaseRow]]:
    """Return the period's own cases, and those of an older period whose outcomes are told."""
    own = counted.filter(pl.col("opened_at").is_between(figures.since, figures.until, "left"))
    is_settled = figures.outcome_week == figures.week
    rows = _make_rows(own, people, figures, brand, shared, response=True, outcome=is_settled)
    if is_settled:
        return rows, []
    settled = counted.filter(opened_in(figures.outcome_week, brand))
    return rows, _make_rows(settled, people, figures, brand, shared, response=False, outcome=True)


def _choose(rows: Sequence[CaseRow], examples: Examples) -> frozenset[str]:
    wanted = [case for case in (examples.best, examples.worst) if case is not None]
    return choose_stories(((row.reason, row.posts, row.case) for row in rows), wanted)


def _make_teller(
    rows: Sequence[CaseRow],
    posts: pl.DataFrame,
    brand: Brand,
    find_evidence: Finder | None,
    privacy: Privacy,
    explain: Explainer | None,
) -> TellStories:
    """Return what tells some of the listed cases, and why each was measured so."""
    customers = {row.case: row.customer for row in rows}
    early = {row.case for row in rows if row.outcome is None}

    def tell(chosen: frozenset[str]) -> Mapping[str, Story]:
        stories = tell_stories(posts, chosen, customers, brand, find_evidence, privacy)
        return _add_reasons(stories, explain(frozenset(stories)), early) if explain else stories

    return tell


def _make_rows(
    cases: pl.DataFrame,
    people: People,
    figures: WeekFigures,
    brand: Brand,
    shared: Names,
    *,
    response: bool,
    outcome: bool,
) -> list[CaseRow]:
    rows = []
    group = figures.week if response else figures.outcome_week
    for case in cases.iter_rows(named=True):
        filters = [
            *(find_response_filters(case) if response else ()),
            *(find_outcome_filters(case) if outcome else find_early_filters(case)),
            *(shared.get(case["case"], ()) if outcome else ()),
            *find_time_filters(case, figures.rhythm, brand.time_zone),
        ]
        rows.append(_make_row(case, people, group, filters, is_settled=outcome))
    return sorted(rows, key=lambda row: (RANKS.index(row.reason), row.opened_at, row.case))


def _make_row(
    case: dict[str, Any], people: People, group: str, filters: list[str], *, is_settled: bool
) -> CaseRow:
    return CaseRow(
        case=case["case"],
        group=group,
        opened_at=case["opened_at"],
        platform=case["platform"],
        customer=people.name(case),
        handling=case["handling"],
        outcome=case["outcome"] if is_settled else None,
        first_reply=_make_wait(case, "first_reply"),
        first_helpful=_make_wait(case, "first_helpful"),
        url=people.find_opening(case),
        reason=find_reason(case, is_settled_period=is_settled),
        posts=case["customer_posts"] + case["replies"],
        filters=tuple(filters),
        looked_at=case.get("visited_at") or case["observed_until"],
        is_judged=is_settled and case["outcome_rule"] == BY_PERSON,
    )


def _make_wait(case: dict[str, Any], clock: str) -> Wait:
    return Wait(
        seconds=case[f"{clock}_seconds"],
        observed=bool(case[f"{clock}_observed"]),
        skewed=bool(case.get(f"{clock}_skewed")),
    )
