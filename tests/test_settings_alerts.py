"""`[alerts]` in the settings, and mistakes in it."""

from datetime import time

import pytest

from listener.errors import ConfigError
from listener.figures.alerts import AlertTarget
from listener.settings import load_settings
from listener.settings.alerts import name_variable_of

BRANDS = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "x", handle = "acme" }]
"""


def load(tmp_path, text):
    file = tmp_path / "listener.toml"
    file.write_text(f"{BRANDS}\n[alerts]\n{text}", encoding="utf-8")
    return load_settings(file, env={}).alerts


def test_nobody_is_told_by_default(tmp_path):
    alerts = load(tmp_path, "")
    assert not alerts.is_on
    assert not alerts.wants("wave")


def test_targets_have_names_and_their_addresses_are_secrets(tmp_path):
    alerts = load(
        tmp_path,
        'targets = [{ name = "care_2", kinds = ["wave"], brands = ["acme"], language = "de" }]',
    )
    target = AlertTarget(name="care_2", kinds=("wave",), brands=("acme",), language="de")
    assert alerts.targets == (target,)
    assert name_variable_of(target) == "LISTENER_ALERT_URL_CARE_2"
    assert (alerts.wants("wave"), alerts.wants("budget")) == (True, False)
    assert alerts.wants("budget", "wave")


def test_quiet_hours_may_last_over_midnight(tmp_path):
    alerts = load(tmp_path, 'quiet_hours = ["sat-sun 20:00-07:00", "sun 00:00-24:00"]')
    spans = [(each.weekday, each.opens, each.closes) for each in alerts.quiet_hours]
    assert spans == [
        ("sat", time(20), time.max),
        ("sun", time(20), time.max),
        ("sun", time.min, time(7)),
        ("mon", time.min, time(7)),
        ("sun", time.min, time.max),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unanswered_hours = -1", "alerts.unanswered_hours: must be at least 0, not -1"),
        ("unanswered_hours = true", "alerts.unanswered_hours: must be a whole number"),
        ("budget_percent = 101", "alerts.budget_percent: must be at most 100, not 101"),
        (
            "quiet_hours = [20]",
            'alerts.quiet_hours[0]: must be text, such as "mon-sun 20:00-07:00"',
        ),
        ('quiet_hours = ["night"]', "alerts.quiet_hours[0]: must be days and times"),
        ('quiet_hours = ["mon 25:00-07:00"]', "there is no time 25:00"),
        ('urgent = ["fire"]', "alerts.urgent[0]: must be one of wave, unanswered"),
        ('holidays = "XX"', "alerts.holidays: "),
        ('time_zone = "Mars"', "alerts.time_zone: "),
        ('targets = [{ name = "Team 1" }]', "alerts.targets[0].name: must be of small letters"),
        ('targets = [{ name = "a", url = "slack://x" }]', "alerts.targets[0].url: unknown setting"),
        (
            'targets = [{ name = "a" }, { name = "a" }]',
            "alerts.targets[1].name: is that of targets[0] already",
        ),
        (
            'targets = [{ name = "a", brands = ["acne"] }]',
            'alerts.targets[0].brands[0]: there is no brand "acne"; did you mean "acme"?',
        ),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    (problem,) = caught.value.problems
    assert told in problem
