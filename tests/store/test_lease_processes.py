"""Real processes that fight for the same work, and some that are killed with -9 while at it."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import monotonic

import polars as pl
import pytest
from sqlalchemy import text

from listener.store.leases import make_lease
from listener.store.store import Store
from listener.store.tables import TASKS
from tests.builders import START

LEASE, HOUR = timedelta(seconds=40), timedelta(hours=1)
WAIT_SECONDS = 120
TASK_NAMES = [f"task{number}" for number in range(8)]
KEYS = [f"acme:2026-W{week}" for week in range(10, 30)]

# Everybody waits for a line before the fight begins: else the first ones would fight alone.
PREPARED = """
import fcntl, os, random, signal, sys
from datetime import datetime, timedelta
from listener.store.store import Store
from tests.store.test_lease_processes import HOUR, KEYS, LEASE, TASK_NAMES, WAIT_SECONDS

url, owner, lives, now, folder = sys.argv[1:]
lives = int(lives)
moment = datetime.fromisoformat(now) if now else None
store = Store.open(url, wait_seconds=WAIT_SECONDS, clock=(lambda: moment) if moment else None)
chance = random.Random(owner)

def live_or_die():
    global lives
    lives -= 1
    if not lives:
        os.kill(os.getpid(), signal.SIGKILL)

print("ready", flush=True)
sys.stdin.readline()
"""

# The lock on a file is the kernel's: who dies lets it go, and two can never have it. Who finds
# it taken ends with an error.
DOING_TASKS = """
for name in chance.sample(5 * TASK_NAMES, 5 * len(TASK_NAMES)):
    if not store.claim_task(name, owner, lease=LEASE, latest=HOUR):
        continue
    with open(f"{folder}/{name}", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        live_or_die()
        assert store.renew_tasks([name], owner, lease=LEASE) == {name}
    assert store.finish_task(name, owner, state="done", next_in=timedelta(0))
    print(name, flush=True)
"""
# The first key is left to the one that is to die at it, whoever is how fast.
MAKING_AND_SENDING = """
for key in chance.sample(KEYS, len(KEYS)):
    if key == KEYS[0] and not lives:
        continue
    if store.claim_edition(key, owner, lease=HOUR):
        print("made", key, flush=True)
        assert store.finish_edition(key, owner, folder=owner)
    if store.claim_mail(key, "reader", owner, lease=HOUR):
        print("sent", key, flush=True)
        if key == KEYS[0]:
            live_or_die()
        assert store.finish_mail(key, "reader", owner, message_id=key)
"""


def fight(
    url: str, code: str, lives: Sequence[int], *, now: str = "", folder: Path | str = ""
) -> list[list[str]]:
    """Let processes do this at the same time and return what each of them says.

    Args:
        lives: For each process, at how many things it is killed: 0 for never.
    """
    root = Path(__file__).parents[2]
    arguments = [[f"{now}{number}", str(left)] for number, left in enumerate(lives)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARED + code, url, *own, now, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for own in arguments
    ]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=WAIT_SECONDS) for process in processes]
    for process, left, (_, errors) in zip(processes, lives, told, strict=True):
        assert process.returncode == (-signal.SIGKILL if left else 0), errors
    return [out.splitlines() for out, _ in told]


def test_tasks_are_done_by_one_at_a_time_and_taken_over_from_the_dead(
    store, database_url, tmp_path
):
    with Store.open(database_url, clock=lambda: START) as then:
        then.plan_tasks(TASK_NAMES)
    done = fight(database_url, DOING_TASKS, [1, 4, 0, 0], now=str(START), folder=tmp_path)
    assert all(done[2:])
    left = store.load_tasks().filter(pl.col("owner").is_not_null())
    assert sorted(left["owner"]) == [f"{START}{number}" for number in range(2)]
    with Store.open(database_url, clock=lambda: START + LEASE) as later:
        taken = [each for each in TASK_NAMES if take(later, each)]
    assert taken == TASK_NAMES
    tasks = store.load_tasks()
    assert tasks.filter(pl.col("takeovers") > 0)["name"].to_list() == left["name"].to_list()
    assert tasks["takeovers"].max() == 1


def take(store, name):
    return store.claim_task(name, "heir", lease=LEASE, latest=HOUR)


def test_editions_are_made_and_mails_go_out_once_and_that_of_the_killed_is_in_doubt(
    store, database_url
):
    told = fight(database_url, MAKING_AND_SENDING, [0, 1, 0])
    lines = [line for lines in told for line in lines]
    for verb in ("made", "sent"):
        assert sorted(line.split()[1] for line in lines if line.startswith(verb)) == KEYS
    editions, mails = store.load_editions(), store.load_mails()
    assert editions["made_at"].is_not_null().all()
    assert editions["attempts"].to_list() == mails["attempts"].to_list() == [1] * len(KEYS)
    left = mails.filter(pl.col("sent_at").is_null())
    assert left.select("owner", "key").rows() == [("1", KEYS[0])]
    assert not store.claim_mail(KEYS[0], "reader", "heir", lease=HOUR)


HOLDING = """
assert store.claim_task("task0", owner, lease=timedelta(seconds=0.5), latest=HOUR)
print("claimed", flush=True)
live_or_die()
"""


def test_the_task_of_a_killed_process_is_free_when_its_lease_is_over(store, database_url):
    store.plan_tasks(TASK_NAMES)
    fight(database_url, HOLDING, [1])
    before = store.load_tasks().row(0, named=True)
    deadline = monotonic() + WAIT_SECONDS
    while not take(store, "task0"):
        assert monotonic() < deadline
    after = store.load_tasks().row(0, named=True)
    assert (before["owner"], after["owner"], after["takeovers"]) == ("0", "heir", 1)
    assert after["leased_at"] >= before["lease_until"]


@pytest.mark.postgres
@pytest.mark.parametrize("is_kept", [True, False])
def test_who_waits_for_anothers_claim_gets_the_task_only_if_that_is_given_up(postgres_url, is_kept):
    """On PostgreSQL two may look at a free task at once: the second one must look again."""
    answers = []
    with Store.open(postgres_url, migrate=True) as store:
        store.plan_tasks(["send"])
        second = Thread(
            target=lambda: answers.append(
                store.claim_task("send", "second", lease=LEASE, latest=HOUR)
            )
        )
        with store._database.engine.connect() as first:
            claim = TASKS.update().values(make_lease(store._database.clock, "first", LEASE))
            first.execute(claim)
            second.start()
            wait_until_blocked(store)
            first.commit() if is_kept else first.rollback()
        second.join(WAIT_SECONDS)
        assert answers == [not is_kept]
        assert store.load_tasks()["owner"].to_list() == ["first" if is_kept else "second"]


def wait_until_blocked(store: Store) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = monotonic() + WAIT_SECONDS
    with store._database.engine.connect() as connection:
        while not connection.scalar(waiting):
            connection.rollback()  # else the server tells the same again
            assert monotonic() < deadline
