"""Section 4: what really came of it, by what people said."""

import pytest

from tests.measure.world import DAY, HOUR, MINUTE, World


def talk(*lines, **options):
    """Return the case of `who: labels` lines, an hour apart."""
    world = World()
    last = None
    for n, line in enumerate(lines):
        side, _, labels = line.partition(":")
        who = {"c": "anna", "b": "acme"}[side]
        text = "@acme text" if side == "c" else f"@anna text {n}"
        last = world.say(who, text, at=n * HOUR, to=last, labels=labels)
    return world.case(**options)


@pytest.mark.parametrize(
    ("lines", "outcome", "rule"),
    [
        (["c:praise"], "none", "4"),
        (["c:praise", "b:thanks"], "none", "4"),
        (["c:need"], "unanswered", "4"),
        # rule a, what customers say after the last word
        (["c:need", "b:answer", "c:solved thanks"], "resolved", "4a"),
        (["c:need", "b:dm", "c:solved"], "resolved", "4a"),
        (["c:need", "b:answer", "c:solved", "b:thanks"], "resolved", "4a"),
        (["c:need", "b:answer", "c:unsolved"], "unresolved", "4a"),
        (["c:need", "b:answer", "c:complaint"], "unresolved", "4a"),
        (["c:need", "b:answer", "c:unsolved", "b:apology empathy"], "unresolved", "4a"),
        (["c:need", "b:answer", "c:need"], "brand_silent", "4a"),
        (["c:need", "b:answer", "c:need", "b:answer"], "claimed", "4d"),
        (["c:need", "b:answer", "c:unsolved", "c:solved"], "resolved", "4a"),
        (["c:need", "b:answer", "c:solved", "c:unsolved"], "unresolved", "4a"),
        (["c:need", "b:answer", "c:need unsolved", "c:need"], "unresolved", "4a"),
        (["c:need", "b:answer", "c:complaint", "b:apology", "c:need"], "unresolved", "4a"),
        (["c:need", "b:answer", "c:complaint", "c:solved", "c:need"], "brand_silent", "4a"),
        # rule b, thanks without a result
        (["c:need", "b:answer", "c:thanks"], "resolved", "4b"),
        (["c:need", "b:link", "c:praise"], "resolved", "4b"),
        (["c:need", "b:dm", "c:thanks"], "handed_over", "4b"),
        (["c:need", "b:dm answer", "c:thanks"], "handed_over", "4b"),
        (["c:need", "b:answer", "c:thanks moved"], "claimed", "4d"),
        (["c:need", "b:question", "c:thanks"], "brand_silent", "4d"),
        # rule c, what was solved earlier
        (["c:need", "b:answer", "c:solved", "b:checkin"], "resolved", "4c"),
        (["c:need", "b:answer", "c:solved", "b:dm"], "handed_over", "4d"),
        (["c:need", "b:answer", "c:solved", "c:need", "b:promise"], "customer_silent", "4d"),
        # rule d, the last word itself
        (["c:need", "b:refusal answer"], "unresolved", "4d"),
        (["c:need", "b:dm answer"], "handed_over", "4d"),
        (["c:need", "b:dm", "c:moved"], "handed_over", "4d"),
        (["c:need", "b:question"], "customer_silent", "4d"),
        (["c:need", "b:answer promise"], "customer_silent", "4d"),
        (["c:need", "b:done"], "claimed", "4d"),
        (["c:need", "b:link"], "claimed", "4d"),
        (["c:need", "b:answer", "b:apology signed"], "claimed", "4d"),
        (["c:need", "b:apology"], "customer_silent", "4d"),
    ],
)
def test_outcome_of_settled_cases(lines, outcome, rule):
    case = talk(*lines)
    assert (case["outcome"], case["outcome_rule"]) == (outcome, rule)


def test_the_post_that_decided_travels_along():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    reply = world.say("acme", "@anna done", at=1 * HOUR, to=first, labels="done")
    told = world.say("anna", "@acme thanks, works", at=2 * HOUR, to=reply, labels="solved")
    tables = world.tables()
    deciding = tables.cases["outcome_post"][0]
    shown = tables.case_posts.filter(post=deciding)
    assert shown["post_id"].to_list() == [told]


@pytest.mark.parametrize(
    ("last", "as_of", "observed", "outcome"),
    [
        ("answer", 9 * DAY, 9 * DAY, "claimed"),
        ("answer", 3 * DAY, 3 * DAY, "not_revisited"),
        ("answer", 20 * DAY, 3 * DAY, "not_revisited"),
        ("question", 9 * DAY, 9 * DAY, "customer_silent"),
        ("question", 3 * DAY, 3 * DAY, "pending"),
        ("question", 20 * DAY, 3 * DAY, "not_revisited"),
        ("dm", 3 * DAY, 3 * DAY, "handed_over"),
    ],
)
def test_silence_needs_its_own_observation(last, as_of, observed, outcome):
    assert talk("c:need", f"b:{last}", as_of=as_of, observed=observed)["outcome"] == outcome


def test_a_recontact_breaks_what_was_claimed():
    world = World()
    first = world.say("anna", "@acme help", at=0 * DAY, labels="need")
    world.say("acme", "@anna done", at=1 * HOUR, to=first, labels="done")
    world.say("anna", "@acme help me again", at=5 * DAY, labels="need")
    cases = world.tables().cases
    assert cases["outcome"].to_list() == ["unresolved", "unanswered"]
    assert cases["recontact_of"].to_list() == [None, cases["case"][0]]


@pytest.mark.parametrize("later", [("praise", 5 * DAY), ("need", 8 * DAY)])
def test_praise_or_a_week_later_is_no_recontact(later):
    labels, at = later
    world = World()
    first = world.say("anna", "@acme help", at=0 * DAY, labels="need")
    world.say("acme", "@anna done", at=1 * HOUR, to=first, labels="done")
    world.say("anna", "@acme hello", at=at + HOUR + MINUTE, labels=labels)
    assert world.tables().cases["outcome"][0] == "claimed"


def test_of_several_older_cases_the_latest_is_meant():
    world = World()
    for day in (0, 1):
        first = world.say("anna", "@acme help", at=day * DAY, labels="need")
        world.say("acme", "@anna done", at=day * DAY + HOUR, to=first, labels="done")
    world.say("anna", "@acme help me again", at=3 * DAY, labels="need")
    cases = world.tables().cases
    names = cases["case"].to_list()
    assert cases["recontact_of"].to_list() == [None, names[0], names[1]]


def test_an_older_case_that_ran_longer_is_found_behind_newer_ones():
    world = World()
    long = world.say("anna", "@acme help", at=0 * DAY, labels="need")
    world.say("anna", "@acme other thing", at=1 * DAY, labels="need")
    world.say("acme", "@anna done", at=12 * DAY, to=long, labels="done")
    world.say("anna", "@acme again", at=13 * DAY, labels="need")
    cases = world.tables().cases.sort("opened_at")
    assert cases["recontact_of"][2] == cases["case"][0]


def test_chases_and_follow_ups():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    reply = world.say("acme", "@anna we look", at=1 * HOUR, to=first, labels="promise")
    chase = world.say("anna", "@acme well?", at=20 * HOUR, to=reply, labels="need")
    asked = world.say("acme", "@anna soon", at=21 * HOUR, to=chase, labels="promise")
    world.say("acme", "@anna here it is", at=40 * HOUR, to=asked, labels="answer")
    case = world.case()
    assert case["chases"] == 1
    assert case["followups_asked"] == 1
    assert case["followups_unasked"] == 1


def test_answering_the_brands_question_is_no_chase():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    reply = world.say("acme", "@anna which?", at=1 * HOUR, to=first, labels="question")
    world.say("anna", "@acme the blue one", at=2 * HOUR, to=reply, labels="need")
    assert world.case()["chases"] == 0


def test_the_second_part_within_hours_is_no_follow_up():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    part = world.say("acme", "@anna one", at=1 * HOUR, to=first, labels="answer")
    world.say("acme", "@anna two", at=12 * HOUR, to=part, labels="answer")
    assert world.case()["followups_unasked"] == 0


@pytest.mark.parametrize(
    ("lines", "reopened"),
    [
        (["c:need", "b:answer", "c:solved", "c:unsolved"], True),
        (["c:need", "b:answer", "c:solved need"], False),
        (["c:need", "b:answer", "c:unsolved", "c:solved"], False),
    ],
)
def test_reopened(lines, reopened):
    assert talk(*lines)["reopened"] is reopened


@pytest.mark.parametrize(
    ("lines", "fate"),
    [
        (["c:need", "b:answer"], None),
        (["c:need", "b:dm"], "silence"),
        (["c:need", "b:dm", "c:moved"], "silence"),
        (["c:need", "b:dm", "c:solved"], "solved"),
        (["c:need", "b:dm", "c:unsolved"], "came_back"),
        (["c:need", "b:dm", "c:need"], "came_back"),
        (["c:need", "b:dm", "c:unsolved", "c:solved"], "solved"),
        (["c:need", "b:dm", "c:solved", "c:unsolved"], "came_back"),
        (["c:need", "b:dm", "c:unsolved", "b:dm"], "silence"),
    ],
)
def test_fate_of_the_last_hand_over(lines, fate):
    assert talk(*lines)["fate"] == fate


def test_a_brand_that_returns_in_public_unasked():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    moved = world.say("acme", "@anna DM us", at=1 * HOUR, to=first, labels="dm")
    world.say("acme", "@anna all fixed?", at=2 * DAY, to=moved, labels="checkin")
    assert world.case()["fate"] == "brand_came_back"


def test_a_recontact_after_a_hand_over_is_coming_back():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna DM us", at=1 * HOUR, to=first, labels="dm")
    world.say("anna", "@acme nobody answers", at=2 * DAY, labels="need unsolved")
    assert world.tables().cases["fate"].to_list() == ["came_back", None]


def test_a_young_hand_over_has_no_fate_yet():
    assert talk("c:need", "b:dm", as_of=7 * DAY)["fate"] is None
    assert talk("c:need", "b:dm", as_of=7 * DAY + HOUR)["fate"] == "silence"


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["c:need", "b:dm"], True),
        (["c:need", "b:answer"], False),
        (["c:need", "b:dm", "c:solved"], False),
        (["c:need", "b:dm", "c:need", "b:done"], False),
        (["c:need"], None),
    ],
)
def test_fast_no_help(lines, value):
    assert talk(*lines)["fast_no_help"] is value


def test_help_after_a_week_comes_too_late():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna DM us", at=1 * HOUR, to=first, labels="dm")
    world.say("acme", "@anna fixed", at=8 * DAY, to=first, labels="done")
    assert world.case()["fast_no_help"] is True


def test_a_slow_answer_is_not_fast():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna DM us", at=1 * HOUR + MINUTE, to=first, labels="dm")
    assert world.case()["fast_no_help"] is None


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (["c:need", "b:dm"], "hand_over"),
        (["c:need", "b:promise"], "promise"),
        (["c:need", "b:dm promise"], "hand_over"),
        (["c:need", "b:answer"], None),
        (["c:need", "b:dm", "c:thanks"], None),
        (["c:need", "b:dm", "b:apology"], None),
    ],
)
def test_last_public_word(lines, word):
    assert talk(*lines)["last_public_word"] == word
