"""Conversations are asked for again, on servers that may be reached and no others."""

from dataclasses import replace

import pytest

from listener.collect.base import Visit
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
def far():
    """A server at a loopback address whose posts name it by its domain."""
    with run_mastodon("far.example") as served:
        served.add_account("anna")
        yield served


def ask(far, text="@acme@social.example my phone is dead", **options):
    """Write a post of far.example whose address is the one that everybody sees."""
    post = far.post("anna", text, **options)
    post.uri = f"https://far.example/users/anna/statuses/{post.id}"
    post.url = f"https://far.example/@anna/{post.id}"
    return post


def receive(world, post, announced):
    """Let the brand's server have a post, and announce answers that it does not show."""
    copy = world.receive(post)
    copy.extra = {"replies_count": announced}
    return copy


@pytest.mark.parametrize("domain", ["far.example", "Far.Example"])
def test_a_server_that_the_operator_names_is_reached_where_he_says(world, acme, far, domain):
    question = ask(far)
    hint = far.post("carl@third.example", "@anna mine too", reply_to=question)
    ours = receive(world, question, announced=1)
    run = read_around(world, acme, know(world, ours), servers={domain: far.url})
    assert run.keys == {question.uri, hint.uri}
    assert run.problems == []
    assert {request.token for request in far.requests} == {None}


def test_states_are_looked_up_at_the_address_that_the_operator_names(world, acme, far):
    kept, gone = ask(far), ask(far)
    far.delete(gone)
    run = read_states(
        world, acme, [know(far, kept), know(far, gone)], servers={far.domain: far.url}
    )
    assert (run.keys, run.gone) == ({kept.uri}, [gone.uri])


def test_the_address_in_a_post_is_not_followed_where_the_operator_names_one(world, acme, far):
    question = ask(far)
    post = replace(know(far, question), url=f"http://10.0.0.1:8080/@anna/{question.id}")
    with run_mastodon("inside.example") as inside:
        lying = replace(post, url=f"{inside.url}/@anna/{question.id}")
        for one in (post, lying):
            run = read_around(world, acme, one, servers={"far.example": far.url})
            assert (run.keys, run.problems) == ({question.uri}, [])
        assert inside.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "{far}/@eve/5",
        "http://localhost:1/@eve/5",
        "https://127.0.0.1/@eve/5",
        "https://[::1]/@eve/5",
        "https://[::ffff:127.0.0.1]/@eve/5",
        "https://169.254.169.254/@eve/5",
        "https://anna:secret@127.0.0.1/@eve/5",
    ],
)
def test_other_servers_are_not_reached_inside_whatever_the_operator_names(world, acme, far, url):
    post = make_post("hello", author="eve@evil.example", url=url.format(far=far.url))
    run = read_around(world, acme, post, servers={"far.example": far.url})
    assert run.posts == []
    assert len(run.problems) == 1
    assert far.requests == []


def test_a_named_server_may_not_lead_elsewhere(world, acme, far):
    with run_mastodon("inside.example") as inside:
        far.fail_next("redirect", target=f"{inside.url}/api/v1/statuses/5", times=-1)
        run = read_around(world, acme, know(far, ask(far)), servers={"far.example": far.url})
        assert "another host" in run.problems[0]
        assert inside.requests == []


def test_a_named_server_without_https_on_the_open_internet_is_refused(world, acme, far):
    servers = {"far.example": "http://far.example"}
    run = read_around(world, acme, know(far, ask(far)), servers=servers)
    assert "https://" in run.problems[0]


def test_several_visits_are_made_one_after_the_other(world, acme):
    posts = [world.post("anna@far.example", f"@acme help {number}") for number in range(3)]
    answers = [world.post(acme, "@anna@far.example yes", reply_to=post) for post in posts]
    visits = [Visit(post=know(world, post)) for post in posts]
    with make_collector(world, acme) as collector:
        assert collector.visit_size == 1
        run = drain(collector.fetch_visit(visits, since=NOW))
    assert run.keys == {post.uri for post in (*posts, *answers)}


def shout(world, far, count=12):
    """Let strangers fill a thread of which the brand's server knows a part; return its parts."""
    root = world.post("celebrity@loud.example", "@acme is down")
    question = ask(far, "@acme@social.example since when?")
    ours = receive(world, question, announced=count + 1)
    ours.reply_to = root
    for number in range(count):
        world.post(f"fan{number}@loud{number}.example", "lol", reply_to=ours, replies_count=9)
    return root, question, ours


def test_strangers_answers_are_not_hunted_for_a_customer(world, acme, far):
    root, question, ours = shout(world, far)
    hint = far.post("anna", "@acme@social.example hello?", reply_to=question)
    run = read_around(
        world, acme, know(world, ours), "@Anna@far.example", servers={far.domain: far.url}
    )
    assert {root.uri, question.uri, hint.uri} <= run.keys
    assert run.problems == [], "no stranger's server was tried"


def test_everybodys_answers_are_looked_for_where_nobody_is_named(world, acme, far):
    _, _, ours = shout(world, far)
    run = read_around(world, acme, know(world, ours), servers={far.domain: far.url})
    assert 1 < len(run.problems) <= 10


def test_what_a_customer_answers_is_followed_up_to_its_beginning(world, acme, far):
    with run_mastodon("loud.example") as loud:
        celebrity = loud.add_account("celebrity")
        root = loud.post(celebrity, "everything is down")
        middle = loud.post(celebrity, "even @acme@social.example", reply_to=root)
        ours = world.receive(middle, reply_to=world.post("x@gone.example", "unknown"))
        world.delete(ours.reply_to)
        question = world.post("anna@far.example", "@acme since when?", reply_to=ours)
        servers = {"loud.example": loud.url}
        run = read_around(world, acme, know(world, question), "anna@far.example", servers=servers)
    assert run.keys >= {root.uri, middle.uri, question.uri}


def test_answers_that_a_server_hides_are_read_from_their_authors_lists(world, acme):
    """As on GoToSocial, below a post that was deleted."""
    world.hides_below_holes = True
    anna, carl = world.add_account("anna"), world.add_account("carl")
    question = world.post(anna, "@acme my phone is dead")
    reply = world.post(acme, "@anna which one?", reply_to=question)
    world.delete(question)
    answer = world.post(anna, "the red one", reply_to=reply)
    further = world.post(acme, "@anna try the button", reply_to=answer)
    world.post(carl, "something else")
    world.post(anna, "my cat is fine")
    known = replace(know(world, reply), mentions=(anna.address,))
    assert read_around(world, acme, known).keys == {reply.uri, answer.uri, further.uri}


@pytest.fixture
def thread(world, acme):
    """A talk that acme joined late; its third post is deleted, and the rest hidden by that."""
    world.hides_below_holes = True
    anna, ben = world.add_account("anna"), world.add_account("ben")
    posts = []
    for number, author in enumerate((anna, ben, anna, ben, anna, ben, acme, anna, ben)):
        parent = posts[-1] if posts else None
        posts.append(world.post(author, f"part {number}", reply_to=parent))
    world.delete(posts[2])
    return posts


def test_from_a_reply_the_way_up_to_a_hole_is_climbed_and_authors_found_there_asked(
    world, acme, thread
):
    run = read_around(world, acme, know(world, thread[6]))
    assert run.keys == {post.uri for post in thread[3:]}
    asked = [request.path for request in world.requests if request.path.endswith(thread[2].id)]
    assert len(asked) == 1


def test_a_reply_that_nobody_answered_names_what_is_hidden_above_it(world, acme, thread):
    for post in thread[7:]:
        world.delete(post)
    assert read_around(world, acme, know(world, thread[6])).keys == {p.uri for p in thread[3:7]}


def test_answers_are_found_however_much_their_authors_wrote_since(world, acme, thread):
    anna = thread[0].author
    for number in range(50):
        world.post(anna, f"my cat, picture {number}")
    latest = world.post(anna, "still broken", reply_to=thread[8])
    run = read_around(world, acme, know(world, thread[6]))
    assert run.keys == {post.uri for post in (*thread[3:], latest)}


def test_whoever_spoke_in_a_conversation_is_asked_about_what_is_hidden_there(world, acme, thread):
    carl = world.add_account("carl")
    late = world.post(carl, "and mine", reply_to=thread[8])
    visit = Visit(post=know(world, thread[6]), handles=frozenset({carl.address}))
    with make_collector(world, acme) as collector:
        run = drain(collector.fetch_visit([visit], since=NOW))
    assert late.uri in run.keys


def test_who_spoke_elsewhere_is_asked_about_where_answers_still_lack(world, acme, thread):
    carl, dora = world.add_account("carl"), world.add_account("dora")
    late = world.post(carl, "@acme mine too", reply_to=thread[8])
    others = (carl.address, dora.address)
    visit = Visit(post=know(world, thread[6]), others=others)
    with make_collector(world, acme) as collector:
        assert late.uri in drain(collector.fetch_visit([visit], since=NOW)).keys
        world.delete(late)
        before = world.count_requests("/api/v1/accounts/lookup")
        drain(collector.fetch_visit([visit], since=NOW))
    assert world.count_requests("/api/v1/accounts/lookup") - before == 3


def test_nobody_from_elsewhere_is_asked_about_where_a_server_hides_nothing(world, acme):
    """As on Mastodon, where a reader may see neither what is above nor what is below."""
    secret = world.post("anna@elsewhere.example", "for friends", visibility="private")
    question = world.post("ben@elsewhere.example", "@acme and you?", reply_to=secret)
    world.post("carl@elsewhere.example", "for friends", visibility="private", reply_to=question)
    visit = Visit(post=know(world, question), others=("carl@elsewhere.example",))
    with make_collector(world, acme) as collector:
        assert drain(collector.fetch_visit([visit], since=NOW)).keys == {question.uri}
    assert world.count_requests("/api/v1/accounts") == 4


def test_a_long_way_up_is_climbed_in_stages(world, acme):
    """Each visit asks a bounded number of times; the next one goes on from there."""
    world.hides_below_holes = True
    last = hole = world.post("x@gone.example", "part 0")
    for number in range(1, 31):
        last = world.post(world.add_account("anna"), f"part {number}", reply_to=last)
    reply = world.post(acme, "can we help?", reply_to=last)
    world.delete(hole)
    run = read_around(world, acme, know(world, reply))
    assert world.count_requests("/api/v1/statuses") < 25
    top = min(run.posts, key=lambda post: post.created_at)
    assert top.text == "part 11"
    visit = Visit(post=top, known_ids=frozenset(run.keys))
    with make_collector(world, acme) as collector:
        drain(collector.fetch_visit([visit], since=NOW), run)
    assert len(run.keys) == 31


def test_a_reply_to_what_its_author_may_not_read_any_more_costs_one_request(world, acme):
    secret = world.post("anna@elsewhere.example", "for friends", visibility="private")
    reply = world.post(acme, "hello anna", reply_to=secret)
    assert read_around(world, acme, know(world, reply)).keys == {reply.uri}
    assert world.count_requests("/api/v1/statuses") == 3
    assert world.count_requests("/api/v1/accounts") == 0


def test_where_nothing_is_missing_above_nobody_else_is_asked_about(world, acme):
    question = world.post("anna@elsewhere.example", "@acme my phone is dead")
    world.post("carl@elsewhere.example", "@anna for you", reply_to=question, visibility="direct")
    read_around(world, acme, know(world, question))
    assert world.count_requests("/api/v1/accounts") == 0
