"""Which conversations are asked again, when, in which order, and by whom."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.jobs.collecting.collection import share_out
from listener.jobs.collecting.due import (
    CHECKS,
    LONGEST,
    STEPS,
    WHOLE_SIZE,
    count_checks,
    find_due,
    is_step_due,
)
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.visit_runs import MOST_VISITS
from listener.measure.cases import build_threads
from tests.builders import START, make_brand, make_frame, make_post, talk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACME = make_brand("acme", handles=("acme", "acme@social.example"))
BETA = make_brand("beta", handles=("beta", "beta@social.example"))
BRANDS = (ACME, BETA)
VISITS = {
    "platform": pl.String(),
    "post_id": pl.String(),
    "visited_at": pl.Datetime("us", "UTC"),
    "announced": pl.Int64(),
    "is_whole": pl.Boolean(),
}


def make_visits(*visits):
    """Return visits: pairs of a `DueVisit` and when it was made."""
    rows = [
        (visit.platform, visit.post_id, at, visit.announced, visit.is_whole) for visit, at in visits
    ]
    return pl.DataFrame(rows, schema=VISITS, orient="row")


def sort(posts, *brands):
    latest = max(post.created_at for post in posts)
    return build_threads(make_frame(posts), brands or (ACME,), as_of=latest + 60 * DAY)


def find(posts, after, *visits, brands=(ACME,)):
    """Return what is due so long after the first post of a conversation."""
    return find_due(sort(posts, *brands), make_visits(*visits), now=START + after)


def ask(platform):
    """Return a customer's question, and an answer ten minutes later."""
    if platform == "x":
        return talk("anna: @acme my phone is dead", "+10m acme: @anna Please DM us")
    return talk(
        "anna@far.example: @acme@social.example my phone is dead",
        "+10m acme@social.example: @anna@far.example Please DM us",
    )


def make_crowd(count, platform="mastodon"):
    """Return a brand's news with answers, each by somebody else."""
    suffix = {"mastodon": "@social.example", "x": ""}[platform]
    news = make_post("Our news", author=f"acme{suffix}", conversation_id="news")
    answers = [
        make_post(
            f"@acme{suffix} number {number} is unhappy",
            author=f"customer{number}{suffix}",
            reply_to=news,
            at=number + 1,
            conversation_id="news",
        )
        for number in range(count)
    ]
    return [news, *answers]


# When


@given(
    last=st.integers(0, 30 * 24 * 60),
    visited=st.none() | st.integers(0, 30 * 24 * 60),
    now=st.integers(0, 30 * 24 * 60),
)
@settings(max_examples=500)
def test_a_step_is_due_if_it_lies_between_the_last_visit_and_now(last, visited, now):
    moment, before = START + timedelta(minutes=last), visited
    visited_at = None if before is None else START + timedelta(minutes=before)
    at = START + timedelta(minutes=now)
    expected = any(
        moment + step <= at and (visited_at is None or visited_at < moment + step) for step in STEPS
    )
    assert is_step_due(STEPS, moment, visited_at, at) == expected


@given(
    platform=st.sampled_from(["x", "mastodon"]),
    rounds=st.lists(st.integers(11, 25 * 24 * 60), min_size=1, max_size=9, unique=True),
)
@settings(max_examples=25)
def test_a_conversation_is_visited_once_for_the_steps_that_have_passed(platform, rounds):
    """Whenever rounds are made: at each step, never between, and missed ones once."""
    posts = ask(platform)
    threads, last_at = sort(posts), posts[-1].created_at
    visits = []
    for now in sorted(START + timedelta(minutes=minutes) for minutes in rounds):
        due = find_due(threads, make_visits(*visits), now=now)
        age = now - last_at
        passed = [step for step in STEPS if step <= age]
        before = visits[-1][1] if visits else None
        is_new = before is None or age < HOUR
        is_step = bool(passed) and (before is None or before < last_at + passed[-1])
        assert len(due) == ((is_new or is_step) and age <= LONGEST)
        visits = [(due[0], now)] if due else visits


@pytest.mark.parametrize("platform", ["x", "mastodon"])
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_due_to_the_minute(platform, step):
    posts = ask(platform)
    (visit,) = find(posts, 11 * HOUR / 60)
    before = (visit, START + HOUR / 6 + step - HOUR / 60)
    at = HOUR / 6 + step
    assert len(find(posts, at, before)) == 1
    assert (step == HOUR) == bool(find(posts, at - HOUR / 120, before))


def test_a_new_post_begins_the_steps_anew():
    posts = ask("x")
    (visit,) = find(posts, 2 * DAY)
    later = make_post("@acme and now?", author="anna", reply_to=posts[1], at=2 * 24 * 60)
    assert not find(posts, 2 * DAY + 5 * HOUR, (visit, START + 2 * DAY))
    (again,) = find([*posts, later], 2 * DAY + 90 * HOUR / 60, (visit, START + 2 * DAY))
    assert later.post_id in again.known
    assert again.since == START + 2 * DAY


def test_whoever_was_never_asked_is_due_at_once_since_the_first_post():
    (visit,) = find(ask("x"), 3 * HOUR)
    assert visit.since == START


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_after_three_weeks_nobody_asks_any_more(platform):
    assert find(ask(platform), HOUR / 6 + LONGEST)
    assert not find(ask(platform), HOUR / 6 + LONGEST + HOUR / 60)


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_more_announced_answers_are_asked_for_between_steps(platform):
    question, answer = ask(platform)
    (visit,) = find([question, answer], 2 * HOUR)
    suffix = "" if platform == "x" else "@far.example"
    grown = make_post(
        question.text,
        author=f"anna{suffix}",
        post_id=question.post_id,
        replies_announced=3,
    )
    assert not find([question, answer], 3 * HOUR, (visit, START + 2 * HOUR))
    (again,) = find([grown, answer], 3 * HOUR, (visit, START + 2 * HOUR))
    assert again.announced == 3
    assert not find([grown, answer], 4 * HOUR, (again, START + 3 * HOUR))


def test_what_is_deleted_is_not_asked_for():
    question, answer = ask("mastodon")
    gone = make_post(
        "", author="anna@far.example", post_id=question.post_id, deleted_at=START + HOUR
    )
    (visit,) = find([gone, answer], 2 * HOUR)
    assert (visit.post_id, visit.known) == (answer.post_id, (answer.post_id,))
    assert not find([gone], 2 * HOUR)


def test_posts_that_concern_no_brand_are_not_asked_for():
    assert not find([make_post("what a day", author="anna")], 2 * HOUR)


# What


def test_on_mastodon_small_conversations_are_asked_for_as_a_whole():
    posts = make_crowd(WHOLE_SIZE - 1)
    (visit,) = find(posts, 2 * HOUR)
    assert (visit.post_id, visit.customer, visit.is_whole) == (posts[0].post_id, "", True)
    assert set(visit.known) == {post.post_id for post in posts}


def test_crowded_threads_of_mastodon_are_asked_for_case_by_case_and_at_their_top():
    posts = make_crowd(WHOLE_SIZE)
    visits = find(posts, 2 * HOUR)
    assert {visit.post_id for visit in visits} == {post.post_id for post in posts}
    assert {(visit.is_whole, visit.customer, visit.asks) for visit in visits} == {(False, "", True)}
    assert all(visit.known == (visit.post_id,) for visit in visits)


def test_on_x_each_customer_is_asked_for_alone():
    posts = [*make_crowd(3, "x"), *ask("x")]
    visits = find(posts, 2 * HOUR)
    assert {visit.customer for visit in visits} == {"anna", *(f"customer{n}" for n in range(3))}
    assert not any(visit.is_whole for visit in visits)


@pytest.mark.parametrize("check", CHECKS)
def test_on_x_a_broadcast_is_looked_up_at_the_checks_and_never_asked_for(check):
    news = make_post("Our news", author="acme")
    assert not find([news], 2 * HOUR)
    assert not find([news], CHECKS[0] - HOUR)
    (visit,) = find([news], check)
    assert (visit.looks_up, visit.asks, visit.known) == (True, False, (news.post_id,))
    assert not find([news], check + HOUR, (visit, START + check))


def test_posts_of_x_are_looked_up_at_the_checks_only():
    posts = ask("x")
    last = HOUR / 6
    before = None
    looked_up = []
    for step in STEPS:
        visits = [before] if before else []
        (visit,) = find(posts, last + step, *visits)
        looked_up += [step] if visit.looks_up else []
        before = (visit, START + last + step)
    assert tuple(looked_up) == CHECKS


def test_what_will_be_looked_up_is_counted_for_each_brand():
    posts = [*ask("x"), *talk("ben: @beta hello?"), *ask("mastodon")]
    threads = sort(posts, ACME, BETA)
    assert count_checks(threads, BRANDS, START + HOUR, START + 8 * DAY) == {
        "acme": {"post": 2, "user": 2},
        "beta": {"post": 1, "user": 1},
    }
    assert count_checks(threads, BRANDS, START + 8 * DAY, START + 30 * DAY)["acme"]["post"] == 2
    assert count_checks(threads, BRANDS, START + 15 * DAY, START + 30 * DAY) == {}


def test_posts_of_no_case_are_looked_up_too_by_whoever_is_named():
    stray = make_post("nobody is addressed", author="carla")
    named = make_post("@zoe @beta so what", author="dora", reply_to="unknown")
    threads = sort([stray, named, *ask("x")], *BRANDS)
    due = find_due(threads, make_visits(), now=START + CHECKS[0] + HOUR, brands=BRANDS)
    strays = {visit.brand: visit.known for visit in due if not visit.asks}
    assert strays == {"acme": (stray.post_id,), "beta": (named.post_id,)}
    assert all(visit.looks_up for visit in due if not visit.asks)


def test_what_hangs_below_a_post_that_is_gone_is_asked_for_by_itself():
    question, answer, again, last = talk(
        "anna@far.example: @acme@social.example my phone is dead",
        "+10m acme@social.example: @anna@far.example Please DM us",
        "+10m anna@far.example: @acme@social.example I did",
        "+10m acme@social.example: @anna@far.example we will look",
    )
    posts = [question, replace(answer, text="", deleted_at=START + HOUR), again, last]
    (visit,) = find(posts, 2 * HOUR)
    assert visit.roots == (question.post_id, again.post_id)
    (visit,) = find([question, answer, again, last], 2 * HOUR)
    assert visit.roots == (question.post_id,)


# In which order, and by whom


def test_customers_who_wait_come_first_then_whoever_was_not_asked_longest():
    waiting = talk("anna: @acme hello?", at=120)
    old = talk("ben: @acme hello?", "+5m acme: @ben hello")
    young = talk("cleo: @acme hello?", "+5m acme: @cleo hello", at=60)
    visits = find([*young, *waiting, *old], 3 * HOUR)
    assert [visit.customer for visit in visits] == ["anna", "ben", "cleo"]
    assert [visit.is_waiting for visit in visits] == [True, False, False]


def list_desks(*brands):
    return [Desk(brand, account, ()) for brand in brands for account in brand.accounts]


def share(posts, brands, desks=None):
    due = find(posts, 2 * HOUR, brands=brands)
    shares = share_out(due, desks or list_desks(*brands))
    return {key: [visit.post_id for visit in visits] for key, visits in shares.items() if visits}


def test_each_conversation_goes_to_the_account_that_takes_part():
    care = make_brand("acme", handles=("acme", "acmecare", "acme@social.example"))
    asked = talk("anna: @acmecare hello?")[0]
    other = talk("ben: @acme hello?")[0]
    far = talk("cleo@far.example: @acme@social.example hello?")[0]
    assert share([asked, other, far], [care]) == {
        "x:acme:acmecare:visits:": [asked.post_id],
        "x:acme:acme:visits:": [other.post_id],
        "mastodon:acme:acme@social.example:visits:": [far.post_id],
    }


def test_a_conversation_with_two_brands_is_asked_for_by_each_once():
    post = talk("anna: @acme @beta hello?")[0]
    assert share([post], [ACME, BETA]) == {
        "x:acme:acme:visits:": [post.post_id],
        "x:beta:beta:visits:": [post.post_id],
    }


def test_what_nobody_of_the_chosen_accounts_can_see_is_left_for_later():
    desks = [desk for desk in list_desks(ACME) if desk.account.platform == "mastodon"]
    assert share(talk("anna: @acme hello?"), [ACME], desks) == {}


def test_nobody_asks_for_more_than_a_platform_allows():
    most = MOST_VISITS["mastodon"]
    posts = [
        make_post(
            f"@acme@social.example number {number}",
            author=f"customer{number}@far.example",
            at=number / 10,
        )
        for number in range(most + 20)
    ]
    ((_, asked),) = share(posts, [ACME]).items()
    assert asked == [post.post_id for post in posts[:most]]
