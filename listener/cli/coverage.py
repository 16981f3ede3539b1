"""`listener coverage`: how completely brands were watched, and what is wrong."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from listener.cli.root import current_settings, now
from listener.cli.times import parse_moment

EXAMPLES = (
    "listener coverage",
    "listener coverage --brand acme --weeks 12 --format csv",
)


class Format(StrEnum):
    """How coverage is shown."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def command(
    brand: Annotated[list[str] | None, typer.Option(metavar="KEY", help="only this brand")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="so many, with the running one")] = 4,
    form: Annotated[
        Format, typer.Option("--format", help="table, csv (weeks only) or json")
    ] = Format.TABLE,
    as_of: Annotated[
        datetime | None, typer.Option(parser=parse_moment, metavar="TIME", help="as known then")
    ] = None,
) -> None:
    """Show what was seen of each brand, week by week, and how its sources are doing.

    Below the weeks stands, for each source, its last complete run, since when it fails, why,
    and what to do about it; then holes longer than a day, and what is known to be lost.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.cli.coverage_tables import show_coverage
    from listener.jobs.brands import find_brands
    from listener.jobs.choices import choose_brands
    from listener.jobs.coverage import report_coverage
    from listener.jobs.observing import list_current_sources, list_delays

    moment = as_of or now()
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        report = report_coverage(
            store,
            brands,
            choose_brands(brands, brand or ()),
            as_of=moment,
            weeks=weeks,
            delays=list_delays(settings),
            sources=list_current_sources(settings),
        )
    show_coverage(report, form.value, as_of=moment)
