"""A database that is away: at the very start, and for an hour while a worker runs."""

import json
import logging
import threading
from datetime import timedelta

import pytest
import sqlalchemy

from listener.errors import StoreError
from listener.schedule.outages import Outage
from listener.schedule.starts import open_in_time
from listener.schedule.worker import Worker
from listener.store.store import Store
from tests.jobs.rounds import run_rounds
from tests.postgres import prepare_postgres
from tests.schedule.programs import READS, open_program
from tests.schedule.test_worker import is_done, run_listener, wait_until

pytestmark = pytest.mark.postgres
SWEEP = timedelta(seconds=10)
HOUR = timedelta(hours=1)


@pytest.fixture
def server():
    with prepare_postgres() as server:
        yield server


def make_url(server):
    return server.address.replace("postgresql://", "postgresql+psycopg://")


def set_database(rounds, url):
    text = rounds.config.read_text(encoding="utf-8")
    own = f'database_url = "{rounds.folder}/posts.db"\n'
    assert own in text
    rounds.config.write_text(text.replace(own, ""), encoding="utf-8")
    rounds.env["DATABASE_URL"] = url


@pytest.fixture
def owning(tmp_path, server):
    with run_rounds(tmp_path, mode="owner") as rounds:
        rounds.x.add_user("anna")
        set_database(rounds, make_url(server))
        yield rounds


def read_until(process, words):
    """Return the messages of the log up to the first one with these words."""
    told = []
    for line in process.stderr:
        told.append(json.loads(line)["message"])
        if words in told[-1]:
            return told
    raise AssertionError(told)


# At the very start


def test_it_waits_at_the_start_says_so_once_and_goes_on(owning, server):
    server.start()
    url = make_url(server)
    Store.open(url, migrate=True).close()
    server.stop()
    owning.mastodon.post(owning.acme, "Our new tariff is here")
    with run_listener(owning, url, "run", "--json-logs") as process:
        told = read_until(process, "database=away")
        assert "cannot be reached; check that the server runs" in told[-1]
        server.start()
        told = read_until(process, "database=back")
        assert not [line for line in told if "database=away" in line]
        with Store.open(url) as store:
            name = "collect:mastodon:acme:acme@social.example:posts:"
            wait_until(lambda: is_done(store, name))
        process.terminate()
        process.communicate()
        assert process.returncode == 0


def test_who_waits_at_the_start_can_be_stopped(owning, server):
    with run_listener(owning, make_url(server), "run", "--json-logs") as process:
        read_until(process, "database=away")
        process.terminate()
        _, rest = process.communicate(timeout=10)
        assert (process.returncode, rest) == (0, "")


def test_once_does_not_wait(owning, server):
    with run_listener(owning, make_url(server), "run", "--once") as process:
        _, told = process.communicate()
        (line,) = told.splitlines()
        assert process.returncode == 1
        assert line.startswith("listener: database postgres on ")


def corrupt(url, **changes):
    return sqlalchemy.make_url(url).set(**changes).render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("changes", "code", "problem"),
    [
        ({"database": "nothing"}, 1, "does not exist on that server"),
        ({"username": "nobody_of_that_name"}, 1, "refused the user or the password"),
        ({}, 1, 'has no tables yet; run "listener migrate"'),
        ({"database": ""}, 2, "lacks the name of the database"),
    ],
)
def test_what_waiting_does_not_mend_ends_it_at_once(owning, server, changes, code, problem):
    server.start()
    url = corrupt(make_url(server), **changes)
    with run_listener(owning, url, "run") as process:
        _, told = process.communicate()
        (line,) = told.splitlines()
        assert (process.returncode, problem in line) == (code, True), line


def test_a_user_who_may_not_write_is_told_at_once(owning, server):
    server.start()
    url = make_url(server)
    with Store.open(url, migrate=True) as store, store._database.writing() as connection:
        for words in (
            "CREATE ROLE reader LOGIN",
            "GRANT pg_read_all_data TO reader",
        ):
            connection.execute(sqlalchemy.text(words))
    with run_listener(owning, corrupt(url, username="reader"), "run") as process:
        _, told = process.communicate()
        (line,) = told.splitlines()
        assert (process.returncode, "does not let this user do that" in line) == (1, True), line


def test_a_mistake_in_the_settings_is_told_though_the_database_is_away(owning, server):
    text = owning.config.read_text(encoding="utf-8")
    owning.config.write_text(f'phrases_folder = "/none"\n{text}', encoding="utf-8")
    with run_listener(owning, make_url(server), "run") as process:
        _, told = process.communicate()
        assert (process.returncode, told.splitlines()) == (
            2,
            ["listener: phrases_folder: there is no folder /none"],
        )


def test_a_file_that_cannot_be_written_ends_it_at_once(sqlite_url):
    """Waiting for ever would be waiting for rights that nobody gives."""
    Store.open(sqlite_url).close()

    def open_read_only():
        store = Store.open(sqlite_url)

        @sqlalchemy.event.listens_for(store._database.engine, "connect")
        def make_read_only(connection, _record):
            connection.execute("PRAGMA query_only = on")

        return store

    with pytest.raises(StoreError, match="cannot be written to"):
        open_in_time(open_read_only, threading.Event())


# While a worker runs


def test_an_hour_without_the_database_is_told_once_and_loses_and_doubles_nothing(
    owning, server, caplog
):
    """The server stops in the middle of reading; then 360 sweeps fail, in no time."""
    server.start()
    Store.open(make_url(server), migrate=True).close()
    begun = owning.now
    with open_program(owning) as program, caplog.at_level(logging.INFO, "listener"):
        outage = Outage(lambda: (owning.now - begun).total_seconds())
        worker = Worker(program.means, threading.Event(), outage=outage)
        worker._scheduler.start(paused=True)  # this test wakes
        write(owning, 0)
        sweep(worker, owning)
        assert not outage.is_on
        owning.advance(minutes=20)
        write(owning, 1)
        owning.mastodon.before_next(server.stop, f"/api/v1/accounts/{owning.acme.id}/statuses")
        sweep(worker, owning)
        assert outage.is_on
        for number in range(HOUR // SWEEP):
            if number % 60 == 0:
                write(owning, 2 + number)
            sweep(worker, owning)
        server.start()
        for _ in range(12):  # two minutes: the longest pause, and a dead lease
            sweep(worker, owning)
        told = [line for line in caplog.messages if line.startswith("database=")]
        assert [line.partition(" ")[0] for line in told] == ["database=away", "database=back"]
        away = int(told[1].rpartition("=")[2])
        # Each thing that is written on a platform takes a minute there.
        assert HOUR <= timedelta(seconds=away) < HOUR + timedelta(minutes=20)
        assert_all_is_there_once(owning, [0, 1, *range(2, 362, 60)])


def write(rounds, number):
    """Let all platforms have something new."""
    rounds.mastodon.post(rounds.acme, f"news {number}")
    rounds.x.post("anna", f"@acme my phone is dead {number}")
    rounds.x.post("acme", f"good morning {number}")


def sweep(worker, rounds):
    """Do what the worker's scheduler does within ten seconds: look, and wake every task."""
    worker._sweep()
    for lane in dict.fromkeys(plan.lane for plan in worker._means.plans if plan.kind in READS):
        worker._runner.run_lane(lane)
    rounds.advance(seconds=SWEEP.total_seconds())


def assert_all_is_there_once(rounds, numbers):
    begins = ("news", "@acme my phone is dead", "good morning")
    written = sorted(f"{begin} {number}" for begin in begins for number in numbers)
    assert sorted(rounds.load()["text"].to_list()) == written
    assert rounds.booked == rounds.x.world.cost
    runs = rounds.load_runs()
    assert runs["new"].sum() == len(written)
    assert set(runs["state"]) <= {"done", "failed", "stopped"}
