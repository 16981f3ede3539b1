"""Alerts from posts to a web hook: what is told, once, whatever fails and whoever else tells."""

import os
import signal
import stat
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from listener.jobs.alerts import rounds
from listener.jobs.alerts.rounds import PAUSES, find_alerts, find_notices, send_tests
from listener.jobs.alerts.states import find_alert_troubles
from listener.jobs.task_means import Means
from listener.jobs.task_runs import run_task
from listener.jobs.tasks import plan_tasks
from listener.measure.alerts import leave_out_private
from tests.builders import START, make_post, talk
from tests.jobs.alerting import open_alerting, read_phrases
from tests.processes import start_module
from tests.servers.hooks import SECRET

HELP = "@acme my phone is dead, please help!"


@pytest.fixture
def alerting(migrated, sqlite_url, tmp_path):
    with open_alerting(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def shared(migrated, database_url, tmp_path):
    with open_alerting(database_url, tmp_path) as opened:
        yield opened


def wait_too_long(alerting, *names, hours=9):
    alerting.say(*(talk(f"{name}: {HELP}") for name in names or ("anna",)))
    alerting.advance(hours=hours)


def test_who_waits_too_long_is_told_once(shared):
    wait_too_long(shared, "anna", "ben", hours=7)
    assert shared.tell().notices == ()
    shared.advance(hours=2)
    assert shared.tell().told == 2
    (taken,) = shared.hook.taken
    assert taken["title"] == "Acme Telecom: 2 alerts"
    assert taken["text"].startswith("Unanswered for too long (2)\n- ")
    assert "A. yw4j5 has waited for 9 h (case " in taken["text"]
    assert "phone" not in taken["text"]
    assert "anna" not in taken["text"]
    shared.advance(hours=30)
    assert shared.tell().notices == ()
    assert len(shared.hook.taken) == 1
    assert not {"anna", "dead", SECRET} & set(str(shared.store.load_alerts().to_dicts()).split("'"))


def test_the_wait_is_one_in_opening_hours(alerting):
    # START is Monday, 11:00 in Berlin: one hour of service, then none before Tuesday noon.
    settings = alerting.load_settings(
        brand='opening_hours = ["mon-fri 08:00-12:00"]', unanswered_hours=3
    )
    wait_too_long(alerting, hours=22)
    assert alerting.tell(settings).told == 0
    alerting.advance(hours=2)
    assert alerting.tell(settings).told == 1
    assert "has waited for 4 h of service time" in alerting.hook.texts[0]


def test_brands_have_limits_of_their_own(alerting):
    settings = alerting.load_settings(
        brand="""
        alerts = { unanswered_hours = 3, tell_answers = false }
        [brands.never]
        name = "Never"
        accounts = [{ platform = "x", handle = "never" }]
        alerts = { unanswered_hours = 0 }
        [brands.other]
        name = "Other"
        accounts = [{ platform = "x", handle = "other" }]
        """
    )
    question, answer = talk(f"anna: {HELP}", "+5h acme: @anna Please restart it, then it works.")
    for brand in ("never", "other"):
        alerting.say(talk(f"ben-{brand}: {HELP.replace('@acme', f'@{brand}')}", at=1))
    alerting.say([question])

    def wait(hours):
        alerting.clock.turn(hours=hours)
        for brand in ("acme", "never", "other"):
            alerting.look(brand=brand)
        return alerting.tell(settings).told

    assert [wait(2), wait(2)] == [0, 1]
    alerting.say([answer])
    assert [wait(2), wait(3)] == [0, 1]
    titles = [taken["title"] for taken in alerting.hook.taken]
    assert titles == ["Acme Telecom: 1 alert", "Other: 1 alert"]


def test_who_asks_while_the_brand_is_closed_does_not_wait_yet(alerting):
    settings = alerting.load_settings(
        brand='opening_hours = ["fri 08:00-12:00"]', unanswered_hours=1
    )
    wait_too_long(alerting, hours=48)
    assert alerting.tell(settings).told == 0


def test_an_answer_is_told_to_whom_the_waiting_was_told(alerting):
    question, answer = talk(f"anna: {HELP}", "+10h acme: @anna Please restart it, then it works.")
    other, late = talk(f"ben: {HELP}", "+10h acme: @ben Please restart it, then it works.")
    alerting.say([question])
    alerting.advance(hours=9)
    alerting.tell()
    alerting.say([other])
    alerting.advance(hours=2)
    alerting.say([answer, late])
    alerting.advance(minutes=10)
    assert alerting.tell().told == 1
    assert "A. yw4j5 was answered after 10 h" in alerting.hook.texts[1]
    assert alerting.tell().told == 0


def test_answers_are_told_only_where_they_are_wanted(alerting):
    settings = alerting.load_settings(tell_answers=False)
    question, answer = talk(f"anna: {HELP}", "+10h acme: @anna Please restart it, then it works.")
    alerting.say([question])
    alerting.advance(hours=9)
    assert alerting.tell(settings).told == 1
    alerting.advance(hours=2)
    alerting.say([answer])
    alerting.advance(minutes=10)
    assert alerting.tell(settings).told == 0


def test_who_waits_again_is_told_again(alerting):
    posts = talk(f"anna: {HELP}", "+10h acme: @anna Please restart it.", f"+1h anna: {HELP}")
    alerting.say(posts[:1])
    alerting.advance(hours=9)
    alerting.tell()
    alerting.advance(hours=3)
    alerting.say(posts[1:])
    alerting.advance(hours=9)
    alerting.tell()
    assert sum("has waited" in text for text in alerting.hook.texts) == 2


def test_an_earlier_post_that_comes_late_is_no_second_alert(alerting):
    second = make_post("My phone is dead, and nobody helps, @acme please do!", at=5)
    first = make_post(HELP, mentions=["acme"])
    second = replace(second, reply_to_id=first.post_id, reply_to_author_id=first.author_id)
    alerting.say([second])
    alerting.advance(hours=9)
    assert alerting.tell().told == 1
    alerting.say([first])
    alerting.advance(minutes=10)
    assert alerting.tell().told == 0


def test_nobody_is_told_of_what_is_long_ago_or_came_from_files(alerting):
    alerting.store.save_posts(talk(f"anna: {HELP}"), seen_at=alerting.now)
    alerting.clock.turn(hours=9)
    assert alerting.tell().told == 0  # nothing is read live
    alerting.advance(days=15)
    assert alerting.tell().told == 0


PROMISE = "+10m acme: @anna We will get back to you by tomorrow."


def test_a_promise_is_told_before_it_is_due_and_once(alerting):
    # START is Monday, 11:00 in Berlin; the promise is due on Tuesday at midnight.
    alerting.say(talk(f"anna: {HELP}", PROMISE))
    alerting.advance(hours=34)
    assert alerting.tell().told == 0
    alerting.advance(hours=1)
    assert alerting.tell().told == 1
    told = "Promises due (1)\n- What A. yw4j5 was promised is due Wed 4 Mar, 00:00"
    assert told in alerting.hook.texts[0]
    alerting.advance(hours=5)
    assert alerting.tell().told == 0


def test_a_promise_is_told_while_somebody_is_there(alerting):
    settings = alerting.load_settings(brand='opening_hours = ["mon-fri 08:00-18:00"]')
    alerting.say(talk(f"anna: {HELP}", PROMISE))
    alerting.advance(hours=28, minutes=59)
    assert alerting.tell(settings).told == 0
    alerting.advance(minutes=1)  # Tuesday, 16:00 in Berlin
    assert alerting.tell(settings).told == 1


def test_a_promise_that_was_kept_or_is_over_for_long_is_no_news(alerting):
    kept = "+5h acme: @anna The line works again, we have restarted it."
    alerting.say(talk(f"anna: {HELP}", PROMISE, kept))
    alerting.advance(hours=36)
    assert alerting.tell().told == 0
    alerting.say(talk(f"ben: {HELP}", "+10m acme: @ben We will get back to you by tomorrow."))
    alerting.advance(days=17)
    assert alerting.tell().told == 0


def test_a_wave_of_complaints_is_told_once_and_is_no_news_an_hour_later(alerting):
    settings = alerting.load_settings(unanswered_hours=0, promise_hours=0)
    alerting.clock.now = START + timedelta(weeks=13, minutes=30)
    usual = [
        make_post(
            "@acme This is the worst service ever, I am so angry!",
            author=f"u{week}",
            at=START + timedelta(weeks=week),
        )
        for week in range(13)
    ]
    wave = [
        make_post(
            "@acme This is the worst service ever, I am so angry!",
            author=f"w{n}",
            at=START + timedelta(weeks=13, minutes=n),
        )
        for n in range(20)
    ]
    alerting.say(usual)
    assert alerting.tell(settings).told == 0
    alerting.say(wave)
    assert alerting.tell(settings).told == 1
    assert "Wave of complaints (1)\n- 20 customers complained from" in alerting.hook.texts[0]
    alerting.advance(hours=1)
    assert alerting.tell(settings).told == 0


def test_a_wave_of_the_night_is_told_in_the_morning(alerting):
    settings = alerting.load_settings(
        quiet_hours=["mon-sun 21:00-07:00"], time_zone="Europe/Berlin", unanswered_hours=0
    )
    words = "@acme This is the worst service ever, I am so angry!"
    begin = START + timedelta(weeks=13, hours=11)  # Monday, 23:00 in Berlin
    usual = [make_post(words, author=f"u{n}", at=START + timedelta(weeks=n)) for n in range(13)]
    wave = [make_post(words, author=f"w{n}", at=begin + timedelta(minutes=n)) for n in range(20)]
    alerting.clock.now = begin + timedelta(minutes=30)
    alerting.say(usual, wave)
    assert alerting.tell(settings).told == 0
    alerting.advance(hours=8, minutes=35)
    assert alerting.tell(settings).told == 1
    assert "20 customers complained from Mon 1 Jun, 23:00 to 00:00" in alerting.hook.texts[0]


def test_an_account_that_is_not_read_is_told_once_a_silence(alerting, monkeypatch):
    monkeypatch.setenv("X_BEARER_TOKEN", "b" * 40)
    alerting.look("mentions")
    alerting.look("posts")
    alerting.clock.turn(hours=6)
    assert alerting.tell().told == 0
    alerting.clock.turn(minutes=1)
    assert alerting.tell().told == 1
    assert "- @acme on X has not been read since Mon 2 Mar, 11:00" in alerting.hook.texts[0]
    alerting.clock.turn(days=1)
    assert alerting.tell().told == 0
    alerting.look("mentions")
    alerting.look("posts")
    alerting.clock.turn(hours=7)
    assert alerting.tell().told == 1


def test_a_source_that_is_read_seldom_has_its_time(alerting, monkeypatch):
    monkeypatch.setenv("X_BEARER_TOKEN", "b" * 40)
    settings = alerting.load_settings(brand='schedule = { x = "1 day" }')
    alerting.look()
    alerting.clock.turn(days=3)
    assert alerting.tell(settings).told == 0
    alerting.clock.turn(minutes=1)
    assert alerting.tell(settings).told == 1


def test_a_budget_is_told_when_it_is_nearly_spent_and_when_it_is(alerting):
    alerting.watch_money()
    alerting.spend(19.9)
    assert alerting.tell().told == 0
    alerting.spend(0.2)
    assert alerting.tell().told == 1
    assert "- 80% of what X may cost this month is spent" in alerting.hook.texts[0]
    assert alerting.tell().told == 0
    alerting.spend(6)
    assert alerting.tell().told == 1
    alerting.clock.turn(days=30)
    alerting.spend(1)
    assert alerting.tell().told == 0


def test_a_brand_has_its_own_part_of_its_own_cap(alerting):
    alerting.watch_money()
    settings = alerting.load_settings(
        brand="month_cap_dollars = 10\nalerts = { budget_percent = 50 }"
    )
    alerting.spend(4.9)
    assert alerting.tell(settings).told == 0
    alerting.spend(0.2)
    assert alerting.tell(settings).told == 1
    alerting.spend(4)
    assert alerting.tell(settings).told == 0
    assert alerting.tell().told == 0  # of the cap for all, a third is spent


def test_quiet_hours_hold_back_and_then_tell_in_one_message(alerting):
    alerting.watch_money()
    settings = alerting.load_settings(
        brand="month_cap_dollars = 10",
        quiet_hours=["mon-sun 10:30-12:00"],
        time_zone="Europe/Berlin",
    )
    alerting.spend(9)
    assert alerting.tell(settings).told == 0
    alerting.spend(12)
    alerts = find_alerts(alerting.store, settings, read_phrases, now=alerting.now)
    (notice,) = find_notices(alerting.store, settings, alerts)
    assert (notice.alerts, notice.held_back) == ((), 2)
    alerting.advance(hours=1)
    assert alerting.tell(settings).told == 2
    assert len(alerting.hook.taken) == 1


def test_a_target_that_fails_is_tried_ever_later_and_stops_no_other(alerting):
    alerting.watch_money("team", "boss")
    alerting.env["LISTENER_ALERT_URL_TEAM"] = f"json://127.0.0.1:1/{SECRET}"
    alerting.spend(21)
    pauses = []
    for _ in range(6):
        (line,) = alerting.tell().troubles
        assert line == (
            "alerts to team: LISTENER_ALERT_URL_TEAM: the service cannot be reached; "
            "it is tried again later"
        )
        (trouble,) = find_alert_troubles(alerting.store, alerting.load_settings())
        assert (trouble.line, trouble.count) == (line, 1)
        assert alerting.tell().notices == ()
        (failed,) = [each for each in alerting.store.list_told_alerts() if each.state == "failed"]
        pauses.append(failed.next_at - alerting.now)
        alerting.clock.turn(seconds=pauses[-1].total_seconds())
    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]
    assert len(alerting.hook.taken) == 1
    alerting.env["LISTENER_ALERT_URL_TEAM"] = alerting.hook.make_address()
    assert alerting.tell().told == 1
    assert find_alert_troubles(alerting.store, alerting.load_settings()) == ()


def test_what_fails_is_told_with_what_came_since(alerting):
    alerting.watch_money()
    settings = alerting.load_settings(brand="month_cap_dollars = 10")
    alerting.spend(9)
    alerting.hook.status = 500
    assert alerting.tell(settings).troubles == (
        "alerts to team: LISTENER_ALERT_URL_TEAM: the service refused it with status 500; "
        "it is tried again later",
    )
    alerting.hook.status = 200
    alerting.spend(12)
    alerting.clock.turn(minutes=4)
    assert alerting.tell(settings).notices == ()
    alerting.clock.turn(minutes=1)
    assert alerting.tell(settings).told == 2
    assert len(alerting.hook.taken) == 1


def test_what_could_not_be_told_and_is_true_no_more_is_no_trouble(alerting):
    alerting.watch_money()
    alerting.hook.status = 500
    alerting.spend(21)
    assert alerting.tell().troubles
    alerting.clock.turn(days=30)  # another month
    assert alerting.tell().notices == ()
    assert find_alert_troubles(alerting.store, alerting.load_settings()) == ()


@pytest.mark.parametrize("fault", ["cut", "silent"])
def test_what_may_have_arrived_is_not_told_again(alerting, fault):
    alerting.watch_money()
    alerting.spend(21)
    alerting.hook.fault = fault
    (line,) = alerting.tell(alerting.load_settings(timeout_seconds=1)).troubles
    assert line.endswith("; it is not sent again, ask whether it arrived")
    alerting.hook.fault = ""
    alerting.clock.turn(hours=5)
    assert alerting.tell().notices == ()
    assert len(alerting.hook.taken) == 1
    (trouble,) = find_alert_troubles(alerting.store, alerting.load_settings())
    assert trouble.state == "unsure"
    alerting.clock.turn(days=8)
    assert find_alert_troubles(alerting.store, alerting.load_settings()) == ()


def test_a_target_without_address_is_a_trouble(alerting):
    alerting.watch_money()
    alerting.spend(21)
    del alerting.env["LISTENER_ALERT_URL_TEAM"]
    (line,) = alerting.tell().troubles
    assert "LISTENER_ALERT_URL_TEAM: is not set" in line


def test_the_secrets_file_may_hold_the_address(alerting):
    address = alerting.env.pop("LISTENER_ALERT_URL_TEAM")
    file = alerting.folder / "listener.secrets.toml"
    file.write_text(f'LISTENER_ALERT_URL_TEAM = "{address}"\n')
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    (result,) = send_tests(alerting.load_settings(), alerting.tokens)
    assert result.state == "told"
    assert alerting.hook.taken[0]["title"] == "Test: nothing has happened"


def test_tests_go_to_every_target_and_leave_nothing_behind(alerting):
    alerting.targets = '[{ name = "team" }, { name = "gone" }, { name = "boss" }]'
    results = send_tests(alerting.load_settings(), alerting.tokens)
    assert [(each.target, each.state) for each in results] == [
        ("team", "told"), ("gone", "failed"), ("boss", "told"),
    ]  # fmt: skip
    assert alerting.store.list_told_alerts() == []


def test_who_is_to_stop_leaves_the_rest_to_the_next_round(alerting):
    alerting.watch_money()
    alerting.spend(21)
    assert alerting.tell(may_go_on=lambda: False).notices == ()
    assert alerting.tell().told == 1


def test_without_targets_nothing_is_looked_at(alerting):
    alerting.targets = "[]"
    wait_too_long(alerting)
    assert alerting.tell().notices == ()


def start(alerting, owner, break_at=""):
    served = alerting.url, alerting.folder, alerting.hook.port, alerting.targets
    words = [*served, owner, alerting.now.isoformat(), break_at]
    return start_module("tests.jobs.run_alerts", *words, env=os.environ)


def test_two_programs_tell_each_alert_once(shared):
    shared.watch_money("team", "boss")
    shared.spend(21)
    programs = [start(shared, f"teller {number}") for number in range(2)]
    for program in programs:
        assert program.communicate(timeout=120) == ("", "")
    assert {each.state for each in shared.store.list_told_alerts()} == {"told"}
    assert sorted(each["path"] for each in shared.hook.taken) == [
        f"/{SECRET}/boss",
        f"/{SECRET}/team",
    ]


def kill(alerting, break_at):
    alerting.watch_money()
    alerting.spend(21)
    program = start(alerting, "teller", break_at)
    program.communicate(timeout=120)
    assert program.returncode == -signal.SIGKILL


def test_who_is_killed_before_he_tells_is_taken_over(alerting):
    kill(alerting, "claimed")
    assert alerting.hook.taken == []
    assert alerting.tell().notices == ()
    alerting.clock.turn(minutes=2)
    assert alerting.tell().told == 1
    assert len(alerting.hook.taken) == 1


def test_who_is_killed_after_he_told_is_not_repeated(alerting):
    kill(alerting, "told")
    assert len(alerting.hook.taken) == 1
    alerting.clock.turn(minutes=2)
    assert alerting.tell().notices == ()
    assert len(alerting.hook.taken) == 1
    (trouble,) = find_alert_troubles(alerting.store, alerting.load_settings())
    assert trouble.error == "whoever sent it was ended meanwhile"


def test_what_somebody_else_tells_meanwhile_is_left_to_him(alerting, monkeypatch):
    alerting.watch_money()
    alerting.spend(21)
    choose = rounds.find_notices

    def find_and_lose(store, settings, alerts):
        notices = choose(store, settings, alerts)
        store.claim_alerts("team", notices[0].alerts, "another", lease=timedelta(minutes=1))
        return notices

    monkeypatch.setattr(rounds, "find_notices", find_and_lose)
    assert alerting.tell().notices == ()
    assert alerting.hook.taken == []


def test_who_was_too_slow_leaves_it_to_others(alerting, monkeypatch):
    alerting.watch_money()
    alerting.spend(21)
    render = rounds.render_alerts

    def sleep(*args, **options):
        alerting.clock.turn(minutes=5)
        return render(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(rounds, "render_alerts", sleep)
        assert alerting.tell().notices == ()
    assert alerting.hook.taken == []
    assert alerting.tell(owner="another").told == 1


def test_it_is_a_task_of_listener_run(alerting):
    alerting.watch_money("team")
    alerting.spend(21)
    settings, tokens = alerting.load_settings(), alerting.tokens
    plans = plan_tasks(settings, tokens)
    (plan,) = [plan for plan in plans if plan.kind == "alerts"]
    assert (plan.name, str(plan.when)) == ("alerts", "10 minutes")
    means = Means(
        store=alerting.store, settings=settings, plans=plans, load_tokens=lambda: tokens,
        load_phrases=read_phrases, owner="runner", now=alerting.clock,
    )  # fmt: skip
    alerting.hook.status = 500
    assert run_task(plan, means, is_stopped=lambda: False).state == "failed"
    waiting = run_task(plan, means, is_stopped=lambda: False)
    assert (waiting.state, "status 500" in waiting.error) == ("waiting", True)
    alerting.hook.status = 200
    alerting.clock.turn(minutes=5)
    done = run_task(plan, means, is_stopped=lambda: False)
    assert (done.state, done.counts) == ("done", (("told", 1),))


def test_whom_the_brand_wrote_to_in_private_does_not_wait():
    talk = {"brand": "acme", "platform": "x"}
    at = START + timedelta(hours=1)
    waiting = pl.DataFrame(
        [{**talk, "customer": name, "waiting_since": START} for name in ("a", "b", "c", "d")]
    )
    private = pl.DataFrame(
        [
            {**talk, "customer": "a", "replies": 1, "last_post_at": at},
            {**talk, "customer": "b", "replies": 0, "last_post_at": at},
            {**talk, "customer": "c", "replies": 2, "last_post_at": START - timedelta(days=1)},
        ]
    )
    assert leave_out_private(waiting, private)["customer"].to_list() == ["b", "c", "d"]
