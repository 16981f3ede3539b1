"""Dialogue or monologue, by conversations that a person can count."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings

from listener.measure.dialogue import measure_reach, measure_reply_share, measure_selective
from tests.measure.test_properties import worlds
from tests.measure.test_week import measure
from tests.measure.world import ACME, BOLT, DAY, HOUR, MINUTE, START, World


def counts(share):
    return share.count, share.total


def talk(world, customer, *turns, at=0 * HOUR, to=None):
    """Let customer and brand speak in turn, ten minutes apart; each turn is its labels."""
    for number, labels in enumerate(turns):
        who = "acme" if number % 2 else customer
        text = f"@{customer} {labels} {customer}" if number % 2 else "@acme hello"
        to = world.say(who, text, at=at + number * 10 * MINUTE, to=to, labels=labels)
    return to


def test_replies_are_counted_over_all_posts_of_the_brand():
    world = World()
    talk(world, "anna", "need", "answer")
    talk(world, "ben", "need", "answer", "thanks", "thanks", at=2 * HOUR)
    broadcast = world.say("acme", "We open on Sunday", at=3 * HOUR)
    world.say("acme", "and close at noon", at=3 * HOUR + MINUTE, to=broadcast)
    share = measure(world).dialogue.reply_share
    assert counts(share) == (3, 5)
    assert share.unit == "posts"


@pytest.mark.parametrize(
    "fields",
    [
        {"to": "1", "at": 3 * HOUR + timedelta(seconds=5)},  # at once: automatic
        {"to": "1", "at": 4 * HOUR, "deleted_at": START + DAY},
        {"to": "gone", "at": 4 * HOUR},  # nobody can tell whom it answers
        {"at": 9 * DAY},  # another week
    ],
)
def test_posts_that_tell_nothing_are_in_neither_part_of_the_reply_share(fields):
    world = World()
    world.say("anna", "@acme help", at=3 * HOUR, labels="need")
    world.say("acme", "@anna hold it", at=4 * HOUR, to="1", labels="answer")
    world.say("acme", "hello", **fields)
    assert counts(measure(world).dialogue.reply_share) == (1, 1)


def test_an_answer_to_another_brand_is_a_post_but_no_reply():
    world = World(ACME, BOLT)
    other = world.say("bolt", "@acme nice", at=1 * HOUR)
    world.say("acme", "@bolt thanks", at=2 * HOUR, to=other)
    assert counts(measure(world).dialogue.reply_share) == (0, 1)


def test_reach_counts_each_customer_once():
    world = World()
    talk(world, "anna", "need", "answer")
    talk(world, "anna", "need", at=1 * DAY)  # the same person, unanswered the second time
    talk(world, "ben", "need", at=2 * DAY)
    talk(world, "cem", "praise", "thanks", at=2 * DAY)  # wants nothing
    share = measure(world).dialogue.reach
    assert counts(share) == (1, 2)
    assert share.unit == "customers"


def test_people_of_the_same_name_on_two_platforms_are_two():
    cases = pl.DataFrame(
        {"platform": ["x", "mastodon"], "customer": ["anna", "anna"], "answered": [True, False]}
    )
    assert counts(measure_reach(cases)) == (1, 2)


def test_depth_and_asking_back():
    world = World()
    talk(world, "anna", "need", "question", "need", "answer")  # twice each, and asked
    talk(world, "ben", "need", "answer", "thanks", at=1 * HOUR)  # the brand spoke once
    talk(world, "cem", "need", "question", at=2 * HOUR)  # asked, once each
    talk(world, "dora", "need", at=3 * HOUR)  # never answered
    told = measure(world).dialogue
    assert counts(told.depth) == (1, 4)
    assert counts(told.asks_back) == (2, 3)


def test_two_posts_in_a_row_are_one_turn():
    world = World()
    last = talk(world, "anna", "need", "answer")
    last = world.say("acme", "2/2", at=11 * MINUTE, to=last)
    last = world.say("anna", "thanks", at=12 * MINUTE, to=last)
    world.say("anna", "really", at=13 * MINUTE, to=last)
    assert world.case()["customer_turns"] == 2
    assert world.case()["brand_turns"] == 1


def test_an_automatic_question_is_no_question_of_a_person():
    world = World()
    asked = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna which one?", at=timedelta(seconds=4), to=asked, labels="question")
    case = world.case()
    assert not case["asks_back"]
    assert case["brand_turns"] == 0


def test_a_deleted_question_proves_nothing():
    world = World()
    asked = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    gone = {"deleted_at": START + DAY, "labels": "question"}
    world.say("acme", "@anna which one?", at=1 * HOUR, to=asked, **gone)
    assert not world.case()["asks_back"]
    assert world.case()["brand_turns"] == 1


def praises_and_complaints(praised, complained):
    """Return a world with so many (answered, all) praises and complaints."""
    world = World()
    for label, (answered, total) in (("praise", praised), ("need complaint", complained)):
        for n in range(total):
            turns = (label, "answer") if n < answered else (label,)
            talk(world, f"{label[0]}{n}", *turns, at=n * HOUR)
    return world


def test_praise_is_answered_more_often_than_complaints():
    told = measure(praises_and_complaints((9, 10), (5, 20))).dialogue.selective
    assert counts(told.praise) == (9, 10)
    assert counts(told.complaint) == (5, 20)
    assert told.difference.points == pytest.approx(65)
    # Newcombe (1998), method 10, by hand from the Wilson ends 0.5958, 0.9821; 0.1119, 0.4687.
    assert told.difference.low == pytest.approx(100 * (0.65 - 0.37466), abs=0.05)
    assert told.difference.high == pytest.approx(100 * (0.65 + 0.16066), abs=0.05)


def test_below_ten_cases_on_one_side_there_are_counts_only():
    told = measure(praises_and_complaints((9, 9), (5, 20))).dialogue.selective
    assert counts(told.praise) == (9, 9)
    assert told.difference is None


def test_who_praises_and_complains_at_once_is_on_neither_side():
    world = World()
    talk(world, "anna", "praise complaint", "answer")
    told = measure(world).dialogue.selective
    assert counts(told.praise) == counts(told.complaint) == (0, 0)


def test_cases_that_the_brand_opened_or_whose_opening_is_unknown_are_on_neither_side():
    row = {"opening_praise": True, "opening_complaint": False, "answered": True}
    openings = [("customer", False), ("brand", False), ("customer", True)]
    rows = [row | {"opened_by": by, "opening_unknown": unknown} for by, unknown in openings]
    assert counts(measure_selective(pl.DataFrame(rows)).praise) == (1, 1)


def test_a_monday_report_tells_reach_of_the_week_before_last():
    world = World()
    talk(world, "anna", "need", "answer")
    talk(world, "ben", "need", at=8 * DAY)
    told = measure(world, "2026-W11", as_of=14 * DAY).dialogue
    assert counts(told.reach) == (1, 1)
    assert counts(told.reply_share) == (0, 0)


def test_a_week_without_posts_has_no_data():
    told = measure(World(ACME)).dialogue
    for share in (told.reply_share, told.reach, told.depth, told.asks_back):
        assert share.rate is None
    assert told.selective.difference is None


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(worlds())
def test_what_is_counted_agrees_with_counting_one_by_one(world):
    tables = world.tables()
    posts = tables.case_posts.filter(~pl.col("automatic")).rows(named=True)
    for case in tables.cases.iter_rows(named=True):
        own = [post for post in posts if post["case"] == case["case"]]
        turns = {"customer": 0, "brand": 0}
        for before, post in zip([{"side": None}, *own], own, strict=False):
            turns[post["side"]] += post["side"] != before["side"]
        assert turns["customer"] == case["customer_turns"]
        assert turns["brand"] == case["brand_turns"]
        asked = any(p["side"] == "brand" and "question" in p["labels"] for p in own)
        assert case["asks_back"] == asked
    share = measure_reply_share(tables.replies)
    assert share.count <= share.total <= tables.replies.height
