"""What can go wrong with a database: every method says it in one line, nothing is half-written."""

import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from listener.errors import StoreAwayError, StoreError
from listener.figures.alerts import Alert
from listener.store.failures import translate_errors
from listener.store.imports import ImportRecord
from listener.store.old_weeks import OldWeek
from listener.store.reviews import SavedCaseReview, SavedReview
from listener.store.rows import make_sightings
from listener.store.spending import Spend
from listener.store.store import Store
from listener.store.tables import METADATA
from listener.store.told import ToldOutcome
from listener.store.visits import SavedVisit
from tests.builders import START, make_brand, make_post

RECORD = ImportRecord(platform="x", file="a", format="x", imported_at=START)
SOURCE = "x:acme:acme:mentions:"
RUN = 1
DAY = START.date()
SPEND = Spend(
    platform="x",
    brand="acme",
    day=DAY,
    kind="post",
    units=1,
    micro_dollars=5_000,
    things=frozenset({"post:1"}),
)
TASK, EDITION, OWNER, HOUR = "send", "acme:2026-W10", "host:1:a", timedelta(hours=1)
VISIT = SavedVisit(conversation="1", post_id="2")
OLD_WEEK = OldWeek(platform="x", since=START, posts=1)
ALERT = Alert(kind="wave", key="k1", brand="acme", since=START)
REVIEW = SavedReview(
    platform="x",
    post_id="1",
    reviewer="kim",
    labels=("need",),
    said=(),
    phrases="abc",
    digest="d",
    reviewed_at=START,
)
TOLD = ToldOutcome(
    brand="acme",
    platform="x",
    post_id="1",
    source="crm",
    told_at=START,
    case="c1",
    outcome="solved",
    note="",
    saved_at=START,
)
CASE_REVIEW = SavedCaseReview(
    case="c1",
    reviewer="kim",
    brand="acme",
    platform="x",
    opening_post_id="1",
    last_post_id="1",
    outcome="resolved",
    said=None,
    phrases="abc",
    pick="random",
    stratum="acme/2026-W10",
    reviewed_at=START,
)


def start_run(store: Store) -> int:
    return store.start_run(SOURCE, "x", "acme", kind="mentions", planned_at=START, started_at=START)


NAMED = pl.DataFrame({"platform": ["x"], "post_id": ["1"]})
HANDLES = pl.DataFrame({"platform": ["x"], "handle": ["anna"]})
METHODS: dict[str, Callable[[Store], object]] = {
    "save_posts": lambda store: store.save_posts([make_post()], seen_at=START),
    "save_sightings": lambda store: store.save_sightings(
        make_sightings([make_post()]), seen_at=START
    ),
    "load_posts": lambda store: store.load_posts(),
    "load_private_posts": lambda store: store.load_private_posts(),
    "load_conversations": lambda store: store.load_conversations(since=START, until=START),
    "load_worded_conversations": lambda store: store.load_worded_conversations(
        before=START, since=START, until=START
    ),
    "load_authors": lambda store: store.load_authors(HANDLES, before=START),
    "has_older_posts": lambda store: store.has_older_posts(["x"], START),
    "load_kept_key": lambda store: store.load_kept_key(),
    "load_kept_labels": lambda store: store.load_kept_labels("r", ["2026-W10"]),
    "save_kept_labels": lambda store: store.save_kept_labels("r", {"2026-W10": HANDLES}),
    "load_known": lambda store: store.load_known("x", ["1"]),
    "iter_frames": lambda store: list(store.iter_frames(until=START)),
    "iter_posts": lambda store: list(store.iter_posts()),
    "load_edits": lambda store: store.load_edits("x", "1"),
    "mark_deleted": lambda store: store.mark_deleted("x", ["1"], at=START),
    "forget_account": lambda store: store.forget_account("x", "anna"),
    "save_import": lambda store: store.save_import(RECORD),
    "load_imports": lambda store: store.load_imports(),
    "save_brands": lambda store: store.save_brands([make_brand()]),
    "load_brands": lambda store: store.load_brands(),
    "start_run": lambda store: start_run(store),
    "save_page": lambda store: store.save_page(RUN, [make_post()], seen_at=START, spent=[SPEND]),
    "finish_run": lambda store: store.finish_run(RUN, finished_at=START, mark=("1", START)),
    "fail_run": lambda store: store.fail_run(RUN, finished_at=START, error="no answer"),
    "pause_run": lambda store: store.pause_run(RUN, finished_at=START, reason="the cap"),
    "close_stale_runs": lambda store: store.close_stale_runs(START),
    "load_cursor": lambda store: store.load_cursor(SOURCE),
    "load_runs": lambda store: store.load_runs(),
    "save_spending": lambda store: store.save_spending([SPEND]),
    "load_spent": lambda store: store.load_spent("2026-03"),
    "sum_spent": lambda store: store.sum_spent("x", "2026-03"),
    "clear_spent_things": lambda store: store.clear_spent_things(DAY),
    "save_visits": lambda store: store.save_visits("x", [VISIT], visited_at=START),
    "load_visits": lambda store: store.load_visits(),
    "load_visits_of": lambda store: store.load_visits_of(NAMED),
    "load_watching_runs": lambda store: store.load_watching_runs(START),
    "load_first_posts": lambda store: store.load_first_posts([make_brand()]),
    "clear_ledger": lambda store: store.clear_ledger(START),
    "now": lambda store: store.now(),
    "plan_tasks": lambda store: store.plan_tasks([TASK]),
    "claim_task": lambda store: store.claim_task(TASK, OWNER, lease=HOUR, latest=HOUR),
    "renew_tasks": lambda store: store.renew_tasks([TASK], OWNER, lease=HOUR),
    "finish_task": lambda store: store.finish_task(TASK, OWNER, state="done", next_in=HOUR),
    "release_task": lambda store: store.release_task(TASK, OWNER),
    "hasten_task": lambda store: store.hasten_task(TASK),
    "drop_tasks": lambda store: store.drop_tasks([]),
    "load_tasks": lambda store: store.load_tasks(),
    "claim_edition": lambda store: store.claim_edition(EDITION, OWNER, lease=HOUR),
    "renew_edition": lambda store: store.renew_edition(EDITION, OWNER, lease=HOUR),
    "finish_edition": lambda store: store.finish_edition(EDITION, OWNER, folder="out"),
    "release_edition": lambda store: store.release_edition(EDITION, OWNER, error="no"),
    "load_editions": lambda store: store.load_editions(),
    "claim_mail": lambda store: store.claim_mail(EDITION, "a", OWNER, lease=HOUR),
    "finish_mail": lambda store: store.finish_mail(EDITION, "a", OWNER, message_id="<1@acme>"),
    "release_mail": lambda store: store.release_mail(EDITION, "a", OWNER, error="", next_in=HOUR),
    "doubt_mail": lambda store: store.doubt_mail(EDITION, "a", OWNER, error="no"),
    "load_mails": lambda store: store.load_mails(),
    "claim_alerts": lambda store: store.claim_alerts("team", [ALERT], OWNER, lease=HOUR),
    "begin_alerts": lambda store: store.begin_alerts("team", ["k1"], OWNER),
    "finish_alerts": lambda store: store.finish_alerts("team", ["k1"], OWNER),
    "release_alerts": lambda store: store.release_alerts(
        "team", ["k1"], OWNER, error="no", next_in=HOUR
    ),
    "doubt_alerts": lambda store: store.doubt_alerts("team", ["k1"], OWNER, error="no"),
    "drop_failed_alerts": lambda store: store.drop_failed_alerts([]),
    "clear_alerts": lambda store: store.clear_alerts(START),
    "load_alerts": lambda store: store.load_alerts(),
    "list_told_alerts": lambda store: store.list_told_alerts(),
    "save_unsubscribed": lambda store: store.save_unsubscribed("a", at=START),
    "withdraw_unsubscribed": lambda store: store.withdraw_unsubscribed("a"),
    "load_unsubscribed": lambda store: store.load_unsubscribed(),
    "save_review": lambda store: store.save_review(REVIEW),
    "save_case_review": lambda store: store.save_case_review(CASE_REVIEW),
    "withdraw_review": lambda store: store.withdraw_review("x", "1", "kim"),
    "withdraw_case_review": lambda store: store.withdraw_case_review("c1", "kim"),
    "mark_drawn": lambda store: store.mark_drawn("c1", "acme/2026-W10"),
    "load_reviews": lambda store: store.load_reviews(),
    "load_case_reviews": lambda store: store.load_case_reviews(),
    "save_told_outcomes": lambda store: store.save_told_outcomes([TOLD]),
    "withdraw_told_outcomes": lambda store: store.withdraw_told_outcomes("acme", "x", ["1"]),
    "load_told_outcomes": lambda store: store.load_told_outcomes(),
    "load_quoting": lambda store: store.load_quoting("mastodon", ["anna@social.example"]),
    "load_page_key": lambda store: store.load_page_key(),
    "erase_old_texts": lambda store: store.erase_old_texts(START, private_before=START),
    "load_texts_since": lambda store: store.load_texts_since(),
    "load_private_since": lambda store: store.load_private_since(),
    "load_newest_post": lambda store: store.load_newest_post(START),
    "count_old_posts": lambda store: store.count_old_posts(START),
    "check_writing": lambda store: store.check_writing(),
    "list_old_weeks": lambda store: store.list_old_weeks(START),
    "archive_week": lambda store: store.archive_week(OLD_WEEK),
    "load_archive": lambda store: store.load_archive(),
    "check_archive": lambda store: store.check_archive(),
    "restore_archived": lambda store: store.restore_archived([]),
    "save_backup": lambda store: store.save_backup(Path(tempfile.mkdtemp()) / "backup.db"),
}
WRITING = (
    "load_page_key",  # it is made when it is asked for first
    "check_writing",
    "erase_old_texts",
    "save_posts",
    "mark_deleted",
    "forget_account",
    "save_import",
    "save_brands",
    "start_run",
    "save_page",
    "finish_run",
    "fail_run",
    "pause_run",
    "save_spending",
    "close_stale_runs",
    "clear_spent_things",
    "save_visits",
    "clear_ledger",
    "plan_tasks",
    "claim_task",
    "renew_tasks",
    "finish_task",
    "release_task",
    "hasten_task",
    "drop_tasks",
    "claim_edition",
    "renew_edition",
    "finish_edition",
    "release_edition",
    "claim_mail",
    "finish_mail",
    "release_mail",
    "doubt_mail",
    "claim_alerts",
    "begin_alerts",
    "finish_alerts",
    "release_alerts",
    "doubt_alerts",
    "clear_alerts",
    "save_unsubscribed",
    "withdraw_unsubscribed",
    "save_review",
    "withdraw_told_outcomes",
    "save_case_review",
    "withdraw_review",
    "withdraw_case_review",
    "mark_drawn",
)


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def lock(url: str) -> Iterator[None]:
    """Lock a database so that nobody else can even read it."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(path_of(url), isolation_level=None)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.close()
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(text(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def test_every_public_method_is_tried():
    public = {name for name in dir(Store) if not name.startswith("_")}
    # PostgreSQL is not asked to compact anything.
    assert public - {"open", "close", "compact"} == set(METHODS)


# The clock is no table: a server tells the time whatever is locked.
@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"now"}))
def test_every_method_says_that_the_database_is_locked(store, database_url, method):
    assert start_run(store) == RUN
    with lock(database_url), pytest.raises(StoreError, match="is locked") as caught:
        METHODS[method](store)
    assert "\n" not in str(caught.value)
    METHODS[method](store)


def test_a_locked_file_cannot_be_opened_nor_asked_for_the_time(sqlite_url):
    with Store.open(sqlite_url, wait_seconds=0.1) as store, lock(sqlite_url):
        for attempt in (lambda: Store.open(sqlite_url, wait_seconds=0.1), store.now):
            with pytest.raises(StoreError, match="is locked"):
                attempt()


def test_a_locked_database_keeps_what_it_had(store, database_url):
    store.save_posts([make_post()], seen_at=START)
    with lock(database_url), pytest.raises(StoreError):
        store.save_posts([make_post() for _ in range(10)], seen_at=START, batch=2)
    assert store.load_posts().height == 1


@pytest.fixture
def full_store(migrated: None, sqlite_url: str) -> Iterator[Store]:
    """A store with 100 posts whose disk takes no further page."""
    with Store.open(sqlite_url) as store:
        store.save_posts([make_post("x" * 500) for _ in range(100)], seen_at=START)

        with store._database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

        @event.listens_for(store._database.engine, "connect")
        def fill_disk(connection, _record):
            connection.execute(f"PRAGMA max_page_count = {pages + 20}")

        yield store


@pytest.mark.parametrize("batch", [10, 5_000])
def test_a_full_disk_leaves_the_store_whole(full_store, batch):
    before = full_store.load_posts()
    with pytest.raises(StoreError, match="no room left"):
        full_store.save_posts(
            [make_post("y" * 500) for _ in range(5_000)], seen_at=START, batch=batch
        )
    assert full_store.load_posts().equals(before)
    with full_store._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_full_disk_keeps_the_batches_that_were_finished(full_store):
    with pytest.raises(StoreError, match="no room left"):
        full_store.save_posts(
            [make_post("y" * 500) for _ in range(5_000)],
            seen_at=START,
            batch=10,
            commit_each_batch=True,
        )
    added = full_store.load_posts().height - 100
    assert added > 0
    assert added % 10 == 0


KILLED = """
import os, signal, sys
from listener.store.store import Store
from tests.builders import START, make_post

def stream():
    for number in range(60):
        if number == 55:
            os.kill(os.getpid(), signal.SIGKILL)
        yield make_post(post_id=str(number))

Store.open(sys.argv[1]).save_posts(
    stream(), seen_at=START, batch=10, commit_each_batch=sys.argv[2] == "each"
)
"""


@pytest.mark.parametrize(("commit", "kept"), [("all", 1), ("each", 51)])
def test_a_killed_import_leaves_whole_transactions_only(store, database_url, commit, kept):
    store.save_posts([make_post(post_id="first")], seen_at=START)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, commit],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert store.load_posts().height == kept
    assert store.save_posts([make_post(post_id="first")], seen_at=START).read == 1


def test_a_file_that_is_no_database_is_told(tmp_path):
    path = tmp_path / "listener.db"
    path.write_text("these are my notes, not a database\n" * 100)
    with pytest.raises(StoreError, match="is not an SQLite database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text().startswith("these are my notes")


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("method", WRITING)
def test_a_database_that_only_takes_reading_is_told(store, method):
    is_postgresql = store._database.is_postgresql
    assert start_run(store) == RUN

    @event.listens_for(store._database.engine, "connect")
    def make_read_only(connection, _record):
        if is_postgresql:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()
        else:
            connection.execute("PRAGMA query_only = on")

    store._database.engine.dispose()
    with pytest.raises(StoreError, match="cannot be written to"):
        METHODS[method](store)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me:s3cret@127.0.0.1:9/db",
        "postgresql+psycopg://me:s3cret@/db?host=/none",
    ],
)
def test_an_unreachable_server_is_told_without_the_password(address):
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        Store.open(address)
    assert "s3cret" not in str(caught.value)
    assert "db on" in str(caught.value)


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_told(postgres_url):
    with pytest.raises(StoreError, match="does not exist on that server"):
        Store.open(postgres_url.replace("/listener_", "/nothing_"))


@pytest.mark.postgres
def test_tables_that_were_removed_are_told(postgres_url):
    with Store.open(postgres_url, migrate=True) as store:
        with store._database.writing() as connection:
            connection.execute(text("DROP TABLE imports"))
        with pytest.raises(
            StoreError, match='lacks tables of this program; run "listener migrate"'
        ):
            store.load_imports()


def sqlite_error(code: str) -> Exception:
    error = sqlite3.OperationalError("secret words")
    error.sqlite_errorname = code
    return error


@pytest.mark.parametrize(
    ("cause", "problem"),
    [
        (sqlite_error("SQLITE_BUSY_SNAPSHOT"), "is locked"),
        (sqlite_error("SQLITE_READONLY_DIRECTORY"), "cannot be written to"),
        (sqlite_error("SQLITE_IOERR_WRITE"), "check the disk"),
        (sqlite_error("SQLITE_CORRUPT"), "is damaged"),
        (sqlite_error("SQLITE_ERROR"), "OperationalError, SQLITE_ERROR.*--debug"),
        (psycopg.errors.DiskFull("secret words"), "no room left"),
        (psycopg.errors.InsufficientPrivilege("secret words"), "grant the user rights"),
        (psycopg.errors.AdminShutdown("secret words"), "was shut down"),
        (psycopg.errors.TooManyConnections("secret words"), "try again later"),
        (psycopg.errors.DeadlockDetected("secret words"), "is locked"),
        (psycopg.errors.InvalidPassword("secret words"), "refused the user"),
        (psycopg.errors.SyntaxError("secret words"), "SyntaxError, 42601"),
        (psycopg.OperationalError("password authentication failed"), "refused the user"),
        (psycopg.OperationalError('role "secret words" does not exist'), "refused the user"),
        (psycopg.OperationalError("sorry, too many clients already"), "try again later"),
        (psycopg.OperationalError('could not translate host name "secret"'), "nobody knows"),
        (psycopg.ProgrammingError("secret words"), "ProgrammingError, no code"),
    ],
)
def test_errors_are_told_by_their_kind_and_not_in_the_drivers_words(cause, problem):
    kind = OperationalError if isinstance(cause, sqlite3.Error) else ProgrammingError
    for error in (kind("SELECT secret", {}, cause), *([cause] if kind is OperationalError else [])):
        with pytest.raises(StoreError, match=problem) as caught, translate_errors("my.db"):
            raise error
        assert str(caught.value).startswith("database my.db ")
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is error


NAMES = 'could not translate host name "db" to address: '


@pytest.mark.parametrize(
    ("cause", "passes"),
    [
        (sqlite_error("SQLITE_BUSY"), True),
        (sqlite_error("SQLITE_FULL"), True),
        (sqlite_error("SQLITE_READONLY"), False),
        (sqlite_error("SQLITE_CANTOPEN"), False),
        (sqlite_error("SQLITE_CORRUPT"), False),
        (psycopg.errors.DiskFull(""), True),
        (psycopg.errors.AdminShutdown(""), True),
        (psycopg.errors.TooManyConnections(""), True),
        (psycopg.errors.InsufficientPrivilege(""), False),
        (psycopg.errors.UndefinedTable(""), False),
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), True),
        (psycopg.OperationalError("connection timeout expired"), True),
        (psycopg.OperationalError(f"{NAMES}Temporary failure in name resolution"), True),
        (psycopg.OperationalError(f"{NAMES}Name or service not known"), False),
        (psycopg.OperationalError("password authentication failed"), False),
        (psycopg.OperationalError('database "acme" does not exist'), False),
        (
            psycopg.OperationalError('connection to server on socket "/s" failed: No such file'),
            True,
        ),
        (
            psycopg.OperationalError(
                'connection to server on socket "/s" failed: Permission denied'
            ),
            False,
        ),
    ],
)
def test_what_may_pass_by_itself_is_told_from_what_somebody_must_mend(cause, passes):
    error = OperationalError("SELECT 1", {}, cause)
    with pytest.raises(StoreError) as caught, translate_errors("my.db"):
        raise error
    assert isinstance(caught.value, StoreAwayError) == passes


def test_errors_of_others_pass_unchanged():
    with pytest.raises(KeyError), translate_errors("my.db"):
        raise KeyError("theirs")  # noqa: EM101
