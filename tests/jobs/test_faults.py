"""Whatever a platform answers to whatever request: two quiet rounds later all is well."""

import os

import polars as pl
import pytest

from tests.jobs.rounds import run_rounds
from tests.servers.mastodon_faults import FAULTS as MASTODON_FAULTS
from tests.servers.x import FAULTS as X_FAULTS
from tests.servers.x import PRIVATE_WORDS

SLOW = {"drip", "drip-headers", "drip_headers", "silence"}
MOST_REQUESTS = 60
# So many broken rounds in a row, each broken some requests later, before two quiet ones.
IN_A_ROW = 5
# Every request of a round in `make soak`; else every third, which ones differ from fault to fault.
STRIDE = int(os.environ.get("STRIDE", "3"))
NAME = "@acme@social.example"

pytestmark = [pytest.mark.long, pytest.mark.soak]


class OnX:
    """What happens on X between rounds, and what must be in the store then.

    Answers that are slow are given up soon, `slow_seconds` after they were asked for.
    """

    platform = "x"
    # A good answer that is given up on a busy machine costs what nobody books.
    slow_seconds = 2.5

    def __init__(self, rounds):
        self.rounds, self.world = rounds, rounds.x.world
        for handle in ("anna", "ben"):
            self.world.add_user(handle)

    def begin(self, number):
        self.asked = self.world.post("anna", f"@acme my phone {number} is dead")

    def happen(self, number):
        """Let something happen for each of the ways to read X that no other one finds."""
        told = self.world.post("acme", f"@anna tell us more on {number}", reply_to=self.asked)
        self.world.post("anna", f"it makes no sound, {number}", reply_to=told)
        self.world.post("ben", f"@acme your line {number} is busy")
        self.world.post("acme", f"News of the day: {number}")
        self.world.message("ben", "acme", f"my customer number is {number}")

    def change(self, number):
        self.world.edit(self.asked, f"@acme my phone {number} is dead, it fell into water")

    def fail(self, kind, after):
        self.rounds.x.faults.clear()
        self.rounds.x.fail_next(kind, after=after)

    def was_hit(self):
        return not self.rounds.x.faults

    def truth(self):
        posts = {t.id: (t.newest.text, t.author.handle, "public") for t in self.world.tweets}
        messages = {f"dm:{m.id}": (m.text, m.sender.handle) for m in self.world.messages}
        return posts | {number: (*message, "direct") for number, message in messages.items()}


class OnMastodon:
    """The same on a server of Mastodon's kind."""

    platform = "mastodon"
    slow_seconds = 0.4

    def __init__(self, rounds):
        self.rounds, self.world = rounds, rounds.mastodon
        self.anna = self.world.add_account("anna")
        self.secret = self.write(self.anna, f"{NAME} may I ask you something", visibility="direct")

    def begin(self, number):
        # Older conversations are not asked for any more: rounds stay as short as the first.
        self.rounds.advance(days=22)
        self.news = self.write(self.rounds.acme, f"News of the day: {number}")

    def happen(self, number):
        asked = self.write(self.anna, f"{NAME} my phone {number} is dead", reply_to=self.news)
        told = self.write(self.rounds.acme, f"tell us more on {number}", reply_to=asked)
        self.write(self.anna, f"it makes no sound, {number}", reply_to=told)
        message = f"{NAME} my customer number is {number}"
        self.write(self.anna, message, visibility="direct", reply_to=self.secret)

    def change(self, number):
        self.news.text, self.news.edited_at = f"News {number}, corrected", self.world.now

    def write(self, *args, **fields):
        return self.world.post(*args, at=self.world.now, **fields)

    def fail(self, kind, after):
        target = f"{self.world.url}/api/v1/timelines/tag/nothing?max_id=7&min_id=7"
        self.world.faults.clear()
        self.world.fail_next(kind, skip=after, target="" if kind == "redirect" else target)

    def was_hit(self):
        return not any(fault.times for fault in self.world.faults)

    def truth(self):
        return {p.uri: (p.text, p.author.address, p.visibility) for p in self.world.posts.values()}


SIDES = [
    *(pytest.param(OnX, kind, id=f"x-{kind}") for kind in X_FAULTS),
    *(pytest.param(OnMastodon, kind, id=f"mastodon-{kind}") for kind in MASTODON_FAULTS),
]


@pytest.mark.parametrize(("make_side", "kind"), SIDES)
def test_nothing_is_lost_by_a_fault_at_any_request_of_a_round(tmp_path, make_side, kind):
    first = sum(map(ord, kind)) % STRIDE
    with run_rounds(tmp_path, mode="owner", accounts=make_side.platform) as rounds:
        side = make_side(rounds)
        rounds.collect()
        number, was_hit = 0, True
        while was_hit:
            side.begin(number)
            for after in range(first + number, first + number + IN_A_ROW * STRIDE, STRIDE):
                was_hit = was_hit and collect_with_fault(rounds, side, kind, after)
            side.change(number)
            settle(rounds, side)
            number += IN_A_ROW * STRIDE
            assert number < MOST_REQUESTS
        check_words(rounds)


def collect_with_fault(rounds, side, kind, after):
    """Make a round whose next request after some good ones fails; tell whether one did."""
    side.happen(after)
    side.fail(kind, after)
    rounds.advance(minutes=16)
    rounds.collect(timeout_seconds=side.slow_seconds if kind in SLOW else None)
    return side.was_hit()


def settle(rounds, side):
    """Make two rounds without faults, the second one only where it is needed."""
    rounds.x.faults.clear()
    rounds.mastodon.faults.clear()
    for _ in range(2):
        rounds.advance(minutes=16)
        last = rounds.collect()
        if tell(rounds) == side.truth():
            break
    assert tell(rounds) == side.truth()
    assert [(r.name, r.state, r.error) for r in last.results if r.state != "done"] == []
    assert set(rounds.load_runs()["state"]) <= {"done", "failed"}
    assert rounds.load_runs()["finished_at"].null_count() == 0
    assert rounds.booked == rounds.x.world.cost


def tell(rounds):
    """Return what is known of each post; none may be there twice."""
    posts = pl.concat([rounds.store.load_posts(), rounds.store.load_private_posts()])
    there = posts.filter(pl.col("deleted_at").is_null())
    told = {
        number: tuple(rest)
        for number, *rest in there.select("post_id", "text", "author_handle", "visibility").rows()
    }
    assert len(told) == there.height
    return told


def check_words(rounds):
    """Nothing that somebody wrote, no token and nothing of an answer is in an error."""
    runs = rounds.load_runs()
    failed = runs.filter(pl.col("state") == "failed")
    assert failed["error"].null_count() == 0
    said = "\n".join([*failed["error"], *runs["problems"]])
    secrets = [*rounds.env.values(), PRIVATE_WORDS, "words that nobody should see"]
    words = ["phone", "customer number", "News of the day", "sound"]
    assert [word for word in (*secrets, *words) if word in said] == []
    assert all(len(line) < 250 for line in said.splitlines())
