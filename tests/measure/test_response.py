"""Section 2: clocks, censoring, clock skew, automatic replies."""

import pytest

from tests.measure.world import DAY, HOUR, MINUTE, World


def answered(world, after, *, labels="answer", **fields):
    """Let anna ask and the brand answer so much later."""
    first = world.say("anna", "@acme help", at=1 * HOUR, labels="need")
    world.say("acme", "@anna text", at=1 * HOUR + after, to=first, labels=labels, **fields)
    return first


def test_the_clock_runs_from_the_turns_first_post():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    again = world.say("anna", "please", at=5 * MINUTE, to=first)
    world.say("acme", "@anna sure", at=20 * MINUTE, to=again, labels="answer")
    assert world.case()["first_reply_seconds"] == 20 * 60


def test_a_bare_hand_over_stops_only_the_first_clock():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    moved = world.say("acme", "@anna DM us", at=2 * MINUTE, to=first, labels="dm")
    again = world.say("anna", "@acme no, here", at=1 * HOUR, to=moved, labels="need")
    world.say("acme", "@anna ok: restart", at=3 * HOUR, to=again, labels="answer")
    case = world.case()
    assert case["first_reply_seconds"] == 120
    assert case["first_helpful_seconds"] == 3 * 3600


def test_an_open_clock_is_censored_at_the_end_of_observation():
    world = World()
    world.say("anna", "@acme help", at=0 * DAY, labels="need")
    case = world.case(as_of=10 * DAY, observed=4 * DAY)
    assert case["first_reply_seconds"] == 4 * 86400
    assert case["first_reply_observed"] is False


def test_an_answer_after_the_end_of_observation_is_still_waited_for():
    world = World()
    answered(world, 5 * DAY)
    case = world.case(as_of=10 * DAY, observed=1 * DAY + 1 * HOUR)
    assert case["first_reply_seconds"] == 86400
    assert case["first_reply_observed"] is False


def test_what_came_later_than_the_moment_of_measuring_is_not_known():
    world = World()
    answered(world, 5 * DAY)
    assert world.case(as_of=2 * DAY)["handling"] == "unanswered"


def test_a_turn_that_asks_nothing_has_no_clock():
    world = World()
    first = world.say("anna", "@acme lovely shoes", at=0 * MINUTE, labels="praise")
    world.say("acme", "@anna thanks", at=1 * MINUTE, to=first, labels="thanks")
    case = world.case()
    assert case["first_reply_seconds"] is None
    assert case["outcome"] == "none"


def test_later_turns_have_clocks_of_their_own():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    reply = world.say("acme", "@anna which?", at=1 * MINUTE, to=first, labels="question")
    told = world.say("anna", "@acme the blue one", at=10 * MINUTE, to=reply, labels="need")
    world.say("acme", "@anna restart", at=40 * MINUTE, to=told, labels="answer")
    clocks = world.tables().turns.filter(clock="followup_reply")
    assert clocks["wait_seconds"].to_list() == [30 * 60]


@pytest.mark.parametrize(
    ("minutes", "seconds", "skewed"),
    [(-4.9, 0, False), (-5, 0, False), (-5.1, None, True), (1, 60, False)],
)
def test_clock_skew(minutes, seconds, skewed):
    world = World()
    answered(world, minutes * MINUTE)
    case = world.case()
    assert case["first_reply_seconds"] == seconds
    assert case["first_reply_skewed"] is skewed
    assert case["handling"] == "public"


def test_a_reply_within_ten_seconds_is_automatic_and_stops_no_clock():
    world = World()
    first = answered(world, MINUTE / 6)
    world.say("acme", "@anna a person", at=2 * HOUR, to=first, labels="answer")
    case = world.case()
    assert case["automatic_replies"] == 1
    assert case["first_reply_seconds"] == 3600


def test_only_an_automatic_reply_is_no_answer():
    world = World()
    answered(world, MINUTE / 12)
    assert world.case()["handling"] == "unanswered"


def test_eleven_seconds_is_a_fast_person():
    world = World()
    answered(world, MINUTE * 11 / 60)
    assert world.case()["automatic_replies"] == 0


def burst(gap, texts):
    world = World()
    for n, text in enumerate(texts):
        first = world.say(f"c{n}", "@acme down?", at=n * MINUTE, labels="need")
        world.say("acme", f"@c{n} {text}", at=1 * HOUR + n * gap, to=first, labels="answer")
    return world.tables().cases["automatic_replies"].to_list()


def test_three_alike_within_a_minute_are_automatic():
    texts = ["We know, see https://a.example/1 ^AB", "We know, see https://b.example ^CD"]
    assert burst(MINUTE / 2, [*texts, "we KNOW, see  ^EF"]) == [1, 1, 1]


def test_three_alike_in_a_little_more_than_a_minute_are_not():
    assert burst(MINUTE * 0.51, ["We know it"] * 3) == [0, 0, 0]


def test_two_alike_are_not():
    assert burst(MINUTE / 10, ["We know it", "We know it", "Something else"]) == [0, 0, 0]


def test_each_span_of_a_long_burst_counts():
    assert burst(MINUTE / 2, ["We know it"] * 5) == [1] * 5


def test_three_alike_to_one_customer_are_not_automatic():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    for n in range(3):
        world.say("acme", "@anna hello there", at=HOUR + n * MINUTE / 6, to=first)
    assert world.case()["automatic_replies"] == 0


def test_a_case_of_unknown_opening_has_no_clock_but_a_handling():
    world = World()
    asked = world.say("anna", "@acme and now?", at=0 * MINUTE, to="lost", labels="need")
    world.say("acme", "@anna wait", at=1 * MINUTE, to=asked, labels="answer")
    case = world.case()
    assert case["opening_unknown"]
    assert case["first_reply_seconds"] is None
    assert case["handling"] == "public"
    assert world.tables().turns["clock"].null_count() == 2
