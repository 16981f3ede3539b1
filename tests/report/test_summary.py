import re
from dataclasses import replace

import pytest

from listener.report.language import Language
from listener.report.signs import render_signs
from listener.report.summary import render_summary
from tests.report.builders import MONDAY, World, make_brand

ENGLISH, GERMAN = Language("en"), Language("de")


def few(handlings: list[str], *, helped=True, **how) -> object:
    world = World(weeks=0)
    waits = {} if helped else {"first_helpful_observed": False}
    for number, handling in enumerate(handlings):
        outcome = {"moved": "handed_over", "unanswered": "unanswered"}.get(handling, "claimed")
        fate = "silence" if handling == "moved" else None
        world.add_case(
            handling=handling, outcome=outcome, fate=fate, customer=f"user{number}", **waits
        )
    return world.tell(**how)


def test_without_cases_nothing_is_claimed():
    summary = render_summary(few([]), ENGLISH)
    assert summary == "No case that called for a reply from Acme Telecom was collected."


def test_all_some_and_no_answers_are_told_apart():
    assert render_summary(few(["public"] * 3), ENGLISH).startswith(
        "Acme Telecom replied in public in all 3 cases."
    )
    assert render_summary(few(["public", "unanswered"]), ENGLISH).startswith(
        "Acme Telecom replied in public in 1 of 2 cases."
    )
    assert render_summary(few(["unanswered"] * 2), ENGLISH) == (
        "No public reply from Acme Telecom was seen in any of 2 cases."
    )
    assert "im einzigen Fall" in render_summary(few(["public"]), GERMAN)


def test_hand_overs_without_a_known_end_are_not_called_solved():
    summary = render_summary(few(["moved", "moved", "public"]), ENGLISH)
    assert "2 cases were sent elsewhere" in summary
    assert summary.endswith("None of these is known to have been solved.")


def test_an_imported_file_says_only_what_it_shows():
    week = few(["public", "unanswered"], grade="unknown")
    assert render_summary(week, ENGLISH).startswith("As far as the imported file shows,")
    signs = render_signs(week, ENGLISH)
    assert not any("without a public reply" in sign.text for sign in signs.bad)
    assert any("it cannot show whether there was one" in sign.text for sign in signs.unknown)


def test_outcomes_of_an_older_week_are_named_as_such():
    week = World(cases=20).tell(as_of=MONDAY)
    summary = render_summary(week, ENGLISH)
    assert "cases opened 23–29\u00a0Oct that were sent elsewhere at least 7 days ago" in summary
    assert "vom 23.–29.\u00a0Okt." in render_summary(week, GERMAN)
    assert {sign.period for sign in render_signs(week, ENGLISH).good} <= {None, "2017-W43"}


def test_waits_are_told_from_ten_cases_on():
    assert "half of the cases" not in render_summary(few(["public"] * 9), ENGLISH)
    assert "In half of the cases " in render_summary(few(["public"] * 10), ENGLISH)


def test_help_that_less_than_half_saw_is_counted_and_no_time_is_claimed():
    summary = render_summary(few(["moved"] * 30), ENGLISH)
    assert "a helpful one is known in" in summary
    assert "of these 30." in summary
    assert "within 9 days" not in summary
    none = few(["acknowledged"] * 12, helped=False)
    assert "a helpful one is known in none of these 12." in render_summary(none, ENGLISH)


def test_where_most_wait_for_any_reply_only_known_help_is_counted():
    week = few(["unanswered"] * 20 + ["public"] * 5)
    assert "A helpful reply is known in only 5 of the 25 cases" in render_summary(week, ENGLISH)
    assert "nur in 5 der 25 Fälle" in render_summary(week, GERMAN)
    week = few(["unanswered"] * 20 + ["acknowledged"], helped=False)
    assert "known in none of the 21 cases" in render_summary(week, ENGLISH)


def test_without_any_reply_no_wait_is_told():
    summary = render_summary(few(["unanswered"] * 30), GERMAN)
    assert summary == (
        "In keinem von 30 Fällen war eine öffentliche Antwort von Acme Telecom zu sehen."
    )


@pytest.mark.parametrize("mode", ["watch", "owner"])
@pytest.mark.parametrize("grade", ["unknown", "partial", "complete"])
@pytest.mark.parametrize("language", [ENGLISH, GERMAN])
def test_the_summary_is_a_few_short_sentences(mode, grade, language):
    week = World(make_brand(mode=mode), cases=60).tell(as_of=MONDAY, grade=grade)
    sentences = re.split(r"(?<=\.) (?=[A-Z0-9])", render_summary(week, language))
    assert 3 <= len(sentences) <= 4
    assert max(len(sentence.split()) for sentence in sentences) <= 25


@pytest.mark.parametrize(
    ("fates", "english"),
    [
        (["solved"], "1 case was sent elsewhere (direct message, telephone, form …). It is known "
         "to have been solved."),
        (["silence"], "It is not known to have been solved."),
        (["solved", "silence"], "1 of these is known to have been solved."),
        (["solved", "solved", "silence"], "2 of these are known to have been solved."),
    ],
)  # fmt: skip
def test_the_end_of_hand_overs_agrees_with_their_number(fates, english):
    world = World(weeks=0)
    for number, fate in enumerate(fates):
        world.add_case(handling="moved", outcome="handed_over", fate=fate, customer=f"u{number}")
    assert render_summary(world.tell(), ENGLISH).endswith(english)


@pytest.mark.parametrize(
    ("fates", "english"),
    [
        (["silence"], "The one case opened 23–29\u00a0Oct that was sent elsewhere at least 7 days "
         "ago is not known to have been solved."),
        (["solved"], "is known to have been solved."),
        (["silence"] * 3, "Of the 3 cases opened 23–29\u00a0Oct that were sent elsewhere at least "
         "7 days ago, none is known to have been solved."),
        (["solved", "silence"], ", 1 is known to have been solved."),
    ],
)  # fmt: skip
def test_the_end_of_older_hand_overs_agrees_with_their_number(fates, english):
    world = World(weeks=0)
    world.add_case(handling="public")
    for number, fate in enumerate(fates):
        world.add_case(
            ago=1, handling="moved", outcome="handed_over", fate=fate, customer=f"u{number}"
        )
    assert render_summary(world.tell(as_of=MONDAY), ENGLISH).endswith(english)


def test_a_case_too_young_to_judge_is_unknown_not_bad():
    week = World(cases=12).tell(as_of=MONDAY)
    texts = [sign.text for sign in render_signs(week, ENGLISH).unknown]
    assert any("watched for 7 days yet" in text for text in texts)


def test_a_median_names_the_cases_that_have_a_clock():
    world = World(weeks=0)
    for number in range(30):
        missing = {"first_reply_seconds": None, "first_helpful_seconds": None}
        world.add_case(handling="public", customer=f"u{number}", **(missing if number < 12 else {}))
    assert "In half of the 18 cases whose beginning is known" in render_summary(
        world.tell(), ENGLISH
    )


SILENT = "In 1 of 3 cases the brand did not reply to the customer’s last word"
OPEN_ENDS = [
    "In 1 of 3 cases the customer wrote nothing more after the brand’s last word",
    "In 1 of 3 cases the conversation is still open",
]
ALL = "In 3 of 3 cases the conversation broke off or is still open"


@pytest.mark.parametrize(
    ("grade", "bad", "unknown"), [("complete", [SILENT], OPEN_ENDS), ("unknown", [], [ALL])]
)
def test_conversations_that_broke_off_are_not_passed_over(grade, bad, unknown):
    """Who fell silent is told apart, but for files, which may lack what was said."""
    world = World(weeks=0)
    for number, outcome in enumerate(("brand_silent", "customer_silent", "pending")):
        world.add_case(handling="acknowledged", outcome=outcome, customer=f"u{number}")
    week = world.tell(grade=grade)
    signs = render_signs(week, ENGLISH)
    assert [sign.text for sign in signs.bad if "silent" in (sign.filter or "")] == bad
    assert [sign.text for sign in signs.unknown] == unknown
    for sign in (*signs.bad, *signs.unknown):
        assert sign.text.startswith(f"In {week.filters[sign.filter]} of")


@pytest.mark.parametrize(("grade", "place"), [("unknown", "unknown"), ("complete", "bad")])
def test_older_cases_without_a_reply_stand_where_those_of_the_week_do(grade, place):
    world = World(weeks=0)
    for ago in (0, 1):
        world.add_case(ago=ago, handling="unanswered", outcome="unanswered", customer=f"u{ago}")
    signs = getattr(render_signs(world.tell(as_of=MONDAY, grade=grade), ENGLISH), place)
    found = [(sign.filter, sign.period) for sign in signs if "unanswered" in (sign.filter or "")]
    assert found == [("handling-unanswered", None), ("outcome-unanswered", "2017-W43")]


def test_within_each_list_the_weeks_own_cases_come_first():
    signs = render_signs(World(cases=40).tell(as_of=MONDAY), ENGLISH)
    for listed in (signs.good, signs.bad, signs.unknown):
        periods = [sign.period is not None for sign in listed]
        assert periods == sorted(periods)


def test_two_equal_medians_are_told_once():
    week = few(["public"] * 10)
    clock = week.figures.first_reply
    week = replace(week, figures=replace(week.figures, first_helpful_reply=clock))
    assert "and a helpful one did, too." in render_summary(week, ENGLISH)
    assert "und ebenso eine hilfreiche." in render_summary(week, GERMAN)


def test_hand_overs_of_the_week_are_told_before_anybody_knows_what_came_of_them():
    week = World(cases=48, weeks=2).tell(as_of=MONDAY)
    moved = week.figures.handling["moved"]
    (sign,) = (
        sign
        for sign in render_signs(week, Language("en")).unknown
        if sign.filter == "handling-moved"
    )
    assert sign.text.startswith(f"{moved.count} of {moved.total} cases were sent elsewhere")
    settled = World(cases=48, weeks=2).tell()
    signs = render_signs(settled, Language("en")).unknown
    assert settled.has_own_outcomes
    assert "handling-moved" not in {sign.filter for sign in signs}
