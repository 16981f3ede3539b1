"""Section 3: what a brand did with a case."""

import pytest

from tests.measure.world import MINUTE, World


def handle(*replies):
    """Return the case of one question and replies with these labels."""
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    for n, labels in enumerate(replies, start=1):
        world.say("acme", f"@anna text {n}", at=n * MINUTE, to=first, labels=labels)
    return world.case()


@pytest.mark.parametrize(
    ("replies", "handling"),
    [
        ([], "unanswered"),
        (["answer"], "public"),
        (["done"], "public"),
        (["question", "answer"], "public"),
        (["answer", "dm"], "public_then_moved"),
        (["answer dm"], "public_then_moved"),
        (["dm"], "moved"),
        (["apology phone signed"], "moved"),
        (["dm", "answer"], "moved"),
        (["link"], "linked"),
        (["apology"], "acknowledged"),
        (["question"], "acknowledged"),
        (["thanks", "link"], "linked"),
        (["link answer"], "public"),
        (["handle link"], "moved"),
    ],
)
def test_handling(replies, handling):
    assert handle(*replies)["handling"] == handling


def test_a_case_counts_once_for_each_target():
    assert sorted(handle("dm", "dm email", "form")["targets"]) == ["dm", "email", "form"]


def test_automatic_replies_hand_nothing_over():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    world.say("acme", "@anna DM us", at=MINUTE / 10, to=first, labels="dm")
    world.say("acme", "@anna restart", at=9 * MINUTE, to=first, labels="answer")
    case = world.case()
    assert case["handling"] == "public"
    assert case["targets"] == []


def test_the_labels_of_a_reply_travel_with_it():
    world = World()
    first = world.say("anna", "@acme help", at=0 * MINUTE, labels="need")
    world.say("acme", "@anna DM us", at=MINUTE, to=first, labels="dm apology")
    reply = world.tables().replies.row(0, named=True)
    assert reply["labels"] == ["dm", "apology"]
    assert reply["deflects"]
    assert not reply["helps"]
    assert reply["targets"] == ["dm"]
