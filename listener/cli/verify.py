"""`listener verify`: compute a report's figures again from its evidence alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.failures import make_printable

if TYPE_CHECKING:
    from listener.jobs.verifying import Verification

EXAMPLES = (
    "listener verify reports/out/acme/2026-W10",
    "listener verify ~/downloads/2026-W10 --limit 0",
)
_SHOWN = 50
_LONGEST = 120


def command(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT_DIR", help="folder of one report, brand and week")
    ],
    limit: Annotated[
        int, typer.Option(min=0, help="so many differences at most; 0 for all")
    ] = _SHOWN,
) -> None:
    """Compute every figure of a report again from its evidence, and say which differ.

    Neither database nor settings are read: whoever has the folder can do it. Exit code 0 if
    everything agrees, 1 if a figure differs or a file was changed, 2 if there is nothing to verify.
    """
    from listener.jobs.verifying import verify_report

    found = verify_report(report)
    for line in render_verification(found, limit=limit):
        typer.echo(make_printable(line))
    if not found.is_good:
        raise typer.Exit(1)


def render_verification(found: "Verification", *, limit: int) -> Iterator[str]:
    """Yield what was compared, what differs, and what no table could tell."""
    for name, why in found.changed:
        yield f"{name}: {why}"
    shown = found.differences[: limit or None]
    for each in shown:
        told, found_ = _shorten(each.told), _shorten(each.found)
        yield f"{_shorten(each.path)}: the report says {told}, the evidence gives {found_}"
    if len(shown) < len(found.differences):
        yield f"… and {len(found.differences) - len(shown)} more (--limit 0 shows all)"
    yield _conclude(found)
    for name in found.missing:
        yield f"not there any more, and not needed: {name}"
    for name, why in found.not_recomputed.items():
        yield f"not computed again: {name} ({why})"
    yield "Taken from the manifest, for no table tells it:"
    for name, why in found.given.items():
        yield f"  {name}: {why}"
    yield f"SHA-256 of evidence/manifest.json: {found.manifest_digest}"


def _shorten(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _conclude(found: "Verification") -> str:
    values = f"{found.figures} values were computed again from the evidence"
    if found.is_good:
        return f"{values}: all agree"
    return f"{values}: {len(found.differences)} differ, {len(found.changed)} files were changed"
