import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

import listener
from listener.errors import StoreError
from listener.posts import Post
from listener.store.database import Database
from listener.store.merging import make_edit
from listener.store.rows import make_sightings
from listener.store.schema import HEAD, make_alembic_config, migrate_database
from listener.store.shelves import PUBLIC
from listener.store.statements import write_rows
from listener.store.store import Store
from listener.store.tables import METADATA
from tests.builders import START, make_post, talk


def run(url: str, statement: str) -> None:
    database = Database(url, wait_seconds=1)
    with database.writing(lock_posts=False) as connection:
        connection.execute(text(statement))
    database.close()


def test_migrating_gives_the_revision_and_may_be_repeated(database_url):
    assert migrate_database(database_url) == HEAD
    assert migrate_database(database_url) == HEAD


def test_the_constant_is_the_newest_migration():
    assert ScriptDirectory.from_config(make_alembic_config()).get_current_head() == HEAD


# SQLAlchemy reads no indexes of expressions from SQLite; the next test does.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping .*expression-based index")
def test_the_migrated_tables_are_those_of_the_program(store):
    with store._database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_indexes_of_expressions_are_those_of_the_program(migrated, sqlite_url):
    statement = text("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%lower(%'")
    with Store.open(sqlite_url) as store, store._database.reading() as connection:
        found = dict(connection.execute(statement).all())
    made = {
        index.name: str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        for table in METADATA.tables.values()
        for index in table.indexes
    }
    assert found == {name: sql for name, sql in made.items() if "lower(" in sql}
    assert found


def test_the_store_remembers_which_version_migrated_it(store):
    with store._database.reading() as connection:
        found = connection.scalar(text("SELECT value FROM store_meta WHERE name = 'migrated_by'"))
    assert found == f"listener {listener.__version__}"


def test_sqlite_migrates_by_itself(sqlite_url):
    Store.open(sqlite_url).close()
    Store.open(sqlite_url, migrate=False).close()


@pytest.mark.postgres
def test_postgresql_without_tables_is_refused_with_the_next_step(postgres_url):
    with pytest.raises(StoreError, match='has no tables yet; run "listener migrate"'):
        Store.open(postgres_url)
    migrate_database(postgres_url)
    Store.open(postgres_url).close()


def upgrade(url: str, revision: str) -> None:
    """Create a database as an older release left it."""
    database = Database(url, wait_seconds=1)
    config = make_alembic_config()
    with database.writing(lock_posts=False) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()


# Without the columns that came later.
OLD_POSTS_TABLE = Table(
    "posts",
    MetaData(),
    *(
        Column(each.name, each.type, primary_key=each.primary_key)
        for each in PUBLIC.posts.columns
        if each.name != "seen_at"
    ),
)


def make_first_schema(url: str, *posts: Post) -> None:
    """Create a database as the first release left it, with posts in it."""
    upgrade(url, "0001")
    insert_posts(url, *posts)


def insert_posts(url: str, *posts: Post) -> None:
    """Write posts as older releases did: all into the same tables."""
    database = Database(url, wait_seconds=1)
    sightings = make_sightings(posts)
    aliases = [(row.platform, alias, row.post_id) for row, own in sightings for alias in own]
    edits = [
        make_edit(row._replace(text=f"old {row.text}"), row.created_at) for row, _ in sightings
    ]
    with database.writing() as connection:
        write_rows(connection, OLD_POSTS_TABLE, [row[:-1] for row, _ in sightings])
        write_rows(connection, PUBLIC.aliases, aliases)
        write_rows(connection, PUBLIC.edits, edits)
    database.close()


OLD_POSTS = talk("anna: my phone is dead", "acme: @anna Sorry! Please DM us")


def test_an_old_schema_is_refused_where_migrating_is_not_allowed(database_url):
    make_first_schema(database_url)
    with pytest.raises(StoreError, match='has the old schema 0001; run "listener migrate"'):
        Store.open(database_url, migrate=False)


def test_an_old_database_keeps_its_posts_and_gets_the_new_tables(database_url):
    make_first_schema(database_url, *OLD_POSTS)
    assert migrate_database(database_url) == HEAD
    with Store.open(database_url) as store:
        assert list(store.iter_posts()) == OLD_POSTS
        assert store.load_runs().height == store.load_visits().height == 0


OLD_RUN = (
    "INSERT INTO runs (source, platform, brand, planned_at, started_at, state, pages, read, new,"
    " changed, gone, announced, missing, error) VALUES ({source!r}, 'x', 'acme', {at}, {at},"
    " 'failed', 1, 2, 3, 4, 5, 6, 7, 'no answer')"
)

OLD_VISIT = "INSERT INTO visits VALUES ('x', '1', {at}, '2')"


def test_old_runs_and_visits_are_kept(database_url):
    upgrade(database_url, "0002")
    at = "'2026-03-02T09:00Z'" if database_url.startswith("postgres") else "1772442000000000"
    for source in ("x:acme:acme:mentions:", "x:acme:acme:search:a:b", "odd"):
        run(database_url, OLD_RUN.format(source=source, at=at))
    run(database_url, OLD_VISIT.format(at=at))
    with Store.open(database_url, migrate=True) as store:
        runs = store.load_runs()
        assert runs["kind"].to_list() == ["mentions", "search", ""]
        assert set(runs.select("started_at", "missing", "error", "problems").iter_rows()) == {
            (datetime(2026, 3, 2, 9, tzinfo=UTC), 7, "no answer", "")
        }
        assert store.load_visits().select("post_id", "announced").rows() == [("2", 0)]
        new = store.start_run("odd", "x", "acme", kind="posts", planned_at=START, started_at=START)
        assert new == 4


def test_private_posts_of_an_old_database_are_put_apart(database_url):
    kinds = ("public", "unlisted", "private", "direct")
    posts = [
        make_post(kind, post_id=str(number), aliases=(f"1{number}",), visibility=kind)
        for number, kind in enumerate(kinds)
    ]
    upgrade(database_url, "0002")
    insert_posts(database_url, *posts)
    with Store.open(database_url, migrate=True) as store:
        assert list(store.iter_posts()) == posts[:2]
        assert list(store.iter_posts(include_private=True)) == posts
        assert store.load_private_posts()["text"].to_list() == ["private", "direct"]
        for post in posts:
            (edit,) = store.load_edits("x", *post.aliases)
            assert edit.text == f"old {post.text}"
        with store._database.reading() as connection:
            tables = (PUBLIC.posts, PUBLIC.aliases, PUBLIC.edits)
            assert [len(connection.execute(table.select()).all()) for table in tables] == [2, 2, 2]
        assert store.save_posts(posts, seen_at=START).unchanged == 4


FOURTH_RUN = (
    "INSERT INTO runs (source, platform, brand, kind, planned_at, started_at, state, pages, read,"
    " new, changed, gone, announced, missing, problems) VALUES ('odd', 'x', 'acme', 'posts', {at},"
    " {at}, 'done', 1, 2, 3, 4, 5, 6, 7, '')"
)


def test_a_database_without_leases_gets_them_and_keeps_its_runs(database_url):
    upgrade(database_url, "0004")
    at = "'2026-03-02T09:00Z'" if database_url.startswith("postgres") else "1772442000000000"
    run(database_url, FOURTH_RUN.format(at=at))
    insert_posts(database_url, *OLD_POSTS)
    with Store.open(database_url, migrate=True) as store:
        assert list(store.iter_posts()) == OLD_POSTS
        assert store.load_runs().select("source", "kind", "missing").rows() == [("odd", "posts", 7)]
        assert store.load_tasks().height == store.load_mails().height == 0
        assert store.claim_edition("acme:2026-W10", "a", lease=timedelta(hours=1))


def test_an_old_file_migrates_by_itself(sqlite_url):
    make_first_schema(sqlite_url, *OLD_POSTS)
    with Store.open(sqlite_url) as store:
        assert list(store.iter_posts()) == OLD_POSTS
        assert store.load_cursor("x:acme:acme:mentions:") is None


@pytest.mark.postgres
def test_an_old_postgresql_database_waits_for_the_operator(postgres_url):
    make_first_schema(postgres_url, *OLD_POSTS)
    with pytest.raises(StoreError, match='has the old schema 0001; run "listener migrate"'):
        Store.open(postgres_url)


def test_a_newer_schema_is_refused(database_url):
    migrate_database(database_url)
    run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for attempt in (Store.open, migrate_database):
        with pytest.raises(StoreError, match=r"newer schema 9999.*update listener"):
            attempt(database_url)


def test_the_file_of_another_program_is_left_alone(sqlite_url):
    run(sqlite_url, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(sqlite_url)


def test_a_migration_that_breaks_off_leaves_nothing(database_url, monkeypatch):
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("listener.store.schema._record_version", break_off)
    with pytest.raises(KeyboardInterrupt):
        migrate_database(database_url)
    monkeypatch.undo()
    assert migrate_database(database_url) == HEAD


def test_processes_that_migrate_at_once_do_not_disturb_each_other(database_url):
    code = f"from listener.store.schema import migrate_database as m; print(m({database_url!r}))"
    command = [sys.executable, "-W", "error", "-c", code]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=60) for process in running]
    assert [out.strip() for out, _ in answers] == [HEAD] * 4, answers


def test_opening_a_store_that_is_up_to_date_does_not_load_alembic(sqlite_url):
    migrate_database(sqlite_url)
    code = (
        "import sys; from listener.store.store import Store; "
        f"Store.open({sqlite_url!r}).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_path_with_a_percent_sign_can_be_migrated(tmp_path):
    assert migrate_database(f"sqlite:///{tmp_path}/100%sure/listener.db") == HEAD
