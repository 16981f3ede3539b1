"""Who is told what now: once, grouped, and not at night."""

from datetime import UTC, datetime, timedelta

import pytest

from listener.figures.alerts import Alert, AlertTarget, ToldAlert, make_alert_key
from listener.measure.alert_choice import Quiet, choose_notices
from listener.settings.alerts import parse_quiet_hours

NOW = datetime(2026, 11, 30, 14, 20, tzinfo=UTC)  # a Monday
TEAM = AlertTarget(name="team")
ALWAYS = Quiet()


def make_alert(kind="unanswered", name="1", brand="acme", **more):
    key = make_alert_key(kind, brand, name)
    return Alert(**{"kind": kind, "key": key, "brand": brand, "since": NOW, **more})


def make_told(alert, state="told", target="team", at=NOW - timedelta(minutes=5), **more):
    names = {"target": target, "key": alert.key, "kind": alert.kind, "brand": alert.brand}
    return ToldAlert(**names, state=state, at=at, **more)


def choose(alerts, told=(), targets=(TEAM,), quiet=ALWAYS, now=NOW):
    notices = choose_notices(alerts, list(told), targets, now=now, quiet=quiet)
    return {each.target.name: (each.alerts, each.held_back) for each in notices}


def test_a_target_gets_everything_that_is_new_in_one_notice_the_most_urgent_first():
    waits, due, wave = make_alert(), make_alert("promise"), make_alert("wave")
    assert choose([due, waits, wave]) == {"team": ((wave, waits, due), 0)}
    assert choose([]) == {}


@pytest.mark.parametrize("state", ["told", "unsure", "sending"])
def test_nothing_is_told_twice(state):
    waits, other = make_alert(), make_alert(name="2")
    assert choose([waits, other], [make_told(waits, state)]) == {"team": ((other,), 0)}
    assert choose([waits], [make_told(waits, state)]) == {}


def test_an_alert_is_known_by_each_of_its_names():
    first = make_alert()
    earlier = make_alert(name="0", others=(first.key,))
    assert choose([earlier], [make_told(first)]) == {}


def test_who_was_told_is_each_targets_own_affair():
    boss = AlertTarget(name="boss")
    waits = make_alert()
    told = [make_told(waits, target="boss")]
    assert choose([waits], told, (TEAM, boss)) == {"team": ((waits,), 0)}


def test_what_failed_is_told_again_with_what_came_since_when_its_pause_is_over():
    waits, other = make_alert(), make_alert(name="2")
    failed = make_told(waits, "failed", next_at=NOW + timedelta(minutes=1))
    assert choose([waits, other], [failed]) == {}
    after = choose([waits, other], [failed], now=NOW + timedelta(minutes=1))
    assert set(after["team"][0]) == {waits, other}


def test_targets_get_their_kinds_and_brands():
    waits, wave = make_alert(), make_alert("wave", brand="other")
    money = make_alert("budget", brand="")
    of_brand = AlertTarget(name="a", brands=("acme",))
    of_kind = AlertTarget(name="b", kinds=("wave",))
    assert choose([waits, wave, money], targets=(of_brand, of_kind)) == {
        "a": ((waits, money), 0),
        "b": ((wave,), 0),
    }


def test_quiet_hours_hold_back_what_is_not_urgent():
    waits, wave = make_alert(), make_alert("wave")
    quiet = Quiet(hours=parse_quiet_hours("mon 14:00-15:00"), urgent=("wave",))
    assert choose([waits, wave], quiet=quiet) == {"team": ((wave,), 1)}
    assert choose([waits], quiet=quiet) == {"team": ((), 1)}
    later = NOW + timedelta(hours=1)
    assert choose([waits, wave], [make_told(wave)], quiet=quiet, now=later) == {
        "team": ((waits,), 0)
    }


def test_an_answer_is_told_to_those_who_were_told_of_the_waiting():
    waits = make_alert()
    answered = make_alert("answered", after=(waits.key,))
    assert choose([answered]) == {}
    assert choose([answered], [make_told(waits, "failed")]) == {}
    assert choose([answered], [make_told(waits)]) == {"team": ((answered,), 0)}


def test_a_wave_that_goes_on_is_told_once():
    told, later = make_alert("wave"), make_alert("wave", name="an hour later")
    other = make_alert("wave", brand="other")
    at = NOW - timedelta(hours=11)
    assert choose([later, other], [make_told(told, at=at)]) == {"team": ((other,), 0)}
    assert choose([later], [make_told(told, at=at)], now=NOW + timedelta(hours=1)) != {}


@pytest.mark.parametrize(
    ("text", "at", "quiet"),
    [
        ("mon-sun 20:00-07:00", "2026-11-30T19:59+01:00", False),
        ("mon-sun 20:00-07:00", "2026-11-30T20:00+01:00", True),
        ("mon-sun 20:00-07:00", "2026-11-30T23:59:59.9999999+01:00", True),
        ("mon-sun 20:00-07:00", "2026-12-01T06:59+01:00", True),
        ("mon-sun 20:00-07:00", "2026-12-01T07:00+01:00", False),
        ("sat,sun 00:00-24:00", "2026-11-29T23:59+01:00", True),
        ("sat,sun 00:00-24:00", "2026-11-30T00:00+01:00", False),
        ("sun 22:00-00:00", "2026-11-30T00:00+01:00", False),
        # In summer Berlin is two hours ahead of UTC.
        ("mon-sun 20:00-07:00", "2026-07-06T18:30+00:00", True),
    ],
)
def test_quiet_hours_go_by_the_wall_clock(text, at, quiet):
    hours = parse_quiet_hours(text)
    moment = datetime.fromisoformat(at).astimezone(UTC)
    assert Quiet(hours=hours, time_zone="Europe/Berlin").holds(moment) is quiet


def test_public_holidays_are_quiet_all_day():
    quiet = Quiet(time_zone="Europe/Berlin", holidays="DE-BY")
    assert quiet.holds(datetime(2026, 12, 25, 12, tzinfo=UTC))
    assert not quiet.holds(datetime(2026, 12, 28, 12, tzinfo=UTC))
    assert not Quiet().holds(datetime(2026, 12, 25, 12, tzinfo=UTC))


def test_keys_tell_nothing_of_a_person():
    key = make_alert_key("unanswered", "acme", "mastodon", "https://a.example/users/anna/1")
    assert "anna" not in key
    assert key != make_alert_key("answered", "acme", "mastodon", "https://a.example/users/anna/1")
