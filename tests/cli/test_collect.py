"""`listener collect` as a person or cron runs it: what it shows, and how it ends."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest
from sqlalchemy import Engine, event

from listener.store.store import Store
from tests.jobs.rounds import run_rounds

QUERY = 'queries = ["acme mobile outage in the whole country and everywhere else", "#acmefail"]'
BETA = """
[brands.beta]
name = "Beta"
accounts = [{ platform = "x", handle = "beta" }]
"""
LONG_NAME = "a" * 30
NOWHERE = "http://127.0.0.1:1"
X_LANE = "account:x:acme"
LANES = (X_LANE, "account:mastodon:social.example")
PATIENCE_SECONDS = 60


class Collecting:
    """Two platforms with something to read, their settings, and the command."""

    def __init__(self, rounds, program, monkeypatch):
        self.rounds, self.program, self.monkeypatch = rounds, program, monkeypatch
        self.x, self.mastodon = rounds.x, rounds.mastodon
        self.x.add_user("beta")
        self.x.add_user("anna")
        asked = self.x.post("anna", "@acme my phone is dead", at=self.ago(90))
        self.x.post("acme", "@anna Please send us a DM", reply_to=asked, at=self.ago(80))
        self.news = self.mastodon.post(rounds.acme, "Our new tariff", at=self.ago(90))
        anna = self.mastodon.add_account("anna@elsewhere.example")
        self.mastodon.post(anna, "@acme too dear", reply_to=self.news, at=self.ago(80))
        for name, value in rounds.env.items():
            monkeypatch.setenv(name, value)

    def ago(self, minutes):
        return self.rounds.now - timedelta(minutes=minutes)

    def run(self, *words, code=0):
        return self.program.run("--config", self.rounds.config, "collect", *words, code=code)

    def set(self, **options):
        self.rounds.options |= options
        self.rounds.write_settings()

    def replace(self, before, after):
        text = self.rounds.config.read_text()
        assert before in text
        self.rounds.config.write_text(text.replace(before, after))

    def count_requests(self):
        return len(self.x.exchanges) + len(self.mastodon.requests)

    def open(self, **options):
        return Store.open(f"sqlite:///{self.program.database}", **options)

    def load_holder(self, lane):
        """Return who holds an account, and until when."""
        with self.open() as store:
            columns = "owner", "lease_until"
            return store.load_tasks().filter(name=lane).select(columns).row(0)

    def let_leases_end(self):
        """Do what time does: 40 seconds after its last sign of life nobody believes the dead."""
        begun = max(self.load_holder(lane)[1] for lane in LANES) - timedelta(seconds=40)
        assert begun <= datetime.now(UTC)
        with self.open(clock=lambda: datetime.now(UTC) + timedelta(seconds=40)) as store:
            for lane in LANES:
                assert store.claim_task(lane, "time", lease=timedelta(0), latest=timedelta(0))
                store.finish_task(lane, "time", state="done", next_in=timedelta(hours=-1))

    def load_states(self):
        return set(self.rounds.load_runs()["state"])


@pytest.fixture
def collecting(tmp_path, program, monkeypatch):
    now = datetime.now(UTC)
    with run_rounds(tmp_path, servers={"now": now}) as rounds:
        yield Collecting(rounds, program, monkeypatch)


def find_row(text, name, account="x @acme"):
    """Return what a table says behind a name, below an account."""
    lines = text.splitlines()
    below = lines[lines.index(account) + 1 :]
    return next(line for line in below if line.startswith(f"  {name} ")).split()


# What it shows


def test_it_tells_what_was_read_and_what_it_cost(collecting):
    printed = collecting.run()
    out = printed.out
    assert printed.err == ""
    head = "what state read new changed gone cost"
    assert out.splitlines()[0].split() == head.split()
    assert find_row(out, "own posts")[2:] == ["done", "2", "2", "0", "0", "$0.030"]
    assert find_row(out, "search: mentions")[2:] == ["done", "1", "0", "0", "0", "$0.000"]
    assert find_row(out, "own posts", "mastodon @acme@social.example")[2:5] == ["done", "1", "1"]
    assert "4 new posts, 0 changed, 0 gone" in out
    month = f"{collecting.rounds.now:%Y-%m}"
    assert f"x in {month}: $0.03 of $25.00 spent" in out
    assert "0 new posts, 0 changed, 0 gone" in collecting.run().out


def test_the_table_fits_into_a_terminal_of_80_columns(collecting):
    collecting.monkeypatch.setenv("COLUMNS", "80")
    collecting.mastodon.add_account(LONG_NAME)
    account = f'{{ platform = "mastodon", handle = "{LONG_NAME}@social.example" }}'
    collecting.set(brand=QUERY)
    collecting.replace("accounts = [", f"accounts = [{account}, ")
    for words in ([], ["--dry-run"]):
        out = collecting.run(*words).out
        assert max(map(len, out.splitlines())) <= 80
        assert "search: acme mobile" in out
        assert f"mastodon @{LONG_NAME}@social.example" in out.splitlines()


def test_in_a_pipe_nothing_is_cut(collecting):
    collecting.monkeypatch.delenv("COLUMNS")
    collecting.set(brand=QUERY)
    assert "search: acme mobile outage in the whole country " in collecting.run().out


def test_columns_stand_below_each_other(collecting):
    head, *lines = collecting.run().out.splitlines()
    rows = [line for line in lines if line.startswith("  ")]
    assert {line.rindex("$") for line in rows if "$" in line} == {head.index("cost") - 2}
    assert {line.index(" done ") + 1 for line in rows} == {head.index("state")}


def test_json_holds_every_run(collecting):
    runs = orjson.loads(collecting.run("--format", "json").out)
    assert [(run["platform"], run["kind"], run["state"]) for run in runs] == [
        ("x", "posts", "done"),
        ("x", "search", "done"),
        ("mastodon", "posts", "done"),
        ("x", "visits", "done"),
        ("mastodon", "visits", "done"),
    ]
    assert runs[0]["dollars"] == 0.03
    assert (runs[0]["brand"], runs[0]["account"], runs[0]["new"]) == ("acme", "acme", 2)
    assert (runs[0]["error"], runs[0]["problems"], runs[0]["retry_at"]) == ("", [], None)


def test_json_stays_json_when_runs_fail(collecting):
    collecting.x.fail_next("429", path="search")
    printed = collecting.run("--format", "json", code=1)
    failed = next(run for run in orjson.loads(printed.out) if run["state"] == "failed")
    assert datetime.fromisoformat(failed["retry_at"]).tzinfo is not None
    assert printed.err.splitlines()[-1] == "listener: 1 of 5 runs failed; see above"


def test_a_cap_that_is_reached_is_no_failure(collecting):
    collecting.set(x_settings="month_cap_dollars = 0.02")
    printed = collecting.run()
    assert "paused" in printed.out
    assert "  acme: the month's cap in dollars is reached; raise x.month_cap_dollars" in printed.err
    assert "too dear" in "".join(collecting.rounds.texts)
    assert "a cap is reached: x is read again next month" in collecting.run("--dry-run").out


# What is chosen


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["--brand", "beta"], {("beta", "x")}),
        (["--platform", "mastodon"], {("acme", "mastodon")}),
        (["--brand", "acme", "--platform", "x"], {("acme", "x")}),
        (["--brand", "acme", "--brand", "beta", "--platform", "x"], {("acme", "x"), ("beta", "x")}),
    ],
)
def test_only_what_is_chosen_is_read(collecting, words, seen):
    collecting.set(brand=BETA)
    runs = orjson.loads(collecting.run("--format", "json", *words).out)
    assert {(run["brand"], run["platform"]) for run in runs} == seen


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--brand", "nobody"], '--brand: there is no brand "nobody"; known: acme, beta'),
        (["--platform", "pigeon"], '--platform: there is no "pigeon"; choose one of mastodon, x'),
        (
            ["--brand", "beta", "--platform", "mastodon"],
            "--platform: no account on mastodon is in the settings of beta",
        ),
        (["--format", "xml"], "'xml' is not one of 'table', 'json'"),
    ],
)
def test_what_does_not_exist_cannot_be_chosen(collecting, words, told):
    collecting.set(brand=BETA)
    (line,) = collecting.run(*words, code=2).err.splitlines()
    assert told in line
    assert collecting.count_requests() == 0
    assert not collecting.program.database.exists()


def test_without_brands_it_says_how_to_name_some(collecting):
    text = collecting.rounds.config.read_text()
    collecting.rounds.config.write_text(text[: text.index("[brands.acme]")])
    (line,) = collecting.run(code=2).err.splitlines()
    assert "brands: there are none to watch" in line
    assert "listener init" in line
    assert not collecting.program.database.exists()


def test_a_dry_run_asks_nobody_and_notes_nothing(collecting):
    for _ in range(2):
        out = collecting.run("--dry-run").out
        assert find_row(out, "own posts")[2:] == ["first", "run", "not", "known", "not", "known"]
        assert orjson.loads(collecting.run("--dry-run", "--format", "json").out)["sources"]
    assert collecting.count_requests() == 0
    assert collecting.rounds.load_runs().is_empty()


def test_a_dry_run_tells_what_the_last_runs_were_like(collecting):
    collecting.run()
    asked = collecting.count_requests()
    out = collecting.run("--dry-run").out
    posts, cost = find_row(out, "own posts")[-2:]
    assert (posts, cost) == ("2", "$0.02")
    assert find_row(out, "own posts", "mastodon @acme@social.example")[-1] == "free"
    assert collecting.count_requests() == asked


# How it ends when something is wrong


def test_without_a_token_it_says_once_how_to_get_one_and_reads_the_rest(collecting):
    collecting.monkeypatch.delenv("X_BEARER_TOKEN")
    printed = collecting.run(code=1)
    first, last = printed.err.splitlines()
    assert 'x account @acme: there is no token; run "listener login x acme"' in first
    assert last == "listener: 2 of 4 runs failed; see above"
    assert collecting.rounds.texts == {"Our new tariff", "@acme@social.example too dear"}


def test_an_owner_without_a_token_is_told_for_each_platform(tmp_path, program, monkeypatch):
    with run_rounds(tmp_path, mode="owner", servers={"now": datetime.now(UTC)}) as rounds:
        printed = program.run("--config", rounds.config, "collect", code=1)
    assert 'run "listener login x acme"' in printed.err
    assert 'run "listener login mastodon @acme@social.example"' in printed.err


@pytest.mark.parametrize("name", ["X_BEARER_TOKEN", "MASTODON_TOKEN_SOCIAL_EXAMPLE"])
def test_a_wrong_token_is_told_and_not_shown(collecting, name):
    collecting.monkeypatch.setenv(name, "wrong-token-of-a-test")
    printed = collecting.run(code=1)
    assert "token" in printed.err
    assert "a new one" in printed.err
    assert "wrong-token" not in printed.out + printed.err
    assert collecting.rounds.load().height == 2


def test_without_a_network_it_says_so_and_ends(collecting):
    for url in (collecting.x.url, collecting.mastodon.url):
        collecting.replace(url, NOWHERE)
    printed = collecting.run(code=1)
    assert "the connection to x failed or broke off; the next run tries again" in printed.err
    assert "no connection to the server, or it broke off" in printed.err
    assert "Traceback" not in printed.err
    assert collecting.load_states() == {"failed"}


def test_a_locked_database_is_told_in_a_line(collecting):
    Store.open(f"sqlite:///{collecting.program.database}").close()
    collecting.monkeypatch.setitem(Store.open.__kwdefaults__, "wait_seconds", 0.1)
    connection = sqlite3.connect(collecting.program.database, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    (line,) = collecting.run(code=1).err.splitlines()
    connection.close()
    assert "is locked by another program" in line
    assert collecting.count_requests() == 0
    collecting.run()
    assert collecting.rounds.load().height == 4


@contextmanager
def fill_disk(path):
    """Leave room for next to nothing more in a database."""
    connection = sqlite3.connect(path)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()

    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_disk_is_told_and_nothing_is_lost_by_it(collecting):
    collecting.run()
    for number in range(60):
        words = f"@acme {number} " + "my phone is dead " * 15
        collecting.x.post("anna", words, at=collecting.ago(30))
    with fill_disk(collecting.program.database):
        printed = collecting.run(code=1)
    (line,) = printed.err.splitlines()
    assert "has no room left; free some disk space" in line
    collecting.run()
    assert collecting.rounds.load().height == 64
    assert collecting.rounds.booked == collecting.x.world.cost


# How it is stopped


@pytest.mark.parametrize("path", ["/api/v1/accounts", "/api/v1/statuses"])
def test_stopping_it_is_noted_and_loses_nothing(collecting, path):
    collecting.mastodon.before_next(lambda: os.kill(os.getpid(), signal.SIGINT), path)
    printed = collecting.run(code=130)
    assert printed.err.splitlines() == ["listener: stopped"]
    runs = collecting.rounds.load_runs()
    stopped = runs.filter(pl.col("state") == "failed")
    assert stopped["error"].to_list() == ["stopped by the operator"]
    assert "running" not in collecting.load_states()
    collecting.run()
    assert collecting.rounds.load().height == 4


class Elsewhere:
    """Another `listener collect`, in a process of its own, that waits in the middle."""

    def __init__(self, collecting, path):
        self.reached, self.may_go_on = threading.Event(), threading.Event()
        # It is held for as long as another one needs to run.
        patient = "timeout_seconds = 5", f"timeout_seconds = {PATIENCE_SECONDS}"
        collecting.replace(*patient)
        collecting.mastodon.before_next(self.hold, path)
        words = ["--config", str(collecting.rounds.config), "collect"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "listener", *words],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.reached.wait(PATIENCE_SECONDS)

    def hold(self):
        self.reached.set()
        self.may_go_on.wait(PATIENCE_SECONDS)

    def end(self):
        """Let it go on; return its exit code and what it said."""
        self.may_go_on.set()
        _, error = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, error.decode()


@pytest.mark.parametrize("path", ["/api/v1/accounts", "/api/v1/statuses"])
def test_after_a_kill_the_next_run_goes_on_once_the_lease_is_over(collecting, path):
    elsewhere = Elsewhere(collecting, path)
    elsewhere.process.kill()
    assert elsewhere.end()[0] == -signal.SIGKILL
    assert "running" in collecting.load_states()
    # It may still be alive, for all that is known: its accounts are left to it.
    asked = collecting.count_requests()
    assert "left out, for another program reads it now" in collecting.run().err
    assert collecting.count_requests() == asked
    collecting.let_leases_end()
    assert collecting.run().err == ""
    assert collecting.rounds.load().height == 4
    assert collecting.rounds.booked == collecting.x.world.cost
    collecting.rounds.advance(hours=2)
    collecting.rounds.collect()
    assert collecting.load_states() == {"done", "stopped"}


# Several at once


def test_what_another_one_reads_is_left_to_it_and_told(collecting):
    elsewhere = Elsewhere(collecting, "/api/v1/accounts")
    asked = collecting.count_requests()
    told = collecting.run().err.splitlines()
    assert [line.partition(": left out")[0] for line in told] == [
        "listener: x @acme",
        "listener: mastodon @acme@social.example",
    ]
    owner, until = collecting.load_holder(X_LANE)
    assert f"({owner}, at least until {until:%H:%M:%S} UTC)" in told[0]
    assert f":{elsewhere.process.pid}:" in owner
    assert collecting.count_requests() == asked
    assert elsewhere.end() == (0, "")
    assert collecting.rounds.booked == collecting.x.world.cost
    assert collecting.run().err == ""
    assert collecting.rounds.load().height == 4


def test_what_nobody_holds_is_read_all_the_same(collecting):
    with collecting.open() as store:
        store.plan_tasks([X_LANE])
        assert store.claim_task(X_LANE, "host:1:aa", lease=timedelta(1), latest=timedelta(0))
        printed = collecting.run()
        assert "x @acme: left out, for another program reads it now (host:1:aa, " in printed.err
        assert "x @acme" not in printed.out
        assert find_row(printed.out, "own posts", "mastodon @acme@social.example")[2] == "done"
        assert collecting.x.exchanges == []
        # Its holder was told by the platform to come again later.
        store.finish_task(X_LANE, "host:1:aa", state="waiting", next_in=timedelta(hours=1))
        assert "x @acme: left out, for its platform wants no request before" in collecting.run().err
        assert collecting.x.exchanges == []


def test_to_be_asked_to_end_gives_accounts_back(collecting):
    elsewhere = Elsewhere(collecting, "/api/v1/statuses")
    elsewhere.process.send_signal(signal.SIGTERM)
    assert elsewhere.end() == (130, "listener: stopped\n")
    assert collecting.load_holder(X_LANE) == (None, None)
    assert collecting.run().err == ""
    assert collecting.rounds.load().height == 4


def test_who_lost_his_lease_ends_and_says_so(collecting, monkeypatch):
    """As when the machine sleeps in the middle: another program may read now."""
    with monkeypatch.context() as patch:
        patch.setattr("listener.jobs.leases.Leases.holds", lambda *_: False)
        (line,) = collecting.run(code=1).err.splitlines()
    assert line.startswith("listener: another program has taken accounts over")
    assert collecting.run().err == ""
    assert collecting.rounds.load().height == 4


def test_a_dry_run_holds_nothing(collecting):
    elsewhere = Elsewhere(collecting, "/api/v1/accounts")
    assert collecting.run("--dry-run").err == ""
    assert elsewhere.end() == (0, "")
