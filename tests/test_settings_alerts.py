"""`[alerts]` in the settings, and mistakes in it."""

from dataclasses import replace
from datetime import time, timedelta

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


def test_limits_of_a_brand_lie_over_those_of_all(tmp_path):
    alerts = load(
        tmp_path,
        """
        wave_cases = 7
        [brands.other]
        name = "Other"
        accounts = [{ platform = "x", handle = "other" }]
        alerts = { unanswered_hours = 0, tell_answers = false }
        """,
    )
    own, common = alerts.find_limits("other"), alerts.find_limits("acme")
    assert (own.unanswered_hours, own.tell_answers, own.wave_cases) == (0, False, 7)
    assert common == alerts.limits == replace(own, unanswered_hours=8, tell_answers=True)
    assert alerts.list_unanswered(["acme", "other"]) == {"acme": timedelta(hours=8)}


def test_all_mistakes_in_limits_of_brands_are_told_at_once(tmp_path):
    text = """
        wave_cases = 1
        [brands.other]
        name = "Other"
        accounts = [{ platform = "x", handle = "other" }]
        [brands.other.alerts]
        unanswered_hours = 200
        wave_cases = "many"
        budget_percent = 50
        tell_answers = "perhaps"
        every = "1 hour"
        silent_hour = 3
    """
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    places = {problem.partition(": ")[0] for problem in caught.value.problems}
    assert len(caught.value.problems) == len(places) == 7
    own = ("budget_percent", "every", "silent_hour", "tell_answers", "unanswered_hours")
    assert places == {
        "alerts.wave_cases",
        "brands.other.alerts.wave_cases",
        *(f"brands.other.alerts.{name}" for name in own),
    }
    told = "\n".join(caught.value.problems)
    assert 'silent_hour: unknown setting; did you mean "silent_hours"?' in told
    assert "unanswered_hours: must be at most 168, not 200" in told
    assert "set that as well" in told


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
