"""`listener status`: what runs, what is next, what fails; and an exit code for whoever watches."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from listener.store.store import Store

SETTINGS = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "mastodon", handle = "acme@social.example" }]
"""
POSTS = "collect:mastodon:acme:acme@social.example:posts:"
FOLLOW = "follow:mastodon:acme:acme@social.example:visits:"


@pytest.fixture
def settings(program):
    (program.folder / "listener.toml").write_text(SETTINGS, encoding="utf-8")
    return program


def open_store(program, **ago):
    moment = datetime.now(UTC) - timedelta(**ago)
    return Store.open(f"sqlite:///{program.database}", clock=lambda: moment)


def finish(store, name, state, error="", **next_in):
    day = timedelta(days=1)
    assert store.claim_task(name, "one", lease=timedelta(seconds=40), latest=day)
    store.finish_task(name, "one", state=state, error=error, next_in=timedelta(**next_in))


def plan(store):
    store.plan_tasks([POSTS, FOLLOW, "report:acme", "tidy", "send"])


def test_a_fresh_database_says_what_to_start(settings):
    open_store(settings).close()
    told = settings.run("status").out
    assert 'nothing was ever run by itself; start "listener run"' in told


def test_it_tells_what_was_done_and_what_is_next(settings):
    with open_store(settings, minutes=5) as store:
        plan(store)
        for name in (POSTS, FOLLOW, "report:acme", "tidy", "send"):
            finish(store, name, "done", minutes=15)
    told = settings.run("status").out
    assert "acme: mastodon @acme@social.example" in told
    assert "own posts" in told
    assert "open conversations" in told
    assert "in 10 min" in told


def test_what_fails_is_told_with_its_reason_and_its_beginning(settings):
    with open_store(settings, hours=3) as store:
        plan(store)
        finish(store, POSTS, "failed", "the server is down; wait", hours=5)
        for name in (FOLLOW, "report:acme", "tidy", "send"):
            finish(store, name, "done", hours=5)
    told = settings.run("status").out
    assert "UTC: the server is down; wait" in told


def test_what_has_failed_for_a_day_is_an_alarm(settings):
    with open_store(settings, hours=30) as store:
        plan(store)
        finish(store, POSTS, "failed", "the server is down", hours=0)
    with open_store(settings) as store:
        finish(store, POSTS, "failed", "the server is down", minutes=5)
        for name in (FOLLOW, "report:acme", "tidy", "send"):
            finish(store, name, "done", hours=5)
    told = settings.run("status", code=1)
    assert "1 task needs somebody to look; see above" in told.err


def test_nobody_runs_is_an_alarm(settings):
    with open_store(settings, hours=2) as store:
        plan(store)
        for name in (POSTS, FOLLOW, "report:acme", "tidy", "send"):
            finish(store, name, "done", minutes=15)
    told = settings.run("status", code=1)
    assert 'nobody does it; start "listener run", or look why it does not run' in told.out


def test_what_is_done_now_is_no_alarm(settings):
    with open_store(settings, hours=2) as store:
        plan(store)
        for name in (POSTS, FOLLOW, "report:acme", "tidy", "send"):
            lease = timedelta(hours=3)
            assert store.claim_task(name, "one", lease=lease, latest=timedelta(days=1))
    assert "running" in settings.run("status").out


def test_programs_are_told_the_same(settings):
    with open_store(settings, hours=2) as store:
        plan(store)
        finish(store, POSTS, "failed", "the server is down", minutes=15)
    told = json.loads(settings.run("status", "--format", "json", code=1).out)
    posts = next(task for task in told["tasks"] if task["name"] == POSTS)
    assert (posts["state"], posts["rhythm"], posts["failures"]) == ("failed", "15 minutes", 1)
    assert POSTS in told["alarms"]
    assert told["reports"] == []


def test_reports_are_told(settings):
    with open_store(settings) as store:
        lease = timedelta(seconds=40)
        for key in ("acme:2026-W46", "acme:2026-W47"):
            assert store.claim_edition(key, "one", lease=lease)
        store.finish_edition("acme:2026-W46", "one", folder="reports/out/acme/2026-W46")
        store.release_edition("acme:2026-W47", "one", error="the disk is full")
    told = settings.run("status").out
    assert "acme:2026-W46  made " in told
    assert "acme:2026-W47  not made: the disk is full" in told


def test_who_lets_cron_do_it_sees_the_weekly_run(settings):
    with open_store(settings, minutes=5) as store:
        store.plan_tasks(["weekly"])
        finish(store, "weekly", "done", days=8)
    told = settings.run("status").out
    assert "listener weekly" in told
    assert "own posts" not in told


def test_what_waits_for_an_account_that_is_being_read_is_no_alarm(settings):
    lane = "account:mastodon:social.example"
    with open_store(settings, hours=2) as store:
        store.plan_tasks([POSTS, FOLLOW, lane])
        for name in (POSTS, lane):
            lease = timedelta(hours=3)
            assert store.claim_task(name, "one", lease=lease, latest=timedelta(days=1))
    assert "nobody does it" not in settings.run("status").out


def test_who_changed_from_cron_sees_no_alarm_of_what_was_before(settings):
    with open_store(settings, days=9) as store:
        store.plan_tasks(["weekly"])
        finish(store, "weekly", "done", days=8)
    with open_store(settings, minutes=5) as store:
        plan(store)
        for name in (POSTS, FOLLOW, "report:acme", "tidy", "send"):
            finish(store, name, "done", minutes=15)
    assert "listener weekly" not in settings.run("status").out


def test_who_changed_to_cron_sees_no_alarm_of_what_was_before(settings):
    with open_store(settings, days=9) as store:
        plan(store)
        for name in (POSTS, FOLLOW, "report:acme"):
            finish(store, name, "done", minutes=15)
    with open_store(settings, minutes=5) as store:
        store.plan_tasks(["weekly"])
        finish(store, "weekly", "done", days=8)
    assert "own posts" not in settings.run("status").out
