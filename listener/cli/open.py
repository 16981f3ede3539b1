"""`listener open`: look at the newest report."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.root import current_settings
from listener.errors import ListenerError

EXAMPLES = ("listener open", "listener open --brand acme")


def command(
    brand: Annotated[
        str | None, typer.Option(metavar="KEY", help="its newest report, else the list of all")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where reports were written")
    ] = None,
) -> None:
    """Open the newest report of a brand, or the list of all reports, in a browser.

    Where there is no screen, it says where the report lies.
    """
    settings = current_settings({"report.output": output})
    from listener.settings.display import has_display

    page = find_page(settings.report.output, brand).resolve()
    if has_display() and webbrowser.open(page.as_uri()):
        typer.echo(f"opened {page}")
    else:
        typer.echo(f"no browser can be opened here; the report is {page.as_uri()}")


def find_page(folder: Path, brand: str | None) -> Path:
    """Return the page of a brand's newest report, or of the list of all.

    Raises:
        ListenerError: If there is none yet.
    """
    from listener.report.files import PAGE, load_entries

    entries = load_entries(folder)
    if not entries:
        msg = f'there is no report in {folder} yet; "listener report" writes one'
        raise ListenerError(msg)
    if brand is None:
        return folder / (PAGE if (folder / PAGE).is_file() else entries[0].path)
    keys = {entry.path.partition("/")[0]: entry.path for entry in reversed(entries)}
    if brand not in keys:
        known = ", ".join(sorted(keys))
        msg = (
            f'there is no report of "{brand}" in {folder} yet; there are some of: {known}; '
            f'"listener report --brand {brand}" writes one'
        )
        raise ListenerError(msg)
    return folder / keys[brand]
