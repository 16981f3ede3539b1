"""`listener run` as a process of its own: signals, kills, and a database that goes away."""

import itertools
import json
import logging
import os
import signal
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy

from listener.schedule.worker import Worker
from listener.store.store import Store
from tests.jobs.rounds import run_rounds
from tests.processes import start_module
from tests.schedule.programs import open_program

POSTS = "collect:mastodon:acme:acme@social.example:posts:"
_PATIENCE_SECONDS = 180


@contextmanager
def run_listener(rounds, database_url, *words):
    """Run a command in a process that is killed at the end of the block, if it still runs."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LISTENER_")},
        **rounds.env,
        "DATABASE_URL": database_url,
        "LISTENER_SCHEDULE__JITTER_SECONDS": "0",
    }
    with start_module("listener", "--config", rounds.config, *words, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(is_so):
    """Ask again and again; what is waited for is done by other processes."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


@pytest.fixture
def owning(tmp_path):
    with run_rounds(tmp_path, mode="owner", accounts="mastodon") as rounds:
        rounds.x.world.now = rounds.mastodon.now = datetime.now(UTC)
        rounds.config.write_text(
            rounds.config.read_text(encoding="utf-8").replace(
                f'database_url = "{rounds.folder}/posts.db"\n', ""
            ),
            encoding="utf-8",
        )
        yield rounds


def is_done(store, name=POSTS):
    rows = store.load_tasks().filter(name=name)
    return rows.height == 1 and rows["state"][0] == "done"


def test_a_program_that_is_told_to_stop_gives_everything_back(owning, database_url):
    for number in range(60):
        owning.mastodon.post(owning.acme, f"news {number}")
    path = f"/api/v1/accounts/{owning.acme.id}/statuses"
    owning.mastodon.fail_next("silence", path=path, skip=1, times=1_000)
    with (
        Store.open(database_url, migrate=True) as store,
        run_listener(owning, database_url, "run") as process,
    ):
        wait_until(lambda: owning.mastodon.count_requests(path) == 2)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
        assert (process.returncode, "Traceback" in told) == (0, False), told
        assert time.monotonic() - begun < 10
        assert "state=stopped clean=true" in told
        tasks = store.load_tasks()
        assert tasks["owner"].null_count() == tasks.height
        assert not is_done(store)
        assert store.load_runs().filter(error="stopped by the operator").height == 1


def test_what_was_killed_is_taken_over(owning, database_url):
    path = f"/api/v1/accounts/{owning.acme.id}/statuses"
    owning.mastodon.post(owning.acme, "Our new tariff is here")
    owning.mastodon.fail_next("silence", path=path)
    with (
        Store.open(database_url, migrate=True) as store,
        run_listener(owning, database_url, "run") as process,
    ):
        wait_until(lambda: owning.mastodon.count_requests(path))
        process.kill()
        process.wait()
        held = store.load_tasks().filter(name=POSTS)
        assert held["owner"][0] is not None
        # The leases of the dead are seen as they will be in less than a minute.
        later = datetime.now(UTC) + timedelta(seconds=45)
        owning.env["DATABASE_URL"] = database_url
        with open_program(owning, "next", clock=lambda: later) as program:
            assert program.run() > 0
        assert is_done(store)
        assert store.load_posts()["text"].to_list() == ["Our new tariff is here"]


@pytest.mark.postgres
def test_two_programs_share_the_work(owning, postgres_url):
    owning.mastodon.post(owning.acme, "Our new tariff is here")
    with (
        Store.open(postgres_url, migrate=True) as store,
        run_listener(owning, postgres_url, "run") as one,
        run_listener(owning, postgres_url, "run") as two,
    ):
        engine = sqlalchemy.create_engine(postgres_url)
        wait_until(lambda: _make_due(engine) and _count_done(store) >= 3)
        engine.dispose()
        runs = store.load_runs().filter(source=POSTS.removeprefix("collect:"))
        for process in (one, two):
            process.send_signal(signal.SIGTERM)
        assert [process.wait() for process in (one, two)] == [0, 0]
        assert _find_overlaps(runs) == []


def _make_due(engine):
    with engine.begin() as connection:
        statement = "UPDATE tasks SET due_at = now() WHERE owner IS NULL"
        connection.execute(sqlalchemy.text(statement))
    return True


def _count_done(store):
    return store.load_runs().filter(source=POSTS.removeprefix("collect:"), state="done").height


def _find_overlaps(runs):
    rows = runs.sort("started_at").select("started_at", "finished_at").rows()
    return [(a, b) for (_, a), (b, _) in itertools.pairwise(rows) if a is None or b < a]


def test_a_second_signal_ends_it_at_once(owning, sqlite_url):
    owning.mastodon.fail_next("silence", times=1_000)
    with run_listener(owning, sqlite_url, "run") as process:
        wait_until(owning.mastodon.count_requests)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.wait() in (128 + signal.SIGTERM, 128 + signal.SIGINT)


def test_a_program_outlives_its_database(owning, postgres_url):
    with (
        Store.open(postgres_url, migrate=True) as store,
        run_listener(owning, postgres_url, "run", "--json-logs") as process,
    ):
        wait_until(lambda: is_done(store))
        engine = sqlalchemy.create_engine(postgres_url)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("ALTER TABLE tasks RENAME TO tasks_away"))
        lines = _read_until(process, "database=away")
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("ALTER TABLE tasks_away RENAME TO tasks"))
        _make_due(engine)
        engine.dispose()
        lines += _read_until(process, "database=back")
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate()
        told = [json.loads(line)["message"] for line in (*lines, *rest.splitlines())]
        assert sum("database=away" in line for line in told) == 1
        assert process.returncode == 0


def _read_until(process, words):
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError("".join(lines))


def test_it_ends_in_time_though_the_database_hangs(owning, sqlite_url):
    path = f"/api/v1/accounts/{owning.acme.id}/statuses"
    Store.open(sqlite_url).close()
    file = sqlite_url.removeprefix("sqlite:///")
    with (
        closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other,
        run_listener(owning, sqlite_url, "run") as process,
    ):
        # What comes cannot be saved: somebody else writes, and does not come to an end.
        owning.mastodon.before_next(lambda: other.execute("BEGIN IMMEDIATE"), path)
        wait_until(lambda: other.in_transaction)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
        assert time.monotonic() - begun < 10
        assert (process.returncode, "state=stopped" in told) == (0, True), told


SLOW = "{% for _ in range(10 ** 11) %}{% endfor %}"


def test_it_ends_in_time_though_a_report_takes_for_ever(owning, database_url):
    """Its edition is given back, so that the next program makes it at once, and whole."""
    output, templates = owning.folder / "out", owning.folder / "templates"
    templates.mkdir()
    slow = templates / "report.txt"
    slow.write_text(SLOW, encoding="utf-8")
    with owning.config.open("a", encoding="utf-8") as file:
        file.write(f"[report]\noutput = '{output}'\ntemplates = '{templates}'\n")
    for days in (9, 2):
        at = owning.now - timedelta(days=days)
        owning.mastodon.post(owning.acme, f"news of {days} days ago", at=at)
    Store.open(database_url, migrate=True).close()
    with run_listener(owning, database_url, "collect") as process:
        _, told = process.communicate()
        assert process.returncode == 0, told
    with run_listener(owning, database_url, "run") as process:
        # The page is written, the text is being made.
        wait_until(lambda: list(output.glob("acme/.*/index.html")))
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate()
        assert time.monotonic() - begun < 10
        assert (process.returncode, "state=stopped clean=false" in told) == (0, True), told
        assert "Traceback" not in told
    with Store.open(database_url) as store:
        editions = store.load_editions()
        assert editions["owner"].to_list() == [None] * editions.height
        assert editions["made_at"].null_count() == editions.height > 0
        assert store.load_tasks()["owner"].drop_nulls().to_list() == []
        assert list(output.glob("acme/[!.]*")) == []
        slow.unlink()
        with run_listener(owning, database_url, "run", "--once") as process:
            _, told = process.communicate()
            assert process.returncode == 0, told
        made = store.load_editions().drop_nulls("made_at")["key"].to_list()
        assert made == editions["key"].to_list()
    # What was begun is gone: it holds people's words.
    pages = sorted(path.parent.name for path in output.glob("acme/*/report.txt"))
    assert pages == sorted(key.partition(":")[2] for key in made)
    assert list(output.glob("acme/.*")) == []


def test_once_does_what_is_due_and_ends(owning, sqlite_url):
    owning.mastodon.post(owning.acme, "Our new tariff is here")
    with run_listener(owning, sqlite_url, "run", "--once") as process:
        _, told = process.communicate()
        assert process.returncode == 0, told
    with Store.open(sqlite_url) as store:
        assert is_done(store)
        assert store.load_posts()["text"].to_list() == ["Our new tariff is here"]


def test_advice_in_a_log_names_the_account_and_nothing_that_is_secret(owning, sqlite_url):
    mail, words = "anna.miller@mail.example", "nobody may read this"
    anna = owning.mastodon.add_account("anna@elsewhere.example")
    owning.mastodon.post(owning.acme, f"write to {mail}")
    owning.mastodon.post(anna, f"@acme {words}, {mail}", visibility="direct")
    token = owning.env.pop("MASTODON_TOKEN_ACME_SOCIAL_EXAMPLE")
    with run_listener(owning, sqlite_url, "run", "--once") as process:
        _, without = process.communicate()
        assert process.returncode == 1
    assert 'run "listener login mastodon @acme@social.example"' in without
    owning.env["MASTODON_TOKEN_ACME_SOCIAL_EXAMPLE"] = token
    with run_listener(owning, sqlite_url, "--debug", "run", "--once") as process:
        _, told = process.communicate()
    with Store.open(sqlite_url) as store:
        assert store.load_posts()["text"].to_list() == [f"write to {mail}"]
    for secret in (token, mail, words):
        assert secret not in without + told
    assert "<e-mail>" not in without


class SteppedClock:
    """Tells of a clock that was set, as often as a test says so."""

    def __init__(self):
        self.steps = []

    def find_step(self):
        return self.steps.pop() if self.steps else None


def test_a_clock_that_is_set_back_makes_no_worker_wait(tmp_path, caplog):
    with (
        run_rounds(tmp_path, mode="owner", accounts="mastodon") as rounds,
        open_program(rounds) as program,
        caplog.at_level(logging.INFO, "listener"),
    ):
        watch, stop = SteppedClock(), threading.Event()
        worker = Worker(program.means, stop, watch=watch)
        thread = threading.Thread(target=worker.run)
        thread.start()
        wait_until(lambda: is_done(program.store))
        # As APScheduler plans after its clock was hours ahead.
        later = datetime.now(UTC) + timedelta(hours=3)
        worker._scheduler.modify_job("sweep", next_run_time=later)
        rounds.advance(minutes=20)
        watch.steps.append(timedelta(hours=-3))
        wait_until(lambda: rounds.load_runs().filter(kind="posts", state="done").height > 1)
        stop.set()
        thread.join()
        assert sum("clock=stepped seconds=-10800" in line for line in caplog.messages) == 1
