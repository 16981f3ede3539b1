"""All figures of one brand and one period, from the evidence tables alone.

`docs/measures.md`, sections 2 to 4 and 8. Response and handling figures are
the period's own; outcomes, fates and what builds on them are those of the
latest period whose cases were all watched long enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from listener.figures import (
    Clock,
    Resolution,
    Share,
    WeekFigures,
)
from listener.measure.changes import measure_changes
from listener.measure.coverage import measure_coverage
from listener.measure.dialogue import measure_dialogue
from listener.measure.examples import measure_examples
from listener.measure.fate import FATES, PRIVATE_FATES
from listener.measure.flow import measure_flow
from listener.measure.handling import HANDLINGS
from listener.measure.maturing import measure_maturing
from listener.measure.outcome import OUTCOMES
from listener.measure.periods import Period, find_outcome_period
from listener.measure.private_figures import measure_private
from listener.measure.promises import measure_promise_figures
from listener.measure.rhythm import measure_rhythm
from listener.measure.selection import (
    count_where,
    is_counted_reply,
    select_cases,
    select_posts,
    tagged,
    with_need,
)
from listener.measure.service import measure_service
from listener.measure.setting import Setting
from listener.measure.statistics import make_share, measure_clock
from listener.measure.tables import Tables
from listener.measure.told import measure_told
from listener.measure.trend import list_trend_weeks, measure_trend, was_deflected
from listener.measure.voice import measure_voice
from listener.posts import DEFLECTIONS, Brand

SETTLED_OUTCOMES = tuple(outcome for outcome in OUTCOMES if outcome != "none")
# What figures are counted from: to choose a brand's posts with their words takes far longer.
_COUNTED = (
    *("case", "brand", "platform", "post", "side", "at", "order", "automatic", "deleted"),
    *("read_as", "visibility", "deflects", "helps", "replies_announced", "replies_collected"),
)
_REPLIED = (
    *("case", "brand", "platform", "post", "post_id", "at", "kind", "counted", "automatic"),
    *("deleted", "deflects", "targets", "signed", "canned", "cluster"),
    *("replies_announced", "replies_collected"),
)
_SAID = ("brand", "post", "side", "at", "deleted", "read_as")
_AFTERWARDS = {
    "chased": "chases",
    "brand_followup_asked": "followups_asked",
    "brand_followup_unasked": "followups_unasked",
}
_WAITS = ("case", "clock", "wait_seconds", "observed", "skewed")


def measure_week(tables: Tables, brand: Brand, period: Period, setting: Setting) -> WeekFigures:
    """Measure one brand in one period."""
    posts, answers = tables.case_posts.select(_COUNTED), tables.replies.select(_REPLIED)
    tables = replace(tables, case_posts=posts, replies=answers)
    tables = tables.select(pl.col("brand") == brand.key)
    own = select_cases(tables.cases, brand, period)
    needy = with_need(own)
    settled_period = _find_settled_period(brand, period, setting)
    watched = tagged(select_cases(tables.cases, brand, settled_period))
    if setting.measured_since is not None and settled_period.since < setting.measured_since:
        watched = watched.clear()  # its words are gone: nothing is known of how it ended
    settled = with_need(watched)
    written = select_posts(tables.replies, brand, period)
    replies = written.filter(is_counted_reply())
    coverage = measure_coverage(tables, brand, period, setting)
    return WeekFigures(
        brand=brand.key,
        week=period.name,
        since=period.since,
        until=period.until,
        as_of=setting.as_of,
        mode=brand.mode,
        method=setting.method,
        coverage=coverage,
        counts=_count(tables, brand, period, (own, needy), written),
        dialogue=measure_dialogue(written, watched),
        voice=measure_voice(
            replies, needy, tables.cases["case", "customer"], setting.measured_since
        ),
        own_outcomes=_count_values(needy, "outcome", SETTLED_OUTCOMES),
        changes=measure_changes(
            tables, brand, (period, settled_period), setting, grade=coverage.grade
        ),
        **_measure_handling(needy, replies),  # type: ignore[arg-type]
        **_measure_clocks(tables.turns, needy, brand),  # type: ignore[arg-type]
        **_measure_past(tables, brand, (period, settled_period), setting),  # type: ignore[arg-type]
        private=measure_private(
            tables.private, brand, (period, settled_period), setting.private_since
        ),
        **_measure_outcomes(settled, tables, settled_period.name, brand.mode),  # type: ignore[arg-type]
    )


def _find_settled_period(brand: Brand, period: Period, setting: Setting) -> Period:
    return find_outcome_period(
        period,
        min([setting.as_of, *setting.observed_until.values()]),
        brand.time_zone,
        settle_days=setting.settle_days,
    )


def _measure_past(
    tables: Tables, brand: Brand, periods: tuple[Period, Period], setting: Setting
) -> dict[str, object]:
    period, settled = periods
    since = setting.measured_since
    weeks = list_trend_weeks(tables.cases, brand, period)
    known = [week for week in weeks if since is None or week.since >= since]
    first = min((week.since for week in known), default=period.since)
    span = Period(period.name, first, period.until)
    own = with_need(select_cases(tables.cases, brand, span))
    return {
        "rhythm": measure_rhythm(own, span, brand.time_zone),
        "trend": measure_trend(own, known, settled.until),
        "trend_since": _find_cut(weeks, since),
        "maturing": measure_maturing(tables, brand, settled, setting),
    }


def measure_fast_no_help(cases: pl.DataFrame) -> Share:
    """Measure `fast_no_help`: of cases answered within an hour, those never helped."""
    judged = cases["fast_no_help"]
    return make_share(int(judged.sum()), judged.count())


def _measure_handling(needy: pl.DataFrame, replies: pl.DataFrame) -> dict[str, object]:
    answered = needy.select("answered", "handling", "targets").filter("answered")
    deflected = {
        "deflection_rate": was_deflected(),
        "bare_deflection_rate": pl.col("handling") == "moved",
    }
    targets = {target: pl.col("targets").list.contains(target) for target in DEFLECTIONS}
    return {
        "handling": _shares(needy, "handling", HANDLINGS),
        **_share_where(answered, deflected),
        "targets": _share_where(answered, targets),
        **_share_where(replies, {"reply_deflection": pl.col("deflects")}, "replies"),
        "reply_targets": _share_where(replies, targets, "replies"),
    }


def _measure_outcomes(
    settled: pl.DataFrame, tables: Tables, name: str, mode: str
) -> dict[str, object]:
    fates = [fate for fate in FATES if mode == "owner" or fate not in PRIVATE_FATES]
    quiet = settled.select("settled", "outcome", "last_public_word").filter("settled")
    fated = settled.select(pl.col("fate").drop_nulls())
    answered = settled.select("answered", *_AFTERWARDS.values()).filter("answered")
    return {
        "outcome_week": name,
        "outcome_cases": settled.height,
        "outcomes": _shares(settled, "outcome", SETTLED_OUTCOMES),
        "resolution": measure_resolution(quiet),
        "fate": _shares(fated, "fate", tuple(fates)),
        "fast_no_help": measure_fast_no_help(settled),
        "last_public_word": make_share(quiet["last_public_word"].count(), quiet.height),
        **_share_where(answered, {name: pl.col(count) > 0 for name, count in _AFTERWARDS.items()}),
        "reopened": make_share(int(settled["reopened"].sum()), settled.height),
        "flow": measure_flow(settled),
        "examples": measure_examples(settled, tables.case_posts),
        "told_elsewhere": measure_told(tables.told, settled),
        "promises": measure_promise_figures(tables.promises, settled, name),
    }


def measure_resolution(settled: pl.DataFrame) -> Resolution:
    """Measure the bounds between which the share of resolved cases lies."""
    total = settled.height
    told = _count_values(settled, "outcome", ("resolved", "unresolved"))
    resolved, unresolved = told["resolved"], told["unresolved"]
    return Resolution(
        settled=total,
        resolved=resolved,
        unresolved=unresolved,
        lower=make_share(resolved, total),
        upper=make_share(total - unresolved, total),
        confirmed_share=make_share(resolved, resolved + unresolved),
    )


def _share_where(
    frame: pl.DataFrame, conditions: Mapping[str, pl.Expr], unit: str = "cases"
) -> dict[str, Share]:
    counts = count_where(frame, **conditions)
    return {name: make_share(count, frame.height, unit) for name, count in counts.items()}


def _count_values(cases: pl.DataFrame, column: str, values: tuple[str, ...]) -> dict[str, int]:
    counted = dict(cases[column].value_counts().iter_rows())
    return {value: counted.get(value, 0) for value in values}


def _shares(cases: pl.DataFrame, column: str, values: tuple[str, ...]) -> dict[str, Share]:
    counts = _count_values(cases, column, values)
    return {value: make_share(count, cases.height) for value, count in counts.items()}


def _waits(cases: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return cases.select(
        pl.col(f"{prefix}_seconds").alias("seconds"),
        pl.col(f"{prefix}_observed").alias("observed"),
        pl.col(f"{prefix}_skewed").alias("skewed"),
    )


def _measure_clocks(turns: pl.DataFrame, cases: pl.DataFrame, brand: Brand) -> dict[str, object]:
    return {
        "first_reply": _first_clock("first_reply", "first_reply", cases),
        "first_helpful_reply": _first_clock("first_helpful_reply", "first_helpful", cases),
        "followup_reply": _followup_clock(turns, cases),
        "service": measure_service(turns, cases, brand),
    }


def _first_clock(name: str, prefix: str, cases: pl.DataFrame) -> Clock:
    return measure_clock(name, _waits(cases, prefix))


def _followup_clock(turns: pl.DataFrame, cases: pl.DataFrame) -> Clock:
    later = turns.select(_WAITS).filter(pl.col("clock") == "followup_reply")
    own = later.join(cases.select("case"), on="case", how="semi")
    waits = own.select(pl.col("wait_seconds").alias("seconds"), "observed", "skewed")
    return measure_clock("followup_reply", waits)


def _count(
    tables: Tables,
    brand: Brand,
    period: Period,
    cases: tuple[pl.DataFrame, pl.DataFrame],
    written: pl.DataFrame,
) -> dict[str, int]:
    own, needy = cases
    said = select_posts(tables.case_posts.select(_SAID), brand, period).unique("post")
    by_customer = pl.col("side") == "customer"
    unread = pl.col("read_as").is_null() & ~pl.col("deleted")
    spoken = count_where(said, customer_posts=by_customer, not_read=unread)
    wrote = count_where(
        written,
        replies=is_counted_reply(),
        broadcasts=pl.col("kind") == "broadcast",
        automatic="automatic",
        deleted="deleted",
    )
    handled = count_where(needy, answered="answered", skewed="first_reply_skewed")
    return {
        "posts": written.height + spoken["customer_posts"],
        "customer_posts": spoken["customer_posts"],
        "replies": wrote["replies"],
        "broadcasts": wrote["broadcasts"],
        "automatic_replies": wrote["automatic"],
        "cases": own.height,
        "cases_with_need": needy.height,
        **count_where(
            own,
            no_need=~pl.col("has_need"),
            proactive="proactive",
            opening_unknown="opening_unknown",
            untagged="untagged",
            recontacts=pl.col("recontact_of").is_not_null(),
        ),
        "answered": handled["answered"],
        "unanswered": needy.height - handled["answered"],
        "deleted_posts": select_posts(tables.deletions, brand, period).height,
        "deleted_replies": wrote["deleted"],
        "not_read": spoken["not_read"],
        "skewed": handled["skewed"],
    }


def _find_cut(weeks: Sequence[Period], since: datetime | None) -> datetime | None:
    """Return from when on weeks can be measured, if that leaves out weeks of the trend."""
    return since if since is not None and weeks and weeks[0].since < since else None
