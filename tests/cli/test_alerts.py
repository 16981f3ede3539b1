"""`listener alerts`, and what `listener weekly` and `listener status` say of alerts."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from listener.store.store import Store
from tests.builders import talk
from tests.servers.hooks import SECRET, run_hook

SETTINGS = """
database_url = "{folder}/posts.db"
[brands.acme]
name = "Acme Telecom"
accounts = [{{ platform = "x", handle = "acme" }}]
[alerts]
timeout_seconds = 2
{more}
targets = [{{ name = "team" }}, {{ name = "boss", language = "de" }}]
"""


@pytest.fixture
def hook():
    with run_hook() as running:
        yield running


@pytest.fixture
def alerting(program, hook, monkeypatch):
    """A program with a customer who has waited for nine hours, and two targets."""
    now = datetime.now(UTC)
    with Store.open(f"sqlite:///{program.database}") as store:
        at = now - timedelta(hours=9)
        store.save_posts(talk("anna: @acme my phone is dead, please help!", at=at), seen_at=now)
        names = ("x:acme:acme:mentions:", "x", "acme")
        run = store.start_run(*names, kind="mentions", planned_at=now, started_at=now)
        store.finish_run(run, finished_at=now, mark=("1", now))
    monkeypatch.setenv("LISTENER_ALERT_URL_TEAM", hook.make_address("json", "team"))
    monkeypatch.setenv("LISTENER_ALERT_URL_BOSS", hook.make_address("form", "boss"))

    def configure(more=""):
        text = SETTINGS.format(folder=program.folder, more=more)
        (program.folder / "listener.toml").write_text(text, encoding="utf-8")

    program.configure = configure
    configure()
    return program


def test_a_test_goes_to_every_target(alerting, hook):
    told = "team: the test was taken\nboss: the test was taken\n"
    assert alerting.run("alerts", "test") == (told, "")
    assert [each["title"] for each in hook.taken] == [
        "Test: nothing has happened",
        "Test: Es ist nichts passiert",
    ]


def test_a_target_that_does_not_take_the_test_is_named(alerting, monkeypatch):
    monkeypatch.setenv("LISTENER_ALERT_URL_TEAM", f"jsons://127.0.0.1:1/{SECRET}")
    monkeypatch.delenv("LISTENER_ALERT_URL_BOSS")
    out, err = alerting.run("alerts", "test", code=1)
    assert out.splitlines() == [
        "team: LISTENER_ALERT_URL_TEAM: the service cannot be reached",
        "boss: LISTENER_ALERT_URL_BOSS: is not set; it holds the address of alerts.targets boss",
    ]
    assert err == "listener: 2 of 2 targets did not take the test; see above\n"
    assert SECRET not in out + err


def test_the_list_says_what_would_be_told_and_sends_nothing(alerting, hook):
    out, err = alerting.run("alerts", "list")
    assert err == ""
    assert "team: 1 would be told now\n  Acme Telecom: 1 alert\n  Unanswered" in out
    assert "boss: 1 would be told now\n  Acme Telecom: 1 Hinweis\n  Zu lange" in out
    assert "told lately" not in out
    assert hook.asked == 0


def test_weekly_tells_alerts_once_and_status_tells_of_troubles(alerting, hook, monkeypatch):
    monkeypatch.setenv("LISTENER_ALERT_URL_BOSS", f"json://127.0.0.1:1/{SECRET}")
    _, err = alerting.run("weekly", code=1)
    trouble = (
        "alerts to boss: LISTENER_ALERT_URL_BOSS: the service cannot be reached; "
        "it is tried again later"
    )
    assert trouble in err
    assert len(hook.taken) == 1
    assert f"  {trouble}" in alerting.run("status")[0].splitlines()
    (told,) = json.loads(alerting.run("status", "--format", "json")[0])["alerts"]
    assert (told["target"], told["state"], told["count"]) == ("boss", "failed", 1)
    out, _ = alerting.run("alerts", "list")
    waits = r"boss: left alone until \d{4}-\d\d-\d\d \d\d:\d\d UTC, for it has failed\n"
    assert re.search(f"^{waits}told lately", out, re.M)
    assert "  team  told  1 unanswered  acme\n" in out
    assert "  boss  failed  1 unanswered  acme  LISTENER_ALERT_URL_BOSS" in out
    alerting.run("weekly", code=1)
    assert len(hook.taken) == 1


def test_check_says_which_targets_have_an_address(alerting, hook, monkeypatch):
    monkeypatch.setenv("LISTENER_ALERT_URL_BOSS", f"foo://{SECRET}")
    out, _ = alerting.run("check", code=1)
    told = [line.split(None, 1) for line in out.partition("\nalerts\n")[2].splitlines()[:3]]
    assert told[0] == [
        "team", 'ok         its address is understood; "listener alerts test" sends to it',
    ]  # fmt: skip
    assert told[1][0] == "boss"
    assert told[1][1].startswith("problem    LISTENER_ALERT_URL_BOSS: is no address that apprise")
    monkeypatch.delenv("LISTENER_ALERT_URL_BOSS")
    out, _ = alerting.run("check", code=1)
    assert "→ set LISTENER_ALERT_URL_BOSS or LISTENER_ALERT_URL_BOSS_FILE" in out
    assert SECRET not in out
    assert hook.asked == 0


def test_quiet_hours_are_told(alerting):
    alerting.configure('quiet_hours = ["mon-sun 00:00-24:00"]')
    out, _ = alerting.run("alerts", "list")
    assert "team: 1 wait for the end of quiet hours\n" in out


def test_without_targets_the_settings_are_wrong(program):
    _, err = program.run("alerts", "test", code=2)
    assert err == 'listener: alerts.targets: name somebody who is told, such as { name = "team" }\n'
