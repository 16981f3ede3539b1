"""Section 4: silence means something only where somebody looked again."""

from datetime import timedelta

import polars as pl
import pytest

from tests.measure.world import ACME, BOLT, DAY, HOUR, World

ALONE, WHOLE = False, True


def talk(labels="answer"):
    """One customer, one reply an hour later."""
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna text", at=1 * HOUR, to=first, labels=labels)
    return world, first


def judge(world, *visits, customer="anna", **options):
    return world.case(customer, visits=visits, **options)


@pytest.mark.parametrize(
    ("labels", "looked", "outcome"),
    [
        ("answer", 7 * DAY + HOUR, "claimed"),
        ("answer", 7 * DAY + HOUR - timedelta(seconds=1), "not_revisited"),
        ("answer", None, "not_revisited"),
        ("question", 8 * DAY, "customer_silent"),
        ("question", 3 * DAY, "not_revisited"),
        ("question", None, "not_revisited"),
        ("dm", None, "handed_over"),
        ("refusal", None, "unresolved"),
    ],
)
def test_claims_and_silence_of_live_brands_need_a_visit(labels, looked, outcome):
    world, first = talk(labels)
    visits = [] if looked is None else [(first, looked, ALONE)]
    case = judge(world, *visits)
    assert case["outcome"] == outcome
    assert case["settled"] is (looked is not None and looked >= 7 * DAY + HOUR)


def test_what_customers_said_needs_no_visit():
    world, first = talk()
    world.say("anna", "@acme works, thanks", at=2 * HOUR, to=first, labels="solved")
    case = judge(world)
    assert (case["outcome"], case["settled"]) == ("resolved", False)


def test_the_visit_stands_beside_the_case():
    world, first = talk()
    case = judge(world, (first, 3 * DAY, ALONE), (first, 9 * DAY, ALONE), (first, 5 * DAY, WHOLE))
    assert case["visited_at"] == case["opened_at"] + 9 * DAY
    assert judge(world)["visited_at"] is None
    assert world.case()["visited_at"] is None


def test_files_are_settled_by_how_far_they_reach():
    world, _ = talk()
    assert world.case(as_of=9 * DAY)["outcome"] == "claimed"
    assert world.case(as_of=9 * DAY, observed=5 * DAY)["outcome"] == "not_revisited"


@pytest.mark.parametrize(("filed", "outcome"), [(9 * DAY, "claimed"), (5 * DAY, "not_revisited")])
def test_of_a_live_brand_a_file_proves_what_it_reaches(filed, outcome):
    world, _ = talk()
    assert judge(world, filed=filed)["outcome"] == outcome


def test_a_visit_of_the_future_counts_as_of_now():
    world, first = talk()
    late = (first, 30 * DAY, ALONE)
    assert judge(world, late, as_of=6 * DAY)["settled"] is False
    assert judge(world, late, as_of=8 * DAY)["outcome"] == "claimed"


def test_a_post_after_the_visit_asks_for_another_one():
    world, first = talk()
    world.say("acme", "@anna and this", at=9 * DAY, to=first, labels="answer")
    assert judge(world, (first, 10 * DAY, ALONE))["outcome"] == "not_revisited"
    assert judge(world, (first, 16 * DAY, ALONE))["outcome"] == "claimed"


def crowd(platform="x"):
    """Anna opens, Ben joins in, both are answered."""
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna do this", at=1 * HOUR, to=first, labels="answer")
    joined = world.say("ben", "@anna @acme me too, @acme", at=2 * HOUR, to=first, labels="need")
    world.say("acme", "@ben and you that", at=3 * HOUR, to=joined, labels="answer")
    return world, first, joined


@pytest.mark.parametrize(
    ("place", "is_whole", "settled"),
    [
        (0, WHOLE, {"anna", "ben"}),
        (0, ALONE, {"anna"}),
        (1, WHOLE, {"ben"}),  # what stands beside it was not asked for
        (1, ALONE, {"ben"}),
    ],
)
def test_a_visit_counts_for_its_case_and_for_all_only_from_the_first_post(place, is_whole, settled):
    world, *posts = crowd()
    cases = world.tables(visits=[(posts[place], 9 * DAY, is_whole)]).cases
    assert set(cases.filter("settled")["customer"]) == settled


def test_any_post_of_the_case_may_have_been_visited():
    world, _ = talk()
    assert judge(world, ("2", 9 * DAY, ALONE))["outcome"] == "claimed"


def test_each_segment_is_visited_for_itself():
    world, first = talk()
    again = world.say("anna", "@acme once more", at=30 * DAY, to=first, labels="need")
    world.say("acme", "@anna try this", at=30 * DAY + HOUR, to=again, labels="answer")
    settled = {
        visits: world.tables(visits=list(visits)).cases.sort("segment")["settled"].to_list()
        for visits in (
            ((first, 50 * DAY, ALONE),),
            ((again, 50 * DAY, ALONE),),
            ((first, 50 * DAY, WHOLE),),
        )
    }
    assert list(settled.values()) == [[True, False], [False, True], [True, True]]


def test_visits_of_one_brands_case_say_nothing_of_anothers():
    world = World(ACME, BOLT)
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("anna", "@bolt help", at=1 * HOUR, labels="need")
    cases = world.tables(visits=[(first, 9 * DAY, WHOLE)]).cases
    assert dict(cases.select("brand", "settled").iter_rows()) == {"acme": True, "bolt": False}


def test_a_silent_hand_over_is_told_only_where_somebody_looked():
    world, first = talk("dm")
    assert judge(world)["fate"] is None
    assert judge(world, (first, 3 * DAY, ALONE))["fate"] is None
    assert judge(world, (first, 9 * DAY, ALONE))["fate"] == "silence"


def test_a_hand_over_after_which_somebody_spoke_needs_no_visit():
    world, first = talk("dm")
    world.say("anna", "@acme still broken", at=2 * HOUR, to=first, labels="unsolved")
    assert judge(world)["fate"] == "came_back"


def test_without_any_visit_nothing_of_a_live_brand_is_settled():
    world, *_ = crowd()
    cases = world.tables(visits=[]).cases
    assert not cases["settled"].any()
    assert cases["due"].all()
    assert cases.filter(pl.col("observed_days") < 7).is_empty()
