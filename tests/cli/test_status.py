"""`listener status`: what runs, what is next, what fails; and an exit code for whoever watches."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from listener.deliver.mail import make_address_digest
from listener.settings.values import Recipient
from listener.store.store import Store

SETTINGS = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "mastodon", handle = "acme@social.example" }]
"""
POSTS = "collect:mastodon:acme:acme@social.example:posts:"
KEY, HOUR = "acme:2026-W47", timedelta(hours=1)
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
    assert told.out.count("nobody does what is due") == 1
    assert 'start "listener run", or look why it does not run (4 tasks)' in told.out


def test_one_fault_is_told_once_whatever_suffers_from_it(settings):
    down = "mastodon account @acme@social.example: the server is down; wait"
    with open_store(settings, hours=3) as store:
        plan(store)
        finish(store, FOLLOW, "failed", down, hours=5)
    with open_store(settings, hours=2) as store:
        finish(store, POSTS, "failed", down, hours=5)
        finish(store, "tidy", "failed", "the disk is full", hours=5)
        for name in ("report:acme", "send"):
            finish(store, name, "done", hours=5)
    told = settings.run("status").out
    assert told.count("the server is down") == 1
    begun = datetime.now(UTC) - timedelta(hours=3)
    assert f"since {begun:%Y-%m-%d %H:%M} UTC: {down} (2 tasks)" in told
    assert told.count("the disk is full") == 1


def test_a_dead_cron_is_told(settings):
    with open_store(settings, hours=4) as store:
        store.plan_tasks(["weekly"])
        finish(store, "weekly", "done", hours=2)
    told = settings.run("status", code=1).out
    assert '"listener weekly" should have been called again; look why cron or its timer' in told
    assert told.count("should have been called again") == 1


def test_a_report_that_cannot_be_made_is_told_once(settings):
    full = "report /out: cannot be written (No space left on device); free or choose a folder"
    with open_store(settings) as store:
        plan(store)
        finish(store, "report:acme", "failed", full, hours=1)
        assert store.claim_edition(KEY, "one", lease=timedelta(seconds=40))
        store.release_edition(KEY, "one", error=full)
    told = settings.run("status").out
    assert told.count("No space left on device") == 1
    assert "UTC: see below" in told


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
    assert "nobody does" not in settings.run("status").out


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


MAIL = """
[mail]
host = "127.0.0.1"
security = "none"
sender = "listener@acme.example"
recipients = [{ address = "team@acme.example" }]
"""


def give_mail(program, end):
    """Make an edition three weeks ago, and let `end` say what became of its mail."""
    (program.folder / "listener.toml").write_text(SETTINGS + MAIL, encoding="utf-8")
    digest = make_address_digest(
        Recipient(address="team@acme.example", brands=("acme",), language="en")
    )
    with open_store(program, days=21) as store:
        assert store.claim_edition(KEY, "one", lease=HOUR)
        store.finish_edition(KEY, "one", folder="out")
        end(store, digest)


def refuse(store, digest, *, times=8):
    for _ in range(times):
        assert store.claim_mail(KEY, digest, "one", lease=HOUR)
        store.release_mail(KEY, digest, "one", error="no", next_in=timedelta(0))


def kill(store, digest):
    assert store.claim_mail(KEY, digest, "one", lease=HOUR)


@pytest.mark.parametrize(
    ("end", "line"),
    [
        (refuse, "no; it is not tried again after 8 refusals"),
        (kill, "whoever sent it was ended meanwhile; it is not sent again, ask whether it arrived"),
    ],
)
def test_a_mail_that_does_not_go_out_by_itself_is_an_alarm(program, end, line):
    give_mail(program, end)
    told = program.run("status", code=1)
    assert f"mail about {KEY} to mail.recipients[0]: {line}" in told.out
    assert "1 mail needs somebody to look; see above" in told.err
    told = json.loads(program.run("status", "--format", "json", code=1).out)
    assert told["alarms"] == [f"mail:{KEY}:mail.recipients[0]"]
    assert told["mails"][0]["key"] == KEY


def test_a_mail_that_is_tried_again_is_told_and_no_alarm(program):
    give_mail(program, lambda *args: refuse(*args, times=7))
    assert "no; it is tried again later" in program.run("status").out


def test_a_mail_that_fails_is_told_once_though_its_task_fails_too(program):
    give_mail(program, lambda *args: refuse(*args, times=7))
    line = f"mail about {KEY} to mail.recipients[0]: no; it is tried again later"
    with open_store(program) as store:
        plan(store)
        finish(store, "send", "failed", f"{line}; the moon is full", hours=1)
    told = program.run("status").out
    assert told.count(line) == 1
    assert "UTC: the moon is full; see below" in told


def test_a_mail_to_somebody_who_is_gone_troubles_nobody(program):
    give_mail(program, refuse)
    gone = MAIL.replace("team@", "others@")
    (program.folder / "listener.toml").write_text(SETTINGS + gone, encoding="utf-8")
    assert "mail about" not in program.run("status").out
