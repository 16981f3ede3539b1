from listener.report.language import Language
from listener.report.signs import render_signs
from listener.report.summary import render_summary
from tests.report.builders import MONDAY, World

ENGLISH, GERMAN = Language("en"), Language("de")


def few(handlings: list[str], **how) -> object:
    world = World(weeks=0)
    for number, handling in enumerate(handlings):
        outcome = {"moved": "handed_over", "unanswered": "unanswered"}.get(handling, "claimed")
        fate = "silence" if handling == "moved" else None
        world.add_case(handling=handling, outcome=outcome, fate=fate, customer=f"user{number}")
    return world.tell(**how)


def test_without_cases_nothing_is_claimed():
    summary = render_summary(few([]), ENGLISH)
    assert summary == "No case that called for a reply from Acme Telecom was collected."


def test_all_some_and_no_answers_are_told_apart():
    assert render_summary(few(["public"] * 3), ENGLISH).startswith(
        "Acme Telecom replied in public in all 3 cases"
    )
    assert render_summary(few(["public", "unanswered"]), ENGLISH).startswith(
        "Acme Telecom replied in public in 1 of 2 cases"
    )
    assert render_summary(few(["unanswered"] * 2), ENGLISH) == (
        "No public reply from Acme Telecom was seen in any of 2 cases."
    )
    assert "im einzigen Fall" in render_summary(few(["public"]), GERMAN)


def test_hand_overs_without_a_known_end_are_not_called_solved():
    summary = render_summary(few(["moved", "moved", "public"]), ENGLISH)
    assert "2 cases were sent elsewhere" in summary
    assert summary.endswith("none of these is known to have been solved.")


def test_an_imported_file_says_only_what_it_shows():
    week = few(["public", "unanswered"], grade="unknown")
    assert render_summary(week, ENGLISH).startswith("As far as the imported file shows,")
    signs = render_signs(week, ENGLISH)
    assert not any("without a public reply" in sign.text for sign in signs.bad)
    assert any("it cannot show whether there was one" in sign.text for sign in signs.unknown)


def test_outcomes_of_an_older_week_are_named_as_such():
    week = World(cases=20).tell(as_of=MONDAY)
    assert "hand-overs of week 43, 2017" in render_summary(week, ENGLISH)
    assert "aus KW\u00a043/2017" in render_summary(week, GERMAN)
    assert {sign.period for sign in render_signs(week, ENGLISH).good} <= {None, "2017-W43"}


def test_waits_are_told_from_ten_cases_on():
    assert "half of the cases" not in render_summary(few(["public"] * 9), ENGLISH)
    assert "in half of the cases the first reply" in render_summary(few(["public"] * 10), ENGLISH)


def test_a_wait_that_most_never_saw_end_is_told_as_longer():
    summary = render_summary(few(["moved"] * 30), ENGLISH)
    assert "but in more than half no helpful one was seen within" in summary
    silent = render_summary(few(["unanswered"] * 30), GERMAN)
    assert "bis zur ersten Antwort länger als" in silent


def test_a_case_too_young_to_judge_is_unknown_not_bad():
    week = World(cases=12).tell(as_of=MONDAY)
    texts = [sign.text for sign in render_signs(week, ENGLISH).unknown]
    assert any("too early to say" in text for text in texts)


def test_a_median_names_the_cases_that_have_a_clock():
    world = World(weeks=0)
    for number in range(30):
        missing = {"first_reply_seconds": None, "first_helpful_seconds": None}
        world.add_case(handling="public", customer=f"u{number}", **(missing if number < 12 else {}))
    assert "in half of the 18 cases whose beginning is known" in render_summary(
        world.tell(), ENGLISH
    )


def test_talks_that_broke_off_are_not_passed_over():
    world = World(weeks=0)
    world.add_case(handling="acknowledged", outcome="brand_silent")
    signs = render_signs(world.tell(), ENGLISH)
    assert [sign.text for sign in signs.unknown] == [
        "In 1 of 1 cases the talk broke off or is still open"
    ]
