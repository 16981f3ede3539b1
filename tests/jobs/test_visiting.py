"""Conversations that are asked again: what fails, what waits, and whose eyes are used."""

import pytest

from listener.app import open_store
from listener.jobs.collecting.due import WHOLE_SIZE
from tests.jobs.rounds import find_result, run_rounds
from tests.servers.mastodon import run_mastodon


@pytest.fixture
def watching(tmp_path):
    with run_rounds(tmp_path, accounts="mastodon") as rounds:
        rounds.anna = rounds.mastodon.add_account("anna@elsewhere.example")
        yield rounds


def start_talks(rounds, count):
    return [rounds.mastodon.post(rounds.acme, f"Our news, part {n}") for n in range(count)]


def answer(rounds, posts):
    for post in posts:
        rounds.mastodon.post(rounds.anna, f"{post.text}? Nobody cares", reply_to=post)


def test_conversations_that_always_fail_do_not_keep_others_from_being_asked(watching):
    talks = start_talks(watching, 8)
    watching.collect()
    watching.advance(hours=2)
    for broken in talks[:4]:
        path = f"/api/v1/statuses/{broken.id}"
        watching.mastodon.fail_next("500", path=path, times=1_000)
    answer(watching, talks[4:])
    visits = find_result(watching.collect(), "visits", "mastodon")
    assert (visits.state, visits.new) == ("done", 4)
    assert "failed with status 500" in visits.problems[0]
    assert {f"Our news, part {n}? Nobody cares" for n in range(4, 8)} <= watching.texts


def test_a_server_that_is_down_is_not_asked_for_every_conversation(watching):
    start_talks(watching, 20)
    watching.collect()
    watching.advance(hours=2)
    watching.mastodon.fail_next("503", path="/api/v1/statuses", times=1_000)
    before = watching.mastodon.count_requests("/api/v1/statuses")
    assert find_result(watching.collect(), "visits", "mastodon").state == "failed"
    assert watching.mastodon.count_requests("/api/v1/statuses") - before <= 3


def test_visits_wait_too_when_a_server_asks_for_it(watching):
    talks = start_talks(watching, 2)
    watching.collect()
    watching.advance(hours=2)
    answer(watching, talks)
    watching.mastodon.fail_next("429", path="/api/v1/statuses")
    visits = find_result(watching.collect(), "visits", "mastodon")
    assert (visits.state, visits.retry_at > watching.now) == ("failed", True)
    asked = watching.mastodon.count_requests("/api/v1/statuses")
    assert find_result(watching.collect(), "visits", "mastodon").state == "waiting"
    assert watching.mastodon.count_requests("/api/v1/statuses") == asked
    watching.advance(minutes=6)
    assert find_result(watching.collect(), "visits", "mastodon").new == 2


def test_new_customers_below_a_crowded_post_are_found(watching):
    """Without a token nothing but the conversation itself tells of them."""
    (news,) = start_talks(watching, 1)
    for number in range(WHOLE_SIZE + 2):
        customer = f"customer{number}@elsewhere.example"
        watching.mastodon.post(customer, f"@acme number {number}", reply_to=news)
    watching.collect()
    watching.advance(hours=7)
    answer(watching, [news])
    watching.collect()
    assert f"{news.text}? Nobody cares" in watching.texts


def test_a_first_run_finds_what_hangs_below_a_post_that_was_deleted_before(tmp_path):
    """As on GoToSocial, where it is shown in its authors' own lists only."""
    with run_rounds(tmp_path, mode="owner", accounts="mastodon") as rounds:
        world = rounds.mastodon
        world.hides_below_holes = True
        anna, ben = world.add_account("anna"), world.add_account("ben")
        posts = []
        for number, author in enumerate((anna, ben, anna, ben, rounds.acme, ben, anna)):
            text = "part 0 for @acme" if not posts else f"part {number}"
            posts.append(world.post(author, text, reply_to=posts[-1] if posts else None))
        world.delete(posts[1])
        rounds.collect()
        assert {text[:6] for text in rounds.texts} == {f"part {n}" for n in (0, 2, 3, 4, 5, 6)}
        rounds.advance(hours=2)
        later = world.post(ben, "no, not at all", reply_to=posts[-1])
        before = world.count_requests(f"/api/v1/statuses/{posts[1].id}")
        rounds.collect()
        assert later.text in rounds.texts
        assert world.count_requests(f"/api/v1/statuses/{posts[1].id}") - before == 1


def test_a_strangers_token_never_shows_private_messages_as_the_brands(tmp_path):
    with run_rounds(tmp_path, mode="owner", accounts="mastodon") as rounds:
        reader = rounds.mastodon.add_account("reader")
        rounds.mastodon.post("anna@elsewhere.example", "@reader for you only", visibility="direct")
        del rounds.env["MASTODON_TOKEN_ACME_SOCIAL_EXAMPLE"]
        rounds.env["MASTODON_TOKEN_SOCIAL_EXAMPLE"] = reader.token
        collected = rounds.collect()
        assert {result.kind for result in collected.failed} == {"notifications", "private"}
        assert rounds.load().is_empty()
        assert reader.token not in {request.token for request in rounds.mastodon.requests}
        with open_store(rounds.settings) as store:
            assert store.load_private_posts().is_empty()


def test_a_customers_own_server_is_asked_at_the_address_in_the_settings(tmp_path):
    with run_mastodon("far.example") as far:
        named = f', "far.example" = "{far.url}"'
        with run_rounds(tmp_path, accounts="mastodon", neighbours=named) as rounds:
            question = far.post(far.add_account("anna"), "@acme@social.example my phone is dead")
            far.post("bert@third.example", "mine is dead too", reply_to=question)
            ours = rounds.mastodon.receive(question)
            ours.extra = {"replies_count": 2}
            rounds.mastodon.post(rounds.acme, "@anna@far.example restart it", reply_to=ours)
            rounds.advance(minutes=1)
            rounds.collect()
            assert "mine is dead too" in rounds.texts
            assert {request.token for request in far.requests} == {None}


def test_conversations_of_an_account_that_is_read_elsewhere_are_left_to_it(watching):
    """Else another program, which follows that account now, would ask for them too."""
    care = watching.mastodon.add_account("acmecare")
    account = '{ platform = "mastodon", handle = "acmecare@social.example" }, '
    text = watching.config.read_text(encoding="utf-8")
    watching.config.write_text(text.replace("accounts = [", f"accounts = [{account}"))
    own = watching.mastodon.post(watching.acme, "Our news")
    others = watching.mastodon.post(care, "We are here to help")
    watching.collect()
    watching.advance(hours=2)
    before = len(watching.mastodon.requests)
    watching.collect(account="acme@social.example")
    paths = [request.path for request in watching.mastodon.requests[before:]]
    assert any(f"/statuses/{own.id}" in path for path in paths)
    assert not any(f"/statuses/{others.id}" in path for path in paths)
    watching.collect()
    paths = [request.path for request in watching.mastodon.requests[before:]]
    assert any(f"/statuses/{others.id}" in path for path in paths)
