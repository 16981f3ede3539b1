"""What is around a post, what became of it, and which servers are asked for that."""

import socket
from dataclasses import replace

import pytest

from listener.collect.base import Visit
from listener.collect.mastodon.conversations import find_home
from tests.builders import make_post
from tests.servers.mastodon import run_mastodon
from tests.servers.mastodon_runs import (
    NOW,
    drain,
    know,
    make_collector,
    read_around,
    read_states,
)


@pytest.fixture
def world():
    with run_mastodon() as served:
        yield served


@pytest.fixture
def acme(world):
    return world.add_account("acme")


@pytest.fixture
def far(world):
    with run_mastodon("far.example") as served:
        served.add_account("anna")
        world.neighbours["far.example"] = served.url
        yield served


def grow(world, root, length, author="carl@far.example"):
    """Write a chain of answers, each to the one before."""
    posts = [root]
    for number in range(length):
        posts.append(world.post(author, f"answer {number}", reply_to=posts[-1]))
    return posts


def test_a_conversation_has_what_is_above_and_below(world, acme):
    question = world.post("anna@far.example", "@acme my phone is dead")
    answer = world.post(acme, "@anna@far.example restart it", reply_to=question)
    thanks = world.post("anna@far.example", "@acme it works", reply_to=answer)
    run = read_around(world, acme, know(world, answer))
    assert run.keys == {question.uri, answer.uri, thanks.uri}
    assert (run.gone, run.problems) == ([], [])
    assert len(world.requests) == 3  # the server, the post, what is around it


def test_a_deleted_post_is_gone(world, acme):
    question = world.post("anna@far.example", "@acme my phone is dead")
    world.delete(question)
    run = read_around(world, acme, know(world, question))
    assert (run.gone, run.posts) == ([question.uri], [])


def test_a_deleted_parent_does_not_hide_its_answers(world, acme):
    question = world.post("anna@far.example", "@acme my phone is dead")
    answer = world.post(acme, "@anna@far.example restart it", reply_to=question)
    thanks = world.post("anna@far.example", "@acme it works", reply_to=answer)
    world.delete(question)
    run = read_around(world, acme, know(world, answer))
    assert run.keys == {answer.uri, thanks.uri}
    assert run.gone == []


def test_private_posts_are_not_gone_for_want_of_a_token(world, acme):
    secret = world.post("anna@far.example", "@acme secret", visibility="direct")
    assert read_around(world, acme, know(world, secret), with_token=False).gone == []
    assert read_states(world, acme, [know(world, secret)], with_token=False).gone == []
    world.delete(secret)
    assert read_around(world, acme, know(world, secret)).gone == [secret.uri]


def test_what_a_stranger_may_not_read_is_not_in_the_conversation(world, acme):
    question = world.post("anna@far.example", "@acme my phone is dead")
    secret = world.post(acme, "@anna@far.example code 7", reply_to=question, visibility="direct")
    assert secret.uri not in read_around(world, acme, know(world, question), with_token=False).keys
    seen = read_around(world, acme, know(world, question)).posts
    assert {post.visibility for post in seen if post.post_id == secret.uri} == {"direct"}


def test_long_threads_are_read_beyond_the_depth_of_one_answer(world, acme):
    chain = grow(world, world.post(acme, "news"), 50)
    run = read_around(world, acme, know(world, chain[0]), with_token=False)
    assert run.keys == {post.uri for post in chain}
    above = read_around(world, acme, know(world, chain[-1]), with_token=False)
    assert above.keys == {post.uri for post in chain}


def test_announced_answers_are_asked_for_on_the_authors_own_server(world, acme, far):
    question = far.post("anna", "@acme@social.example my phone is dead")
    far.add_account("acme@social.example")
    hint = far.post("carl@third.example", "@anna mine too", reply_to=question)
    ours = world.receive(question)
    known = replace(know(world, ours), replies_announced=1)
    ours.extra = {"replies_count": 1}
    run = read_around(world, acme, known)
    assert run.keys == {question.uri, hint.uri}
    (reply,) = (post for post in run.posts if post.post_id == hint.uri)
    aliases = {alias for post in run.posts for alias in post.aliases if post.post_id != hint.uri}
    assert reply.reply_to_id in aliases
    assert {post.author_id for post in run.posts} == {"anna@far.example", "carl@third.example"}
    assert {request.token for request in far.requests} == {None}


def test_a_private_post_is_never_asked_for_elsewhere(world, acme, far):
    question = far.post("anna", "@acme@social.example secret", visibility="direct")
    ours = world.receive(question)
    ours.extra = {"replies_count": 5}
    read_around(world, acme, know(world, ours))
    assert far.requests == []


@pytest.mark.parametrize("fault", ["401", "404", "429", "500", "drip", "cut", "html", "huge"])
def test_a_strangers_server_may_fail(world, acme, far, fault):
    question = far.post("anna", "@acme@social.example my phone is dead")
    ours = world.receive(question)
    ours.extra = {"replies_count": 1}
    far.fail_next(fault, times=-1)
    run = read_around(world, acme, know(world, ours), timeout_seconds=0.5)
    assert (run.keys, run.gone) == ({question.uri}, [])
    assert "server far.example" in run.problems[0]


def test_strangers_servers_inside_the_own_network_are_not_reached(world, acme, far):
    question = far.post("anna", "@acme@social.example my phone is dead")
    ours = world.receive(question)
    ours.extra = {"replies_count": 1}
    run = read_around(world, acme, know(world, ours), servers={})
    assert far.requests == []
    assert "plain https" in run.problems[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "inside.example"])
def test_addresses_of_the_own_network_are_refused_before_connecting(world, acme, monkeypatch, host):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.1.1", 443))]
    lookup = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda name, *rest, **more: (
            found if name == "inside.example" else lookup(name, *rest, **more)
        ),
    )
    post = make_post("hello", author="anna@far.example", url=f"https://{host}/@anna/5")
    run = read_around(world, acme, post, servers={})
    assert "not on the open internet" in run.problems[0]


def test_a_name_that_leads_elsewhere_the_second_time_is_refused(world, acme, far, monkeypatch):
    port = int(far.url.rpartition(":")[2])
    answers = iter([("93.184.216.34", port), ("127.0.0.1", port)])
    monkeypatch.setattr("listener.collect.mastodon.collector._is_plain_https", lambda address: True)
    lookup = socket.getaddrinfo

    def rebind(name, *rest, **more):
        if name != "far.example":
            return lookup(name, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(answers))]

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    url = f"http://far.example:{port}/@anna/5"
    run = read_around(
        world, acme, make_post("hello", author="anna@far.example", url=url), servers={}
    )
    assert "not on the open internet" in run.problems[0]
    assert far.requests == []


def test_a_post_that_the_brands_server_never_had_is_read_where_it_lies(world, acme, far):
    question = far.post("anna", "@acme@social.example my phone is dead")
    hint = far.post("anna", "nobody?", reply_to=question)
    run = read_around(world, acme, know(far, question))
    assert run.keys == {question.uri, hint.uri}


def test_states_are_read_in_batches_and_tell_what_is_gone(world, acme):
    posts = [world.post(acme, f"post {number}") for number in range(45)]
    known = [know(world, post) for post in posts]
    world.edit(posts[3], "edited")
    world.delete(posts[7])
    run = read_states(world, acme, known)
    assert run.keys == {post.uri for post in posts} - {posts[7].uri}
    assert run.gone == [posts[7].uri]
    (edited,) = (post for post in run.posts if post.text == "edited")
    assert edited.edited_at is not None
    assert len(world.requests) == 1 + 3 + 1  # the server, three batches, the missing one


@pytest.mark.parametrize("version", ["4.2.0", "2.9.2 (compatible; Pleroma 2.5.0)"])
def test_older_servers_are_asked_one_by_one(world, acme, version):
    world.version, world.api_version = version, None
    posts = [world.post(acme, f"post {number}") for number in range(3)]
    world.delete(posts[1])
    run = read_states(world, acme, [know(world, post) for post in posts])
    assert len(run.keys) == 2
    assert run.gone == [posts[1].uri]


@pytest.mark.parametrize("fault", ["404", "422", "html_404"])
def test_a_server_that_refuses_batches_is_asked_one_by_one(world, acme, fault):
    posts = [world.post(acme, f"post {number}") for number in range(3)]
    world.fail_next(fault, "/api/v1/statuses")
    run = read_states(world, acme, [know(world, post) for post in posts])
    assert (len(run.keys), run.gone) == (3, [])


def test_a_batch_that_forgets_some_makes_none_of_them_gone(world, acme):
    posts = [world.post(acme, f"post {number}") for number in range(3)]
    world.fail_next("empty_page", "/api/v1/statuses")
    run = read_states(world, acme, [know(world, post) for post in posts])
    assert (len(run.keys), run.gone) == (3, [])


def test_posts_of_other_servers_are_looked_up_there(world, acme, far):
    kept, gone = far.post("anna", "kept"), far.post("anna", "gone")
    far.delete(gone)
    run = read_states(world, acme, [know(far, kept), know(far, gone)])
    assert (run.keys, run.gone) == ({kept.uri}, [gone.uri])


def test_a_guessed_id_makes_no_post_gone(world, acme, far):
    post = replace(know(far, far.post("anna", "hello")), aliases=(), url=f"{far.url}/@anna/77")
    run = read_states(world, acme, [post])
    assert (run.posts, run.gone) == ([], [])


def test_ids_cannot_lead_to_other_paths(world, acme):
    post = replace(know(world, world.post(acme, "x")), aliases=("social.example/..?limit=1",))
    assert read_around(world, acme, post).gone == [post.post_id]
    assert world.requests[-1].path == "/api/v1/statuses/..%3Flimit%3D1"


def test_the_servers_own_name_wins_over_its_address(world, acme):
    with make_collector(world, acme) as collector:
        assert collector.fetch_info().domain == "social.example"


@pytest.mark.parametrize(
    ("url", "local_id"),
    [
        ("https://far.example/@anna/116", "116"),
        ("https://far.example/users/anna/statuses/116", "116"),
        ("https://far.example/@anna/statuses/01J8ZK", "01J8ZK"),
        ("https://far.example/notice/AbC-1", "AbC-1"),
        ("https://far.example/objects/8e0c", None),
        ("https://far.example/@anna", None),
        ("https://[bad/@anna/1", None),
    ],
)
def test_an_address_tells_where_a_post_lies(url, local_id):
    home = find_home(make_post("hello", author="anna@far.example", url=url, post_id="x"))
    assert (home and home.local_id) == local_id


def test_a_strangers_server_that_is_down_is_not_asked_for_each_of_its_people(world, acme, far):
    far.fail_next("503", times=-1)
    with make_collector(world, acme) as collector:
        for number in range(5):
            question = far.post("anna", f"@acme@social.example my phone {number} is dead")
            ours = world.receive(question)
            ours.extra = {"replies_count": 1}
            run = drain(collector.fetch_visit([Visit(post=know(world, ours))], since=NOW))
            assert (run.keys, len(run.problems)) == ({question.uri}, 1)
    assert len(far.requests) == 2
    assert "is left alone for now" in run.problems[0]


def test_posts_that_are_gone_elsewhere_say_nothing_against_their_server(world, acme, far):
    with make_collector(world, acme) as collector:
        for number in range(5):
            question = far.post("anna", f"@acme@social.example my phone {number} is dead")
            ours = world.receive(question)
            ours.extra = {"replies_count": 1}
            far.delete(question)
            run = drain(collector.fetch_visit([Visit(post=know(world, ours))], since=NOW))
    assert "left alone" not in "".join(run.problems)
    assert len(far.requests) >= 5
