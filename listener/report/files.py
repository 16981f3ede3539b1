"""Put reports where the settings say, whole or not at all.

What renders them is loaded when something is rendered: lists and checks of reports need none of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import polars as pl

from listener.cores import Begin
from listener.errors import ConfigError
from listener.figures import Compared
from listener.report.export import dump_figures, save_evidence
from listener.report.manifest import Basis, save_manifest
from listener.report.places import replace_file, replacing_folder
from listener.report.weekly import BrandWeek, IndexEntry, Options, ReportOptions

if TYPE_CHECKING:
    from listener.report.drawings import Drawings

FORMATS = ("html", "text", "json")
PAGE, TEXT, DATA, OVERVIEW = "index.html", "report.txt", "report.json", "overview.html"
EVIDENCE, STORIES = "evidence", "stories"
_PERIOD = re.compile(r"\d{4}-W\d{2}|\d{4}-\d{2}-\d{2}_\d{4}-\d{2}-\d{2}")


def save_report(
    output: Path,
    week: BrandWeek,
    tables: Mapping[str, pl.DataFrame],
    *,
    language: str = "en",
    formats: Sequence[str] = FORMATS,
    templates: Path | None = None,
    settings: ReportOptions | None = None,
    basis: Basis | None = None,
    charts: "Callable[[], Drawings] | None" = None,
    begin: Begin | None = None,
) -> Path:
    """Write one brand's report with its evidence, replacing an older one.

    Args:
        output: The folder of all reports.
        week: What to tell.
        tables: Evidence tables by name.
        language: Of page and text.
        formats: Which of `html`, `text` and `json` to write.
        templates: A folder of own templates, searched first.
        settings: How customers are named.
        basis: With what it was measured; without it nobody can verify the report.
        charts: Waits for the page's drawings; without it they are drawn with the page.
        begin: Begins to make what people read, while the evidence is written here.

    Returns:
        The folder of this report.

    Raises:
        DeliveryError: If the folder cannot be written; an older report stays.
    """
    from listener.report.page_files import PageFiles, save_pages

    target = output / _folder_name(week.brand.key) / _folder_name(week.figures.week)
    with replacing_folder(target) as folder:
        pages = PageFiles(
            folder=folder,
            week=week,
            language=language,
            formats=formats,
            templates=templates,
            files=_list_files(formats, tables),
            reports=_find_reports(target),
            charts=None if charts is None else charts(),
        )
        save = partial(save_pages, pages)
        finish = save if begin is None else begin(save)
        if "json" in formats:
            data = dump_figures(
                week.figures, brand_name=week.brand.name, statements=week.statements
            )
            (folder / DATA).write_bytes(data)
        save_evidence(folder / EVIDENCE, tables, handles=(settings or Options()).handles)
        finish()
        if basis is not None:
            save_manifest(folder, basis)
    return target


def _find_reports(target: Path) -> dict[str, str]:
    """Return where the same brand's other weeks lie, the oldest first."""
    weeks = sorted(page.parent.name for page in target.parent.glob(f"*-W??/{PAGE}"))
    return {week: f"../{week}/{PAGE}" for week in weeks if week != target.name}


def _list_files(formats: Sequence[str], tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return what lies beside a page for people who want to check it."""
    named = {"json": DATA, "text": TEXT}
    told = [name for kind, name in named.items() if kind in formats]
    return told + [f"{EVIDENCE}/{name}.csv" for name in tables]


def save_overview(
    output: Path,
    weeks: Sequence[BrandWeek],
    *,
    contrasts: Sequence[Compared] = (),
    language: str = "en",
    templates: Path | None = None,
) -> Path:
    """Write the comparison of all brands of one period, with what differs for sure."""
    from listener.report.render import render_overview

    path = output / _folder_name(weeks[0].figures.week) / OVERVIEW
    page = render_overview(weeks, language, templates=templates, contrasts=contrasts)
    replace_file(path, page)
    return path


def save_index(output: Path, *, language: str = "en", templates: Path | None = None) -> Path:
    """Write the list of all reports that lie in the folder."""
    from listener.report.render import render_index

    path = output / PAGE
    replace_file(path, render_index(load_entries(output), language, templates=templates))
    return path


def load_entries(output: Path) -> list[IndexEntry]:
    """Return the reports that lie in the folder, the newest period first."""
    pages = [page for page in sorted(output.glob(f"*/*/{PAGE}")) if _is_report(page)]
    entries = [_load_entry(output, page) for page in pages]
    entries.sort(key=lambda entry: entry.brand.casefold())
    return sorted(entries, key=lambda entry: entry.week, reverse=True)


def is_period(name: str) -> bool:
    """Tell whether a folder's name is that of a week or a free period."""
    return _PERIOD.fullmatch(name) is not None


def _is_report(page: Path) -> bool:
    return not page.parent.parent.name.startswith(".") and is_period(page.parent.name)


def _load_entry(output: Path, page: Path) -> IndexEntry:
    week = page.parent.name
    brand, cases = _load_facts(page.with_name(DATA), page.parent.parent.name)
    overview = output / week / OVERVIEW
    return IndexEntry(
        brand=brand,
        week=week,
        path=page.relative_to(output).as_posix(),
        cases=cases,
        overview=overview.relative_to(output).as_posix() if overview.exists() else None,
    )


def _load_facts(data: Path, key: str) -> tuple[str, int | None]:
    """Return the brand's name and its number of cases, as far as a file tells."""
    try:
        figures = orjson.loads(data.read_bytes())
        return str(figures["brand_name"]), int(figures["counts"]["cases_with_need"])
    except (OSError, ValueError, KeyError, TypeError):
        return key, None


def _folder_name(name: str) -> str:
    safe = name.replace("/", "_")
    if safe in {"", ".", ".."} or safe.startswith(".") or "\0" in safe:
        msg = f"brands.{name}: this key cannot name a folder"
        raise ConfigError(msg)
    return safe
