"""Headline figures of two groups of cases beside each other (`docs/measures.md`, section 8).

Two weeks are seen at the same age: what happened later than a report of the earlier
week could have seen is cut off.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import polars as pl

from listener.figures import MIN_CASES_FOR_A_RATE, Compared, Share, Waits
from listener.measure.first_told import TOLD
from listener.measure.periods import Period
from listener.measure.selection import select_cases, with_need
from listener.measure.setting import Setting
from listener.measure.statistics import (
    correct_benjamini_hochberg,
    event_table,
    make_share,
    measure_difference,
    measure_logrank,
    measure_quantile,
)
from listener.measure.tables import Tables
from listener.posts import Brand

NOW = timedelta(0)
OUTCOME_FIGURES = ("fast_no_help", "confirmed_share")


@dataclass(frozen=True, slots=True)
class Sample:
    """What is compared of one brand and one week.

    Attributes:
        name: The week, or the key of the brand.
        outcome_name: The same for the figures of `OUTCOME_FIGURES`.
        tables: Event tables of `first_reply` and `first_helpful_reply`.
        waits: What is told of them.
        shares: `deflection_rate`, `bare_deflection_rate`, `fast_no_help`, `confirmed_share`.
    """

    name: str
    outcome_name: str
    tables: dict[str, pl.DataFrame]
    waits: dict[str, Waits]
    shares: dict[str, Share]

    def name_of(self, figure: str) -> str:
        """Return whose cases a figure is about: outcomes are told of an earlier week."""
        return self.outcome_name if figure in OUTCOME_FIGURES else self.name


def take_sample(
    tables: Tables,
    brand: Brand,
    periods: tuple[Period, Period],
    setting: Setting,
    *,
    name: str = "",
    younger: timedelta = NOW,
) -> Sample:
    """Measure what is compared.

    Args:
        tables: The evidence.
        brand: Whose.
        periods: The period of waits and handling, and that of outcomes.
        setting: When one looked.
        name: Of the sample, if not those of the periods.
        younger: By how much earlier one looks than one did.
    """
    own, ended = (with_need(select_cases(tables.cases, brand, period)) for period in periods)
    since = setting.measured_since
    if since is not None and periods[1].since < since:
        ended = ended.clear()
    replied = _judge_replies(tables.case_posts, own, setting, younger)
    quick = ended.filter(pl.col("fast_no_help").is_not_null())
    told = ended.filter(pl.col("told_first").is_in(TOLD))
    events = {
        "first_reply": _look_earlier(own, "first_reply", younger),
        "first_helpful_reply": _look_earlier(own, "first_helpful", younger),
    }
    return Sample(
        name or periods[0].name,
        name or periods[1].name,
        tables=events,
        waits={figure: _describe_waits(table) for figure, table in events.items()},
        shares={
            "deflection_rate": make_share(int(replied["deflected"].sum()), replied.height),
            "bare_deflection_rate": make_share(int(replied["bare"].sum()), replied.height),
            "fast_no_help": make_share(int(quick["fast_no_help"].sum()), quick.height),
            "confirmed_share": make_share(
                told.filter(pl.col("told_first") == "resolved").height, told.height
            ),
        },
    )


def _judge_replies(
    posts: pl.DataFrame, cases: pl.DataFrame, setting: Setting, younger: timedelta
) -> pl.DataFrame:
    """Return the cases answered by then: `deflected`, and `bare` if nothing helped before."""
    replies = posts.join(cases.select("case"), on="case", how="semi").filter(
        (pl.col("side") == "brand")
        & ~pl.col("automatic")
        & (pl.col("at") <= setting.as_of - younger)
    )
    first_help = pl.col("order").filter(pl.col("helps")).min()
    first_deflection = pl.col("order").filter(pl.col("deflects")).min()
    helped_in_time = (first_help <= first_deflection).fill_null(value=False)
    return replies.group_by("case").agg(
        deflected=first_deflection.is_not_null(),
        bare=first_deflection.is_not_null() & ~helped_in_time,
    )


def _look_earlier(cases: pl.DataFrame, prefix: str, younger: timedelta) -> pl.DataFrame:
    """Return the event table of a clock as it could be seen then."""
    limit = (
        pl.col("observed_until") - pl.lit(younger) - pl.col("opened_at")
    ).dt.total_microseconds() / 1e6
    seconds = pl.col(f"{prefix}_seconds")
    clocked = cases.filter(seconds.is_not_null() & (limit >= 0))
    return event_table(
        clocked.select(
            seconds=pl.min_horizontal(seconds, limit),
            observed=pl.col(f"{prefix}_observed") & (seconds <= limit),
        )
    )


def compare_samples(base: Sample, subject: Sample, *, reason: str = "") -> tuple[Compared, ...]:
    """Set every figure of two samples side by side.

    Args:
        base: What is compared with.
        subject: What is compared.
        reason: Why nothing may be compared, if so: then there are values alone.
    """
    return tuple(
        replace(each, reason=reason, difference=None, p=None) if reason else each
        for each in (*_compare_waits(base, subject), *_compare_shares(base, subject))
    )


def _compare_waits(base: Sample, subject: Sample) -> Iterator[Compared]:
    for figure, now in subject.waits.items():
        before = base.waits[figure]
        enough = min(before.cases, now.cases) >= MIN_CASES_FOR_A_RATE
        yield Compared(
            figure=figure,
            base=base.name_of(figure),
            subject=subject.name_of(figure),
            base_value=before,
            value=now,
            p=measure_logrank(base.tables[figure], subject.tables[figure]) if enough else None,
            reason="" if enough else "few_cases",
        )


def _describe_waits(table: pl.DataFrame) -> Waits:
    cases = 0 if table.is_empty() else int(table["at_risk"].item(0))
    return Waits(cases, measure_quantile(table, 0.5))


def _compare_shares(base: Sample, subject: Sample) -> Iterator[Compared]:
    for figure, share in subject.shares.items():
        other = base.shares[figure]
        enough = other.is_shown_as_rate and share.is_shown_as_rate
        difference = measure_difference(share, other) if enough else None
        yield Compared(
            figure=figure,
            base=base.name_of(figure),
            subject=subject.name_of(figure),
            base_value=other,
            value=share,
            difference=difference,
            p=difference.p if difference else None,
            reason="" if enough else "few_cases",
        )


def correct_page(compared: Iterable[Compared]) -> tuple[Compared, ...]:
    """Correct the p values of all comparisons of one page together."""
    listed: Sequence[Compared] = tuple(compared)
    tested = [each.p for each in listed if each.p is not None]
    corrected = iter(correct_benjamini_hochberg(tested))
    return tuple(each if each.p is None else replace(each, q=next(corrected)) for each in listed)
