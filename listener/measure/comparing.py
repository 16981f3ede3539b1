"""Headline figures of two groups of cases beside each other (`docs/measures.md`, section 8).

Two weeks are seen at the same age: what happened later than a report of the earlier
week could have seen is cut off.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
_CLOCKS = {"first_reply": "first_reply", "first_helpful_reply": "first_helpful"}
_CASES = (
    *("case", "brand", "opened_at", "observed_until", "untagged", "has_need"),
    *("fast_no_help", "told_first"),
    *(f"{prefix}_{what}" for prefix in _CLOCKS.values() for what in ("seconds", "observed")),
)
_POSTS = ("case", "side", "automatic", "at", "order", "helps", "deflects")


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
    cases = tables.cases.select(_CASES)
    own, ended = (with_need(select_cases(cases, brand, period)) for period in periods)
    since = setting.measured_since
    if since is not None and periods[1].since < since:
        ended = ended.clear()
    answered, deflected, bare = _judge_replies(tables.case_posts, own, setting, younger)
    quick, told = ended["fast_no_help"], dict(ended["told_first"].value_counts().iter_rows())
    resolved, unresolved = (told.get(outcome, 0) for outcome in TOLD)
    events = _look_earlier(own, younger)
    return Sample(
        name or periods[0].name,
        name or periods[1].name,
        tables=events,
        waits={figure: _describe_waits(table) for figure, table in events.items()},
        shares={
            "deflection_rate": make_share(deflected, answered),
            "bare_deflection_rate": make_share(bare, answered),
            "fast_no_help": make_share(int(quick.sum()), quick.count()),
            "confirmed_share": make_share(resolved, resolved + unresolved),
        },
    )


def _judge_replies(
    posts: pl.DataFrame, cases: pl.DataFrame, setting: Setting, younger: timedelta
) -> tuple[int, int, int]:
    """Count the cases answered by then, those deflected, and those where nothing helped before."""
    by_person = (pl.col("side") == "brand") & ~pl.col("automatic")
    said = posts.select(_POSTS).filter(by_person & (pl.col("at") <= setting.as_of - younger))
    replies = said.join(cases.select("case"), on="case", how="semi")
    first_help = pl.col("order").filter(pl.col("helps")).min()
    first_deflection = pl.col("order").filter(pl.col("deflects")).min()
    helped_in_time = (first_help <= first_deflection).fill_null(value=False)
    judged = replies.group_by("case").agg(
        deflected=first_deflection.is_not_null(),
        bare=first_deflection.is_not_null() & ~helped_in_time,
    )
    return judged.height, int(judged["deflected"].sum()), int(judged["bare"].sum())


def _look_earlier(cases: pl.DataFrame, younger: timedelta) -> dict[str, pl.DataFrame]:
    """Return the event tables of the clocks as they could be seen then."""
    age = cases["observed_until"] - cases["opened_at"] - younger
    limit = (age.dt.total_microseconds() / 1e6).to_numpy()
    return {
        clock: _cut_waits(cases[f"{prefix}_seconds"], cases[f"{prefix}_observed"], limit)
        for clock, prefix in _CLOCKS.items()
    }


def _cut_waits(seconds: pl.Series, observed: pl.Series, limit: NDArray[np.float64]) -> pl.DataFrame:
    """Return the event table of waits that were looked at no longer than a limit each."""
    waited = seconds.to_numpy()  # no number where no clock ran
    cut = np.where(limit >= 0, np.minimum(waited, limit), np.nan)
    stopped = observed & pl.Series(waited <= limit)
    waits = [pl.Series("seconds", cut, nan_to_null=True), stopped.alias("observed")]
    return event_table(pl.DataFrame(waits))


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
