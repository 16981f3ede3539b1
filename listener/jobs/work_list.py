"""Measure what waits, and tell single cases of it: for a page that people leave open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from listener.jobs.brands import find_brands
from listener.jobs.cases import CaseFilter, list_cases
from listener.jobs.evidence import LabelQuotes
from listener.jobs.measuring import Measured, measure_by_settings
from listener.label import Phrases
from listener.measure.case_reasons import explain_cases
from listener.measure.window import BEFORE
from listener.posts import Brand
from listener.report.privacy import OwnPages
from listener.report.quotations import has_safe_scheme
from listener.report.stories import tell_stories
from listener.report.weekly import Story
from listener.report.work import WorkCase, WorkList, WorkRow
from listener.settings import Settings
from listener.store.store import Store

WORK_WEEKS = timedelta(weeks=26)
"""Before the newest post: who was silent for longer, and was left alone, is not on the list."""

WAITING = CaseFilter(is_open=True, sort="waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBoard:
    """The work list, with what is needed to tell its cases and nothing more.

    Attributes:
        measured: What was measured, of the cases of the list alone.
    """

    work: WorkList
    measured: Measured
    phrases: Phrases
    handles: str

    def tell(self, case: str) -> WorkCase | None:
        """Return one case of the list; None if nobody waits in it, or there is none."""
        row = next((row for row in self.work.rows if row.case == case), None)
        if row is None:
            return None
        measured = keep_cases(self.measured, [case])
        stories = tell_stories(
            measured.tables.case_posts,
            frozenset([case]),
            {case: row.customer},
            row.brand,
            LabelQuotes(measured, [row.brand], self.phrases).find,
            OwnPages(full=self.handles == "full"),
        )
        reasons = explain_cases(
            measured.tables, [case], settle_days=measured.observation.settle_days
        )
        story = replace(stories.get(case, Story(())), reasons=reasons[case])
        return WorkCase(row=row, story=story, as_of=self.work.as_of)


def measure_work_list(
    store: Store, settings: Settings, phrases: Phrases, *, now: datetime
) -> WorkBoard:
    """Measure the conversations of the last weeks, and keep what waits in them, the longest first.

    Somebody may wait in older ones too; these are in `listener cases --open`.

    Raises:
        StoreError: If the database fails.
    """
    brands = find_brands(settings, store)
    # Of a store that nothing was added to for long, such as an archive, its last weeks.
    since = (store.load_newest_post(now) or now) - WORK_WEEKS
    # A case is told of as it would be among all cases: what reaches into it is read too.
    measured = measure_by_settings(
        store, settings, brands, phrases, as_of=now, since=since - BEFORE
    )
    handles = settings.report.handles
    cases = list_cases(_keep_recent(measured, since), WAITING, handles=handles)
    by_key = {brand.key: brand for brand in brands}
    rows = tuple(_make_row(row, by_key) for row in cases.iter_rows(named=True))
    return WorkBoard(
        work=WorkList(as_of=now, brands=brands, rows=rows),
        measured=keep_cases(measured, cases["case"].to_list()),
        phrases=phrases,
        handles=handles,
    )


def _keep_recent(measured: Measured, since: datetime) -> Measured:
    """Leave out cases in which nothing was said since a moment."""
    said = measured.tables.case_posts.filter(pl.col("at") >= since)
    cases = measured.tables.cases.join(said, on="case", how="semi", maintain_order="left")
    return replace(measured, tables=replace(measured.tables, cases=cases))


def keep_cases(measured: Measured, names: list[str]) -> Measured:
    """Return what was measured of some cases, which is little beside the whole."""
    tables = measured.tables
    chosen = pl.col("case").is_in(names)
    case_posts = tables.case_posts.filter(chosen)
    kept = replace(
        tables,
        cases=tables.cases.filter(chosen),
        case_posts=case_posts,
        turns=tables.turns.filter(chosen),
        promises=tables.promises.filter(chosen),
        told=tables.told.filter(chosen),
        replies=tables.replies.join(case_posts, on="post", how="semi"),
    )
    readable = measured.readable.join(case_posts, on="post", how="semi", maintain_order="left")
    return replace(measured, tables=kept, said=kept, readable=readable)


def _make_row(row: Mapping[str, Any], brands: Mapping[str, Brand]) -> WorkRow:
    return WorkRow(
        case=row["case"],
        brand=brands[row["brand"]],
        platform=row["platform"],
        customer=row["who"],
        opened_at=row["opened_at"],
        todo=row["todo"],
        waiting_since=row["waiting_since"],
        waiting_seconds=row["waiting_seconds"],
        replies=row["replies"],
        chases=row["chases"],
        quote=row["quote"] or "",
        url=row["opening_url"] if has_safe_scheme(row["opening_url"]) else None,
        told=row["told"],
    )
