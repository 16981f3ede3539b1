"""What is due is done, once, in its time, by whoever is there; the clock is set by hand."""

import logging
from datetime import timedelta

import polars as pl
import pytest

from listener.jobs.tidying import tidy
from listener.schedule.outages import Outage
from tests.jobs.rounds import run_rounds
from tests.schedule.programs import READS, open_program
from tests.servers.watching import run_watching

POSTS = "collect:mastodon:acme:acme@social.example:posts:"
ACCOUNT = "account:mastodon:acme@social.example"
# Each night when something may go, and one in ten of those between.
NIGHTS = [-1, *sorted({*range(0, 440, 10), *range(115, 125), *range(395, 410)})]


@pytest.fixture
def owning(tmp_path):
    with run_rounds(tmp_path, mode="owner", accounts="mastodon") as rounds:
        rounds.anna = rounds.mastodon.add_account("anna@elsewhere.example")
        yield rounds


def ask_to_wait(rounds, path, minutes):
    rounds.mastodon.clock = rounds.now
    reset = rounds.now + timedelta(minutes=minutes)
    headers = {"X-RateLimit-Reset": reset.isoformat()}
    rounds.mastodon.fail_next("429", path=path, headers=headers)


def test_everything_is_done_once_in_its_time(tmp_path):
    with run_rounds(tmp_path) as rounds, open_program(rounds) as program:
        rounds.mastodon.post(rounds.acme, "Our new tariff is here")
        sources = program.run()
        assert sources == len([p for p in program.means.plans if p.kind in ("collect", "follow")])
        assert rounds.texts == {"Our new tariff is here"}
        assert program.run() == 0
        rounds.advance(minutes=16)
        due = program.list_due()
        assert POSTS in due
        assert not [name for name in due if ":x:" in name]
        rounds.advance(minutes=46)
        assert [name for name in program.list_due() if ":x:" in name]


def test_what_was_missed_is_done_once(owning):
    with open_program(owning) as program:
        first = program.run()
        owning.advance(days=7)
        assert program.run() == first
        assert program.run() == 0


def test_a_platform_that_asks_for_patience_is_left_alone_by_the_whole_account(owning):
    with open_program(owning) as one, open_program(owning, "two") as two:
        ask_to_wait(owning, "/api/v1/accounts/lookup", minutes=40)
        one.run()
        asked = owning.mastodon.count_requests()
        owning.advance(minutes=30)
        assert one.run() == two.run() == 0
        assert owning.mastodon.count_requests() == asked
        assert "asks to wait" in one.find(":posts:").error
        owning.advance(minutes=11)
        assert two.run() > 0
        assert owning.mastodon.count_requests() > asked
        assert two.find(":posts:").state == "done"


def test_who_reads_without_a_token_is_one_reader_whatever_the_brand(tmp_path):
    other = """
        [brands.other]
        name = "Other"
        accounts = [{ platform = "mastodon", handle = "other@social.example" }]
    """
    with run_rounds(tmp_path, accounts="mastodon") as rounds:
        with rounds.config.open("a", encoding="utf-8") as settings:
            settings.write(other)
        with open_program(rounds) as program:
            lanes = {plan.lane for plan in program.means.plans if plan.kind == "collect"}
            assert lanes == {"account:mastodon:social.example"}
            ask_to_wait(rounds, "/api/v1/accounts/lookup", minutes=40)
            assert program.run() == 1
            asked = rounds.mastodon.count_requests()
            rounds.advance(minutes=30)
            assert program.run() == 0
            assert rounds.mastodon.count_requests() == asked


def test_only_one_program_does_a_task(owning):
    with open_program(owning) as one, open_program(owning, "two") as two:
        done = one.run()
        assert done > 0
        assert two.run() == 0


def test_an_account_is_asked_by_one_program_at_a_time(owning):
    with open_program(owning) as one, open_program(owning, "two") as two:
        counts = []
        owning.mastodon.before_next(lambda: counts.append(two.run()), "/api/v1/accounts/")
        assert one.run() > 0
        assert counts == [0]


def test_what_a_dead_program_held_is_taken_over_within_a_minute(owning):
    with open_program(owning, "dead") as dead, open_program(owning, "alive") as alive:
        day, lease = timedelta(days=1), timedelta(seconds=40)
        assert dead.store.claim_task(ACCOUNT, "dead", lease=lease, latest=day)
        assert dead.store.claim_task(POSTS, "dead", lease=lease, latest=day)
        assert alive.run() == 0
        owning.advance(seconds=50)
        assert alive.run() > 0
        assert (alive.find(":posts:").state, alive.find(":posts:").takeovers) == ("done", 1)


def test_a_failed_task_is_tried_again_soon_and_told_since_when_it_fails(owning):
    owning.mastodon.fail_next("500", path="/api", times=1_000)
    with open_program(owning) as program:
        program.run()
        begun = owning.now
        state = program.find(":posts:")
        assert (state.state, state.failing_since, state.is_alarming) == ("failed", begun, False)
        assert "status 500" in state.error
        owning.advance(minutes=6)
        assert POSTS in program.list_due()
        owning.advance(hours=25)
        program.run()
        state = program.find(":posts:")
        assert (state.failing_since, state.is_alarming) == (begun, True)
        owning.mastodon.faults.clear()
        owning.advance(hours=1)
        program.run()
        assert program.find(":posts:").failing_since is None


def test_a_clock_that_is_set_back_makes_nothing_wait(owning):
    with open_program(owning) as program:
        everything = program.run()
        owning.advance(hours=-3)
        assert program.run() == everything
        assert program.run() == 0


def test_a_rhythm_that_was_changed_holds_at_once(owning):
    text = owning.config.read_text(encoding="utf-8")
    owning.config.write_text(f"{text}\n[schedule]\nmastodon = '20 days'\n", encoding="utf-8")
    with open_program(owning) as program:
        program.run()
    owning.config.write_text(text, encoding="utf-8")
    owning.advance(minutes=1)
    with open_program(owning) as program:
        assert POSTS in program.list_due()


def test_a_run_ends_at_the_next_page_and_gives_everything_back(owning):
    for number in range(120):
        owning.mastodon.post(owning.acme, f"news {number}")
    with open_program(owning) as program:
        path = f"/api/v1/accounts/{owning.acme.id}/statuses"
        owning.mastodon.before_next(program.stop.set, path, skip=1)
        program.run()
        assert 0 < len(owning.texts) < 120
        rows = program.store.load_tasks()
        assert rows["owner"].null_count() == rows.height
        assert POSTS in program.list_due()
        assert program.store.load_cursor(POSTS.removeprefix("collect:")) is None
        last = owning.load_runs().row(-1, named=True)
        assert (last["state"], last["error"]) == ("failed", "stopped by the operator")
    with open_program(owning, "next") as program:
        program.run()
        assert len(owning.texts) == 120


def test_a_mistake_in_one_task_stops_no_other(owning, caplog):
    calls = []

    def load_tokens():
        calls.append(1)
        if len(calls) == 1:
            message = "nobody expected this"
            raise ValueError(message)
        return good()

    with open_program(owning) as program:
        good = program.means.load_tokens
    with (
        open_program(owning, load_tokens=load_tokens) as program,
        caplog.at_level(logging.CRITICAL),
    ):
        assert program.run() > 1
        assert program.find(":posts:").error.startswith("unexpected ValueError")
        assert program.find(":notifications:").state == "done"


def test_open_cases_go_first_where_money_is_short(tmp_path):
    x_settings = "month_cap_dollars = 0.02"
    with run_rounds(tmp_path, accounts="x", x_settings=x_settings) as rounds:
        rounds.x.add_user("anna")
        with open_program(rounds) as program:
            for number in range(8):
                rounds.x.post("anna", f"@acme my phone is dead, number {number}")
            program.run()
            rounds.advance(hours=2)
            before = rounds.load_runs().height
            program.run()
            kinds = rounds.load_runs().sort("id")["kind"][before:].to_list()
            assert kinds[0] == "visits"
            assert set(kinds) > {"visits"}


def test_what_settings_name_no_more_is_forgotten(owning):
    with open_program(owning) as program:
        program.run()
        program.store.plan_tasks(["collect:mastodon:gone:gone@social.example:posts:", "weekly"])
    with open_program(owning) as program:
        names = set(program.store.load_tasks()["name"])
        assert "weekly" in names
        assert not [name for name in names if "gone" in name]


def test_a_database_that_is_away_is_told_once_and_its_return_too(caplog):
    clock = [0.0]
    outage = Outage(lambda: clock[0])
    with caplog.at_level(logging.INFO):
        for _ in range(100):
            assert not outage.must_wait()
            outage.note_failure(OSError("connection refused"))
            assert outage.must_wait()
            clock[0] += 60
        outage.note_success()
        outage.note_success()
    assert [record.getMessage() for record in caplog.records] == [
        'database=away error="connection refused"',
        "database=back after_seconds=6000",
    ]
    assert not outage.must_wait()


def test_a_store_that_fails_is_an_outage_and_no_failure_of_the_task(owning):
    with open_program(owning) as program:
        program.run()
        owning.advance(minutes=20)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(program.store._database.engine, "connect", _refuse)
            assert program.run() == 0
            assert program.outage.is_on
        assert program.find(":posts:").failing_since is None


def _refuse(*_args, **_options):
    import sqlalchemy

    message = "server closed the connection"
    raise sqlalchemy.exc.OperationalError(message, None, OSError(message))


def test_runs_and_tasks_agree(owning):
    with open_program(owning) as program:
        program.run()
        runs = owning.load_runs().filter(pl.col("kind") != "visits")
        collects = [plan.source.key for plan in program.means.plans if plan.kind == "collect"]
        assert sorted(runs["source"]) == sorted(collects)


def test_the_report_of_a_week_is_made_once_when_its_time_has_come(tmp_path):
    top = f'[report]\noutput = "{tmp_path}/reports"'
    with (
        run_rounds(tmp_path, accounts="mastodon", top=top) as rounds,
        open_program(rounds) as one,
        open_program(rounds, "two") as two,
    ):
        rounds.mastodon.post(rounds.acme, "Our new tariff is here")
        # Nothing was read, so nobody knows whether there is anything to report.
        assert one.run(("report",)) == 1
        assert one.find("report:").state == "waiting"
        one.run()
        rounds.advance(minutes=6)
        one.run(("report",))
        assert one.find("report:").state == "done"
        assert one.store.load_editions().is_empty()
        rounds.advance(days=6, hours=20, minutes=53)
        assert "report:acme" not in one.list_due()
        rounds.advance(minutes=2)
        assert one.run(("report",)) == 1
        assert one.store.load_editions().is_empty()  # the end of the week is not read yet
        assert one.find("report:").state == "waiting"
        one.run()
        rounds.advance(minutes=6)
        assert one.run(("report",)) == 1
        assert two.run(("report",)) == 0
        editions = one.store.load_editions()
        assert editions["key"].to_list() == ["acme:2026-W10"]
        assert editions["made_at"].null_count() == 0
        assert list(tmp_path.glob("reports/acme/2026-W10/index.html"))


def test_a_site_is_published_when_a_report_is_made_and_again_while_it_fails(tmp_path):
    site = tmp_path / "site"
    top = f"""
        [report]
        output = "{tmp_path}/reports"
        [publish]
        address = "https://a.example"
        folder = "{site}"
    """
    kinds, page = ("publish",), site / "acme/2026-W10/index.html"
    with (
        run_rounds(tmp_path, accounts="mastodon", top=top) as rounds,
        open_program(rounds) as one,
        open_program(rounds, "two") as two,
    ):
        rounds.mastodon.post(rounds.acme, "Our new tariff is here")
        one.run((*READS, "report"))
        assert (site / "index.html").is_file()
        rounds.advance(days=6, hours=20)
        one.run((*READS, "report"))  # in the morning, before the report is due
        rounds.advance(hours=2)
        one.run()
        one.run(("report",))
        assert list(tmp_path.glob("reports/acme/2026-W10/index.html"))
        assert not page.exists()
        rounds.advance(seconds=1)
        site.rename(tmp_path / "away")
        site.write_text("in the way")
        assert one.run(kinds) == 1
        task = one.find("publish")
        assert (task.state, task.failures) == ("failed", 1)
        assert str(site) in task.error
        assert two.run(kinds) == 0
        site.unlink()
        (tmp_path / "away").rename(site)
        rounds.advance(minutes=6)
        assert two.run(kinds) == 1
        assert two.find("publish").state == "done"
        assert page.is_file()
        assert one.run(kinds) == 0


def test_a_report_waits_while_nothing_can_be_read_and_then_says_so(tmp_path):
    top = f'[report]\noutput = "{tmp_path}/reports"'
    with (
        run_rounds(tmp_path, accounts="mastodon", top=top) as rounds,
        open_program(rounds) as program,
    ):
        rounds.mastodon.post(rounds.acme, "Our new tariff is here")
        program.run()
        rounds.advance(days=6, hours=22)
        rounds.mastodon.fail_next("503", times=10_000)
        for _ in range(8):
            program.run((*READS, "report"))
            assert program.store.load_editions().is_empty()
            rounds.advance(hours=12)
        rounds.advance(days=9)
        program.run((*READS, "report"))
        assert program.store.load_editions()["key"].to_list() == ["acme:2026-W10"]


def test_failing_as_before_is_no_news(owning, caplog):
    owning.mastodon.fail_next("500", path="/api", times=1_000)
    with open_program(owning) as program, caplog.at_level(logging.INFO):
        for _ in range(20):
            program.run()
            owning.advance(hours=1)
        owning.mastodon.faults.clear()
        program.run()
    lines = [line for line in caplog.messages if "source=posts" in line]
    assert [line.split(" state=")[1].split()[0] for line in lines] == ["failed", "done"]
    assert lines[0].startswith("task=collect brand=acme account=@acme@social.example ")
    assert lines[1].endswith("failed_before=20")


def test_old_words_go_every_night(owning):
    post = owning.mastodon.post(owning.acme, "Our new tariff is here")
    secret = owning.mastodon.post(owning.anna, "@acme a secret", visibility="direct")
    assert post.id != secret.id
    with open_program(owning) as program:
        assert program.run() > 0
        # Not at the start: whoever tries the program out loses nothing.
        assert program.run(("tidy",)) == 0
        for night, before in zip(NIGHTS[1:], NIGHTS, strict=False):
            owning.advance(days=night - before)
            if night % 30 == 0:
                owning.mastodon.post(owning.acme, f"News {night}")
                program.run()
            assert program.run(("tidy",)) == 1
            assert program.find("tidy").state == "done"
            assert program.store.load_private_posts().is_empty() == (night >= 119)
        assert "Our new tariff is here" not in owning.texts
        assert "News 420" in owning.texts


def test_old_words_do_not_go_for_the_first_time_without_an_agreement(owning):
    owning.mastodon.post(owning.acme, "Our old tariff")
    owning.advance(days=500)
    owning.mastodon.post(owning.acme, "Our new tariff")
    with open_program(owning) as program:
        program.run()
        owning.advance(days=1)
        assert program.run(("tidy",)) == 1
        task = program.find("tidy")
        assert (task.state, task.error.count("\n")) == ("failed", 0)
        assert task.error.startswith("1 posts from before ")
        assert owning.texts == {"Our old tariff", "Our new tariff"}
        tidy(program.store, owning.settings, now=owning.now)
        owning.advance(days=1)
        assert program.run(("tidy",)) == 1
        assert program.find("tidy").state == "done"
        assert owning.texts == {"", "Our new tariff"}


@pytest.mark.parametrize(("fails", "ending"), [(False, ""), (True, "/fail")])
def test_whoever_watches_is_told_how_it_is(tmp_path, fails, ending):
    with run_watching() as service:
        top = f'[schedule]\nheartbeat_url = "{service.url}"'
        with run_rounds(tmp_path, accounts="mastodon", top=top) as rounds:
            if fails:
                rounds.mastodon.fail_next("500", path="/api", times=1_000)
            with open_program(rounds) as program:
                others = {plan.kind for plan in program.means.plans} - {"heartbeat"}
                program.run(tuple(others))
                rounds.advance(hours=25)
                program.run(tuple(others))
                assert program.run(("heartbeat",)) == 1
                assert service.told == [f"/secret-1{ending}"]
                assert program.run(("heartbeat",)) == 0
