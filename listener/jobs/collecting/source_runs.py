"""Read one source from its cursor to the newest post."""

from datetime import datetime, timedelta

from listener.collect.base import Collector, CursorMark, Source
from listener.errors import CollectorError
from listener.jobs.collecting.open_runs import OpenRun, RunResult, open_run
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import Round
from listener.store.runs import Cursor


def run_source(tour: Round, desk: Desk, source: Source, collector: Collector) -> RunResult:
    """Read what is new in a source; every failure of the platform becomes a result.

    The cursor moves only when the run has come to its end: whatever happens in
    between, the next run reads the same stretch again.

    Raises:
        StoreError: If the database fails.
    """
    retry_at = tour.find_pause(source.key)
    if retry_at is not None:
        return _wait(desk, source, retry_at)
    cursor = tour.store.load_cursor(source.key)
    run = open_run(tour, desk, kind=source.kind, name=source.key, query=source.query)
    try:
        return _read(run, collector, source, choose_mark(cursor, source, tour))
    except CollectorError as error:
        return run.fail(error)
    except KeyboardInterrupt:
        run.break_off()
        raise


def choose_mark(cursor: Cursor | None, source: Source, tour: Round) -> CursorMark | None:
    """Return from where a source is read.

    Mastodon costs nothing, so a first run takes what the server shows. X is paid
    by the post: there a first run begins some days ago, as the settings say.
    """
    if cursor is not None:
        return CursorMark(cursor.newest_id, cursor.seen_at)
    if source.platform == "mastodon":
        return None
    from listener.collect.x import make_mark

    return make_mark(tour.started_at - timedelta(days=tour.history_days))


def _read(run: OpenRun, collector: Collector, source: Source, mark: CursorMark | None) -> RunResult:
    if run.must_pause(is_open_case=False):
        return run.pause()
    for page in collector.fetch_new(source, mark):
        run.save(page)
        # The page with the mark is the last one: there is nothing left to save.
        is_paid_to_the_end = source.platform == "x" and page.mark is not None
        if not is_paid_to_the_end and run.must_pause(is_open_case=False):
            return run.pause()
    return run.finish()


def _wait(desk: Desk, source: Source, retry_at: datetime) -> RunResult:
    return RunResult(
        name=source.key,
        platform=source.platform,
        brand=source.brand,
        account=desk.account.handle,
        kind=source.kind,
        query=source.query,
        state="waiting",
        error=f"the platform asked to wait until {retry_at:%Y-%m-%d %H:%M} UTC",
        retry_at=retry_at,
    )
