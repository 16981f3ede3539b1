"""One round after the other: nothing lost, nothing double, and open cases are followed."""

from datetime import timedelta

import pytest

from listener.app import open_store
from tests.jobs.rounds import find_result, run_rounds


@pytest.fixture
def watching(tmp_path):
    with run_rounds(tmp_path) as rounds:
        rounds.x.add_user("anna")
        rounds.anna = rounds.mastodon.add_account("anna@elsewhere.example")
        yield rounds


@pytest.fixture
def owning(tmp_path):
    with run_rounds(tmp_path, mode="owner") as rounds:
        rounds.x.add_user("anna")
        rounds.anna = rounds.mastodon.add_account("anna@elsewhere.example")
        yield rounds


def test_a_watcher_reads_what_is_public_on_both_platforms(watching):
    x, mastodon = watching.x, watching.mastodon
    asked = x.post("anna", "@acme my phone is dead")
    x.post("acme", "@anna Sorry! Please send us a DM", reply_to=asked)
    news = mastodon.post(watching.acme, "Our new tariff is here")
    mastodon.post(watching.anna, "@acme and who answers the phone?", reply_to=news)
    collected = watching.collect()
    assert not collected.failed
    assert watching.texts == {
        "@acme my phone is dead",
        "@anna Sorry! Please send us a DM",
        "Our new tariff is here",
        "@acme@social.example and who answers the phone?",
    }


def test_the_same_again_changes_and_costs_nothing(watching):
    watching.x.post("anna", "@acme my phone is dead")
    watching.mastodon.post(watching.acme, "Our new tariff is here")
    watching.collect()
    before, cost = watching.load(), watching.x.world.cost
    again = watching.collect()
    assert watching.load().equals(before)
    assert watching.x.world.cost == cost == watching.booked
    assert sum(result.new + result.changed for result in again.results) == 0


def test_an_owner_reads_mentions_and_private_messages_too(owning):
    x, mastodon = owning.x, owning.mastodon
    x.post("anna", "@acme my phone is dead")
    x.message("anna", "acme", "my number is on the bill")
    mastodon.post(owning.anna, "@acme nobody answers")
    mastodon.post(owning.anna, "@acme secretly: nobody answers", visibility="direct")
    assert not owning.collect().failed
    assert owning.texts == {"@acme my phone is dead", "@acme@social.example nobody answers"}
    with open_store(owning.settings) as store:
        assert set(store.load_private_posts()["text"]) == {
            "my number is on the bill",
            "@acme@social.example secretly: nobody answers",
        }


def test_what_was_booked_is_what_was_charged(owning):
    for number in range(30):
        asked = owning.x.post("anna", f"@acme my phone is dead, number {number}")
        owning.x.post("acme", "@anna Sorry!", reply_to=asked)
    for hours in (0, 1, 5, 30, 80, 170, 200):
        owning.advance(hours=hours)
        owning.collect()
    assert owning.booked == owning.x.world.cost > 0


def test_an_answer_that_no_search_finds_is_found_by_a_visit(watching):
    mastodon = watching.mastodon
    news = mastodon.post(watching.acme, "Our new tariff is here")
    watching.collect()
    watching.advance(hours=7)
    mastodon.post(watching.anna, "a bad one", reply_to=news)
    assert find_result(watching.collect(), "visits", "mastodon").new == 1
    assert "a bad one" in watching.texts


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_deletions_are_found(watching, platform):
    if platform == "x":
        post = watching.x.post("anna", "@acme my phone is dead")
    else:
        news = watching.mastodon.post(watching.acme, "Our new tariff is here")
        post = watching.mastodon.post(watching.anna, "@acme my phone is dead", reply_to=news)
    watching.collect()
    (watching.x if platform == "x" else watching.mastodon).delete(post)
    watching.advance(days=7, hours=1)
    watching.collect()
    assert "@acme my phone is dead" not in watching.texts


def test_one_broken_platform_stops_no_other(watching):
    watching.x.fail_next("503", times=50)
    watching.mastodon.post(watching.acme, "Our new tariff is here")
    collected = watching.collect()
    assert {result.platform for result in collected.failed} == {"x"}
    assert watching.texts == {"Our new tariff is here"}


def test_a_platform_that_asks_to_wait_is_left_alone_until_then(watching):
    watching.x.fail_next("429", times=1, path="search")
    waits = find_result(watching.collect(), "search", "x")
    assert waits.state == "failed"
    assert waits.retry_at > watching.now
    asked = len(watching.x.exchanges)
    assert find_result(watching.collect(), "search", "x").state == "waiting"
    assert not [e for e in watching.x.exchanges[asked:] if "search" in e.path]
    watching.advance(minutes=20)
    assert find_result(watching.collect(), "search", "x").state == "done"


def test_conversations_are_asked_again_after_each_step_and_not_between(watching):
    watching.mastodon.post(watching.acme, "Our new tariff is here")
    asked = []
    watching.collect()
    start = watching.now
    for hours in (0.5, 1.5, 2, 5, 7, 8, 25, 26, 73, 74, 169, 170, 337, 338, 600):
        watching.advance(seconds=(start + timedelta(hours=hours) - watching.now).total_seconds())
        before = watching.mastodon.count_requests("/api/v1/statuses/")
        watching.collect()
        if watching.mastodon.count_requests("/api/v1/statuses/") > before:
            asked.append(hours)
    assert asked == [0.5, 1.5, 7, 25, 73, 169, 337]


def test_an_answer_below_a_deleted_post_is_found(watching):
    mastodon = watching.mastodon
    news = mastodon.post(watching.acme, "Our new tariff is here")
    more = mastodon.post(watching.acme, "and it is cheap", reply_to=news)
    last = mastodon.post(watching.acme, "and good", reply_to=more)
    watching.collect()
    mastodon.delete(more)
    mastodon.post(watching.anna, "a bad one", reply_to=last)
    watching.advance(hours=2)
    watching.collect()
    assert watching.texts == {"Our new tariff is here", "and good", "a bad one"}


@pytest.mark.parametrize("minutes", [1, 50, 120])
def test_a_private_message_that_its_author_deletes_is_forgotten(owning, minutes):
    secret = owning.mastodon.post(owning.anna, "@acme a secret", visibility="direct")
    owning.collect()
    owning.mastodon.delete(secret)
    owning.advance(minutes=minutes)
    owning.collect()
    with open_store(owning.settings) as store:
        assert store.load_private_posts()["text"].to_list() == [""]


@pytest.mark.parametrize(("query", "found"), [("#5G", True), ("#5g_ist_da", True), ("#112", False)])
def test_hashtags_may_begin_with_a_digit(tmp_path, query, found):
    brand = f'queries = ["{query}"]'
    with run_rounds(tmp_path, accounts="mastodon", brand=brand) as rounds:
        rounds.mastodon.post("anna@elsewhere.example", f"the {query} is dead")
        rounds.advance(minutes=1)
        rounds.collect()
        assert (f"the {query} is dead" in rounds.texts) is found
