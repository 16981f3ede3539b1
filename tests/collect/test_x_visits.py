"""Known conversations of X are asked for again: everything new is found, nothing else is bought."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect.base import Visit
from listener.collect.budget import PriceTable, price_reads
from listener.collect.x import XCollector
from listener.errors import CollectorError
from tests.builders import make_post
from tests.servers.x import run_x
from tests.servers.x_runs import (
    ago,
    book,
    know,
    list_lost,
    list_posts,
    list_problems,
    list_requests,
    make_collector,
    visit,
)

POST = Decimal("0.005")
USER = Decimal("0.010")


@pytest.fixture
def x():
    with run_x() as server:
        for handle in ("acme", "anna", "ben"):
            server.world.add_user(handle)
        yield server


def open_cases(x, count):
    """Let customers ask, and the brand answer, two days ago; return the questions."""
    cases = []
    for number in range(count):
        customer = x.world.add_user(f"customer_{number:06d}")
        at = ago(x, days=2, minutes=number)
        cases.append(x.world.post(customer, "@acme help", at=at))
        x.world.post("acme", "Sorry!", reply_to=cases[-1], at=at + timedelta(minutes=30))
    return cases


def follow(cases):
    return [Visit(post=know(case), customer=case.author.handle) for case in cases]


def test_as_many_conversations_as_a_visit_takes_are_one_request(x):
    cases = open_cases(x, XCollector.visit_size)
    assert visit(x, *follow(cases), since=ago(x, days=1)) != []
    (request,) = list_requests(x, "/2/")
    assert request["query"].startswith(f"((conversation_id:{cases[0].id} from:customer_000000) OR ")
    assert request["query"].endswith(" -is:retweet")


def test_a_visit_costs_what_is_new_and_nothing_else(x):
    cases = open_cases(x, XCollector.visit_size)
    new = [x.world.post(c.author, "still dead", reply_to=c, at=ago(x, hours=5)) for c in cases[:3]]
    x.world.retweet(cases[0].author, cases[1], at=ago(x, hours=5))
    x.world.post(cases[0].author, "something else", at=ago(x, hours=5))
    pages = visit(x, *follow(cases), since=ago(x, days=1))
    assert {*list_posts(pages)} == {post.id for post in new}
    assert x.world.cost == 3 * POST
    assert book(x, pages, set()) == x.world.cost


def test_a_visit_without_anything_new_is_free(x):
    pages = visit(x, *follow(open_cases(x, 3)), since=ago(x, days=1))
    assert (list_posts(pages), list_problems(pages), x.world.cost) == ({}, [], 0)


def test_a_post_that_a_visit_found_says_all_that_another_way_would_say(x):
    (case,) = open_cases(x, 1)
    answer = x.world.post("acme", "Restart it", reply_to=case, at=ago(x, hours=6))
    no = x.world.post(case.author, "@ben I did", reply_to=answer, quote=case, at=ago(x, hours=5))
    x.world.edit(no, "@ben I did " + "really " * 60, at=ago(x, hours=4))
    found = list_posts(visit(x, *follow([case])))
    assert found[no.id] == list_posts(visit(x, know(case)))[no.id]
    assert found[no.id].author_handle == case.author.handle


def test_strangers_in_a_viral_conversation_are_not_bought(x):
    root = x.world.post("acme", "We are down", at=ago(x, days=2))
    question = x.world.post("anna", "@acme since when?", reply_to=root, at=ago(x, days=1))
    for minute in range(200):
        x.world.post("ben", "lol", reply_to=root, at=ago(x, minutes=minute + 10))
    new = x.world.post("anna", "@acme hello?", reply_to=root, at=ago(x, minutes=7))
    wanted = Visit(post=know(question), customer="@Anna", known_ids=frozenset({root.id}))
    pages = visit(x, wanted, since=ago(x, hours=20))
    assert {*list_posts(pages)} == {new.id}
    assert x.world.cost == POST


def test_everybodys_posts_are_read_where_nobody_is_named(x):
    root = x.world.post("acme", "We are down", at=ago(x, days=2))
    replies = [x.world.post("ben", f"{n}", reply_to=root, at=ago(x, hours=n)) for n in (1, 2, 3)]
    (case,) = open_cases(x, 1)
    new = x.world.post(case.author, "still dead", reply_to=case, at=ago(x, hours=5))
    pages = visit(x, Visit(post=know(root)), *follow([case]), since=ago(x, days=1))
    assert {*list_posts(pages)} == {root.id, new.id, *(reply.id for reply in replies)}
    assert book(x, pages, set()) == x.world.cost


def test_a_conversation_that_is_read_whole_is_not_read_again_for_a_customer(x):
    root = x.world.post("acme", "We are down", at=ago(x, days=2))
    question = x.world.post("anna", "@acme since when?", reply_to=root, at=ago(x, hours=1))
    visit(x, Visit(post=know(root)), Visit(post=know(question), customer="anna"))
    (request,) = list_requests(x, "/2/")
    assert request["query"] == f"((conversation_id:{root.id})) -is:retweet"


@pytest.mark.parametrize("customer", ["anna", "1002"])
def test_a_customer_who_did_not_write_the_known_post_is_asked_for(x, customer):
    root = x.world.post("acme", "We are down", at=ago(x, days=2))
    new = x.world.post("anna", "@acme since when?", reply_to=root, at=ago(x, hours=1))
    x.world.post("ben", "lol", reply_to=root, at=ago(x, hours=1))
    pages = visit(x, know(root), customer=customer)
    assert {*list_posts(pages)} == {new.id, root.id}
    assert list_posts(pages)[new.id].author_handle == "anna"
    assert book(x, pages, set()) == x.world.cost


def test_a_customer_may_be_named_by_number(x):
    (case,) = open_cases(x, 1)
    new = x.world.post(case.author, "still dead", reply_to=case, at=ago(x, hours=5))
    pages = visit(x, know(case), customer=case.author.id)
    assert list_posts(pages)[new.id].author_handle == case.author.handle
    assert x.world.cost == 2 * POST  # the question lies within these six days


@pytest.mark.parametrize("customer", ["anna) OR (from:ben", "ä", "@", "a" * 51])
def test_a_customer_with_no_possible_name_costs_nothing_and_stops_nobody(x, customer):
    (case,) = open_cases(x, 1)
    new = x.world.post(case.author, "still dead", reply_to=case, at=ago(x, hours=5))
    odd = Visit(post=know(x.world.post("ben", "lol", at=ago(x, days=1))), customer=customer)
    pages = visit(x, odd, *follow([case]), since=ago(x, days=1))
    assert {*list_posts(pages)} == {new.id}
    assert list_problems(pages)[0].startswith("1 conversations are left out")


def test_handles_that_are_longer_than_x_gives_today_are_asked_for_in_parts(x):
    posts = []
    for number in range(XCollector.visit_size):
        author = x.world.add_user(f"customer_of_the_first_years_{number}")
        posts.append(x.world.post(author, "@acme help", at=ago(x, days=2)))
    new = [x.world.post(p.author, "hello?", reply_to=p, at=ago(x, hours=1)) for p in posts]
    pages = visit(x, *follow(posts), since=ago(x, days=1))
    assert {*list_posts(pages)} == {post.id for post in new}
    assert len(list_requests(x)) == 2
    assert x.world.cost == len(new) * POST


def test_late_ids_are_found_by_the_overlap(x):
    (case,) = open_cases(x, 1)
    early = x.world.post(case.author, "hello?", reply_to=case, at=ago(x, minutes=11))
    late = x.world.post(
        case.author, "late", reply_to=case, at=ago(x, minutes=9), visible_at=ago(x, minutes=-1)
    )
    since = x.world.now
    assert list_posts(visit(x, *follow([case]), since=since)) == {}
    x.world.advance(minutes=2)
    assert {*list_posts(visit(x, *follow([case]), since=since))} == {late.id}
    assert early.id not in list_posts(visit(x, *follow([case]), since=since))


def test_what_search_does_not_reach_is_said_once_and_is_no_loss(x):
    cases = open_cases(x, 3)
    pages = visit(x, *follow(cases), since=ago(x, days=9))
    assert {*list_posts(pages)} == {case.id for case in cases}
    (problem,) = list_problems(pages)
    assert "from 2026-02-21 10:00 UTC to 2026-02-23 10:05 UTC" in problem
    assert list_lost(pages) == []
    assert [request["start_time"] for request in list_requests(x)] == ["2026-02-23T10:05:00Z"]


@settings(max_examples=25, deadline=None)
@given(st.timedeltas(timedelta(0), timedelta(days=20)))
def test_no_moment_makes_a_request_that_x_refuses(age):
    with run_x() as x:
        x.world.add_user("acme")
        (case,) = open_cases(x, 1)
        seen = list_posts(visit(x, *follow([case]), since=x.world.now - age))
        assert (case.id in seen) or age < timedelta(days=2)
        (request,) = list_requests(x)
        assert ("since_id" in request) != ("start_time" in request)


@pytest.mark.parametrize("customer", ["", "anna"])
def test_a_conversation_of_many_pages_is_read_to_its_end(x, customer):
    x.page_size, x.empty_pages = 2, frozenset({0, 2})
    root = x.world.post("anna", "@acme help", at=ago(x, hours=20))
    new = [x.world.post("anna", f"{n}", reply_to=root, at=ago(x, hours=n)) for n in range(1, 8)]
    pages = visit(x, know(root), customer=customer, since=ago(x, hours=10))
    assert {post.id for post in new} <= {*list_posts(pages)}
    assert len(list_requests(x)) == 6
    assert book(x, pages, set()) == x.world.cost


def test_missing_parents_of_all_visits_are_looked_up_together(x):
    roots, questions = [], []
    for number in range(XCollector.visit_size):
        roots.append(x.world.post("acme", f"News {number}", at=ago(x, days=20)))
        at = ago(x, days=9)
        questions.append(x.world.post("anna", "@acme eh?", reply_to=roots[-1], at=at))
    pages = visit(x, *follow(questions), since=ago(x, days=1))
    assert {*list_posts(pages)} == {root.id for root in roots}
    assert len(list_requests(x, "/2/tweets")) == 2
    assert x.world.cost == len(roots) * POST + USER


def test_parents_that_are_known_are_not_looked_up(x):
    root = x.world.post("acme", "News", at=ago(x, days=20))
    question = x.world.post("anna", "@acme eh?", reply_to=root, at=ago(x, days=9))
    known = Visit(post=know(question), customer="anna", known_ids=frozenset({root.id}))
    assert list_posts(visit(x, known)) == {}
    assert x.world.cost == 0


def test_a_hidden_parent_is_a_problem_and_a_deleted_one_is_gone(x):
    x.world.add_user("shy", protected=True)
    hidden = x.world.post("shy", "psst", at=ago(x, days=9))
    deleted = x.world.post("ben", "oops", at=ago(x, days=9))
    posts = [
        x.world.post("anna", "@acme?", reply_to=p, at=ago(x, days=8)) for p in (hidden, deleted)
    ]
    new = [x.world.post("anna", "hello?", reply_to=post, at=ago(x, hours=1)) for post in posts]
    x.world.delete(deleted)
    pages = visit(x, *follow(posts), since=ago(x, days=1))
    assert {*list_posts(pages)} == {post.id for post in new}
    assert [number for page in pages for number in page.gone] == [deleted.id]
    (problem,) = list_problems(pages)
    assert hidden.id in problem


@pytest.mark.parametrize("names", ["tweet", "post"])
def test_both_names_of_fields_find_the_same(names):
    with run_x(names=names, accepts=(names,)) as x:
        x.world.add_user("acme")
        cases = open_cases(x, 3)
        new = [x.world.post(c.author, "hello?", reply_to=c, at=ago(x, hours=1)) for c in cases]
        collector = make_collector(x, field_names=names)
        pages = visit(x, *follow(cases), collector=collector, since=ago(x, days=1))
        found = list_posts(pages)
        assert {post.id for post in new} <= {*found}
        assert {found[post.id].reply_to_id for post in new} == {case.id for case in cases}
        assert {found[post.id].author_handle for post in new} == {c.author.handle for c in cases}
        assert sum(price_reads(page.reads, PriceTable()) for page in pages) == x.world.cost


def test_nothing_to_visit_is_no_request(x):
    message = make_post(post_id="dm:123", conversation_id="dm:1-2")
    foreign = make_post(author="anna@social.example")
    assert visit(x) == visit(x, message, foreign, since=ago(x, days=9)) == []
    assert x.exchanges == []


def test_a_conversation_is_searched_and_what_is_older_is_looked_up(x):
    root = x.world.post("acme", "We are open", at=ago(x, days=20))
    chain = [root]
    for number in range(6):
        at = ago(x, days=19 - number)
        chain.append(x.world.post("anna", f"@acme {number}", reply_to=chain[-1], at=at))
    young = x.world.post("anna", "@acme still", reply_to=chain[-1], at=ago(x, hours=5))
    answer = x.world.post("acme", "@anna Hello", reply_to=young, at=ago(x, hours=1))
    found = list_posts(visit(x, know(young)))
    assert {*found} == {tweet.id for tweet in (*chain, young, answer)}


def test_a_young_conversation_costs_one_search(x):
    question = x.world.post("anna", "@acme help", at=ago(x, hours=3))
    answer = x.world.post("acme", "@anna Hello", reply_to=question, at=ago(x, hours=2))
    other = x.world.post("ben", "@acme me too", reply_to=question, at=ago(x, hours=1))
    post = make_post(post_id=question.id, conversation_id=question.id)
    found = list_posts(visit(x, post))
    assert {*found} == {question.id, answer.id, other.id}
    assert [exchange.path for exchange in x.exchanges] == ["/2/tweets/search/recent"]


def test_a_conversation_whose_parents_are_gone_ends_there(x):
    root = x.world.post("acme", "We are open", at=ago(x, days=20))
    reply = x.world.post("anna", "@acme no", reply_to=root, at=ago(x, days=19))
    x.world.delete(root)
    post = make_post(post_id=reply.id, conversation_id=root.id, reply_to=root.id)
    pages = visit(x, post)
    assert list_posts(pages) == {}
    assert [number for page in pages for number in page.gone] == [root.id]
    assert len(list_requests(x, "/2/tweets")) == 2


def test_a_very_long_way_up_is_not_gone_to_its_end(x):
    chain = [x.world.post("acme", "We are open", at=ago(x, days=100))]
    for number in range(60):
        at = ago(x, days=99 - number)
        chain.append(x.world.post("anna", f"@acme {number}", reply_to=chain[-1], at=at))
    post = make_post(post_id=chain[-1].id, conversation_id=None, reply_to=chain[-2].id)
    found = list_posts(visit(x, post))
    assert {*found} == {tweet.id for tweet in chain[-41:-1]}
    assert len(x.exchanges) == 21


def test_posts_that_answer_each_other_in_a_circle_do_not_hold_the_run(x):
    one = x.world.post("anna", "@acme 1", at=ago(x, days=9))
    two = x.world.post("ben", "@acme 2", reply_to=one, at=ago(x, days=9))
    one.reply_to_id, one.reply_to = two.id, None
    post = make_post(post_id=two.id, conversation_id=two.id, reply_to=one.id)
    assert one.id in list_posts(visit(x, post))


steps = st.one_of(
    st.tuples(st.just("post"), st.sampled_from(["anna", "ben", "acme"]), st.integers(0, 9)),
    st.tuples(st.just("edit"), st.just(""), st.integers(0, 100)),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, 30, 400])),
    st.tuples(st.just("visit"), st.sampled_from(["", "429", "503", "cut", "empty-object"]),
              st.integers(0, 5)),
)  # fmt: skip


class Followed:
    """A conversation on X, and what visits have brought of it."""

    def __init__(self, x, customer):
        self.x, self.customer, self.collector = x, customer, make_collector(x)
        self.root = x.world.post("anna", "@acme help")
        self.written, self.since = [self.root], x.world.now
        self.texts, self.booked, self.cost = {}, set(), Decimal(0)

    def post(self, author, late):
        visible_at = self.x.world.now + timedelta(minutes=late)
        parent = self.written[late % len(self.written)]
        text = f"at {self.x.world.now:%H:%M:%S}"
        self.written.append(self.x.world.post(author, text, reply_to=parent, visible_at=visible_at))

    def edit(self, _, number):
        self.x.world.edit(self.written[number % len(self.written)], f"edit {self.x.world.now}")

    def wait(self, _, minutes):
        self.x.world.advance(minutes=minutes)

    def visit(self, fault, after):
        if fault:
            self.x.fail_next(fault, after=after)
        started_at = self.x.world.now
        visits = [Visit(post=know(self.root), customer=self.customer)]
        try:
            for page in self.collector.fetch_visit(visits, since=self.since):
                self.cost += book(self.x, [page], self.booked)
                for post in page.posts:
                    self.save(post)
        except CollectorError:
            return
        self.since = started_at

    def save(self, post):
        at = post.edited_at or post.created_at
        self.texts[post.post_id] = max(self.texts.get(post.post_id, (at, "")), (at, post.text))

    def tell_truth(self):
        people = {"anna", self.customer or "ben", self.customer or "acme"}
        return {
            t.id: (t.newest.at, t.newest.text)
            for t in self.written[1:]
            if t.author.handle in people
        }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(steps, max_size=20),
    st.sampled_from(["", "anna"]),
    st.integers(1, 3),
    st.frozensets(st.integers(0, 3)),
)
def test_whatever_happens_visits_miss_nothing_and_the_bill_is_right(
    taken, customer, size, empty_pages
):
    with run_x(page_size=size, empty_pages=empty_pages) as x:
        for handle in ("acme", "anna", "ben"):
            x.world.add_user(handle)
        followed = Followed(x, customer)
        for step, one, two in taken:
            getattr(followed, step)(one, two)
            x.world.advance(seconds=1)
        x.faults.clear()
        x.world.advance(minutes=10)
        followed.visit("", 0)
        assert followed.tell_truth().items() <= followed.texts.items()
        strangers = {t.id for t in followed.written} - {followed.root.id, *followed.tell_truth()}
        assert not strangers & {*followed.texts}
        assert followed.cost == x.world.cost
