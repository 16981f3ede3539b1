"""What people say takes the place of what the program says, as long as it still fits."""

from datetime import timedelta

import polars as pl
import pytest

from listener.measure.reviewed import (
    Reviews,
    digest_words,
    find_held_reviews,
    override_labels,
)
from listener.measure.tables import Observation, build_tables
from listener.posts import LABELS
from tests.measure.world import DAY, HOUR, START, World

SEEN = START + timedelta(days=20)


def make_world():
    world = World()
    asked = world.say("anna", "@acme my box is dead", at=HOUR * 0, labels="need")
    told = world.say("acme", "@anna Please DM us", at=HOUR, to=asked, labels="dm")
    return world, asked, told


def review(post, text, *labels, by="kim", at=SEEN):
    return {
        "platform": "x",
        "post_id": post,
        "reviewer": by,
        "labels": list(labels),
        "digest": digest_words(text),
        "reviewed_at": at,
    }


def judge(case, last, outcome, *, by="kim", at=SEEN):
    return {
        "case": case,
        "reviewer": by,
        "last_post_id": last,
        "outcome": outcome,
        "pick": "random",
        "stratum": "acme/2026-W10",
        "reviewed_at": at,
    }


def measure(world, posts=(), cases=(), **options):
    """Return the tables with what people said, and the reviews that hold."""
    empty = Reviews()
    reviews = Reviews(
        pl.DataFrame(list(posts), schema=empty.posts.schema),
        pl.DataFrame(list(cases), schema=empty.cases.schema),
    )
    as_of = options.pop("as_of", timedelta(days=60))
    threads = world.threads(as_of=as_of)
    held = find_held_reviews(threads, reviews)
    until = pl.DataFrame(
        {"brand": ["acme"], "platform": ["x"], "observed_until": [START + as_of]},
        schema_overrides={"observed_until": pl.Datetime("us", "UTC")},
    )
    observation = Observation(as_of=START + as_of, until=until)
    labels = override_labels(world.read(threads), held)
    return build_tables(threads, labels, world.brands, observation, held), held


def labels_of(tables, post):
    (row,) = tables.case_posts.filter(pl.col("post_id") == post).to_dicts()
    return row["labels"], row["labelled_by"]


def test_without_reviews_the_program_has_said_everything():
    world, _, told = make_world()
    tables, held = measure(world)
    assert labels_of(tables, told) == (["dm"], "program")
    assert tables.cases["reviewed"].to_list() == [False]
    assert set(tables.replies["labelled_by"]) == {"program"}
    assert held.is_empty


def test_the_labels_of_a_person_hold_in_every_figure():
    world, asked, told = make_world()
    tables, _ = measure(world, [review(told, "@anna Please DM us", "answer", "apology")])
    assert labels_of(tables, told) == (["answer", "apology"], "person")
    assert labels_of(tables, asked) == (["need"], "program")
    assert tables.cases["handling"].to_list() == ["public"]
    assert tables.replies["labels"].to_list() == [["answer", "apology"]]
    assert tables.replies["labelled_by"].to_list() == ["person"]


def test_nothing_at_all_is_an_answer_too():
    world, asked, _ = make_world()
    tables, _ = measure(world, [review(asked, "@acme my box is dead")])
    assert tables.cases["has_need"].to_list() == [False]


def test_of_two_people_the_last_one_counts():
    world, _, told = make_world()
    text = "@anna Please DM us"
    first = review(told, text, "answer", by="kim", at=SEEN)
    second = review(told, text, "link", by="lou", at=SEEN + HOUR)
    tables, held = measure(world, [first, second])
    assert labels_of(tables, told)[0] == ["link"]
    assert held.posts["reviewer"].to_list() == ["kim", "lou"]


def test_a_post_that_was_edited_since_is_read_by_the_program_again():
    world, _, told = make_world()
    tables, held = measure(world, [review(told, "@anna Please call us", "phone")])
    assert labels_of(tables, told) == (["dm"], "program")
    assert held.posts.is_empty()


@pytest.mark.parametrize(
    "text", ["@anna Please  DM us\n", "@… Please DM us", "@anna@social.example Please DM us"]
)
def test_spaces_and_masked_names_change_no_words(text):
    assert digest_words(text) == digest_words("@anna Please DM us")


def test_other_words_are_other_words():
    assert digest_words("Please DM us") != digest_words("Please dm us not")


def test_a_post_in_a_language_that_nobody_reads_is_read_when_a_person_did():
    world, asked, _ = make_world()
    threads = world.threads()
    unread = world.read(threads).with_columns(
        pl.lit(None, pl.String).alias("language"), *(pl.lit(value=False).alias(n) for n in LABELS)
    )
    row = review(asked, "@acme my box is dead", "need")
    reviews = Reviews(posts=pl.DataFrame([row], schema=Reviews().posts.schema))
    found = override_labels(unread, find_held_reviews(threads, reviews))
    assert found["language"].to_list() == ["und", None]
    assert found["need"].to_list() == [True, False]


def name_case(world):
    return world.tables().cases["case"].item()


def test_the_outcome_of_a_person_holds_and_says_so():
    world, _, told = make_world()
    tables, _ = measure(world, cases=[judge(name_case(world), told, "resolved")])
    (case,) = tables.cases.to_dicts()
    assert (case["outcome"], case["outcome_rule"]) == ("resolved", "person")
    assert case["outcome_post"] is None
    assert case["reviewed"]


def test_an_outcome_that_was_right_keeps_the_post_that_decided():
    world, _, told = make_world()
    before = world.case()
    tables, _ = measure(world, cases=[judge(name_case(world), told, "handed_over")])
    (case,) = tables.cases.to_dicts()
    assert (case["outcome"], case["outcome_rule"]) == ("handed_over", "person")
    assert case["outcome_post"] == before["outcome_post"]


def test_a_case_without_a_word_on_its_outcome_was_gone_through_all_the_same():
    world, _, told = make_world()
    tables, _ = measure(world, cases=[judge(name_case(world), told, None)])
    (case,) = tables.cases.to_dicts()
    assert case["reviewed"]
    assert (case["outcome"], case["outcome_rule"]) == ("handed_over", "4d")


def test_a_case_in_which_more_was_said_is_judged_anew():
    world, _, told = make_world()
    name = name_case(world)
    world.say("anna", "@acme it works!", at=2 * HOUR, to=told, labels="solved")
    tables, _ = measure(world, cases=[judge(name, told, "unresolved")])
    assert tables.cases["outcome"].to_list() == ["resolved"]
    assert tables.cases["reviewed"].to_list() == [False]


def test_a_case_of_which_a_post_was_edited_since_is_judged_anew():
    world = World()
    asked = world.say("anna", "@acme help", at=HOUR, labels="need")
    later = SEEN + HOUR
    told = world.say("acme", "@anna no", at=2 * HOUR, to=asked, labels="dm", edited_at=later)
    name = name_case(world)
    old, _ = measure(world, cases=[judge(name, told, "resolved")])
    new, _ = measure(world, cases=[judge(name, told, "resolved", at=later)])
    assert [old.cases["outcome"].item(), new.cases["outcome"].item()] == [
        "handed_over",
        "resolved",
    ]


@pytest.mark.parametrize(
    ("told", "last", "as_of", "outcome"),
    [
        ("pending", "brand", 60, "customer_silent"),
        ("pending", "customer", 60, "brand_silent"),
        ("pending", "brand", 2, "pending"),
        ("claimed", "brand", 60, "claimed"),
        ("claimed", "brand", 2, "not_revisited"),
        ("none", "brand", 60, "none"),
    ],
)
def test_silence_is_weighed_after_a_person_too(told, last, as_of, outcome):
    world, _, post = make_world()
    if last == "customer":
        post = world.say("anna", "@acme fine", at=2 * HOUR, to=post, labels="solved")
    tables, _ = measure(
        world, cases=[judge(name_case(world), post, told)], as_of=timedelta(days=as_of)
    )
    assert tables.cases["outcome"].to_list() == [outcome]


def test_pending_without_any_reply_is_unanswered():
    world = World()
    asked = world.say("anna", "@acme help", at=HOUR, labels="praise")
    tables, _ = measure(world, cases=[judge(name_case(world), asked, "pending")])
    assert tables.cases["outcome"].to_list() == ["unanswered"]


def test_who_came_back_was_not_helped():
    world, _, told = make_world()
    name = name_case(world)
    world.say("anna", "@acme again", at=2 * DAY, labels="need")
    tables, _ = measure(world, cases=[judge(name, told, "claimed")])
    outcomes = dict(tables.cases.select("case", "outcome").iter_rows())
    assert outcomes[name] == "unresolved"
