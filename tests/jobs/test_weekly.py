"""Cron calls for weeks, over a clock change, and everything happens once."""

import logging
import shutil
from datetime import timedelta
from functools import cache

import pytest

from listener.errors import StoreError
from listener.jobs.due_editions import tell_report_time
from listener.jobs.task_states import list_task_states
from listener.jobs.tasks import WEEKLY, plan_tasks
from listener.jobs.tidying import tidy
from listener.jobs.weekly import run_weekly
from listener.label.phrase_files import load_phrases
from listener.measure.periods import find_week
from listener.resources import phrases_dir
from listener.settings import MailSecrets
from listener.settings.tokens import load_tokens
from listener.store.store import Store
from tests.builders import make_post
from tests.jobs.rounds import run_rounds

BERLIN = "Europe/Berlin"
BRAND = f"""
time_zone = "{BERLIN}"
[report]
output = "{{folder}}/out"
"""
STEP = timedelta(hours=75)
STEPS = 15


@cache
def load_shipped_phrases():
    return load_phrases([phrases_dir()])


class Cron:
    """Calls a run whenever it is asked to, all by the clock of the platforms."""

    def __init__(self, rounds):
        self.rounds, self.lines = rounds, []
        self.url = rounds.settings.database_url

    def open(self):
        return Store.open(self.url, clock=self.rounds.clock)

    def run(self, owner="me"):
        settings = self.rounds.settings
        with self.open() as store:
            return run_weekly(
                store,
                settings,
                load_tokens(settings, self.rounds.env),
                load_shipped_phrases,
                secrets=MailSecrets(),
                now=self.rounds.clock,
                owner=owner,
                say=self.lines.append,
            )

    def load_task(self):
        with self.open() as store:
            return store.load_tasks().filter(name=WEEKLY).row(0, named=True)


@pytest.fixture
def cron(tmp_path):
    with run_rounds(tmp_path, brand=BRAND.format(folder=tmp_path)) as rounds:
        rounds.x.add_user("anna")
        yield Cron(rounds)


def ask_and_answer(rounds):
    asked = rounds.x.post("anna", "@acme my phone is dead")
    rounds.x.post("acme", "@anna Please send us a DM", reply_to=asked)


def test_weeks_of_cron_make_each_report_once_whatever_fails(cron):
    rounds, made = cron.rounds, []
    begin = rounds.now
    for step in range(STEPS):
        ask_and_answer(rounds)
        rounds.advance(hours=STEP / timedelta(hours=1))
        if step % 3 == 0:
            rounds.x.fail_next("500", path="search")
        run = cron.run(owner=f"run {step}")
        assert bool(run.troubles) == (step % 3 == 0)
        for each in run.editions:
            due = tell_report_time(
                find_week(each.edition.week, BERLIN),
                rounds.settings.schedule.find_report_time("acme"),
                BERLIN,
            )
            assert rounds.now - STEP < due <= rounds.now
            made.append(each.edition.week)
    assert begin.isocalendar()[:2] == (2026, 10)
    assert made == [f"2026-W{number}" for number in range(10, 16)]
    assert (cron.load_task()["takeovers"], cron.load_task()["owner"]) == (0, None)


def test_weeks_without_cron_are_made_up_for(cron):
    ask_and_answer(cron.rounds)
    cron.rounds.advance(days=2)
    assert cron.run().editions == ()
    cron.rounds.advance(days=23)
    weeks = [each.edition.week for each in cron.run().editions]
    assert weeks == ["2026-W10", "2026-W11", "2026-W12"]


def test_who_was_killed_is_taken_over_after_a_minute_and_not_before(cron):
    with cron.open() as store:
        store.plan_tasks([WEEKLY])
        minute = timedelta(seconds=60)
        assert store.claim_task(WEEKLY, "killed", lease=minute, latest=timedelta(0))
    cron.rounds.advance(seconds=59)
    assert cron.run().is_elsewhere
    assert cron.lines == ["another run is at work; it does everything"]
    cron.rounds.advance(seconds=2)
    assert not cron.run().is_elsewhere
    assert cron.load_task()["takeovers"] == 1


def test_a_run_that_fails_as_a_whole_lets_the_next_one_begin_at_once(cron, monkeypatch):
    def fail(*_, **__):
        msg = "the database is away"
        raise StoreError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "start_run", fail)
        with pytest.raises(StoreError):
            cron.run()
    task = cron.load_task()
    assert (task["owner"], task["state"], task["error"]) == (None, "failed", "the database is away")
    assert not cron.run().is_elsewhere
    assert cron.load_task()["state"] == "done"


def test_who_lost_the_lease_makes_no_reports(cron, monkeypatch, caplog):
    """As when the machine sleeps in the middle: another one has taken over and does it."""
    caplog.set_level(logging.WARNING)
    cron.rounds.advance(days=4)
    ask_and_answer(cron.rounds)
    cron.rounds.advance(days=4)
    monkeypatch.setattr("listener.jobs.leases.Leases.holds", lambda *_: False)
    assert cron.run().editions == ()
    monkeypatch.undo()
    assert [each.edition.week for each in cron.run("other").editions] == ["2026-W10"]


X_LANE, MASTODON_LANE = "account:x:acme", "account:mastodon:social.example"


def test_accounts_that_another_program_reads_are_left_to_it(cron):
    ask_and_answer(cron.rounds)
    with cron.open() as store:
        store.plan_tasks([X_LANE])
        minute = timedelta(minutes=1)
        assert store.claim_task(X_LANE, "worker", lease=minute, latest=timedelta(0))
        assert cron.run().troubles == ()
        assert cron.rounds.x.exchanges == []
        assert cron.rounds.mastodon.requests
        (left,) = (line for line in cron.lines if "left out" in line)
        assert left.startswith("x @acme: left out, for another program reads it now (worker, ")
        store.finish_task(X_LANE, "worker", state="waiting", next_in=timedelta(hours=2))
        cron.run()
        assert cron.rounds.x.exchanges == []
        cron.rounds.advance(hours=2)
        cron.run()
        assert cron.rounds.x.exchanges


def test_accounts_are_held_while_they_are_read_and_free_afterwards(cron):
    def note():
        with cron.open() as store:
            rows = store.load_tasks().drop_nulls("owner")
            seen.update(rows.select("name", "owner").iter_rows())

    seen = {}
    cron.rounds.mastodon.before_next(note)
    cron.run()
    assert seen == dict.fromkeys([X_LANE, MASTODON_LANE, WEEKLY], "me")
    with cron.open() as store:
        assert store.load_tasks()["owner"].drop_nulls().to_list() == []
        for lane in (X_LANE, MASTODON_LANE):
            assert store.claim_task(lane, "worker", lease=timedelta(1), latest=timedelta(0))


def test_once_a_day_it_tidies_up(cron):
    ask_and_answer(cron.rounds)
    secret = make_post("psst", at=cron.rounds.now - timedelta(days=119), visibility="direct")
    with cron.open() as store:
        store.save_posts([secret], seen_at=cron.rounds.now)
        ends = []
        for _ in range(30):
            assert cron.run().untidy == ""
            ends += store.load_tasks().filter(name="tidy")["finished_at"].to_list()
            cron.rounds.advance(hours=2)
        assert (len(ends), len(set(ends))) == (30, 3)
        assert store.load_private_posts().is_empty()


def test_that_it_may_not_tidy_is_one_of_its_troubles(cron):
    ask_and_answer(cron.rounds)
    old = make_post("@acme old", at=cron.rounds.now - timedelta(days=500))
    with cron.open() as store:
        store.save_posts([old], seen_at=cron.rounds.now)
        (trouble,) = cron.run().troubles
        assert trouble.startswith("1 posts from before ")
        assert "`listener tidy`" in trouble
        assert cron.run().troubles == ()
        tidy(store, cron.rounds.settings, now=cron.rounds.now)
        cron.rounds.advance(days=1)
        assert cron.run().troubles == ()
        assert store.load_tasks().filter(name="tidy")["state"].item() == "done"


def test_a_site_is_published_after_each_report_and_once_a_day(cron, tmp_path):
    site = tmp_path / "site"
    with cron.rounds.config.open("a") as file:
        file.write(f'[publish]\naddress = "https://a.example"\nfolder = "{site}"\n')

    def list_published():
        lines, cron.lines = cron.lines, []
        return [line for line in lines if "published: " in line]

    cron.run()
    assert list_published() == [
        f"published: 0 reports in {site}: 3 new, 0 changed, 0 removed, 0 the same"
    ]
    cron.rounds.advance(days=2)
    ask_and_answer(cron.rounds)
    cron.run()
    assert len(list_published()) == 1
    cron.rounds.advance(hours=19)
    cron.run()
    assert list_published() == []
    # The week is over; the folder cannot be written for a while.
    cron.rounds.advance(days=4, hours=5)
    shutil.rmtree(site)
    site.write_text("in the way")
    (trouble,) = cron.run().troubles
    assert trouble.startswith(f"{site}: ")
    assert "published: " in list_published()[0]
    assert (tmp_path / "out/acme/2026-W10/index.html").is_file()
    site.unlink()
    assert cron.run().troubles == ()
    assert list_published()[0].startswith(f"published: 1 report in {site}: ")
    assert (site / "acme/2026-W10/index.html").is_file()
    assert cron.run().troubles == ()
    assert list_published() == []


def find_alarms(cron, settings, tokens):
    with cron.open() as store:
        states = list_task_states(store, plan_tasks(settings, tokens))
        return [state.plan.name for state in states if state.is_alarming]


def test_a_dead_cron_is_an_alarm_after_some_of_its_rounds(cron):
    settings = cron.rounds.settings
    tokens = load_tokens(settings, cron.rounds.env)
    for _ in range(24):
        cron.run()
        assert find_alarms(cron, settings, tokens) == []
        cron.rounds.advance(hours=12)
    assert find_alarms(cron, settings, tokens) == []
    cron.rounds.advance(hours=36)
    assert find_alarms(cron, settings, tokens) == [WEEKLY]
    cron.run()
    assert find_alarms(cron, settings, tokens) == []
