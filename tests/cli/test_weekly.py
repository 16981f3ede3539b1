"""`listener weekly` as cron calls it: silent, once, and never two at the same time."""

import os
import signal
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from listener.cli import main
from listener.jobs.due_editions import find_due_editions
from listener.logs import configure_logs
from listener.store.store import Store
from tests.jobs.rounds import run_rounds
from tests.processes import start_module
from tests.servers.mail import run_mail_server
from tests.servers.watching import run_watching

PATIENCE_SECONDS = 120
BETA = """
[brands.beta]
name = "Beta"
accounts = [{ platform = "mastodon", handle = "beta@social.example" }]
"""


class Weekly:
    """Two platforms with three weeks of posts, and the command on a database of its own."""

    def __init__(self, rounds, url, capsys, monkeypatch):
        self.rounds, self.url, self.capsys = rounds, url, capsys
        self.mastodon, self.x = rounds.mastodon, rounds.x
        self.output = rounds.folder / "out"
        self.config = rounds.config
        self.configure("")
        beta = self.mastodon.add_account("beta")
        anna = self.mastodon.add_account("anna@elsewhere.example")
        for account in (rounds.acme, beta):
            news = self.mastodon.post(account, "Our new tariff", at=self.ago(days=20))
            words = f"@{account.name} my phone is dead"
            self.mastodon.post(anna, words, reply_to=news, at=self.ago(days=19))
        self.x.post("acme", "Good morning", at=self.ago(minutes=90))
        for name, value in rounds.env.items():
            monkeypatch.setenv(name, value)
        # Services name their database so; a file's address works as well.
        monkeypatch.setenv("DATABASE_URL", url)
        Store.open(url, migrate=True).close()

    def configure(self, more, *, replace=("", "")):
        """Write the settings anew, with more tables, or with something else in them."""
        self.rounds.options["brand"] = f"{BETA}[report]\noutput = '{self.output}'\n{more}"
        text = self.rounds.write_settings().read_text()
        kept = [line for line in text.splitlines() if not line.startswith("database_url")]
        # A test holds a request for as long as another process needs to start.
        patient = "\n".join(kept).replace("timeout_seconds = 5", "timeout_seconds = 120")
        self.config.write_text(patient.replace(*replace))

    def ago(self, **span):
        return self.rounds.now - timedelta(**span)

    def run(self, *words, code=0):
        """Run it in this process and return what it printed."""
        line = [*words, "--config", self.config, "weekly"]
        assert main(list(map(str, line))) == code
        configure_logs("WARNING")  # as `--verbose` is not for the rest of the tests
        return self.capsys.readouterr()

    def start(self):
        """Start it in a process of its own."""
        return start_module("listener", "--config", self.config, "weekly", env=os.environ)

    def hold(self, path=""):
        """Let the next request wait; return what tells that it came, and what ends the wait."""
        reached, may_go_on = threading.Event(), threading.Event()

        def wait():
            reached.set()
            may_go_on.wait(PATIENCE_SECONDS)

        self.mastodon.before_next(wait, path)
        return reached, may_go_on

    def let_leases_end(self):
        """Do what time does: whoever was killed is known to be dead."""
        with Store.open(self.url, clock=lambda: datetime.now(UTC) + timedelta(hours=1)) as store:
            for key in store.load_tasks().drop_nulls("owner")["name"]:
                assert store.claim_task(key, "time", lease=timedelta(0), latest=timedelta(0))
                store.finish_task(key, "time", state="done", next_in=timedelta(hours=-2))
            for row in self.load_editions().values():
                if row["owner"]:
                    assert store.claim_edition(row["key"], "time", lease=timedelta(0))
                    store.release_edition(row["key"], "time", error="")

    @property
    def due(self):
        """The editions that there have to be."""
        first = {key: self.ago(days=20) for key in ("acme", "beta")}
        settings = self.rounds.settings
        found = find_due_editions(
            settings.brands, settings.schedule, (), now=datetime.now(UTC), first_posts=first
        )
        return {each.key for each in found}

    def load_editions(self):
        with Store.open(self.url) as store:
            return {row["key"]: row for row in store.load_editions().iter_rows(named=True)}

    def load_task(self):
        with Store.open(self.url) as store:
            return store.load_tasks().filter(name="weekly").row(0, named=True)

    def assert_all_is_made(self):
        editions = self.load_editions()
        assert set(editions) == self.due
        assert all(row["made_at"] for row in editions.values())
        folders = {key.replace(":", "/") for key in editions}
        pages = self.output.glob("*/*/index.html")
        assert {path.parent.relative_to(self.output).as_posix() for path in pages} == folders


def end(process):
    """Wait until a process ends; return its exit code and what it said."""
    out, error = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, error


SILENCE = (0, "", "")


@pytest.fixture
def make_weekly(tmp_path, capsys, monkeypatch):
    with run_rounds(tmp_path, servers={"now": datetime.now(UTC)}) as rounds:
        yield lambda url: Weekly(rounds, url, capsys, monkeypatch)


@pytest.fixture
def weekly(make_weekly, sqlite_url):
    return make_weekly(sqlite_url)


@pytest.fixture
def any_weekly(make_weekly, database_url):
    return make_weekly(database_url)


def test_it_collects_makes_every_report_that_is_due_and_says_nothing(weekly):
    printed = weekly.run()
    assert (printed.out, printed.err) == ("", "")
    weekly.assert_all_is_made()
    made = {key: row["made_at"] for key, row in weekly.load_editions().items()}
    assert made
    assert (weekly.load_task()["state"], weekly.load_task()["owner"]) == ("done", None)
    printed = weekly.run()
    assert (printed.out, printed.err) == ("", "")
    assert {key: row["made_at"] for key, row in weekly.load_editions().items()} == made


def test_it_tells_what_it_does_if_asked(weekly):
    first = weekly.run("--verbose")
    assert "collected: " in first.out
    assert f"report of acme for {min(weekly.due).partition(':')[2]}: lies in " in first.out
    assert "no report is due" in weekly.run("--verbose").out


def test_a_second_one_ends_at_once_and_says_nothing(any_weekly):
    reached, may_go_on = any_weekly.hold()
    first = any_weekly.start()
    assert reached.wait(PATIENCE_SECONDS)
    assert end(any_weekly.start()) == SILENCE
    assert "another run is at work" in any_weekly.run("--verbose").out
    may_go_on.set()
    assert end(first) == SILENCE
    any_weekly.assert_all_is_made()
    assert {row["attempts"] for row in any_weekly.load_editions().values()} == {1}
    asked = any_weekly.mastodon.count_requests("/api/v1/accounts/lookup")
    assert asked <= 2


def test_two_that_start_together_make_each_report_once(any_weekly):
    both = [any_weekly.start(), any_weekly.start()]
    assert [end(process) for process in both] == [SILENCE, SILENCE]
    any_weekly.assert_all_is_made()
    assert {row["attempts"] for row in any_weekly.load_editions().values()} == {1}
    assert any_weekly.load_task()["takeovers"] == 0


def test_after_a_kill_in_the_middle_a_later_one_makes_everything_once(any_weekly):
    reached, may_go_on = any_weekly.hold("/api/v1/statuses")
    process = any_weekly.start()
    assert reached.wait(PATIENCE_SECONDS)
    process.kill()
    assert end(process)[0] == -signal.SIGKILL
    may_go_on.set()
    assert end(any_weekly.start()) == SILENCE  # it may still be alive, for all that is known
    assert any_weekly.load_editions() == {}
    any_weekly.let_leases_end()
    assert end(any_weekly.start()) == SILENCE
    any_weekly.assert_all_is_made()
    posts = any_weekly.mastodon.posts
    with Store.open(any_weekly.url) as store:
        assert store.load_posts(platforms=["mastodon"]).height == len(posts)


def test_one_that_is_asked_to_end_gives_its_lease_back(weekly):
    reached, may_go_on = weekly.hold("/api/v1/statuses")
    process = weekly.start()
    assert reached.wait(PATIENCE_SECONDS)
    process.send_signal(signal.SIGTERM)
    may_go_on.set()
    code, _, told = end(process)
    assert (code, told) == (130, "listener: stopped\n")
    assert weekly.load_task()["owner"] is None
    assert end(weekly.start()) == SILENCE
    weekly.assert_all_is_made()


def test_one_that_works_for_hours_is_told(weekly):
    with Store.open(weekly.url, clock=lambda: datetime.now(UTC) - timedelta(hours=7)) as store:
        store.plan_tasks(["weekly"])
        hours = timedelta(hours=9)
        assert store.claim_task("weekly", "host:1:aa", lease=hours, latest=timedelta(0))
    (line,) = weekly.run(code=1).err.splitlines()
    assert 'another "listener weekly" has been at work since' in line
    assert "host:1:aa" in line


def test_a_source_that_fails_is_one_line_and_the_report_is_made_all_the_same(weekly, monkeypatch):
    monkeypatch.delenv("X_BEARER_TOKEN")
    printed = weekly.run(code=1)
    (line,) = printed.err.splitlines()
    assert line == 'listener: x account @acme: there is no token; run "listener login x acme"'
    assert printed.out == ""
    weekly.assert_all_is_made()
    assert weekly.load_task()["state"] == "failed"
    assert "there is no token" in weekly.load_task()["error"]


def test_several_that_fail_are_one_line_and_verbose_tells_each(weekly, monkeypatch):
    monkeypatch.delenv("X_BEARER_TOKEN")
    weekly.configure("", replace=(weekly.mastodon.url, "http://127.0.0.1:1"))
    (line,) = weekly.run(code=1).err.splitlines()
    assert line.endswith(' more: see "listener --verbose weekly")')
    told = weekly.run("--verbose", code=1).out
    assert "failed: x account @acme: there is no token" in told
    assert "beta@social.example" in told


def test_while_nothing_can_be_read_no_report_is_made(weekly, monkeypatch):
    with monkeypatch.context() as patch:
        patch.delenv("X_BEARER_TOKEN")
        weekly.mastodon.fail_next("503", times=1_000)
        weekly.run(code=1)
        assert weekly.load_editions() == {}
    weekly.mastodon.faults.clear()
    weekly.run()
    weekly.assert_all_is_made()


def test_reports_that_cannot_be_written_are_told_first_and_made_by_a_later_run(weekly, monkeypatch):
    weekly.output.write_text("not a folder")
    with monkeypatch.context() as patch:
        patch.delenv("X_BEARER_TOKEN")
        (line,) = weekly.run(code=1).err.splitlines()
    assert line.startswith("listener: report ")
    assert "cannot be written" in line
    weekly.output.unlink()
    assert weekly.run().err == ""
    weekly.assert_all_is_made()


def test_without_a_post_there_is_nothing_to_report(weekly):
    weekly.mastodon.posts.clear()
    printed = weekly.run()
    assert (printed.out, printed.err) == ("", "")
    assert weekly.load_editions() == {}
    assert not weekly.output.exists()


def configure_mail(weekly, server):
    weekly.configure(
        f"""[mail]
host = "127.0.0.1"
port = {server.port}
security = "none"
sender = "listener@acme.example"
recipients = [{{ address = "team@acme.example", brands = ["acme"] }}]
"""
    )


def test_reports_are_mailed_once_also_those_that_could_not_be_before(weekly):
    with run_mail_server() as server:
        configure_mail(weekly, server)
        server.refused.add("team@acme.example")
        (line,) = weekly.run(code=1).err.splitlines()
        assert line.startswith("listener: mail about acme:")
        weekly.assert_all_is_made()
        server.refused.clear()
        with Store.open(weekly.url) as store:
            mails = store.load_mails()["key"].to_list()
        assert mails == [max(key for key in weekly.due if key.startswith("acme:"))]
        assert server.taken == []
        assert weekly.run().err == ""  # it is not time yet to try again


def test_reports_are_mailed_by_the_same_run_and_by_no_other(weekly):
    with run_mail_server() as server:
        configure_mail(weekly, server)
        printed = weekly.run("--verbose")
        assert printed.out.count(": sent") == len(server.taken) == 1
        assert weekly.run().err == ""
        assert len(server.taken) == 1


def test_a_watching_service_is_told_of_start_success_and_failure(weekly, monkeypatch):
    with run_watching() as watching:
        weekly.configure(f"[schedule]\nheartbeat_url = '{watching.url}'\n")
        weekly.run()
        assert watching.told == ["/secret-1/start", "/secret-1"]
        monkeypatch.delenv("X_BEARER_TOKEN")
        weekly.run(code=1)
        assert watching.told[2:] == ["/secret-1/start", "/secret-1/fail"]
        watching.status = 500
        assert "heartbeat 127.0.0.1: answered 500" in weekly.run("--verbose", code=1).out


def test_without_brands_it_says_how_to_name_some(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["weekly"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == 'listener: brands: there are none to watch; name some with "listener init"'
    assert list(tmp_path.iterdir()) == []


def test_a_locked_database_is_told_in_a_line(weekly, monkeypatch):
    monkeypatch.setitem(Store.open.__kwdefaults__, "wait_seconds", 0.1)
    connection = sqlite3.connect(weekly.url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    (line,) = weekly.run(code=1).err.splitlines()
    connection.close()
    assert "is locked by another program" in line
