"""Coverage for the terminal: weeks, sources, holes and losses."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from listener.cli.collecting import list_groups, name_source, show_moment
from listener.cli.failures import make_printable
from listener.cli.tables import show_span
from listener.report.words import COVERAGE_REASONS

if TYPE_CHECKING:
    import polars as pl

    from listener.jobs.coverage import CoverageReport
    from listener.jobs.source_states import SourceState

FROM_FILES = "collected from files only: there are no runs to tell of"
NOTHING = 'nothing was collected yet; "listener collect" reads the accounts of the settings'
_WEEK_HEAD = ("week", "coverage", "runs", "hole", "posts", "replies", "no start", "losses")
_SOURCE_HEAD = ("what", "state", "last complete run (UTC)")


def show_coverage(report: "CoverageReport", form: str, *, as_of: datetime) -> None:
    """Print coverage as tables for people, its weeks as CSV, or all of it as JSON."""
    if form == "json":
        sys.stdout.write(_dump(report))
    elif form == "csv":
        import polars as pl

        joined = report.weeks.with_columns(pl.col("reasons").list.join(";"))
        sys.stdout.write(joined.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ"))
    else:
        lines = (*_tell_weeks(report.weeks), *_tell_sources(report, as_of))
        sys.stdout.write("".join(f"{make_printable(line)}\n" for line in lines))


def _dump(report: "CoverageReport") -> str:
    import orjson

    told = {
        "weeks": report.weeks.to_dicts(),
        "sources": [asdict(each) for each in report.sources],
        "holes": report.holes.to_dicts(),
        "losses": report.losses.to_dicts(),
    }
    return f"{orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()}\n"


def _tell_weeks(weeks: "pl.DataFrame") -> Iterator[str]:
    if weeks.is_empty():
        yield "nothing was seen in these weeks"
        return
    rows = weeks.iter_rows(named=True)
    yield from list_groups(
        _WEEK_HEAD,
        [(f"{row['brand']} on {row['platform']}", _make_row(row), _qualify(row)) for row in rows],
    )


def _qualify(row: dict[str, Any]) -> tuple[str, ...]:
    """Return why a week was not seen completely, and what became of runs that did not end well."""
    broken = [
        f"{row[f'runs_{state}']} {state}" for state in ("failed", "paused") if row[f"runs_{state}"]
    ]
    runs = (f"runs: {', '.join(broken)}",) if broken else ()
    return (*(COVERAGE_REASONS[reason] for reason in row["reasons"]), *runs)


def _make_row(row: dict[str, Any]) -> tuple[str, ...]:
    is_live = row["watched_from"] is not None
    hole = show_span(row["hole_seconds"])
    return (
        row["week"],
        row["class"],
        f"{row['runs_done']}/{row['runs_planned']}" if is_live else "–",
        f"{hole}, open" if row["hole_open"] else hole or "–",
        str(row["posts"]),
        "–" if row["announced"] is None else f"{row['collected']}/{row['announced']}",
        str(row["opening_unknown"]),
        f"{row['losses']} ({show_span(row['lost_seconds'])})" if row["losses"] else "–",
    )


def _tell_sources(report: "CoverageReport", as_of: datetime) -> Iterator[str]:
    yield ""
    if not report.sources:
        yield FROM_FILES if report.weeks.height else NOTHING
        return
    yield from list_groups(
        _SOURCE_HEAD,
        [
            (_name_account(each), _name(each, as_of), tuple(_explain(each)))
            for each in report.sources
        ],
    )
    yield from _tell_stretches("holes longer than a day (UTC)", report.holes)
    yield from _tell_stretches("known losses (UTC)", report.losses)


def _name(source: "SourceState", as_of: datetime) -> tuple[str, ...]:
    done = source.last_done
    return (
        name_source(source.kind, source.query),
        source.state,
        f"{show_moment(done)} ({_show_age(done, as_of)})" if done else "never",
    )


def _name_account(source: "SourceState") -> str:
    return f"{source.brand}: {source.platform} @{source.account}"


def _show_age(moment: datetime, as_of: datetime) -> str:
    return f"{show_span(max((as_of - moment).total_seconds(), 0))} ago"


def _explain(source: "SourceState") -> Iterator[str]:
    """Yield since when it fails and why, what to do, and what could not be read."""
    since = f"since {show_moment(source.failing_since)} UTC" if source.failing_since else ""
    if why := ": ".join(filter(None, (since, source.why))):
        yield why
    if source.next_step:
        yield f"→ {source.next_step}"
    if source.retry_at:
        yield f"→ the platform answers again at {show_moment(source.retry_at)} UTC"
    yield from source.problems


def _tell_stretches(title: str, stretches: "pl.DataFrame") -> Iterator[str]:
    if stretches.is_empty():
        return
    yield ""
    yield title
    for row in stretches.iter_rows(named=True):
        since = show_moment(row["since"]) or "ever"
        until = "now" if row.get("is_open") else show_moment(row["until"])
        yield f"    {' '.join(row['source'].split())}  {since} – {until}"
