"""`listener cases`: the cases one by one, or a team's work list."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from listener.cli.root import current_settings, now
from listener.cli.times import parse_moment

EXAMPLES = (
    "listener cases --open --sort waiting",
    "listener cases --brand acme --week 2026-W10 --handling moved --format csv",
)


class Format(StrEnum):
    """How cases are shown."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Sort(StrEnum):
    """What comes first."""

    OPENED = "opened"
    WAITING = "waiting"
    FIRST_REPLY = "first-reply"


def command(
    brand: Annotated[list[str] | None, typer.Option(metavar="KEY", help="only this brand")] = None,
    week: Annotated[str | None, typer.Option(help="opened in this week, such as 2026-W10")] = None,
    handling: Annotated[str | None, typer.Option(help="moved, public, unanswered, …")] = None,
    outcome: Annotated[str | None, typer.Option(help="resolved, handed_over, …")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="only those somebody waits in")] = False,
    sort: Annotated[Sort, typer.Option(help="newest, or longest wait first")] = Sort.OPENED,
    limit: Annotated[int | None, typer.Option(min=1, help="so many at most")] = None,
    form: Annotated[Format, typer.Option("--format", help="table, csv or json")] = Format.TABLE,
    as_of: Annotated[
        datetime | None, typer.Option(parser=parse_moment, metavar="TIME", help="as known then")
    ] = None,
) -> None:
    """List cases with what was done and what came of it.

    With --open only those in which somebody waits: a customer without an answer, a promise
    whose time has come, a hand-over after which nobody said a word.
    """
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.cli.tables import show_cases
    from listener.jobs.brands import find_brands
    from listener.jobs.cases import CaseFilter, list_cases
    from listener.jobs.choices import check_week, choose_brands
    from listener.jobs.measuring import measure_by_settings
    from listener.measure.handling import HANDLINGS
    from listener.measure.outcome import OUTCOMES

    check_choice("--handling", handling, HANDLINGS)
    check_choice("--outcome", outcome, OUTCOMES)
    check_week(week)
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        chosen = choose_brands(brands, brand or ())
        measured = measure_by_settings(
            store, settings, brands, load_phrases(settings), as_of=as_of or now()
        )
    wanted = CaseFilter(
        brands=tuple(brand.key for brand in chosen),
        week=week,
        handling=handling,
        outcome=outcome,
        is_open=is_open,
        sort=sort.value,
        limit=limit,
    )
    cases = list_cases(measured, wanted, handles=settings.report.handles)
    show_cases(cases, form.value)


def check_choice(flag: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Refuse a word that is none of the choices.

    Raises:
        ConfigError: With the choices.
    """
    from listener.errors import ConfigError

    if value is not None and value not in choices:
        msg = f'{flag}: there is no "{value}"; choose one of {", ".join(choices)}'
        raise ConfigError(msg)
