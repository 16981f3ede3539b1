"""Whatever happens on X and on the way to it: after two quiet rounds nothing is missing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect.base import Source
from listener.collect.budget import PriceTable, price_reads
from listener.collect.x import UserKeys, XCollector
from listener.errors import CollectorError
from tests.servers.x import FAULTS, run_x

# Each post has one way to be found, so that no other one hides what it loses.
WAYS = (("posts", "mentions", "private"), ("posts", "search", "private"))
# Those that end at once; the others only take longer.
QUICK_FAULTS = sorted({*FAULTS} - {"drip", "drip-headers", "silence"})

pick = st.integers(0, 100)
steps = st.one_of(
    st.tuples(st.just("post"), st.sampled_from(["anna", "ben", "acme"]), pick),
    st.tuples(st.just("late"), st.sampled_from(["anna", "acme"]), st.integers(1, 9)),
    st.tuples(st.just("edit"), pick, st.just(0)),
    st.tuples(st.just("delete"), pick, st.just(0)),
    st.tuples(st.just("message"), st.sampled_from(["anna", "acme"]), st.just(0)),
    st.tuples(st.just("burst"), st.sampled_from(["anna", "acme"]), st.integers(2, 8)),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 30, 600]), st.just(0)),
    st.tuples(st.just("run"), st.sampled_from(QUICK_FAULTS), st.integers(0, 12)),
    st.tuples(st.just("run"), st.sampled_from(QUICK_FAULTS), st.integers(0, 40)),
)


class History:
    """X on one side, a store and a ledger on the other."""

    def __init__(self, x, kinds):
        self.x, self.world, self.kinds = x, x.world, kinds
        for handle in ("acme", "anna", "ben"):
            self.world.add_user(handle)
        self.marks, self.texts, self.booked, self.cost = {}, {}, set(), Decimal(0)
        self.collector = XCollector(
            account="acme",
            bearer_token=x.bearer_token,
            user_keys=UserKeys(**x.make_keys("acme")),
            api_url=x.url,
            now=lambda: self.world.now,
        )

    def happen(self, step, one, two):
        getattr(self, step)(one, two)
        self.world.advance(seconds=1)

    def post(self, author, number):
        parent = self.find(number) if number % 2 else None
        self.world.post(author, self.write(), reply_to=parent)

    def burst(self, author, count):
        for _ in range(count):
            self.world.post(author, self.write())
            self.world.advance(minutes=6)

    def late(self, author, minutes):
        visible_at = self.world.now + timedelta(minutes=minutes)
        self.world.post(author, self.write(), visible_at=visible_at)

    def edit(self, number, _):
        if tweet := self.find(number):
            self.world.edit(tweet, self.write())

    def delete(self, number, _):
        if tweet := self.find(number):
            self.world.delete(tweet)

    def message(self, author, _):
        self.world.message(author, "anna" if author == "acme" else "acme", self.write())

    def wait(self, minutes, _):
        self.world.advance(minutes=minutes)

    def run(self, fault, after):
        self.x.fail_next(fault, after=after)
        self.collect()

    def find(self, number):
        there = [tweet for tweet in self.world.tweets if not tweet.deleted]
        return there[number % len(there)] if there else None

    def write(self):
        return f"@acme at {self.world.now:%H:%M:%S}"

    def collect(self):
        for kind in self.kinds:
            source = Source(platform="x", brand="acme", account="acme", kind=kind)
            try:
                for page in self.collector.fetch_new(source, self.marks.get(kind)):
                    self.save(page)
                    self.marks[kind] = page.mark or self.marks.get(kind)
            except CollectorError:
                continue

    def save(self, page):
        day = self.world.now.date()
        new = page.reads.without({thing for when, thing in self.booked if when == day})
        self.booked |= {(day, thing) for thing in new.things()}
        self.cost += price_reads(new, PriceTable())
        for post in page.posts:
            seen_at, _ = self.texts.get(post.post_id, (post.created_at, ""))
            at = post.edited_at or post.created_at
            if at >= seen_at:
                self.texts[post.post_id] = at, post.text
        for number in page.gone:
            self.texts.pop(number, None)

    def tell_truth(self):
        there = [tweet for tweet in self.world.tweets if self.world.is_there(tweet)]
        posts = {tweet.id: tweet.newest.text for tweet in there}
        return posts | {f"dm:{m.id}": m.text for m in self.world.messages}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(steps, max_size=25),
    st.sampled_from(WAYS),
    st.integers(1, 4),
    st.frozensets(st.integers(0, 3)),
)
def test_nothing_is_lost_and_the_bill_is_right(steps_taken, kinds, size, empty_pages):
    with run_x(page_size=size, empty_pages=empty_pages) as x:
        history = History(x, kinds)
        for step in steps_taken:
            history.happen(*step)
        x.faults.clear()
        for _ in range(2):
            history.world.advance(minutes=10)
            history.collect()
        deleted = {tweet.id for tweet in history.world.tweets if tweet.deleted}
        stored = {number: text for number, (_, text) in history.texts.items()}
        assert {n: text for n, text in stored.items() if n not in deleted} == history.tell_truth()
        assert history.cost == history.world.cost


@pytest.mark.parametrize("kinds", WAYS)
def test_a_run_that_breaks_off_among_many_pages_leaves_nothing_behind(kinds):
    with run_x(page_size=2) as x:
        history = History(x, kinds)
        for author in ("anna", "acme"):
            history.burst(author, 8)
        for after in range(12):
            history.run("503", after)
        x.faults.clear()
        history.collect()
        assert {n: text for n, (_, text) in history.texts.items()} == history.tell_truth()
