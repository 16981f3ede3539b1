import csv
import io
from datetime import timedelta

import orjson
import pytest

from listener.store.store import Store
from tests.builders import START, make_post

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MENTIONS, POSTS = "x:acme:acme:search:", "x:acme:acme:posts:"
SETTINGS = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "x", handle = "acme" }]
"""


@pytest.fixture
def ledger(program):
    """A store whose ledger is filled line by line; the settings name its brand."""
    (program.folder / "listener.toml").write_text(SETTINGS)
    with Store.open(f"sqlite:///{program.database}") as store:
        yield Ledger(store)


class Ledger:
    def __init__(self, store):
        self.store = store

    def run(self, at, state="done", *, source=MENTIONS, posts=(), **ending):
        """Keep a run that began `at` so much after the start."""
        began = START + at
        kind = source.split(":")[3]
        run_id = self.store.start_run(
            source, "x", "acme", kind=kind, planned_at=began, started_at=began
        )
        self.store.save_page(run_id, posts, seen_at=began)
        ended = {"finished_at": began + timedelta(seconds=9)}
        if state == "done":
            self.store.finish_run(run_id, **{"mark": None, **ended, **ending})
        elif state == "failed":
            self.store.fail_run(run_id, **ended, **ending)
        elif state == "paused":
            self.store.pause_run(run_id, **ended, **ending)

    def daily(self, first, last, **options):
        for day in range(first, last + 1):
            self.run(day * DAY, **options)


def show(program, *words, at=9 * DAY, code=0):
    moment = (START + at).isoformat()
    return program.run("coverage", "--as-of", moment, *words, code=code).out


def read(program, *words, **options):
    return list(csv.DictReader(io.StringIO(show(program, "--format", "csv", *words, **options))))


def test_each_week_is_a_row(program, ledger):
    question = make_post("@acme where is my parcel?", at=60, replies_announced=2)
    answer = make_post("@anna on its way", author="acme", at=90, reply_to=question)
    ledger.daily(-7, 8, source=POSTS)
    ledger.run(2 * HOUR, posts=[question, answer])
    ledger.daily(-7, 8)
    ledger.run(3 * DAY, "failed", error="x answered 503; the next run tries again")
    ledger.run(4 * DAY, lost=(START + 3 * DAY, START + 3 * DAY + HOUR))
    before, week, running = read(program, "--weeks", "3")
    assert [row["week"] for row in (before, week, running)] == ["2026-W09", "2026-W10", "2026-W11"]
    assert (week["runs_planned"], week["runs_done"], week["runs_failed"]) == ("17", "16", "1")
    assert (week["announced"], week["collected"], week["posts"]) == ("2", "1", "2")
    assert (week["class"], week["reasons"]) == ("partial", "replies_missing;loss")
    assert (week["losses"], week["lost_seconds"]) == ("1", "3600.0")
    assert (running["class"], running["reasons"]) == ("complete", "")
    assert before["reasons"] == "began_late"


def test_the_table_says_why_and_what_to_do(program, ledger):
    ledger.daily(-1, 2)
    ledger.daily(-1, 8, source=POSTS)
    ledger.run(3 * DAY, "failed", error="acme: x answered 503; the next run tries again")
    ledger.run(
        4 * DAY,
        "failed",
        error="acme: too many requests; the next run waits",
        retry_at=START + 10 * DAY,
        problems=["post 7 is no post"],
    )
    told = show(program)
    assert "collection ended before this period did" in told
    row = next(line for line in told.splitlines() if "search: mentions" in line)
    assert "acme: x @acme" in told.splitlines()
    assert "failed" in row
    assert "2026-03-04 10:00 (7 d ago)" in row
    assert "since 2026-03-05 10:00 UTC: acme: too many requests" in told
    assert "→ the next run waits" in told
    assert "→ the platform answers again at 2026-03-12 10:00 UTC" in told
    assert "post 7 is no post" in told
    assert f"{MENTIONS}  2026-03-04 10:00 – now" in told


def test_a_pause_for_the_budget_is_said(program, ledger):
    ledger.daily(-1, 7)
    reason = "acme: the month's cap in dollars is reached; raise x.month_cap_dollars"
    ledger.run(8 * DAY, "paused", reason=reason)
    told = show(program)
    assert "paused" in told
    assert "the month's cap in dollars is reached" in told
    assert "→ raise x.month_cap_dollars" in told
    assert read(program)[-1]["runs_paused"] == "1"


def test_holes_and_losses_have_their_dates(program, ledger):
    ledger.run(-1 * DAY)
    ledger.run(2 * DAY, lost=(None, START + HOUR))
    ledger.run(3 * DAY)
    told = show(program, at=3 * DAY + HOUR)
    assert f"{MENTIONS}  2026-03-01 10:00 – 2026-03-04 10:00" in told
    assert f"{MENTIONS}  ever – 2026-03-02 11:00" in told


def test_the_age_of_the_last_complete_run(program, ledger):
    ledger.run(1 * HOUR, mark=("99", START + HOUR))
    ledger.run(2 * HOUR, "failed", error="x: broke off; look")
    assert "2026-03-02 11:00 (2 h ago)" in show(program, at=3 * HOUR)


def test_the_tables_fit_into_a_terminal_of_80_columns(program, ledger, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = "acme mobile outage in the whole country and elsewhere"
    ledger.daily(-7, 8, source=f"{MENTIONS}{words}")
    ledger.run(8 * DAY, "failed", error="x: broke off; look", source=POSTS)
    ledger.run(9 * DAY - HOUR, "paused", reason="the cap is reached; raise it", source=POSTS)
    told = show(program)
    assert max(map(len, told.splitlines())) <= 80
    assert "search: acme mobile" in told
    assert "    runs: 1 failed, 1 paused" in told.splitlines()


def test_a_killed_run_and_a_silent_schedule_have_a_next_step(program, ledger):
    ledger.run(0 * DAY, "running")
    ledger.run(0 * DAY, source=POSTS)
    ledger.store.close_stale_runs(START + HOUR)
    told = show(program)
    assert "it was killed" in told
    assert "→ nothing is lost, start the collection again" in told
    assert "nothing has run since" in told
    assert "never" in told


def test_what_the_settings_name_no_more_is_said_and_not_blamed(program, ledger):
    ledger.daily(-1, 8)
    ledger.run(0 * DAY, "failed", source="x:acme:old:posts:", error="x: gone; look")
    told = show(program)
    assert "removed" in told
    assert "→ look" not in told
    assert {row["class"] for row in read(program)[1:]} == {"complete"}


def test_json_holds_everything(program, ledger):
    ledger.run(-3 * DAY)
    ledger.run(2 * DAY, "failed", error="broke off")
    told = orjson.loads(show(program, "--format", "json"))
    assert set(told) == {"weeks", "sources", "holes", "losses"}
    (source,) = told["sources"]
    assert (source["state"], source["why"], source["next_step"]) == ("failed", "broke off", "")
    assert source["failing_since"].startswith("2026-03-04T10:00")
    assert told["holes"][0]["is_open"] is True


@pytest.mark.parametrize("words", [[], ["--brand", "acme"]])
def test_files_alone_have_no_runs(program, conversation, words):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    told = show(program, *words, at=400 * DAY)
    assert "collected from files only" in told
    assert "2026-W10  unknown" in told
    assert "–" in told
    (row,) = read(program, at=400 * DAY)
    assert (row["class"], row["runs_planned"], row["watched_from"]) == ("unknown", "0", "")


def test_an_empty_store_says_so(program, ledger):
    told = show(program)
    assert "nothing was seen in these weeks" in told
    assert '"listener collect" reads the accounts' in told
    assert read(program) == []
    assert orjson.loads(show(program, "--format", "json"))["sources"] == []


def test_hostile_words_of_the_ledger_steer_no_terminal(program, ledger):
    ledger.run(0 * DAY, "failed", error="\x1b[2Jgone; \x1b]0;title\x07look")
    assert "\x1b" not in show(program)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--brand", "bolt"], 'there is no brand "bolt"'),
        (["--weeks", "0"], "--weeks"),
        (["--format", "xml"], "xml"),
        (["--as-of", "soon"], '"soon" is not a time'),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(program, ledger, words, told):
    error = program.run("coverage", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1


def test_without_a_database_the_next_step_is_told(program):
    assert "there is no database" in program.run("coverage", code=1).err


def test_without_as_of_it_is_now(program, ledger):
    ledger.run(0 * DAY)
    assert "acme" in program.run("coverage").out


def test_an_accounts_host_may_have_a_port(program, ledger):
    name = "mastodon:acme:acme@localhost:8080:hashtag:time:out"
    began = START
    run_id = ledger.store.start_run(
        name, "mastodon", "acme", kind="hashtag", planned_at=began, started_at=began
    )
    ledger.store.finish_run(run_id, mark=None, finished_at=began)
    shown = show(program)
    assert "mastodon @acme@localhost:8080" in shown
    assert "#time:out" in shown
