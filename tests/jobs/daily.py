"""A day of everything that goes by itself, over a store of any size, with its work counted.

with run_day(tmp_path, url, old=5_000) as day:
    day.run()
    assert day.list_scans() == []
    day.read

The old posts lie half a year back and more, and no job is about them: whatever of
the work grows with them grows with the whole store.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, event, text

from listener.jobs.status import report_status
from listener.jobs.work_list import measure_work_list
from listener.store.columns import count_microseconds
from listener.store.merging import make_edit
from listener.store.post_tables import ERASED_LANGUAGE
from listener.store.rows import PostRow
from listener.store.shelves import PUBLIC, SHELVES, Shelf
from listener.store.statements import write_rows
from listener.store.store import Store
from listener.store.tables import RUNS, VISITS
from tests.jobs.rounds import Rounds, run_rounds
from tests.schedule.programs import Program
from tests.servers.hooks import run_hook
from tests.servers.mail import run_mail_server

DAY = timedelta(days=1)
SATURDAY = datetime(2026, 3, 7, 10, tzinfo=UTC)
FIRST_ID = 10**15
KEPT = timedelta(days=400)
GROWING = frozenset(
    [
        *(table.name for shelf in SHELVES for table in (shelf.posts, shelf.aliases, shelf.edits)),
        "runs",
        "visits",
        "spending",
        "spent_things",
    ]
)
FILLED = frozenset(["posts", "post_aliases", "runs", "visits"])
KINDS = ("collect", "follow", "report", "send", "alerts", "tidy")
_NUMBERS = count(0, 3_000_000)
_SETTINGS = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "reports@acme.example"
recipients = [{{ address = "team@acme.example" }}]
[alerts]
targets = [{{ name = "team" }}]
[report]
output = "{folder}/reports"
"""


class Day:
    """A program, the platforms that it reads, and what it asks of the database.

    Attributes:
        plans: For each statement what the database said it would do.
        read: How many rows of each table were read, on PostgreSQL.
        steps: How many hundreds of steps its machine took for each statement, on SQLite.
    """

    def __init__(self, rounds: Rounds, store: Store) -> None:
        self.rounds, self.store = rounds, store
        self.database = store._database
        self.plans: dict[str, list[str]] = {}
        self.read: Counter[str] = Counter()
        self.steps: Counter[str] = Counter()
        self._asked = ""
        self.program = Program(rounds, store, "one")

    def run(self, days: int = 1) -> None:
        """Let days go by: people write, and everything that is due is done."""
        self.rounds.advance(days=days)
        self._write()
        self.rounds.advance(minutes=20)
        self.program.run(KINDS)
        means = self.program.means
        phrases, now = means.load_phrases(), means.now()
        measure_work_list(self.store, means.settings, phrases, now=now)
        report_status(self.store, means.settings, means.load_tokens())

    def _write(self) -> None:
        rounds = self.rounds
        first = rounds.x.post("anna", "@acme my phone is dead, what now?")
        rounds.x.post("acme", "@anna Sorry! Please send us a DM", reply_to=first)
        asked = rounds.mastodon.post("ben@elsewhere.example", "@acme my parcel is lost!")
        rounds.mastodon.post(rounds.acme, "@ben We are looking into it.", reply_to=asked)
        rounds.mastodon.post(rounds.acme, "our shops are closed today")
        rounds.x.post("acme", "@nobody thanks for waiting")

    def grow(self, old: int) -> None:
        """Put more old posts into the store: older ones, and between those that have words."""
        now = self.rounds.now
        fill(self.store, now, _spread(now, old // 2, oldest=3_000, newest=1_200))
        fill(self.store, now, _spread(now, old - old // 2, oldest=385, newest=210))
        _analyze(self.store)

    def count(self, days: int) -> None:
        """Run a day, so many days after the last one, and count its work."""
        self.plans, self.steps = {}, Counter()
        before = self._count_rows()
        with _listening(self.database.engine, self._explain, self._step):
            self.run(days)
        self.read = self._count_rows() - before

    def list_scans(self) -> list[str]:
        """Return the statements that look through a whole table that grows, and how."""
        return [f"{plan}: {statement}" for statement, plans in self.plans.items() for plan in plans]

    # What the databases tell

    def _count_rows(self) -> Counter[str]:
        if not self.database.is_postgresql:
            return Counter()
        self.database.engine.dispose()  # a server counts a connection's work when it ends
        statement = "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0)"
        with self.database.outside_transactions() as connection:
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
            rows = connection.execute(text(f"{statement} FROM pg_stat_user_tables"))
            return Counter({row[0]: row[1] for row in rows})

    def _step(self) -> int:
        self.steps[self._asked] += 1
        return 0

    def _explain(self, cursor: Any, statement: str, parameters: Any) -> None:
        self._asked = statement
        word = statement.split(maxsplit=1)[0].upper()
        if word not in {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"} or statement in self.plans:
            return
        values = parameters[0] if isinstance(parameters, list) and parameters else parameters
        explain = self._explain_postgresql if self.database.is_postgresql else _explain_sqlite
        self.plans[statement] = list(explain(cursor, statement, values))

    def _explain_postgresql(self, cursor: Any, statement: str, values: Any) -> Iterator[str]:
        """Yield what the server would do, and what it could do: small tables it always scans."""
        for scan in ("on", "off"):
            cursor.execute(f"SET LOCAL enable_seqscan = {scan}")
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            ((told,),) = cursor.fetchall()
            yield from _list_scans(told[0]["Plan"], FILLED if scan == "on" else GROWING)


def _list_scans(node: dict[str, Any], tables: frozenset[str], limit: int = 0) -> Iterator[str]:
    """Yield where all of a table or of an index is gone through, unless the first row is enough.

    Of private posts, which are kept for a few weeks only, all may be read by an index.
    """
    kind, name = node["Node Type"], node.get("Relation Name", "")
    is_all = "Index" in kind and "Index Cond" not in node and not limit
    if name in tables and (kind == "Seq Scan" or (is_all and "private" not in name)):
        yield f"{kind} {name}"
    for below in node.get("Plans", ()):
        yield from _list_scans(below, tables, limit or kind == "Limit")


def _explain_sqlite(cursor: Any, statement: str, values: Any) -> Iterator[str]:
    cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
    yield from (row[3] for row in cursor.fetchall() if _is_scan(row[3], statement))


def _is_scan(line: str, statement: str) -> bool:
    """Tell whether SQLite goes through all of a table or of an index, under whatever name."""
    words = line.split()
    if words[0] != "SCAN":
        return False
    name = words[1]
    return name in GROWING or any(f"{table} AS {name}" in statement for table in GROWING)


@contextmanager
def _listening(engine: Any, explain: Any, step: Any) -> Iterator[None]:
    def look(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        with_own = cursor.connection.cursor()
        explain(with_own, statement, parameters)
        with_own.close()

    def count(connection: Any, _record: object) -> None:
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(step, 100)
        else:
            # Else small tables would be scanned, and more of them once they are larger.
            connection.execute("SET enable_seqscan = off")
            connection.commit()

    event.listen(engine, "before_cursor_execute", look)
    event.listen(engine, "connect", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", look)
        event.remove(engine, "connect", count)


@contextmanager
def run_day(folder: Path, url: str, *, old: int) -> Iterator[Day]:
    """Prepare a store with old posts, which has been in use for two days."""
    with run_hook() as hook, run_mail_server() as mail:
        tables = _SETTINGS.format(folder=folder, port=mail.port)
        brand = 'count_from = "2026-03-02"\n'
        with run_rounds(
            folder, mode="owner", brand=brand + tables, servers={"now": SATURDAY}
        ) as rounds:
            rounds.env["LISTENER_ALERT_URL_TEAM"] = hook.make_address("json", "team")
            _set_database(rounds, url)
            rounds.x.add_user("anna")
            rounds.mastodon.add_account("ben@elsewhere.example")
            with Store.open(url, migrate=True, clock=rounds.clock) as store:
                fill(store, rounds.now, _spread(rounds.now, old, oldest=1_100, newest=200))
                store.erase_old_texts(
                    rounds.now - KEPT, private_before=rounds.now - 120 * DAY, now=rounds.now
                )
                day = Day(rounds, store)
                day.run()
                _analyze(store)
                yield day


def _set_database(rounds: Rounds, url: str) -> None:
    own = f'database_url = "{rounds.folder}/posts.db"\n'
    rounds.config.write_text(rounds.config.read_text(encoding="utf-8").replace(own, ""))
    rounds.env["DATABASE_URL"] = url


def fill(store: Store, now: datetime, moments: list[datetime]) -> None:
    """Put old conversations into a store, and the runs and visits of their time."""
    erased = count_microseconds(now - KEPT)
    rows = [
        _make_old(number, at, erased)
        for number, at in enumerate(map(count_microseconds, moments), start=next(_NUMBERS))
    ]
    aliases = [("x", f"9{row.post_id}", row.post_id) for row in rows[::5]]
    edits = [make_edit(row, row.created_at) for row in rows[::7] if row.created_at >= erased]
    kept = [at for at in moments if at >= now - KEPT]
    with store._database.writing() as connection:
        for table, values in zip(_list_tables(PUBLIC), (rows, aliases, edits), strict=True):
            write_rows(connection, table, values)
        if kept:
            connection.execute(VISITS.insert(), [_make_visit(at) for at in kept])
            connection.execute(RUNS.insert(), [_make_run(at) for at in kept])


def _spread(now: datetime, number: int, *, oldest: int, newest: int) -> list[datetime]:
    """Return so many moments between two numbers of days ago."""
    step = (oldest - newest) * DAY / number
    return [now - oldest * DAY + each * step for each in range(number)]


def _list_tables(shelf: Shelf) -> tuple[Table, ...]:
    return shelf.posts, shelf.aliases, shelf.edits


def _make_old(number: int, at: int, erased: int) -> PostRow:
    """Return a post of a conversation of three: a customer, the brand, the customer."""
    first = FIRST_ID + number - number % 3
    is_brand, is_erased = number % 3 == 1, at < erased
    return PostRow(
        platform="x",
        post_id=str(FIRST_ID + number),
        author_id="acme-id" if is_brand else f"old{first % 997}",
        author_handle="acme" if is_brand else f"old{first % 997}",
        author_name="",
        created_at=at,
        text="" if is_erased else f"my phone number {number} is dead since the last update",
        language=ERASED_LANGUAGE if is_erased else "en",
        reply_to_id=str(FIRST_ID + number - 1) if number % 3 else None,
        reply_to_author_id=None,
        quote_of_id=None,
        conversation_id=str(first),
        mentions="[]" if is_brand else '["acme"]',
        url=None,
        visibility="public",
        edited_at=None,
        deleted_at=None,
        replies_announced=None,
    )


def _make_visit(at: datetime) -> dict[str, Any]:
    name = str(count_microseconds(at))
    return {
        "platform": "x",
        "conversation": name,
        "visited_at": at,
        "post_id": name,
        "announced": 0,
        "is_whole": True,
    }


def _make_run(at: datetime) -> dict[str, Any]:
    counts = ("pages", "read", "new", "changed", "gone", "announced", "missing")
    return {
        "source": "x:acme:acme:mentions:",
        "platform": "x",
        "brand": "acme",
        "kind": "mentions",
        "planned_at": at,
        "started_at": at,
        "finished_at": at,
        "state": "done",
        "problems": "",
        **dict.fromkeys(counts, 0),
    }


def _analyze(store: Store) -> None:
    """Let PostgreSQL look how much there is, as it does by itself; SQLite never does."""
    if not store._database.is_postgresql:
        return
    with store._database.outside_transactions() as connection:
        connection.execute(text("ANALYZE"))
