"""The demonstration: an invented archive of three brands, from import to report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from listener.jobs.archives import ImportOptions, import_file
from listener.jobs.measuring import Measured, measure_store
from listener.jobs.reports import ReportRequest, WrittenReports, write_reports
from listener.label import Phrases
from listener.measure.periods import find_last_complete_week, shift_week
from listener.settings import Settings
from listener.store.store import Store

WEEKS = 4


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demonstration has made."""

    posts: int
    cases: int
    reports: tuple[WrittenReports, ...]


def run_demo(
    store: Store, archive: Path, settings: Settings, phrases: Phrases, *, now: datetime
) -> Demo:
    """Import the archive, measure it as of its newest post, and write the last weeks' reports."""
    imported = import_file(store, archive, ImportOptions(form="listener"), now=now)
    as_of = find_newest(store)
    measured = measure_store(
        store, settings.brands, phrases, as_of=as_of, settle_days=settings.settle_days
    )
    reports = tuple(
        write_reports(measured, request, phrases)
        for request in _make_requests(measured, settings, as_of)
    )
    return Demo(imported.counts.read, measured.tables.cases.height, reports)


def find_newest(store: Store) -> datetime:
    """Return a moment just after the newest imported post."""
    newest: datetime = store.load_imports()["newest"].max()  # type: ignore[assignment]
    return newest + timedelta(seconds=1)


def _make_requests(
    measured: Measured, settings: Settings, as_of: datetime
) -> Iterator[ReportRequest]:
    zone = measured.brands[0].time_zone
    last = find_last_complete_week(as_of, zone)
    for ago in reversed(range(WEEKS)):
        yield ReportRequest(
            output=settings.report.output,
            week=shift_week(last, -ago, zone).name,
            language=settings.report.spoken,
            handles=settings.report.handles,
            templates=settings.report.templates,
            archive=settings.report.archive,
        )
