"""Section 4: promises, when they are due by the brand's calendar, and what became of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.measure.due import make_due_calendar
from listener.measure.promises import CHECKED_STATES, PROMISE_STATES
from listener.posts import BRAND_LABELS, CUSTOMER_LABELS
from listener.settings.hours import join_opening_hours, parse_opening_hours
from tests.measure.test_week import measure
from tests.measure.world import ACME, DAY, HOUR, MINUTE, World

OFFICE = join_opening_hours([parse_opening_hours("mon-fri 09:00-17:00")])
BERLIN = replace(ACME, time_zone="Europe/Berlin", holidays="DE")


def find_due(kind, amount, at, brand=BERLIN):
    """Return when something is due, in the brand's local time."""
    said = datetime.fromisoformat(at).astimezone(UTC)
    calendar = make_due_calendar(brand, said, said)
    due = calendar.find_due(kind, amount, said)
    return due and due.astimezone(calendar.zone).isoformat(timespec="minutes")[:16]


# 2 March 2026 is a Monday.
@pytest.mark.parametrize(
    ("kind", "amount", "at", "due"),
    [
        ("minutes", 30, "2026-03-02T10:00+01:00", "2026-03-02T10:30"),
        ("hours", 24, "2026-03-02T10:00+01:00", "2026-03-03T10:00"),
        ("hours", 24, "2026-03-28T10:00+01:00", "2026-03-29T11:00"),  # clocks go forward
        ("hours", 24, "2026-10-24T10:00+02:00", "2026-10-25T09:00"),  # and back
        ("today", 0, "2026-03-02T10:00+01:00", "2026-03-03T00:00"),
        ("today", 0, "2026-03-02T00:30+01:00", "2026-03-03T00:00"),  # still Sunday in UTC
        ("afternoon", 0, "2026-03-02T10:00+01:00", "2026-03-02T18:00"),
        ("afternoon", 0, "2026-03-02T19:00+01:00", "2026-03-03T00:00"),
        ("clock", 17 * 60, "2026-03-02T10:00+01:00", "2026-03-02T17:00"),
        ("clock", 9 * 60, "2026-03-02T10:00+01:00", "2026-03-03T09:00"),
        ("tomorrow", 0, "2026-03-02T10:00+01:00", "2026-03-04T00:00"),
        ("tomorrow", 0, "2026-03-28T10:00+01:00", "2026-03-30T00:00"),
        ("days", 3, "2026-03-02T10:00+01:00", "2026-03-06T00:00"),
        ("workdays", 3, "2026-03-05T10:00+01:00", "2026-03-11T00:00"),  # Thursday to Tuesday
        ("workdays", 1, "2026-03-06T18:00+01:00", "2026-03-10T00:00"),  # Friday to Monday
        ("workdays", 2, "2026-04-02T10:00+02:00", "2026-04-09T00:00"),  # over Easter
        ("workdays", 1, "2025-12-31T10:00+01:00", "2026-01-03T00:00"),  # over New Year
        ("weeks", 2, "2026-03-02T10:00+01:00", "2026-03-17T00:00"),
        ("months", 1, "2026-01-31T10:00+01:00", "2026-03-01T00:00"),
        ("months", 2, "2026-11-15T10:00+01:00", "2027-01-16T00:00"),
        ("weekday", 5, "2026-03-02T10:00+01:00", "2026-03-07T00:00"),
        ("weekday", 5, "2026-03-06T10:00+01:00", "2026-03-14T00:00"),  # said on a Friday
        ("weekday", 1, "2026-03-08T10:00+01:00", "2026-03-10T00:00"),
        ("next_weekday", 5, "2026-03-02T10:00+01:00", "2026-03-14T00:00"),
        ("this_week", 0, "2026-03-02T10:00+01:00", "2026-03-09T00:00"),
        ("this_week", 0, "2026-03-08T10:00+01:00", "2026-03-09T00:00"),
        ("next_week", 0, "2026-03-02T10:00+01:00", "2026-03-16T00:00"),
        ("next_week", 0, "2026-12-30T10:00+01:00", "2027-01-11T00:00"),  # week 53
        ("this_month", 0, "2026-02-10T10:00+01:00", "2026-03-01T00:00"),
        ("next_month", 0, "2026-12-10T10:00+01:00", "2027-02-01T00:00"),
        ("date", 1112, "2026-11-02T10:00+01:00", "2026-11-13T00:00"),
        ("date", 105, "2026-12-28T10:00+01:00", "2027-01-06T00:00"),
        ("date", 20270105, "2026-03-02T10:00+01:00", "2027-01-06T00:00"),
        ("date", 20260105, "2026-03-02T10:00+01:00", None),  # long past
        ("date", 201, "2026-03-02T10:00+01:00", None),  # a month ago
        ("date", 230, "2026-02-02T10:00+01:00", None),  # no such day
    ],
)
def test_when_something_is_due(kind, amount, at, due):
    assert find_due(kind, amount, at) == due


def test_workdays_are_those_on_which_the_brand_is_open():
    saturdays = replace(BERLIN, opening_hours=join_opening_hours([
        parse_opening_hours("sat 09:00-13:00")
    ]))  # fmt: skip
    assert find_due("workdays", 2, "2026-03-02T10:00+01:00", saturdays) == "2026-03-15T00:00"
    without_holidays = replace(BERLIN, holidays=None, opening_hours=OFFICE)
    assert find_due("workdays", 2, "2026-04-02T10:00+02:00", without_holidays) == "2026-04-07T00:00"


def test_days_end_at_midnight_of_the_brand():
    there = replace(ACME, time_zone="America/New_York")
    assert find_due("today", 0, "2026-03-03T03:00+00:00", there) == "2026-03-03T00:00"


# What became of them. Anna asks at 9:00 UTC on Monday, the brand promises an hour later.


def promise(*, labels="promise", **said):
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    post = world.say("acme", "@anna later", at=1 * HOUR, to=first, labels=labels, **said)
    return world, post


def judge(world, **options):
    rows = world.tables(**options).promises
    assert rows.height == 1
    return rows.row(0, named=True)


def state_of(world, **options):
    return judge(world, **options)["state"]


IN_24_HOURS = {"due": ("hours", 24)}


@pytest.mark.parametrize("labels", ["answer", "done", "checkin"])
@pytest.mark.parametrize(
    ("after", "state"),
    [
        (59 * MINUTE, "broken"),  # the same reply goes on
        (1 * HOUR, "kept"),
        (24 * HOUR, "kept"),
        (24 * HOUR + MINUTE, "kept_late"),
    ],
)
def test_a_post_that_helps_in_time_keeps_a_promise(labels, after, state):
    world, post = promise(**IN_24_HOURS)
    world.say("acme", "@anna here it is", at=1 * HOUR + after, to=post, labels=labels)
    assert state_of(world) == state


def test_the_deciding_post_is_named():
    world, post = promise(**IN_24_HOURS)
    kept = world.say("acme", "@anna here it is", at=10 * HOUR, to=post, labels="done")
    row, tables = judge(world), world.tables()
    assert row["post_id"] == post
    numbers = dict(tables.case_posts.select("post", "post_id").iter_rows())
    assert numbers[row["decided_post"]] == kept


def test_a_reply_in_a_later_turn_keeps_it_at_once():
    world, post = promise(**IN_24_HOURS)
    told = world.say("anna", "@acme thanks", at=1 * HOUR + MINUTE, to=post, labels="thanks")
    world.say("acme", "@anna done", at=1 * HOUR + 5 * MINUTE, to=told, labels="done")
    assert state_of(world) == "kept"


@pytest.mark.parametrize("labels", ["thanks", "promise", "dm", "apology", "question", "link"])
def test_other_words_keep_nothing(labels):
    world, post = promise(**IN_24_HOURS)
    world.say("acme", "@anna well", at=30 * HOUR, to=post, labels=labels)
    first = world.tables().promises.sort("at").row(0, named=True)
    assert first["state"] == "broken"


def test_who_comes_back_after_being_asked_again_has_not_kept_it():
    world, post = promise(**IN_24_HOURS)
    again = world.say("anna", "@acme still nothing", at=5 * HOUR, to=post, labels="unsolved")
    assert state_of(world) == "broken"
    world.say("acme", "@anna done", at=6 * HOUR, to=again, labels="done")
    assert state_of(world) == "kept_after_chase"


def test_a_chase_after_it_was_kept_changes_nothing():
    world, post = promise(**IN_24_HOURS)
    kept = world.say("acme", "@anna here", at=5 * HOUR, to=post, labels="answer")
    world.say("anna", "@acme that is no help", at=6 * HOUR, to=kept, labels="unsolved")
    assert state_of(world) == "kept"


def test_a_promise_that_names_no_time_is_due_after_seven_days():
    world, post = promise()
    row = judge(world)
    assert (row["due_said"], row["due_words"]) == (False, None)
    assert row["due_at"] - row["at"] == 7 * DAY
    world.say("acme", "@anna here", at=1 * HOUR + 7 * DAY, to=post, labels="answer")
    assert state_of(world) == "kept"


def test_of_several_times_the_latest_counts():
    row = judge(promise(due=[("hours", 24), ("weekday", 5), ("today", 0)])[0])
    assert row["due_words"] == "weekday 5"
    assert row["due_at"] == datetime(2026, 3, 7, tzinfo=UTC)


def test_a_time_beside_the_promise_may_only_put_it_off():
    early = judge(promise(due=[("hours", 2, "beside")])[0])
    assert (early["due_at"] - early["at"], early["due_said"]) == (7 * DAY, False)
    late = judge(promise(due=[("days", 30, "beside")])[0])
    assert late["due_at"] == datetime(2026, 4, 2, tzinfo=UTC)
    assert (late["due_said"], late["due_words"]) == (False, "days 30")


def test_nothing_is_due_within_the_hour_that_belongs_to_the_reply():
    world, post = promise(due=("minutes", 10))
    world.say("acme", "@anna here", at=2 * HOUR, to=post, labels="answer")
    assert state_of(world) == "kept"


def test_a_date_that_has_passed_names_no_time():
    row = judge(promise(due=("date", 20251224))[0])
    assert (row["due_at"] - row["at"], row["due_said"]) == (7 * DAY, False)


def test_an_act_is_a_promise_only_by_a_time():
    assert promise(act=True)[0].tables().promises.is_empty()
    assert promise(act=True, due=[("days", 30, "beside")])[0].tables().promises.is_empty()
    assert judge(promise(act=True, **IN_24_HOURS)[0])["kind"] == "act"
    assert judge(promise(**IN_24_HOURS)[0])["kind"] == "contact"


def test_until_it_is_due_a_promise_is_open():
    world, _ = promise(**IN_24_HOURS)
    assert state_of(world, as_of=24 * HOUR) == "open"
    assert state_of(world, as_of=25 * HOUR) == "broken"
    assert state_of(world, as_of=30 * HOUR, observed=20 * HOUR) == "open"


@pytest.mark.parametrize("where", ["before", "with", "after", "customer"])
def test_what_went_on_in_private_cannot_be_checked(where):
    world = World()
    last = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    if where == "before":
        last = world.say("acme", "@anna DM us", at=10 * MINUTE, to=last, labels="dm")
        last = world.say("anna", "@acme no", at=20 * MINUTE, to=last, labels="need")
    labels = "promise dm" if where == "with" else "promise"
    last = world.say("acme", "@anna soon", at=1 * HOUR, to=last, labels=labels, **IN_24_HOURS)
    if where == "after":
        world.say("acme", "@anna please DM us", at=5 * HOUR, to=last, labels="dm")
    if where == "customer":
        world.say("anna", "@acme sent a DM", at=5 * HOUR, to=last, labels="moved")
    row = judge(world)
    assert (row["state"], row["unchecked"]) == ("not_checkable", "moved")


def test_a_hand_over_after_it_was_due_excuses_nothing():
    world, post = promise(**IN_24_HOURS)
    world.say("acme", "@anna DM us", at=40 * HOUR, to=post, labels="dm")
    assert state_of(world) == "broken"


def test_a_promise_to_call_cannot_be_checked_but_can_be_seen_kept():
    world, post = promise(aside=True, **IN_24_HOURS)
    row = judge(world)
    assert (row["state"], row["unchecked"]) == ("not_checkable", "aside")
    world.say("acme", "@anna did that work?", at=10 * HOUR, to=post, labels="checkin")
    assert state_of(world) == "kept"


def test_without_a_second_look_silence_breaks_no_promise():
    world, post = promise(**IN_24_HOURS)
    row = judge(world, visits=[])
    assert (row["state"], row["unchecked"]) == ("not_checkable", "not_observed")
    assert state_of(world, visits=[(post, 24 * HOUR, True)]) == "not_checkable"
    assert state_of(world, visits=[(post, 25 * HOUR, True)]) == "broken"


def test_a_deleted_reply_may_have_kept_it():
    world, post = promise(**IN_24_HOURS)
    gone = datetime(2026, 3, 9, tzinfo=UTC)
    world.say("acme", "@anna here", at=5 * HOUR, to=post, labels="answer", deleted_at=gone)
    row = judge(world)
    assert (row["state"], row["unchecked"]) == ("not_checkable", "reply_deleted")


def test_a_deleted_promise_is_none():
    world = promise(deleted_at=datetime(2026, 3, 9, tzinfo=UTC), **IN_24_HOURS)[0]
    assert world.tables().promises.is_empty()


def test_an_automatic_promise_is_none():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna soon", at=5 * MINUTE / 60, to=first, labels="promise")
    assert world.tables().promises.is_empty()


def test_each_promise_of_a_case_has_its_own_fate():
    world, post = promise(**IN_24_HOURS)
    world.say("acme", "@anna really", at=30 * HOUR, to=post, labels="answer promise", **IN_24_HOURS)
    assert world.tables().promises.sort("at")["state"].to_list() == ["kept_late", "broken"]


def test_a_promise_to_two_customers_is_two_promises():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    second = world.say("ben", "@acme @anna me too", at=1 * MINUTE, to=first, labels="need")
    world.say(
        "acme", "@ben @anna soon", at=1 * HOUR, to=second, labels="promise", **IN_24_HOURS
    )  # fmt: skip
    promises = world.tables().promises
    assert promises["case"].n_unique() == promises.height == 2


def test_figures_are_those_of_the_outcome_week():
    world = World()
    for n, labels in enumerate(("done", "done", "thanks", "dm")):
        first = world.say(f"c{n}", "@acme help", at=n * HOUR, labels="need")
        post = world.say(
            "acme", f"@c{n} soon", at=(n + 1) * HOUR, to=first, labels="promise", **IN_24_HOURS
        )
        after = 10 * HOUR if n != 1 else 40 * HOUR
        world.say("acme", f"@c{n} hi", at=(n + 1) * HOUR + after, to=post, labels=labels)
    late = world.say("dora", "@acme help", at=8 * DAY, labels="need")
    world.say("acme", "@dora soon", at=8 * DAY + HOUR, to=late, labels="promise")
    figures = measure(world, "2026-W11", as_of=14 * DAY).promises
    assert figures.week == "2026-W10"
    assert (figures.total, figures.due_said, figures.checked) == (4, 4, 3)
    assert (figures.not_checkable, figures.open) == (1, 0)
    counts = {state: share.count for state, share in figures.states.items()}
    assert counts == {"kept": 1, "kept_late": 1, "kept_after_chase": 0, "broken": 1}
    assert figures.states["kept"].unit == "promises"
    assert figures.kept_by_kind["contact"].total == 3
    assert figures.kept_by_kind["act"].total == 0


def test_a_week_without_promises_has_no_rate():
    world = World()
    world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    figures = measure(world).promises
    assert (figures.total, figures.checked) == (0, 0)
    assert figures.states["kept"].rate is None


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TIMES = [None, ("hours", 24), ("workdays", 2), ("today", 0), [("hours", 2), ("weekday", 3)]]


@st.composite
def talks(draw):
    """Draw a talk between a customer and the brand in which some replies promise something."""
    world = World()
    last, at = None, timedelta()
    for _ in range(draw(st.integers(2, 9))):
        who = "anna" if last is None else draw(st.sampled_from(["anna", "acme"]))
        labels = draw(st.lists(
            st.sampled_from(BRAND_LABELS if who == "acme" else CUSTOMER_LABELS), max_size=2
        ))  # fmt: skip
        if who == "acme":
            labels.append("promise")
        at += timedelta(minutes=draw(st.integers(11, 3_000)))
        last = world.say(
            who, "@acme hello" if who == "anna" else "@anna hello", at=at, to=last,
            labels=" ".join(labels), due=draw(st.sampled_from(TIMES)),
            act=draw(st.booleans()), aside=draw(st.booleans()),
        )  # fmt: skip
    return world, last, at


def states(world, **options):
    rows = world.tables(**options).promises.select("post_id", "state").sort("post_id")
    return dict(rows.iter_rows())


@quick
@given(talks())
def test_a_promise_has_exactly_one_state(talk):
    world, *_ = talk
    promises = world.tables().promises
    assert not promises.select("case", "post").is_duplicated().any()
    assert set(promises["state"]) <= set(PROMISE_STATES)
    because = promises.filter(pl.col("unchecked").is_not_null())
    assert set(because["state"]) <= {"not_checkable"}
    assert not promises.filter(state="not_checkable")["unchecked"].null_count()
    assert (promises["due_at"] > promises["at"]).all()
    kept = promises.filter(pl.col("state").str.starts_with("kept"))
    assert not kept["decided_post"].null_count()


@quick
@given(talks(), st.sampled_from(["answer", "done", "checkin", "thanks"]))
def test_what_is_said_after_the_due_time_never_keeps_a_promise(talk, labels):
    world, last, _ = talk
    before = states(world)
    world.say("acme", "@anna at last", at=50 * DAY, to=last, labels=labels)
    for post, state in states(world).items():
        allowed = {before[post]}
        if before[post] in {"broken", "not_checkable"}:
            allowed |= {"kept_late", "kept_after_chase"}
        assert state in allowed


@quick
@given(talks(), st.integers(1, 45))
def test_once_told_a_kept_promise_stays_kept(talk, days):
    world, _, at = talk
    early, late = states(world, as_of=days * DAY), states(world)
    for post, state in early.items():
        if state == "kept":
            assert late[post] == "kept"
        if state in CHECKED_STATES and state != "broken":
            assert late[post] == state
    assert at < 45 * DAY
