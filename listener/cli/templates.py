"""What `listener report --template-check` tells of templates."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from listener.cli.tables import tell_width

if TYPE_CHECKING:
    from listener.report.template_check import TemplateCheck, TemplateNames

_HEAD = 12


def check_own_templates(folder: Path | None) -> None:
    """Tell what each template may use, the operator's own ones alone if there are any.

    Raises:
        ConfigError: With file and line of everything that templates use and that does not exist.
    """
    from listener.errors import ConfigError
    from listener.report.template_check import check_templates

    if folder is not None and not folder.is_dir():
        msg = f"report.templates: there is no folder {folder}"
        raise ConfigError(msg)
    check = check_templates(folder)
    own = [each for each in check.templates if each.is_own]
    for line in _tell(check, own or list(check.templates)):
        typer.echo(line)
    if check.mistakes:
        raise ConfigError(*map(str, check.mistakes))
    where = f"in {folder}" if folder else "(report.templates names no folder)"
    typer.echo(f"no mistake in {len(check.templates)} templates, {len(own)} of them yours {where}")


def _tell(check: "TemplateCheck", templates: "list[TemplateNames]") -> Iterator[str]:
    for each in templates:
        yield each.file
        if each.pages != (each.file,):
            yield from _fold("part of", each.pages)
        yield from _fold("variables", each.variables)
        for name, macros in each.macros.items():
            yield from _fold("macros", [f"{name}.{macro}" for macro in macros])
        yield from _fold("blocks", each.blocks)
    yield "all of them"
    yield from _fold("functions", check.functions)
    yield from _fold("filters", [*check.filters, "and those of Jinja"])


def _fold(head: str, names: "list[str] | tuple[str, ...]") -> Iterator[str]:
    """Yield names in lines as wide as the terminal."""
    import textwrap

    if names:
        yield textwrap.fill(
            ", ".join(names),
            min(tell_width(), 100),
            initial_indent=f"  {head:<{_HEAD}}",
            subsequent_indent=" " * (_HEAD + 2),
            break_on_hyphens=False,
        )
