"""The work list: who waits, for what, and since when."""

import pytest

from listener.measure.open_cases import find_open_cases
from tests.measure.world import DAY, HOUR, START, World


def todo(*lines, after=30 * DAY):
    """Return what is to be done after `who: labels` lines, an hour apart."""
    world = World()
    last = None
    for n, line in enumerate(lines):
        side, _, labels = line.partition(":")
        who = {"c": "anna", "b": "acme"}[side]
        last = world.say(who, f"@acme @anna text {n}", at=n * HOUR, to=last, labels=labels)
    found = find_open_cases(world.tables(as_of=after), as_of=START + after)
    return found["todo"].to_list()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["c:need"], ["answer"]),
        (["c:need", "b:answer"], []),
        (["c:need", "b:answer", "c:unsolved"], ["answer"]),
        (["c:need", "b:answer", "c:thanks"], []),
        (["c:need", "b:dm"], ["hand_over"]),
        (["c:need", "b:dm", "c:moved"], []),
        (["c:need", "b:dm", "c:solved"], []),
        (["c:need", "b:promise"], ["promise"]),
        (["c:need", "b:promise dm"], ["hand_over"]),
        (["c:need", "b:question"], []),
        (["c:praise"], []),
    ],
)
def test_what_is_to_be_done(lines, expected):
    assert todo(*lines) == expected


def test_a_promise_is_due_when_it_says():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna soon", at=1 * HOUR, to=first, labels="promise", due=("hours", 24))

    def find(after):
        found = find_open_cases(world.tables(as_of=after), as_of=START + after)
        return found["todo"].to_list()

    assert find(24 * HOUR) == []
    assert find(25 * HOUR) == ["promise"]


def test_a_promise_is_due_after_seven_days():
    assert todo("c:need", "b:promise", after=7 * DAY) == []
    assert todo("c:need", "b:promise", after=7 * DAY + HOUR) == ["promise"]


def test_the_longest_wait_stands_first_and_runs_from_the_first_unanswered_post():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("anna", "please", at=5 * HOUR, to=first, labels="need")
    world.say("ben", "@acme help", at=2 * HOUR, labels="need")
    found = find_open_cases(world.tables(as_of=10 * HOUR), as_of=START + 10 * HOUR)
    assert found["customer"].to_list() == ["anna", "ben"]
    assert found["waiting_seconds"].to_list() == [10 * 3600, 8 * 3600]


def test_what_was_written_after_the_last_complete_look_has_waited_no_time_yet():
    world = World()
    world.say("anna", "@acme help", at=5 * HOUR, labels="need")
    tables = world.tables(as_of=10 * HOUR, observed=4 * HOUR)
    assert find_open_cases(tables, as_of=START + 10 * HOUR)["waiting_seconds"].to_list() == [0]


def test_an_automatic_reply_answers_nobody():
    world = World()
    first = world.say("anna", "@acme help", at=0 * HOUR, labels="need")
    world.say("acme", "@anna we got your post", at=HOUR / 900, to=first, labels="answer")
    found = find_open_cases(world.tables(as_of=DAY), as_of=START + DAY)
    assert found["todo"].to_list() == ["answer"]
