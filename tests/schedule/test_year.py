"""Weeks that nobody looks after: servers break, programs die, the network is gone for days.

`make soak` lives through a whole year, with both changes of clocks, New Year and a week 53.
"""

import gc
import os
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest

from listener.cli import main
from listener.store.store import Store
from tests.jobs.histories import KillableStore, KilledError
from tests.jobs.rounds import run_rounds
from tests.schedule.life import Life
from tests.schedule.programs import Program, open_program

WEEKS = int(os.environ.get("WEEKS", "2"))
STEP_HOURS = 3
SEED = 2026
KINDS = ("collect", "follow", "report", "tidy")
SETTINGS = """
[report]
output = "{folder}/out"
[schedule]
mastodon = "6 hours"
x = "12 hours"
[retention]
days = "none"
private_days = "none"
"""
# A file of posts does not say for how long nobody answered.
LOOKING = ("coverage", "longest", "grade")
# Of a process that lives on: its own objects and open files, after the first weeks.
OURS = ("listener.", "sqlalchemy.engine", "apscheduler.", "requests.", "tweepy.", "mastodon")

pytestmark = pytest.mark.soak


class Year:
    """A company's life, the program beside it, and what of it must not grow."""

    def __init__(self, rounds):
        self.rounds, self.life = rounds, Life(rounds, SEED)
        self.begun, self.programs = rounds.now, 0
        self.objects, self.files = [], []

    def live(self, weeks):
        end = self.begun + timedelta(weeks=weeks)
        while self.rounds.now < end:
            self.live_with_one_program(min(end, self.rounds.now + timedelta(days=25)))

    def live_with_one_program(self, end):
        """Let one program do what is due until it is killed, or replaced by a newer one."""
        self.programs += 1
        with open_program(self.rounds, f"program {self.programs}") as program:
            while self.rounds.now < end:
                self.life.go_on(STEP_HOURS)
                self.have_trouble(self.rounds.now - self.begun)
                if self.life.chance.random() < 0.02:
                    self.kill_one(program.store, self.life.chance.randrange(400))
                    return
                program.run(KINDS)
                self.weigh()

    def kill_one(self, store, calls):
        """Let a program die at one of its calls of the database; nothing is cleaned up."""
        dying = KillableStore(store, calls)
        with suppress(KilledError):
            Program(self.rounds, dying, f"killed {self.programs}").run(KINDS)
        # What it held is free when its leases are over.
        self.rounds.advance(minutes=2)

    def have_trouble(self, age):
        """Take the network away for a week, early and once in each quarter."""
        is_off = timedelta(days=5) <= age % timedelta(days=91) < timedelta(days=12)
        if is_off and not self.life.is_cut_off:
            self.life.cut_off()
        elif not is_off and self.life.is_cut_off:
            self.life.heal()

    def weigh(self):
        if self.rounds.now.hour // STEP_HOURS == 0:
            self.rounds.x.exchanges.clear()
            self.rounds.mastodon.requests.clear()
            gc.collect()
            modules = (type(each).__module__ or "" for each in gc.get_objects())
            self.objects.append(sum(str(name).startswith(OURS) for name in modules))
            self.files.append(len(list(Path("/proc/self/fd").iterdir())))

    def come_to_rest(self):
        """Let two weeks pass in which nothing happens and nothing breaks."""
        self.life.heal()
        self.life.talks.clear()
        with open_program(self.rounds, "last") as program:
            for _ in range(17 * 2):
                self.rounds.advance(hours=12)
                program.run(KINDS)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    folder = tmp_path_factory.mktemp("year")
    top = SETTINGS.format(folder=folder)
    with run_rounds(folder, mode="owner", top=top, brand='time_zone = "Europe/Berlin"') as rounds:
        year = Year(rounds)
        year.live(WEEKS)
        year.come_to_rest()
        yield year


def list_weeks(begun, until):
    """Return the weeks that are over, such as 2026-W11, the first whole or not."""
    monday = date.fromordinal(begun.date().toordinal() - begun.weekday())
    weeks = []
    while monday + timedelta(days=7) <= until.date():
        year, week, _ = monday.isocalendar()
        weeks.append(f"{year}-W{week:02}")
        monday += timedelta(days=7)
    return weeks


def test_every_post_was_found(year):
    assert set(year.rounds.load()["post_id"]) == year.life.list_ids()


def test_every_week_has_one_report(year):
    editions = load_editions(year)
    keys = [key.removeprefix("acme:") for key in editions["key"]]
    wanted = list_weeks(year.begun, year.rounds.now)
    assert sorted(keys) == sorted(set(keys))
    assert set(wanted[:-1]) <= set(keys) <= set(wanted)
    assert editions["made_at"].null_count() == 0
    for folder, key in editions.select("folder", "key").iter_rows():
        figures = orjson.loads((Path(folder) / "report.json").read_bytes())
        assert figures["week"] == key.removeprefix("acme:")


def load_editions(year):
    with Store.open(year.rounds.settings.database_url) as store:
        return store.load_editions()


def test_nothing_grows(year):
    """The second half has no more objects and no more files than the first one."""
    for weights in (year.objects, year.files):
        settled = weights[7:]
        half = len(settled) // 2
        assert max(settled[half:]) <= max(settled[:half]) * 1.1 + 10, weights


def test_figures_are_those_of_one_import_of_the_same_posts(year, tmp_path):
    lived, imported = tmp_path / "lived", tmp_path / "imported"
    config = year.rounds.config
    posts = tmp_path / "posts.jsonl"
    assert main(["--config", str(config), "export", "--output", str(posts)]) == 0
    other = f"sqlite:///{tmp_path / 'imported.db'}"
    assert main(["--config", str(config), "--database", other, "import", str(posts)]) == 0
    # The file says nothing of later weeks, in which nobody wrote: it may end too early.
    for week in list_weeks(year.begun, year.begun + timedelta(weeks=WEEKS - 1))[-4:]:
        words = ["report", "--week", week, "--format", "json", "--as-of", str(year.rounds.now)]
        assert main(["--config", str(config), *words, "--output", str(lived)]) == 0
        assert (
            main(["--config", str(config), "--database", other, *words, "--output", str(imported)])
            == 0
        )
        assert load_figures(lived, week) == load_figures(imported, week)


def load_figures(folder, week):
    """Return what was measured, without how long and how completely one looked."""
    return strip(orjson.loads((folder / "acme" / week / "report.json").read_bytes()))


def strip(value):
    if isinstance(value, list):
        return [strip(item) for item in value]
    if isinstance(value, dict):
        return {name: strip(item) for name, item in value.items() if name not in LOOKING}
    return value


def test_the_ledger_has_no_open_ends(year):
    runs = year.rounds.load_runs()
    assert set(runs["state"]) <= {"done", "failed", "stopped"}
    assert runs["new"].sum() == year.rounds.load().height
    assert runs.filter(pl.col("state") == "failed").height > 0
    assert isinstance(year.begun, datetime)
