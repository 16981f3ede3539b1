"""The figures of one brand and week, by tables that a person can check."""

from datetime import UTC, datetime

import pytest

from listener.figures import Method
from listener.measure.periods import find_days, find_week
from listener.measure.week import Setting, measure_week
from tests.measure.world import ACME, DAY, HOUR, MINUTE, START, World

METHOD = Method(measures_version="1", phrases_digest="abc", labeller="by hand")


def measure(world, week="2026-W10", *, as_of=30 * DAY, observed=None, period=None):
    tables = world.tables(as_of=as_of, observed=observed)
    until = START + (observed or as_of)
    setting = Setting(
        as_of=START + as_of,
        settle_days=7,
        method=METHOD,
        grade="unknown",
        observed_until={"x": until},
    )
    return measure_week(tables, ACME, period or find_week(week, "UTC"), setting)


def four_cases():
    """One helped in public, one moved, one unanswered, one praise."""
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna restart", at=10 * MINUTE, to=first, labels="answer")
    second = world.say("ben", "@acme help", at=1 * HOUR, labels="need")
    world.say("acme", "@ben DM us", at=1 * HOUR + 20 * MINUTE, to=second, labels="dm")
    world.say("cem", "@acme help", at=2 * HOUR, labels="need")
    world.say("dora", "@acme nice", at=3 * HOUR, labels="praise")
    world.say("acme", "We open on Sunday", at=4 * HOUR)
    return world


def test_counts():
    counts = measure(four_cases()).counts
    assert counts["cases"] == 4
    assert counts["cases_with_need"] == 3
    assert counts["no_need"] == 1
    assert counts["answered"] == 2
    assert counts["unanswered"] == 1
    assert counts["replies"] == 2
    assert counts["broadcasts"] == 1
    assert counts["posts"] == 7


def test_first_reply_stands_beside_first_helpful_reply():
    figures = measure(four_cases())
    assert figures.first_reply.total == 3
    assert figures.first_reply.answered == 2
    assert figures.first_reply.median.seconds == 1200
    assert figures.first_helpful_reply.answered == 1
    assert figures.first_helpful_reply.median.seconds is None


def test_handling_and_deflection():
    figures = measure(four_cases())
    handled = {name: share.count for name, share in figures.handling.items() if share.count}
    assert handled == {"public": 1, "moved": 1, "unanswered": 1}
    assert (figures.deflection_rate.count, figures.deflection_rate.total) == (1, 2)
    assert (figures.targets["dm"].count, figures.targets["dm"].total) == (1, 2)
    assert (figures.reply_deflection.count, figures.reply_deflection.total) == (1, 2)
    assert figures.reply_deflection.unit == "replies"


def test_outcomes_of_a_settled_week():
    figures = measure(four_cases())
    assert figures.outcome_week == "2026-W10"
    told = {name: share.count for name, share in figures.outcomes.items() if share.count}
    assert told == {"claimed": 1, "handed_over": 1, "unanswered": 1}
    assert figures.resolution.settled == 3
    assert figures.resolution.lower.count == 0
    assert figures.resolution.upper.count == 3
    assert figures.resolution.confirmed_share.total == 0
    assert figures.resolution.confirmed_share.rate is None
    assert figures.fate["silence"].count == 1
    assert (figures.fast_no_help.count, figures.fast_no_help.total) == (1, 2)
    assert (figures.last_public_word.count, figures.last_public_word.total) == (1, 3)


def test_a_monday_report_tells_the_outcomes_of_the_week_before_last():
    world = World()
    world.say("anna", "@acme help", at=0 * DAY, labels="need")
    world.say("ben", "@acme help", at=8 * DAY, labels="need")
    figures = measure(world, "2026-W11", as_of=14 * DAY)
    assert figures.outcome_week == "2026-W10"
    assert figures.outcome_cases == 1
    assert figures.own_outcomes["unanswered"] == 1


def test_a_week_without_posts_says_so():
    figures = measure(four_cases(), "2026-W12")
    assert figures.counts["cases"] == 0
    assert figures.first_reply.total == 0
    assert figures.first_reply.median.seconds is None
    assert figures.deflection_rate.rate is None


def test_all_unanswered():
    world = World()
    for n in range(12):
        world.say(f"c{n}", "@acme help", at=n * HOUR, labels="need")
    figures = measure(world)
    assert figures.handling["unanswered"].count == 12
    assert figures.first_reply.answered == 0
    assert figures.first_reply.within_1h.rate == 0
    assert figures.first_reply.within_1h.method == "wilson"


def test_one_customer_with_500_posts_is_one_case():
    world = World()
    last = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    for n in range(499):
        last = world.say("anna", "please", at=n * MINUTE, to=last, labels="need")
    figures = measure(world)
    assert figures.counts["cases"] == 1
    assert figures.counts["customer_posts"] == 500
    assert figures.first_reply.total == 1


def test_untagged_cases_stay_out_of_the_figures():
    world = four_cases()
    figures = measure(world)
    assert figures.counts["untagged"] == 0


def test_the_trend_reaches_back_to_the_first_week():
    world = World()
    for week in range(3):
        for n in range(4):
            asked = world.say(f"c{week}{n}", "@acme help", at=week * 7 * DAY, labels="need")
            world.say("acme", f"@c{week}{n} ok {chr(97 + n)}", at=week * 7 * DAY + HOUR, to=asked)
    figures = measure(world, "2026-W12")
    assert [point.week for point in figures.trend] == ["2026-W10", "2026-W11", "2026-W12"]
    assert [point.cases for point in figures.trend] == [4, 4, 4]
    assert figures.trend[0].first_reply_median.seconds == 3600


def test_the_trend_tells_of_help_only_where_it_was_watched_long_enough():
    world = World()
    for week in range(3):
        asked = world.say(f"c{week}", "@acme help", at=week * 7 * DAY, labels="need")
        world.say("acme", f"@c{week} DM us", at=week * 7 * DAY + HOUR, to=asked, labels="dm")
    figures = measure(world, "2026-W12", as_of=21 * DAY + HOUR)
    assert figures.outcome_week == "2026-W11"
    assert [point.fast_no_help.total for point in figures.trend] == [1, 1, 0]


def test_cases_across_new_year_belong_to_the_week_of_their_opening():
    world = World()
    new_year = datetime(2026, 12, 31, 23, 50, tzinfo=UTC) - START
    first = world.say("anna", "@acme help", at=new_year, labels="need")
    world.say("acme", "@anna ok", at=new_year + 20 * MINUTE, to=first, labels="answer")
    figures = measure(world, "2026-W53", as_of=new_year + 30 * DAY)
    assert figures.counts["cases"] == 1
    assert figures.first_reply.median.seconds == 1200


def test_shares_of_a_handling_add_up():
    figures = measure(four_cases())
    assert sum(share.count for share in figures.handling.values()) == 3
    assert sum(share.count for share in figures.outcomes.values()) == figures.outcome_cases


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "2026", "2025-W53", "hello"])
def test_weeks_that_do_not_exist_are_refused(week):
    with pytest.raises(ValueError, match=r"week"):
        find_week(week, "UTC")


def test_a_free_period_counts_its_days_and_has_no_trend():
    period = find_days(START.date(), START.date(), "UTC")
    figures = measure(four_cases(), period=period)
    assert figures.counts["cases"] == 4
    assert figures.trend == ()
    assert figures.outcome_week == "2026-03-02_2026-03-02"


def test_deleted_posts_of_both_sides_are_counted():
    world = World()
    gone = world.say("anna", "@acme help", at=0 * HOUR, deleted_at=START + DAY)
    asked = world.say("ben", "@acme help", at=1 * HOUR, labels="need")
    world.say("acme", "@anna hello", at=1 * HOUR, to=gone)
    world.say("acme", "", at=2 * HOUR, to=asked, deleted_at=START + DAY)
    figures = measure(world)
    assert figures.counts["deleted_posts"] == 1
    assert figures.counts["deleted_replies"] == 1
    assert figures.coverage.deleted == 2
