import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from listener.figures import Clock, Curve, Quantile, Share, TrendPoint, Within
from listener.report.language import Language
from listener.report.mail import render_mail
from listener.report.render import render_page, render_text
from listener.report.weekly import Wait
from listener.report.wording import (
    floor_wait,
    show_median,
    show_percent,
    show_quantile,
    show_share,
    show_trend_help,
    show_trend_median,
    show_wait,
    show_within,
)
from tests.report.builders import World

ENGLISH = Language("en")
DAY = 86_400


def test_a_share_shows_rate_counts_and_interval():
    shown = show_share(ENGLISH, Share(22, 48, 0.326, 0.597))
    assert (shown.value, shown.counts, shown.interval) == ("46%", "22 of 48 cases", "33–60%")


def test_fewer_than_ten_cases_are_counts_only():
    shown = show_share(ENGLISH, Share(4, 9, 0.19, 0.73))
    assert (shown.value, shown.interval, shown.rate) == ("4 of 9 cases", "", None)


def test_nothing_to_count_is_no_data_and_never_zero():
    assert show_share(ENGLISH, Share(0, 0, None, None)).value == "no data"


def test_the_unit_is_named():
    assert show_share(ENGLISH, Share(1, 1, 0.2, 1.0, "replies")).value == "1 of 1 reply"


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [(1, 1000, "<\u00a01%"), (999, 1000, ">\u00a099%"), (0, 1000, "0%"), (1000, 1000, "100%")],
)
def test_almost_none_and_almost_all_are_not_rounded_to_none_and_all(count, total, text):
    assert show_percent(ENGLISH, count, total) == text


def test_a_median_that_was_not_reached_is_longer_than_what_was_seen():
    shown = show_quantile(ENGLISH, Quantile(None, None, None, 6.19 * DAY), 20)
    assert shown.value == ">\u00a06.1\u00a0days"


def make_clock(name: str, answered: int, total: int, median: Quantile) -> Clock:
    nothing = Within(3600, None, None, None, "wilson")
    return Clock(
        name, total, answered, total - answered, 0, median, median, nothing, nothing, Curve()
    )


def test_a_median_not_reached_says_how_many_had_a_reply_by_when():
    clock = make_clock("first_helpful_reply", 8, 38, Quantile(None, None, None, 12.99 * DAY))
    shown = show_median(ENGLISH, clock, datetime(2026, 3, 15, 14, tzinfo=UTC))
    assert shown.value == "not reached"
    assert shown.counts == "only 8 of 38 had a helpful reply by 15 Mar · more than 12.9\u00a0days"


def test_a_median_of_few_or_no_cases_is_none():
    until = datetime(2026, 3, 15, 14, tzinfo=UTC)
    few = make_clock("first_reply", 3, 9, Quantile(60, 30, 90, DAY))
    assert show_median(ENGLISH, few, until).value == "3 of 9 cases"
    none = make_clock("first_reply", 0, 0, Quantile(None, None, None, None))
    assert show_median(ENGLISH, none, until).value == "no data"


@pytest.mark.parametrize(
    ("quantile", "clocked", "text"),
    [
        (Quantile(None, None, None, 20 * DAY), 30, "not reached"),
        (Quantile(100, 60, 200, 20 * DAY), 30, "1\u00a0min\u00a040\u00a0s"),
        (Quantile(100, 60, 200, 20 * DAY), 9, "–"),
        (Quantile(None, None, None, None), 0, "no data"),
    ],
)
def test_in_a_trend_no_time_depends_on_the_age_of_the_week(quantile, clocked, text):
    assert show_trend_median(ENGLISH, quantile, clocked).value == text


def test_in_a_trend_an_open_interval_depends_on_no_age_either():
    shown = show_trend_median(ENGLISH, Quantile(1200, 600, None, 41 * DAY), 30)
    assert shown.interval == "10\u00a0min – not reached"


def test_help_of_weeks_not_yet_watched_is_too_early():
    nothing = Quantile(None, None, None, None)
    shares = [Share(5, 10, 0.2, 0.8), Share(5, 10, 0.2, 0.8), Share(0, 0, None, None)]
    point = TrendPoint("2026-W10", 10, 10, *shares, nothing, nothing)
    assert show_trend_help(ENGLISH, point, "2026-W09").value == "too early"
    assert show_trend_help(ENGLISH, point, "2026-W10").value == "no data"


def test_a_median_with_an_open_interval_says_so():
    shown = show_quantile(ENGLISH, Quantile(600, 300, None, 3 * DAY), 20)
    assert shown.interval.replace("\u00a0", " ") == "5 min – > 3 days"


def test_a_median_needs_ten_cases_and_data():
    few = Quantile(600, 300, 900, DAY)
    assert show_quantile(ENGLISH, few, 9).value == "9 cases"
    assert show_quantile(ENGLISH, Quantile(None, None, None, None), 0).value == "no data"


def test_within_a_limit_is_a_rate_or_no_data():
    assert show_within(ENGLISH, Within(3600, 0.5, 0.4, 0.6, "log-log"), 30).value == "50%"
    assert show_within(ENGLISH, Within(3600, None, None, None, "wilson"), 30).value == "no data"
    assert show_within(ENGLISH, Within(3600, 0.5, 0.4, 0.6, "log-log"), 3).value == "3 cases"


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (Wait(600, observed=True), "10\u00a0min"),
        (Wait(600, observed=False), "none"),
        (Wait(None, observed=False), "–"),
        (Wait(None, observed=True, skewed=True), "yes, time unclear"),
    ],
)
def test_single_waits_tell_what_is_known(wait, text):
    assert show_wait(ENGLISH, wait) == text


def test_what_was_exceeded_is_rounded_down():
    assert floor_wait(59.9) == 59
    assert floor_wait(661) == 660
    assert floor_wait(9.99 * DAY) == pytest.approx(9.9 * DAY)


SLOW = Quantile(20_041, 6_601, 20_041.2, 90_000)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(30.2, "31 s"), (61, "1 min 1 s"), (601, "11 min"), (9.91 * DAY, "10 days")],
)  # fmt: skip
def test_a_wait_is_rounded_up_alike_in_every_form(seconds, told):
    """One rule for tile, sentence, row and trend: "within" must be true wherever it is said."""
    short, long = ENGLISH.duration(seconds), ENGLISH.long_duration(seconds)
    short, long = (text.replace("\u00a0", " ") for text in (short, long))
    assert short == told
    for unit, name in (("min", "minute"), ("s", "second")):
        long = re.sub(rf" {name}s?\b", f" {unit}", long)
    assert long == told
    assert show_wait(ENGLISH, Wait(seconds, observed=True)) == ENGLISH.duration(seconds)


def test_page_sentence_mail_and_trend_print_the_same_wait():
    week = World(cases=30, weeks=2).tell()
    figures = week.figures
    clock = replace(figures.first_reply, median=SLOW)
    point = replace(figures.trend[-1], first_reply_median=SLOW)
    figures = replace(figures, first_reply=clock, trend=(*figures.trend[:-1], point))
    week = replace(week, figures=figures)
    page, mail = render_page(week), render_mail(week, place="https://r.example/")
    for text in (page, mail.text, render_text(week)):
        told = text.replace("\u00a0", " ").replace("\n", " ")
        assert "5 hours 35 minutes" in told
        assert "5 h 35 min" in told
        assert "5 h 34 min" not in told
        assert "1 h 50 min – 5 h 35 min" in told
