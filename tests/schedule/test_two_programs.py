"""A minute of two programs on one PostgreSQL, of which one after the other is killed."""

import os
import random
import re
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy

from listener.jobs.tasks import plan_tasks
from listener.settings import load_tokens
from listener.store.store import Store
from tests.jobs.rounds import run_rounds
from tests.processes import start_module

SECONDS = 60
KILLS = 4
# Whoever is killed holds his leases for less than a minute.
LONGEST_TAKEOVER = 60
BRANDS = """
[brands.beta]
name = "Beta"
accounts = [{ platform = "mastodon", handle = "beta@social.example" }]
[brands.gamma]
name = "Gamma"
accounts = [{ platform = "mastodon", handle = "gamma@social.example" }]
"""
SETTINGS = """
[report]
output = "{folder}/out"
[schedule]
jitter_seconds = 0
"""

pytestmark = [pytest.mark.long, pytest.mark.postgres]


class Programs:
    """Processes of `listener run`, each with a log of its own, and when they were killed."""

    def __init__(self, rounds, database_url):
        self.rounds, self.folder = rounds, rounds.folder
        self.env = {**os.environ, **rounds.env, "DATABASE_URL": database_url}
        self.running, self.kills, self.logs = [], [], []

    def start(self):
        log = self.folder / f"program{len(self.logs)}.log"
        self.logs.append(log)
        words = ("--config", self.rounds.config, "run")
        with log.open("wb") as stream:
            self.running.append(start_module("listener", *words, env=self.env, log=stream))

    def kill_one(self, chance):
        process = self.running.pop(chance.randrange(len(self.running)))
        process.kill()
        process.wait()
        self.kills.append(datetime.now(UTC))

    def stop(self):
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(timeout=20) for process in self.running]

    def read_logs(self):
        return "\n".join(log.read_text(encoding="utf-8") for log in self.logs)


@pytest.fixture
def brands(tmp_path):
    """Three brands on two platforms, with posts of the week before the last one."""
    top = SETTINGS.format(folder=tmp_path)
    with run_rounds(tmp_path, mode="owner", top=top) as rounds:
        rounds.x.world.now = rounds.mastodon.now = datetime.now(UTC)
        text = rounds.config.read_text(encoding="utf-8")
        text = text.replace(f'database_url = "{rounds.folder}/posts.db"\n', "")
        rounds.config.write_text(text + BRANDS, encoding="utf-8")
        rounds.x.add_user("anna")
        old = rounds.now - timedelta(days=12)
        world = rounds.mastodon
        world.post(rounds.acme, "Our news", at=old)
        world.post(world.add_account("beta"), "News of Beta", at=old)
        world.post(world.add_account("gamma"), "News of Gamma", at=old)
        rounds.x.post("anna", "@acme my phone is dead", at=rounds.now - timedelta(days=5))
        yield rounds


def test_everything_is_done_and_nothing_at_the_same_time(brands, postgres_url):
    chance = random.Random(4)  # noqa: S311 - the same each time
    plans = plan_tasks(brands.settings, load_tokens(brands.settings, brands.env))
    sources = {plan.source.key for plan in plans if plan.source}
    with Store.open(postgres_url, migrate=True) as store:
        programs = Programs(brands, postgres_url)
        try:
            fight(programs, store, chance, sources, postgres_url)
            assert programs.stop() == [0, 0]
        finally:
            for process in programs.running:
                process.kill()
        runs = store.load_runs()
        assert list_done(runs, programs.kills[-1]) >= sources
        for source in sources:
            assert find_overlaps(runs.filter(source=source), programs.kills) == []
        editions = store.load_editions()
        assert {key.partition(":")[0] for key in editions["key"]} == {"acme", "beta", "gamma"}
        assert editions["made_at"].null_count() == 0
        check_reports(programs, editions)


def fight(programs, store, chance, sources, url):
    """Keep two programs busy and kill one now and then; the last ones come to rest."""
    engine = sqlalchemy.create_engine(url)
    for _ in range(2):
        programs.start()
    begun = time.monotonic()
    times = sorted(chance.uniform(5, SECONDS - 5) for _ in range(KILLS))
    while (age := time.monotonic() - begun) < SECONDS + 2 * LONGEST_TAKEOVER:
        if times and age > times[0]:
            times.pop(0)
            programs.kill_one(chance)
            programs.start()
        make_due(engine)
        if age > SECONDS and is_at_rest(store, sources, programs.kills[-1]):
            break
        time.sleep(0.25)
    engine.dispose()


def make_due(engine):
    with engine.begin() as connection:
        words = "UPDATE tasks SET due_at = now() WHERE owner IS NULL"
        connection.execute(sqlalchemy.text(words))


def is_at_rest(store, sources, since):
    editions = store.load_editions()
    made = editions.height > 0 and editions["made_at"].null_count() == 0
    return made and list_done(store.load_runs(), since) >= sources


def list_done(runs, since):
    return set(runs.filter((runs["started_at"] > since) & (runs["state"] == "done"))["source"])


def find_overlaps(runs, kills):
    """Return runs that began before the one before had ended, or its program was killed."""
    overlaps, before = [], None
    for begun, ended in runs.sort("started_at").select("started_at", "finished_at").iter_rows():
        if before is not None and begun < before:
            overlaps.append((before, begun))
        before = ended or min((kill for kill in kills if kill >= begun), default=None)
        assert before is not None, "a run has no end though nobody was killed"
    return overlaps


def check_reports(programs, editions):
    """Each report was made once; a killed program may have begun one that another one made."""
    told = programs.read_logs()
    assert "Traceback" not in told
    folders = editions["folder"].to_list()
    assert len(set(folders)) == editions.height
    assert editions["attempts"].max() <= 1 + KILLS
    assert sum(map(int, re.findall(r" reports=(\d+)", told))) <= editions.height
