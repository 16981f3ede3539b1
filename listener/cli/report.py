"""`listener report`: measure a period and write its report."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now
from listener.cli.times import parse_day, parse_moment

if TYPE_CHECKING:
    from listener.jobs.reports import ReportRequest
    from listener.settings import Settings

EXAMPLES = (
    "listener report",
    "listener report --brand acme --week 2026-W10",
    "listener report --template-check",
    "listener report --since 2026-03-01 --until 2026-03-31 --format html,json",
)
FORMATS = ("html", "text", "json")


def command(
    brand: Annotated[list[str] | None, typer.Option(metavar="KEY", help="only this brand")] = None,
    week: Annotated[
        str | None, typer.Option(help="such as 2026-W10; else the last complete week")
    ] = None,
    since: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DAY", help="first day")
    ] = None,
    until: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DAY", help="last day")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(parser=parse_moment, metavar="TIME", help="as known then")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where reports are written")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", help="which of html, text, json, with commas; replaces what is there"
        ),
    ] = ",".join(FORMATS),
    language: Annotated[str | None, typer.Option(help="en or de")] = None,
    template_check: Annotated[
        bool,
        typer.Option(
            "--template-check", help="write nothing; say what templates may use, and their mistakes"
        ),
    ] = False,
) -> None:
    """Write the weekly report of each brand, a comparison, and the evidence behind it."""
    overrides = {"report.output": output, "report.language": language}
    settings = current_settings(overrides)
    if template_check:
        from listener.cli.templates import check_own_templates

        check_own_templates(settings.report.templates)
        return
    from listener.jobs.reports import ReportRequest

    request = ReportRequest(
        output=settings.report.output,
        brands=tuple(brand or ()),
        week=week,
        since=since,
        until=until,
        formats=tuple(part.strip() for part in form.split(",")),
        language=settings.report.spoken,
        handles=settings.report.handles,
        templates=settings.report.templates,
        archive=settings.report.archive,
    )
    _write(settings, request, as_of or now())


def _write(settings: "Settings", request: "ReportRequest", moment: datetime) -> None:
    from listener.app import load_phrases, open_store
    from listener.jobs.brands import find_brands
    from listener.jobs.choices import choose_brands
    from listener.jobs.reports import check_request, list_silent_brands, write_reports
    from listener.jobs.windows import measure_for_reports

    check_request(request, moment)
    phrases = load_phrases(settings)
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        choose_brands(brands, request.brands)
        measured = measure_for_reports(
            store, settings, brands, phrases, [request], as_of=moment, only_requested=True
        )
    for silent in list_silent_brands(measured, request):
        typer.echo(f"listener: no post of {silent} is in the database", err=True)
    written = write_reports(measured, request, phrases)
    for path in (*written.folders, *written.overviews, written.index):
        typer.echo(path)
