"""Read one source from its cursor to the newest post."""

from datetime import timedelta

from listener.collect.base import Collector, CursorMark, Source
from listener.errors import CollectorError
from listener.jobs.collecting.open_runs import OpenRun, RunResult, breaking_off, open_run, wait
from listener.jobs.collecting.plans import Desk
from listener.jobs.collecting.rounds import Round
from listener.store.runs import Cursor

# A first round may take a while, and what X gives moves on meanwhile.
_MARGIN = timedelta(hours=1)


def run_source(tour: Round, desk: Desk, source: Source, collector: Collector) -> RunResult:
    """Read what is new in a source; every failure of the platform becomes a result.

    The cursor moves only when the run has come to its end: whatever happens in
    between, the next run reads the same stretch again.

    Raises:
        RunStoppedError: If the round is to end; the next run begins where this one did.
        StoreError: If the database fails.
    """
    waiting = wait(tour, desk, kind=source.kind, name=source.key, query=source.query)
    if waiting is not None:
        return waiting
    cursor = tour.store.load_cursor(source.key)
    run = open_run(tour, desk, kind=source.kind, name=source.key, query=source.query)
    try:
        with breaking_off(tour, run):
            return _read(tour, run, collector, source, choose_mark(cursor, source, tour))
    except CollectorError as error:
        return run.fail(error)


def choose_mark(cursor: Cursor | None, source: Source, tour: Round) -> CursorMark | None:
    """Return from where a source is read.

    Mastodon costs nothing, so a first run takes what the server shows. X is paid
    by the post: there a first run begins some days ago, as the settings say, but
    not before what X gives at all: nothing is lost that was never to be had.
    """
    if cursor is not None:
        return CursorMark(cursor.newest_id, cursor.seen_at)
    if source.platform == "mastodon":
        return None
    from listener.collect.x import make_mark
    from listener.collect.x.windows import MESSAGE_WINDOW, SEARCH_WINDOW

    reaches = {"search": SEARCH_WINDOW - _MARGIN, "private": MESSAGE_WINDOW - _MARGIN}
    history = timedelta(days=tour.history_days)
    return make_mark(tour.started_at - min(history, reaches.get(source.kind, history)))


def _read(
    tour: Round, run: OpenRun, collector: Collector, source: Source, mark: CursorMark | None
) -> RunResult:
    if run.must_pause():
        return run.pause()
    for page in collector.fetch_new(source, mark):
        run.save(page)
        # The page with the mark is the last one: there is nothing left to save.
        if source.platform == "x" and page.mark is not None:
            continue
        if run.must_pause():
            return run.pause()
        tour.check_stop()
    return run.finish()
