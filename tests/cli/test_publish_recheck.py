"""`listener publish --recheck`: what was deleted since it was read is found before it is shown."""

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tests.jobs.rounds import run_rounds

MORE = """
[report]
output = "{folder}/out"
[publish]
address = "https://reports.example.org"
"""
WORDS = "my phone is dead"


class Rechecking:
    """Two platforms with a conversation each, read and published."""

    def __init__(self, rounds, program, monkeypatch):
        self.rounds, self.program, self.monkeypatch = rounds, program, monkeypatch
        self.x, self.mastodon = rounds.x, rounds.mastodon
        self.configure("")
        self.x.add_user("anna")
        self.asked = self.x.post("anna", "@acme my box is broken", at=self.ago(90))
        self.x.post("acme", "@anna Please send us a DM", reply_to=self.asked, at=self.ago(80))
        news = self.mastodon.post(rounds.acme, "Our new tariff", at=self.ago(90))
        anna = self.mastodon.add_account("anna@elsewhere.example")
        self.toot = self.mastodon.post(anna, f"@acme {WORDS}", reply_to=news, at=self.ago(80))
        answer = "@anna@elsewhere.example Please send us a DM"
        self.mastodon.post(rounds.acme, answer, reply_to=self.toot, at=self.ago(70))
        for name, value in rounds.env.items():
            monkeypatch.setenv(name, value)
        self.week = f"{rounds.now:%G-W%V}"
        self.run("collect")
        self.run("report", "--week", self.week)

    def configure(self, more):
        self.rounds.options["brand"] = MORE.format(folder=self.rounds.folder) + more
        self.rounds.write_settings()

    def ago(self, minutes):
        return self.rounds.now - timedelta(minutes=minutes)

    def run(self, *words, code=0):
        return self.program.run("--config", self.rounds.config, *words, code=code)

    def publish(self, *words, code=0):
        return self.run("publish", self.rounds.folder / "site", *words, code=code)

    def read(self):
        return (self.rounds.folder / "site" / "acme" / self.week / "index.html").read_text()

    def count_requests(self):
        return len(self.x.exchanges) + len(self.mastodon.requests)


@pytest.fixture
def rechecking(tmp_path, program, monkeypatch):
    # All within one week: the early hours of a Monday would part it.
    now = datetime.now(UTC)
    now = now if now.weekday() or now.hour >= 2 else now - timedelta(hours=4)
    with run_rounds(tmp_path, servers={"now": now}) as rounds:
        yield Rechecking(rounds, program, monkeypatch)


def test_without_it_nobody_is_asked_and_with_it_deleted_posts_vanish(rechecking):
    asked = rechecking.count_requests()
    rechecking.publish()
    assert rechecking.count_requests() == asked
    number = rechecking.asked.id
    assert WORDS in rechecking.read()
    assert number in rechecking.read()
    rechecking.mastodon.delete(rechecking.toot)
    # One look costs no more than is set, and the latest posts come first; the brand's own posts to
    # nobody are listed, too.
    rechecking.configure("recheck_dollars = 0.005")
    printed = rechecking.publish("--recheck")
    assert "1 post on X is not looked up: see publish.recheck_dollars" in printed.out
    assert "4 posts looked up, 1 gone, $0.0" in printed.out
    assert WORDS not in rechecking.read()
    assert number in rechecking.read()
    asked = rechecking.count_requests()
    rechecking.configure("")
    rechecking.x.delete(rechecking.asked)
    price = rechecking.publish("--recheck", "--dry-run").out
    assert re.search(r"\d+ posts would be looked up, for at most \$0\.0\d on X", price)
    assert rechecking.count_requests() == asked
    printed = rechecking.publish("--recheck")
    assert printed.err == ""
    assert "4 posts looked up, 1 gone" in printed.out
    assert number not in rechecking.read()
    states = rechecking.rounds.load_runs().filter(kind="states")
    assert set(states["state"]) == {"done"}
    assert rechecking.rounds.booked == rechecking.x.world.cost


def test_what_cannot_be_asked_for_is_said_and_published_as_known(rechecking):
    rechecking.monkeypatch.delenv("X_BEARER_TOKEN")
    rechecking.mastodon.delete(rechecking.toot)
    printed = rechecking.publish("--recheck", code=1)
    assert "x account @acme: there is no token" in printed.err
    assert "2 posts could not be checked: shown as known" in printed.err
    assert "3 posts looked up, 1 gone" in printed.out
    assert WORDS not in rechecking.read()
    assert rechecking.asked.id in rechecking.read()
    # With a token, but without money.
    rechecking.monkeypatch.setenv("X_BEARER_TOKEN", rechecking.x.bearer_token)
    rechecking.rounds.options["x_settings"] = "month_cap_dollars = 0.01"
    rechecking.rounds.write_settings()
    printed = rechecking.publish("--recheck", code=1)
    assert "cap" in printed.err
    assert "2 posts could not be checked" in printed.err
    paused = rechecking.rounds.load_runs().filter(pl.col("state") == "paused")
    assert paused.height == 1
