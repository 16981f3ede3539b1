"""Goals: held against a week's figures, and judged only where chance does not explain it."""

from dataclasses import replace
from html import unescape

import pytest

from listener.figures import Clock, Curve, Quantile, Share, Within
from listener.measure.statistics.shares import measure_wilson
from listener.posts import Goal
from listener.report.goals import list_goals
from listener.report.language import Language
from listener.report.mail import render_mail
from listener.report.render import render_page, render_text
from listener.report.waiting import read_within
from listener.settings.goals import parse_goal
from tests.report.builders import MONDAY, World

ENGLISH = Language("en")


@pytest.fixture(scope="module")
def week():
    return World(cases=30, weeks=3).tell(as_of=MONDAY)


def judge(week, *goals, **figures):
    brand = replace(week.brand, goals=goals)
    return list_goals(replace(week, brand=brand, figures=replace(week.figures, **figures)), ENGLISH)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("first_reply 80% within 1 h", Goal(figure="first_reply", percent=80, seconds=3_600)),
        (" Helpful_Reply 50 % within 5min", Goal(figure="helpful_reply", percent=50, seconds=300)),
        ("first_reply 100% within 7 d", Goal(figure="first_reply", percent=100, seconds=604_800)),
        ("answered at least 90%", Goal(figure="answered", percent=90)),
        ("sent_elsewhere at most 30%", Goal(figure="sent_elsewhere", percent=30)),
    ],
)  # fmt: skip
def test_a_goal_is_written_as_it_is_said(text, goal):
    assert parse_goal(text) == goal


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("answer quickly", "must be such as"),
        ("sent_elsewhere at least 30%", "must be such as"),
        ("first_reply 0% within 1 h", "from 1% to 100%"),
        ("first_reply 101% within 1 h", "from 1% to 100%"),
        ("first_reply 80% within 8 d", "from 1 min to 7 d"),
        ("first_reply 80% within 0 h", "from 1 min to 7 d"),
    ],
)
def test_a_goal_that_nobody_can_mean_is_refused_with_advice(text, told):
    with pytest.raises(ValueError, match=told):
        parse_goal(text)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.8, 0.95, "reached"), (0.6, 0.79, "missed"), (0.7, 0.9, "chance"), (None, None, "chance")],
)
def test_only_a_whole_interval_on_one_side_decides(week, low, high, verdict):
    clock = replace(week.figures.first_reply, within_1h=Within(3_600.0, 0.75, low, high, "log-log"))
    goal = Goal(figure="first_reply", percent=80, seconds=3_600)
    (row,) = judge(week, goal, first_reply=clock)
    assert row.verdict == verdict
    assert row.goal == "80% with a first public reply within 1\u00a0h"
    assert row.seen.startswith("75%")


def test_of_hand_overs_less_is_better(week):
    goal = Goal(figure="sent_elsewhere", percent=30)
    for count, low, high, verdict in [(2, 0.01, 0.2, "reached"), (20, 0.5, 0.8, "missed")]:
        (row,) = judge(week, goal, deflection_rate=Share(count, 30, low, high))
        assert (row.verdict, row.filter) == (verdict, "deflected")
    assert f"{count} of 30 cases" in row.seen


def test_what_is_not_seen_is_not_judged(week):
    few = World(cases=6, weeks=1, seed=5).tell(grade="unknown")
    goals = [Goal(figure="answered", percent=90), Goal(figure="sent_elsewhere", percent=30)]
    assert [row.verdict for row in judge(few, *goals)] == ["unseen", "unseen"]
    assert judge(few, *goals)[0].seen == "not seen"
    (row,) = judge(few, Goal(figure="first_reply", percent=80, seconds=900))
    assert row.verdict == "unseen"
    counts = week.figures.counts | {"cases_with_need": 0}
    assert judge(week, *goals, counts=counts) == ()


@pytest.mark.parametrize(
    ("seconds", "still_open", "rate", "interval"),
    [
        (60, 0, 0.0, measure_wilson(0, 20)),
        (900, 0, 1.0, measure_wilson(20, 20)),
        (900, 1, None, None),
    ],
)  # fmt: skip
def test_at_the_ends_of_a_curve_those_who_were_followed_decide(seconds, still_open, rate, interval):
    curve = Curve((100.0, 200.0), (0.5, 0.0), (0.3, None), (0.7, None), (20, 10), (10, 10))
    median, hour = Quantile(100.0, None, None, 200.0), Within(3_600.0, None, None, None, "wilson")
    clock = Clock("first_reply", 20, 20, still_open, 0, median, median, hour, hour, curve)
    within = read_within(clock, seconds)
    if rate is None:
        assert within is None
    else:
        assert (within.rate, (within.low, within.high)) == (rate, interval)


def test_page_text_and_mail_say_the_same():
    few = World(cases=6, weeks=1, seed=5).tell()  # so few that nothing is drawn
    goals = (
        Goal(figure="sent_elsewhere", percent=1),
        Goal(figure="helpful_reply", percent=99, seconds=86_400),
    )
    told = replace(few, brand=replace(few.brand, goals=goals))
    page, text = render_page(told), " ".join(render_text(told).split())
    mail = unescape(render_mail(told, "en", place="https://reports.example/acme/").html)
    for row in list_goals(told, ENGLISH):
        assert f"<strong>{row.word}</strong>: {row.goal}." in page
        assert " ".join(f"{row.word}: {row.goal}. This week: {row.seen}".split()) in text
        assert row.goal in mail
    assert 'class="goals"' not in render_page(few)
