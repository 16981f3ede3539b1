"""`listener outcome`: what came of a case by those who were told elsewhere."""

import sys
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len, set_cell_size

from listener.cli.plain import make_harmless
from listener.cli.root import current_settings, now
from listener.cli.times import parse_moment

if TYPE_CHECKING:
    import polars as pl

    from listener.store.told import ToldCounts

EXAMPLES = (
    "listener outcome b6njciidfrsbk solved --source crm --at 2026-03-09",
    "listener outcome https://social.example/@anna/110123456789012345 unsolved --source letters",
    "listener outcome --import crm.csv",
    "listener outcome b6njciidfrsbk --withdraw",
    "listener outcome --list --brand acme --format csv",
)
_HEAD = ("case", "brand", "told on", "told", "source", "seen in public", "note")


class Outcome(StrEnum):
    """What was told."""

    SOLVED = "solved"
    UNSOLVED = "unsolved"


class Format(StrEnum):
    """How the list is shown."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def command(
    case: Annotated[
        str | None,
        typer.Argument(metavar="CASE", help="its name in cases, or the address of a post"),
    ] = None,
    outcome: Annotated[
        Outcome | None, typer.Argument(metavar="OUTCOME", help="solved or unsolved")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="where it was told, such as crm; no names")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(parser=parse_moment, metavar="DATE", help="when; else now")
    ] = None,
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="stays in the database, in no report")
    ] = "",
    import_: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="a CSV file with many of them")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="take back what was told of CASE (by --source)")
    ] = False,
    is_list: Annotated[bool, typer.Option("--list", help="show what was told")] = False,
    brand: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="with --list: only this brand")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="with --list: table, csv or json")
    ] = Format.TABLE,
) -> None:
    """Keep what a CRM or readers' letters tell of a case; it is shown apart from what was seen.

    A file has the columns case or post, outcome, source, at and note; every mistake in it is
    told with its line, and then nothing is kept. Name no person in source or note.
    """
    check_words(case, outcome, source, import_, withdraw=withdraw, is_list=is_list)
    settings = current_settings()
    from listener.app import load_phrases, open_store
    from listener.jobs.brands import find_brands
    from listener.jobs.choices import choose_brands
    from listener.jobs.measuring import measure_by_settings
    from listener.jobs.told import Told, ToldDesk, list_told
    from listener.jobs.told_files import read_told

    moment = now()
    with open_store(settings, must_exist=True) as store:
        brands = find_brands(settings, store)
        chosen = choose_brands(brands, brand or ())
        phrases = load_phrases(settings)
        measured = measure_by_settings(store, settings, brands, phrases, as_of=moment)
        if is_list:
            show_told(list_told(store, measured, chosen), form)
            return
        desk = ToldDesk(store, measured, now=moment)
        if withdraw:
            typer.echo(f"{desk.withdraw(case or '', source=source)} told outcomes withdrawn")
        elif import_ is not None:
            show_counts(desk.save(read_told(import_, desk, source=source)))
        elif case is not None and outcome is not None:
            told = Told(case=case, outcome=outcome.value, source=source or "", at=at, note=note)
            show_counts(desk.save([desk.check(told)]))


def check_words(
    case: str | None,
    outcome: Outcome | None,
    source: str | None,
    import_: Path | None,
    *,
    withdraw: bool,
    is_list: bool,
) -> None:
    """Refuse what contradicts itself, before anything is measured.

    Raises:
        ConfigError: With what to write instead.
    """
    from listener.errors import ConfigError

    given = [import_ is not None, withdraw, is_list, outcome is not None]
    if sum(given) != 1:
        msg = (
            "say one thing: CASE solved or CASE unsolved with --source, CASE --withdraw, "
            "--import FILE, or --list"
        )
        raise ConfigError(msg)
    if (case is None) == (withdraw or outcome is not None):
        msg = "CASE: name one" if case is None else "CASE: is not for --import and --list"
        raise ConfigError(msg)
    if outcome is not None and not (source or "").strip():
        msg = "--source: say where it was told, such as --source crm"
        raise ConfigError(msg)


def show_counts(counts: "ToldCounts") -> None:
    """Print what became of told outcomes."""
    gone = f", {counts.gone} left out, for the post is gone" if counts.gone else ""
    typer.echo(
        f"{counts.new} told outcomes kept, {counts.changed} replaced, "
        f"{counts.unchanged} known before{gone}"
    )


def show_told(told: "pl.DataFrame", form: Format) -> None:
    """Print what was told as a table, as CSV or as JSON."""
    if form is Format.CSV:
        from listener.report.export import flatten_table

        sys.stdout.write(flatten_table(told).write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ"))
    elif form is Format.JSON:
        import orjson

        sys.stdout.write(orjson.dumps(told.to_dicts(), option=orjson.OPT_INDENT_2).decode())
        sys.stdout.write("\n")
    elif told.is_empty():
        typer.echo("nothing was told")
    else:
        for line in _make_lines(told):
            typer.echo(line)


def _make_lines(told: "pl.DataFrame") -> Iterator[str]:
    """Yield one line a told outcome, with a head; notes stand last and unbounded."""
    rows = [_HEAD, *(_make_row(row) for row in told.iter_rows(named=True))]
    widths = [max(cell_len(row[n]) for row in rows) for n in range(len(_HEAD) - 1)]
    for *cells, last in rows:
        padded = (set_cell_size(cell, width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join([*padded, last]).rstrip()


def _make_row(row: dict[str, Any]) -> tuple[str, ...]:
    cells = (
        row["case"] or "(not there any more)",
        row["brand"],
        f"{row['told_at']:%Y-%m-%d}",
        row["outcome"],
        row["source"],
        row["observed"] or "",
        row["note"],
    )
    return tuple(make_harmless(cell) for cell in cells)
