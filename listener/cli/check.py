"""`listener check`: what a collecting run will need, and what of it will not work."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.failures import make_printable
from listener.cli.root import current_settings, now

if TYPE_CHECKING:
    from listener.jobs.checking.findings import CheckReport, Finding

EXAMPLES = (
    "listener check",
    "listener check --brand acme --count",
    "listener check --format json",
)

_PLAIN_WIDTH = 100
_NARROWEST = 50
_COLOURS = {"ok": "green", "unknown": "blue", "warning": "yellow", "problem": "red"}
_SHOWN = {"unknown": "not known"}


class Format(StrEnum):
    """How findings are shown."""

    TABLE = "table"
    JSON = "json"


def command(
    brand: Annotated[list[str] | None, typer.Option(metavar="KEY", help="only this brand")] = None,
    count: Annotated[
        bool, typer.Option("--count", help="ask X how many posts there are, for money")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
) -> None:
    """Look at accounts, tokens, servers, clocks, the database and the price, before a run does.

    Nothing is written anywhere but into the ledger: a look at an account on X costs about
    a cent. With --count X is asked how many posts the searches of the last seven days would
    have found, where no day is known yet from which the price of a month could be told.

    Exit code 1 if anything will not work; warnings and what is not known leave it at 0.
    """
    settings = current_settings()
    from listener.app import open_store
    from listener.errors import ConfigError
    from listener.jobs.checking.check import CheckRequest, check
    from listener.jobs.choices import choose_brands
    from listener.settings import load_tokens

    if not settings.brands:
        msg = 'no brands are in the settings; "listener init" writes a file to start from'
        raise ConfigError(msg)
    chosen = choose_brands(settings.brands, brand or ())
    request = CheckRequest(brands=chosen, counts=count)
    report = check(request, settings, load_tokens(settings), lambda: open_store(settings), now=now)
    show_report(report, form.value)
    if not report.works:
        raise typer.Exit(1)


def show_report(report: "CheckReport", form: str) -> None:
    """Print findings as one table, or as JSON."""
    if form == "json":
        import orjson

        sys.stdout.write(orjson.dumps(_as_json(report), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    width = max(shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns, _NARROWEST)
    for line in _make_lines(report, width, colours=sys.stdout.isatty()):
        typer.echo(line)


def _as_json(report: "CheckReport") -> dict[str, object]:
    names = ("subject", "brand", "what", "state", "told", "hint")
    return {
        "works": report.works,
        "cost_dollars": float(report.cost),
        "findings": [
            {name: getattr(finding, name) for name in names} for finding in report.findings
        ],
    }


def _make_lines(report: "CheckReport", width: int, *, colours: bool) -> Iterator[str]:
    """Yield the table: a line for each subject, below it what was found, folded and never cut."""
    columns = max((len(finding.what) for finding in report.findings), default=0)
    for (subject, brand), group in groupby(report.findings, lambda f: (f.subject, f.brand)):
        name = f"{subject} ({brand})" if brand else subject
        yield from textwrap.wrap(make_printable(name), width)
        for finding in group:
            yield from _make_rows(finding, columns, width, colours=colours)
    yield ""
    yield from textwrap.wrap(_sum_up(report), width)


def _make_rows(finding: "Finding", columns: int, width: int, *, colours: bool) -> Iterator[str]:
    state = f"{_SHOWN.get(finding.state, finding.state):9}"
    shown = typer.style(state, fg=_COLOURS[finding.state]) if colours else state
    start, indent = f"  {finding.what:{columns}}  ", " " * (columns + len(state) + 6)
    room = width - len(indent)
    first, *others = textwrap.wrap(make_printable(finding.told), room) or [""]
    yield f"{start}{shown}  {first}"
    hint = f"→ {make_printable(finding.hint)}" if finding.hint else ""
    others += textwrap.wrap(hint, room, subsequent_indent="  ", break_on_hyphens=False)
    yield from (f"{indent}{line}" for line in others)


def _sum_up(report: "CheckReport") -> str:
    counts = ((report.count("problem"), "problem"), (report.count("warning"), "warning"))
    said = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for n, name in counts if n)
    booked = "booked" if report.is_booked else "which could not be booked"
    cost = f"; this check cost ${report.cost:,.3f}, {booked}" if report.cost else ""
    return f"{said or 'everything will work'}{cost}"
